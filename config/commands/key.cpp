#include "config/commands/key.hpp"

#include <algorithm>
#include <array>
#include <future>
#include <vector>

#include "actors/desk/admission.hpp"
#include "actors/secrets/random.hpp"
#include "config/commands/columns.hpp"
#include "config/commands/short_house.hpp"
#include "config/duration.hpp"
#include "config/log_line.hpp"
#include "http/api/render.hpp"
#include "persistence/user_names.hpp"

namespace troupe::commands {

namespace {

constexpr std::size_t longest_name = 100;
constexpr std::chrono::milliseconds longest_life = std::chrono::days{36'500};

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (std::size_t end = 0; end != text.npos; text.remove_prefix(end == text.npos ? 0 : end + 1)) {
    end = text.find(',');
    parts.push_back(text.substr(0, end));
  }
  return parts;
}

model::scope_set all_scopes() {
  auto all = model::scope_set::user();
  all.add(model::scope::admin);
  return all;
}

std::string joined(const std::vector<std::string_view>& texts) {
  std::string out;
  for (const auto text : texts) (out += out.empty() ? "" : ",") += text;
  return out;
}

model::scope_set scopes_of(const new_key& wanted) {
  const bool whole = wanted.user == "operator" && wanted.environments.empty();
  if (wanted.scopes.empty()) return whole ? all_scopes() : model::scope_set::user();
  model::scope_set scopes;
  for (const auto text : split(wanted.scopes))
    if (const auto scope = model::scope_texts.parse(text)) scopes.add(*scope);
  return scopes;
}

std::optional<std::chrono::seconds> lifetime_of(const new_key& wanted) {
  if (wanted.expires_in.empty()) return std::nullopt;
  const auto life = config::parse_duration(wanted.expires_in);
  return life ? std::optional(std::chrono::duration_cast<std::chrono::seconds>(*life)) : std::nullopt;
}

std::vector<model::environment_id> environments_of(const new_key& wanted) {
  std::vector<model::environment_id> ids;
  if (wanted.environments.empty()) return ids;
  for (const auto text : split(wanted.environments)) ids.push_back({std::string(text)});
  return ids;
}

std::uint64_t random_bits() {
  std::array<unsigned char, sizeof(std::uint64_t)> bytes{};
  secrets::fill_random(bytes);
  std::uint64_t bits = 0;
  for (const auto byte : bytes) bits = bits << 8U | byte;
  return bits;
}

// For a user, with all that the operator of this machine may.
template <desk::command Command>
desk::outcome<typename Command::answer> ask_desk(short_house& house, const model::user_id& user, Command what) {
  desk::parts parts;
  parts.board = std::make_shared<actors::board>();
  parts.database = house.database;
  parts.identity = house.start_identity();
  parts.random = random_bits;
  parts.clerks = 1;
  const auto admission = desk::admission::open(house.self->system(), std::move(parts));
  const auto promised = std::make_shared<std::promise<desk::outcome<typename Command::answer>>>();
  auto answer = promised->get_future();
  admission->ask<Command>({{user, {}, all_scopes(), {}}, desk::face::command_line}, std::move(what),
                          [promised](const auto& got) { promised->set_value(got); });
  const bool came = answer.wait_for(house.patience + admission->parts().identity_timeout) == std::future_status::ready;
  auto got = came ? answer.get() : desk::outcome<typename Command::answer>(desk::part_is_silent());
  admission->close();
  return got;
}

std::string limit_of(const model::api_key& key) {
  std::string out;
  for (const auto& id : key.environments) (out += out.empty() ? "" : ",") += id.text;
  return out.empty() ? "all" : out;
}

// As GET /auth/keys has it, with whose it is.
nlohmann::json shown(const model::api_key& key, const std::string& handle) {
  auto out = http::api::render(key);
  out["user"] = handle;
  return out;
}

}  // namespace

std::string wrong_name(const std::string& text) {
  if (text.empty() || text.size() > longest_name || log::printable(text) != text)
    return "a key's name is 1 to " + std::to_string(longest_name) + " bytes of printable UTF-8";
  return {};
}

std::string wrong_user(const std::string& text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(":._@+-").find(c) != std::string_view::npos;
  });
  return text.empty() || text.size() > longest_name || !plain ? "a user's handle is 1 to 100 of [A-Za-z0-9:._@+-]" : "";
}

std::string wrong_scopes(const std::string& text) {
  for (const auto part : split(text))
    if (!model::scope_texts.parse(part))
      return "\"" + log::printable(part) + "\" is no scope; there are " + joined(all_scopes().texts());
  return {};
}

std::string wrong_environments(const std::string& text) {
  for (const auto part : split(text))
    if (!model::parse_id<model::environment_id>(part)) return "\"" + log::printable(part) + "\" is no environment's id";
  return {};
}

std::string wrong_lifetime(const std::string& text) {
  const auto life = config::parse_duration(text);
  if (!life || *life < std::chrono::seconds{1} || *life > longest_life)
    return "must be a duration from 1s to 36500d, such as 12h or 90d";
  return {};
}

std::string wrong_key_id(const std::string& text) {
  // Not the text itself: somebody may have pasted the whole key.
  return model::parse_key("", text + '.' + std::string(32, 'a'))
             ? ""
             : "a key's id is 16 of [a-z2-7], as `troupe key list` shows it";
}

int create_key(const config::settings& settings, const new_key& wanted, std::ostream& out, std::ostream& errors) {
  return in_short_house(settings, errors, [&](short_house& house) {
    const auto owner = house.ask<model::user_id>(
        house.database, actors::ensure_user{wanted.user, model::new_id<model::user_id>(random_bits)});
    if (!owner) return failed(errors, owner.error());
    const auto made =
        ask_desk(house, owner.value(),
                 desk::create_key{wanted.name, scopes_of(wanted), lifetime_of(wanted), environments_of(wanted)});
    if (!made) return failed(errors, made.error().detail);
    const auto& row = made.value().row;
    out << "Key " << row.key_id << " \"" << row.name << "\" of " << wanted.user << ": " << joined(row.scopes.texts())
        << (row.environments.empty() ? "" : "; limited to " + limit_of(row))
        << (row.expires_at ? "; expires " + moment(row.expires_at) : "; does not expire")
        << ". It is shown this once:\n"
        << made.value().text << '\n';
    return out.flush()
               ? 0
               : failed(errors, {model::consequence::rejected,
                                 "the key cannot be written; `troupe key revoke " + row.key_id + "` takes it back",
                                 {},
                                 0});
  });
}

int list_keys(const config::settings& settings, bool as_json, std::ostream& out, std::ostream& errors) {
  return in_short_house(settings, errors, [&](short_house& house) {
    const auto keys = house.ask<std::vector<model::api_key>>(house.database, actors::list_keys{});
    if (!keys) return failed(errors, keys.error());
    const auto names = persistence::read_user_names(settings.database_url.reveal(), settings.database_timeout);
    if (!names) return failed(errors, names.error());
    const auto handle_of = [&](const model::api_key& key) {
      const auto found = names.value().find(key.owner.text);
      return found == names.value().end() ? key.owner.text : found->second;
    };
    if (as_json) {
      auto list = nlohmann::json::array();
      for (const auto& key : keys.value()) list.push_back(shown(key, handle_of(key)));
      out << nlohmann::json{{"keys", std::move(list)}}.dump(2) << '\n';
      return out.flush() ? 0 : 1;
    }
    std::vector<std::array<std::string, 8>> rows{
        {"KEY ID", "NAME", "USER", "CREATED", "LAST USED", "EXPIRES", "ENVIRONMENTS", "SCOPES"}};
    for (const auto& key : keys.value())
      rows.push_back({key.key_id, log::printable(key.name), log::printable(handle_of(key)), moment(key.created_at),
                      moment(key.last_used_at), moment(key.expires_at), limit_of(key), joined(key.scopes.texts())});
    print_columns(rows, out);
    return out.flush() ? 0 : 1;
  });
}

int revoke_key(const config::settings& settings, const std::string& key_id, std::ostream& out, std::ostream& errors) {
  return in_short_house(settings, errors, [&](short_house& house) {
    const auto revoked = house.ask<model::done>(house.database, actors::revoke_key{{}, key_id});
    if (!revoked) return failed(errors, revoked.error());
    out << "revoked " << key_id << "; a running server refuses it within two seconds\n";
    return out.flush() ? 0 : 1;
  });
}

}  // namespace troupe::commands
