#include "config/settings.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <utility>

#include "config/database_url.hpp"
#include "config/log_line.hpp"
#include "config/setting_table.hpp"

namespace troupe::config {
namespace {

constexpr std::size_t longest_value = 64UL * 1024;

struct reading {
  const lookup& environment;
  settings values{};
  std::vector<violation> violations{};

  void refuse(const std::string& name, std::string message) { violations.push_back({name, std::move(message)}); }

  std::optional<std::string> variable(const std::string& name) const {
    auto value = environment(name);
    return value && value->empty() ? std::nullopt : value;
  }

  std::optional<std::string> file(const std::string& name, const std::string& path) {
    std::error_code missing;
    std::ifstream in;
    if (!std::filesystem::is_directory(path, missing)) in.open(path, std::ios::binary);
    std::string content(longest_value + 1, '\0');
    if (in.is_open()) in.read(content.data(), static_cast<std::streamsize>(content.size()));
    if (!in.is_open() || in.bad()) {
      refuse(name + "_FILE", "cannot read the file \"" + log::printable(path) + '"');
      return std::nullopt;
    }
    content.resize(static_cast<std::size_t>(in.gcount()));
    if (content.ends_with('\n')) content.pop_back();
    if (content.ends_with('\r')) content.pop_back();
    if (content.empty()) {
      refuse(name + "_FILE", "the file \"" + log::printable(path) + "\" is empty");
      return std::nullopt;
    }
    return content;
  }

  // The text in force and where it came from; nothing for the default, or where a violation says why not.
  std::optional<std::string> given(const setting& row) {
    auto value = row.name == "HOST_PORTS" ? environment(row.name) : variable(row.name);
    const auto path = row.secret ? variable(row.name + "_FILE") : std::nullopt;
    if (value && path) {
      refuse(row.name, "is set twice, by " + row.name + " and by " + row.name + "_FILE");
      return std::nullopt;
    }
    if (path) value = file(row.name, *path);
    if (value) values.origins[row.name] = path ? "file " + *path : "environment";
    return value;
  }

  void read(const setting& row) {
    const auto value = given(row);
    if (!value && row.default_value.empty()) return;
    if (!value) {
      if (!row.read(row.default_value, values)) throw std::logic_error("the default of " + row.name + " is not valid");
      return;
    }
    const bool control =
        std::any_of(value->begin(), value->end(), [](unsigned char c) { return c < ' ' || c == 0x7f; });
    if (value->size() > longest_value)
      refuse(row.name, "is longer than " + std::to_string(longest_value) + " bytes");
    else if (control || !row.read(*value, values))
      refuse(row.name, "must be " + row.expects + (control ? ", without control characters" : "") +
                           (row.secret ? ""
                                       : ", not \"" + log::printable(value->substr(0, 80)) +
                                             (value->size() > 80 ? "…\"" : "\"")));
  }

  bool valid(std::initializer_list<std::string_view> names) const {
    return std::none_of(violations.begin(), violations.end(), [&](const violation& each) {
      return std::any_of(names.begin(), names.end(), [&](auto name) {
        return each.setting == name || each.setting == std::string{name} + "_FILE";
      });
    });
  }

  void different_ports() {
    const std::uint16_t door = values.port, internal = values.internal_port, admin = values.admin_address.port;
    // All compared before one is refused: three equal ports are three violations.
    const bool door_internal = valid({"PORT", "INTERNAL_PORT"}) && door == internal;
    const bool door_admin = valid({"PORT", "ADMIN_ADDRESS"}) && door == admin;
    const bool internal_admin = valid({"INTERNAL_PORT", "ADMIN_ADDRESS"}) && internal == admin;
    if (door_internal) refuse("INTERNAL_PORT", "must differ from PORT; both are " + std::to_string(door));
    if (door_admin) refuse("ADMIN_ADDRESS", "must have another port than PORT; both are " + std::to_string(door));
    if (internal_admin)
      refuse("ADMIN_ADDRESS", "must have another port than INTERNAL_PORT; both are " + std::to_string(internal));
  }

  // Where the door listens is where it is reached, as far as anybody has said.
  void base_url_follows_the_door() {
    if (values.origins.contains("PUBLIC_BASE_URL") || !valid({"PUBLIC_BASE_URL", "BIND_ADDRESS", "PORT"})) return;
    const auto& address = values.bind_address;
    const bool here = address == "127.0.0.1" || address == "::1" || address == "0.0.0.0" || address == "::";
    values.public_base_url = "http://" + (here                                ? "localhost"
                                          : address.find(':') == address.npos ? address
                                                                              : '[' + address + ']');
    if (values.port != 80) values.public_base_url += ':' + std::to_string(values.port);
  }

  void webhook_has_a_secret() {
    if (valid({"TELEGRAM_BOT_TOKEN", "TELEGRAM_MODE", "TELEGRAM_WEBHOOK_SECRET"}) &&
        !values.telegram_bot_token.empty() && values.telegram_mode == telegram_mode::webhook &&
        values.telegram_webhook_secret.empty())
      refuse("TELEGRAM_WEBHOOK_SECRET",
             "is required where TELEGRAM_BOT_TOKEN is set and TELEGRAM_MODE is webhook: make one with `openssl rand "
             "-hex 32`");
  }

  void allowlist_names_somebody() {
    if (valid({"TELEGRAM_ACCESS", "TELEGRAM_ALLOWED_USERS"}) && values.telegram_access == telegram_access::allowlist &&
        values.telegram_allowed_users.empty())
      refuse("TELEGRAM_ALLOWED_USERS", "is required where TELEGRAM_ACCESS is allowlist");
  }
};

}  // namespace

std::optional<std::string> process_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>{value};
}

std::variant<settings, std::vector<violation>> parse(const lookup& environment) {
  reading all{environment};
  for (const auto& row : setting_table()) all.read(row);
  all.different_ports();
  all.base_url_follows_the_door();
  all.webhook_has_a_secret();
  all.allowlist_names_somebody();
  if (!all.violations.empty()) return std::move(all.violations);
  return std::move(all.values);
}

std::vector<std::string> secrets(const settings& values) {
  std::vector<std::string> all;
  if (auto url = parse_database_url(values.database_url.reveal())) {
    all = std::move(url->passwords);
    // The password "troupe" of the user troupe: masking the word everywhere would hide nothing and garble every line.
    std::erase_if(all, [&](const std::string& password) { return url->shown.find(password) != std::string::npos; });
  }
  const auto& token = values.telegram_bot_token.reveal();
  if (!token.empty()) {
    all.push_back(token);
    all.push_back(token.substr(token.find(':') + 1));
  }
  if (!values.telegram_webhook_secret.empty()) all.push_back(values.telegram_webhook_secret.reveal());
  return all;
}

bool allows(const std::vector<port_range>& ranges, std::uint16_t port) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const port_range& range) { return range.first <= port && port <= range.last; });
}

}  // namespace troupe::config
