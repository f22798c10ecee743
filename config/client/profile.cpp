#include "config/client/profile.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>

#include <nlohmann/json.hpp>

#include "config/client/failure.hpp"
#include "config/log_line.hpp"
#include "config/private_file.hpp"

namespace troupe::client {

namespace {

using nlohmann::json;

constexpr std::string_view how_to_log_in = "run `troupe login URL`, or set TROUPE_URL and TROUPE_API_KEY";

[[noreturn]] void fail_at(const std::filesystem::path& path, const std::string& why) {
  throw failure(failed, path.string() + ": " + why);
}

profile read_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) {
    if (errno == ENOENT || errno == ENOTDIR) return {};
    fail_at(path, std::strerror(errno));
  }
  const auto body = json::parse(file, nullptr, false);
  try {
    return {body.at("url").get<std::string>(), body.at("key").get<std::string>()};
  } catch (const json::exception&) {
    fail_at(path, "is not what `troupe login` wrote; log in again");
  }
}

std::string without_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

}  // namespace

std::filesystem::path profile_path(const surroundings& around) {
  if (const auto base = around.variable("XDG_CONFIG_HOME")) return std::filesystem::path(*base) / "troupe/config.json";
  if (const auto home = around.variable("HOME")) return std::filesystem::path(*home) / ".config/troupe/config.json";
  throw failure(failed,
                "neither XDG_CONFIG_HOME nor HOME is set: there is no place for the configuration; set TROUPE_URL and "
                "TROUPE_API_KEY instead");
}

void save(const surroundings& around, const profile& what) {
  const auto path = profile_path(around);
  if (!config::write_private_file(path, json{{"url", what.url}, {"key", what.key}}.dump(2) + '\n'))
    fail_at(path, std::strerror(errno));
}

void forget(const surroundings& around) {
  const auto path = profile_path(around);
  std::error_code error;
  std::filesystem::remove(path, error);
  if (error) fail_at(path, error.message());
}

profile checked(profile what) {
  what.url = without_slash(std::move(what.url));
  if (!what.url.starts_with("http://") && !what.url.starts_with("https://"))
    throw failure(wrong_usage, '"' + log::printable(what.url) + "\": the address must begin with http:// or https://");
  if (what.key.empty() || log::printable(what.key) != what.key)
    throw failure(wrong_usage, "the key must be one line of printable text");
  return what;
}

profile find_profile(const surroundings& around, const std::string& url, const std::string& key) {
  profile out{url, key};
  if (out.url.empty()) out.url = around.variable("TROUPE_URL").value_or("");
  if (out.key.empty()) out.key = around.variable("TROUPE_API_KEY").value_or("");
  if (out.url.empty() || out.key.empty()) {
    const auto kept = read_file(profile_path(around));
    if (out.url.empty()) out.url = kept.url;
    if (out.key.empty() && without_slash(out.url) == kept.url) out.key = kept.key;
  }
  if (out.url.empty()) throw failure(refused, "not logged in: " + std::string(how_to_log_in));
  if (out.key.empty())
    throw failure(refused, "no key for " + log::printable(out.url) + ": " + std::string(how_to_log_in));
  return checked(std::move(out));
}

}  // namespace troupe::client
