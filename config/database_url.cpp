#include "config/database_url.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include "config/secret.hpp"
#include "config/shape.hpp"

namespace troupe::config {
namespace {

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size() || !std::isxdigit(static_cast<unsigned char>(text[i + 1])) ||
        !std::isxdigit(static_cast<unsigned char>(text[i + 2])))
      return std::nullopt;
    out += static_cast<char>(std::stoi(std::string{text.substr(i + 1, 2)}, nullptr, 16));
    if (out.back() == '\0') return std::nullopt;
    i += 2;
  }
  return out;
}

bool valid_hosts(std::string_view hosts) {
  if (hosts.empty()) return true;
  for (const auto& host : split(hosts, ',')) {
    // A percent-encoded directory is a Unix socket.
    if (host.starts_with("%2F") || host.starts_with("%2f")) continue;
    if (host.starts_with(':') ? !is_port(host.substr(1)) : !is_host_with_optional_port(host)) return false;
  }
  return true;
}

}  // namespace

std::optional<database_url> parse_database_url(std::string_view url) {
  const auto scheme_end = url.find("://");
  if (scheme_end == url.npos) return std::nullopt;
  const auto scheme = url.substr(0, scheme_end);
  if (scheme != "postgres" && scheme != "postgresql") return std::nullopt;
  if (url.find_first_of(" \t\r\n\"'\\") != url.npos || !percent_decoded(url)) return std::nullopt;

  database_url result{std::string{url.substr(0, scheme_end + 3)}, {}};
  const auto hide = [&](std::string_view password) {
    if (password.empty()) return;
    result.shown += mask;
    result.passwords.emplace_back(password);
    if (auto decoded = *percent_decoded(password); decoded != password) result.passwords.push_back(std::move(decoded));
  };

  auto rest = url.substr(scheme_end + 3);
  // As libpq: a user part ends at the first @ that stands before any slash.
  if (const auto at = rest.find('@'); at < rest.find('/')) {
    const auto user_part = rest.substr(0, at);
    const auto colon = user_part.find(':');
    result.shown += user_part.substr(0, colon);
    if (colon != user_part.npos) {
      result.shown += ':';
      hide(user_part.substr(colon + 1));
    }
    result.shown += '@';
    rest.remove_prefix(at + 1);
  }
  const auto hosts_end = std::min(rest.find_first_of("/?"), rest.size());
  if (!valid_hosts(rest.substr(0, hosts_end))) return std::nullopt;
  const auto query = std::min(rest.find('?'), rest.size());
  if (rest.substr(0, query).find('@') != rest.npos) return std::nullopt;
  result.shown += rest.substr(0, query);
  if (query == rest.size()) return result;

  char separator = '?';
  for (const auto& parameter : split(rest.substr(query + 1), '&')) {
    const auto equals = parameter.find('=');
    if (equals == parameter.npos || equals == 0) return std::nullopt;
    result.shown += std::exchange(separator, '&');
    result.shown += parameter.substr(0, equals + 1);
    const auto key = *percent_decoded(parameter.substr(0, equals));
    if (key == "password" || key == "sslpassword")
      hide(parameter.substr(equals + 1));
    else
      result.shown += parameter.substr(equals + 1);
  }
  return result;
}

}  // namespace troupe::config
