#include "config/shape.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <string>
#include <unistd.h>

#include "config/database_url.hpp"

namespace troupe::config {
namespace {

constexpr std::string_view digits = "0123456789";
constexpr std::string_view lower = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const std::string alphanumeric = std::string{digits}.append(lower).append(upper);
const std::string token_letters = alphanumeric + "_-";

bool only(std::string_view text, std::string_view letters) {
  return text.find_first_not_of(letters) == text.npos;
}

bool is_address(std::string_view text, int family) {
  unsigned char binary[sizeof(in6_addr)];
  return inet_pton(family, std::string{text}.c_str(), binary) == 1;
}

bool is_network(std::string_view text) {
  const auto slash = std::min(text.find('/'), text.size());
  const auto address = text.substr(0, slash), bits = text.substr(std::min(slash + 1, text.size()));
  const int most = is_address(address, AF_INET) ? 32 : is_address(address, AF_INET6) ? 128 : -1;
  unsigned length = 0;
  const auto [end, error] = std::from_chars(bits.data(), bits.data() + bits.size(), length);
  return most > 0 && (slash == text.size() || (error == std::errc{} && end == bits.data() + bits.size() &&
                                               length <= static_cast<unsigned>(most)));
}

bool is_label(std::string_view text, std::size_t limit, std::string_view letters) {
  return !text.empty() && text.size() <= limit && only(text, letters) && text.front() != '-' && text.back() != '-';
}

bool is_url(std::string_view url, std::string_view scheme, std::string_view forbidden) {
  if (!url.starts_with(scheme)) return false;
  if (std::any_of(url.begin(), url.end(), [](unsigned char c) { return c <= ' ' || c >= 0x7f; })) return false;
  if (url.find_first_of(forbidden) != url.npos || url.find_first_of("\"'<>\\^`{|}@#") != url.npos) return false;
  url.remove_prefix(scheme.size());
  return is_host_with_optional_port(url.substr(0, url.find_first_of("/?")));
}

bool is_unix_path(std::string_view path) {
  return path.size() > 1 && path.size() <= 107 && path.starts_with('/') && !path.ends_with('/');
}

bool is_docker_host(std::string_view text) {
  constexpr std::string_view unix_socket = "unix://", tcp = "tcp://", simulated = "simulated:";
  if (text.starts_with(unix_socket)) return is_unix_path(text.substr(unix_socket.size()));
  if (text.starts_with(simulated)) return only(text.substr(simulated.size()), token_letters + "=,.&");
  if (!text.starts_with(tcp)) return false;
  const auto colon = text.rfind(':');
  return is_host(text.substr(tcp.size(), std::max(colon, tcp.size()) - tcp.size())) && is_port(text.substr(colon + 1));
}

bool is_bot_token(std::string_view text) {
  const auto colon = text.find(':');
  return colon != text.npos && colon > 0 && only(text.substr(0, colon), digits) && colon + 1 < text.size() &&
         only(text.substr(colon + 1), token_letters);
}

bool is_email(std::string_view text) {
  const auto at = text.find('@');
  return at != text.npos && at > 0 && only(text.substr(0, at), alphanumeric + ".!#$%&*+/=?^_{|}~-") &&
         is_host(text.substr(at + 1)) && text.find('.', at) != text.npos && !text.ends_with(']');
}

bool is_readable_file(std::string_view text) {
  std::error_code unreadable;
  const std::filesystem::path path{text};
  return std::filesystem::is_regular_file(path, unreadable) && ::access(path.c_str(), R_OK) == 0;
}

}  // namespace

bool is_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port != 0;
}

bool is_host(std::string_view text) {
  if (text.starts_with('[')) return text.ends_with(']') && is_address(text.substr(1, text.size() - 2), AF_INET6);
  if (is_address(text, AF_INET)) return true;
  const auto labels = split(text, '.');
  // What ends in a number is a mistyped IPv4 address, not a name (WHATWG URL, "ends in a number").
  return text.size() <= 253 && !only(labels.back(), digits) &&
         std::all_of(labels.begin(), labels.end(), [](auto label) { return is_label(label, 63, token_letters); });
}

bool is_host_with_optional_port(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == text.npos || text.ends_with(']')) return is_host(text);
  return is_host(text.substr(0, colon)) && is_port(text.substr(colon + 1));
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == text.npos) return parts;
    text.remove_prefix(end + 1);
  }
}

const shape ip_address{[](auto text) { return is_address(text, AF_INET) || is_address(text, AF_INET6); },
                       "an IP address such as 127.0.0.1, 0.0.0.0 or ::1"};
const shape ip_networks{[](auto text) {
                          const auto parts = split(text, ',');
                          return std::all_of(parts.begin(), parts.end(), is_network);
                        },
                        "IP addresses and networks, such as 10.0.0.7,172.16.0.0/12"};
const shape http_url{[](auto text) { return is_url(text, "http://", "?") || is_url(text, "https://", "?"); },
                     "an http:// or https:// URL with a host and without user, query or fragment"};
const shape origin{
    [](auto text) {
      const auto rest = text.substr(std::min(text.find("://") + 3, text.size()));
      return http_url.matches(text) && rest.find('/') == text.npos &&
             !text.ends_with(text.starts_with("https") ? ":443" : ":80");
    },
    "origins such as https://app.example.org or http://localhost:5173, without a path or the scheme's own "
    "port; or * for every page"};
const shape https_url{[](auto text) { return is_url(text, "https://", ""); },
                      "an https:// URL with a host and without user or fragment"};
// A bare name would be asked of every network that the edge is on, tenants' own among them, and one may have a service
// of that name.
const shape edge_upstream{[](auto text) {
                            const auto colon = text.find(':');
                            return text.find('[') == text.npos && colon != text.npos &&
                                   text.substr(0, colon).find('.') != text.npos && is_host_with_optional_port(text);
                          },
                          "an address or a name with its Docker network, and a port, such as troupe.troupe-front:3000"};
const shape published_host{is_host, "a host name or an address, without a port; IPv6 in brackets"};
const shape docker_host{is_docker_host, "unix:///path/of/the.sock, tcp://host:port or simulated:"};
const shape api_key_prefix{[](auto text) {
                             return text.size() <= 32 && text.size() > 1 && text.ends_with('_') &&
                                    only(text, alphanumeric + "_");
                           },
                           "2 to 32 letters, digits and underscores, the last one an underscore"};
const shape container_name{[](auto text) {
                             return text.size() > 1 && text.size() <= 128 && only(text, token_letters + ".") &&
                                    only(text.substr(0, 1), alphanumeric);
                           },
                           "a container name: 2 to 128 of [a-zA-Z0-9_.-], the first a letter or digit"};
const shape instance_name{[](auto text) { return is_label(text, 32, std::string{lower}.append(digits) + "-"); },
                          "1 to 32 of [a-z0-9-], with no hyphen at either end"};
const shape email{is_email, "an e-mail address"};
const shape directory{[](auto text) {
                        std::error_code missing;
                        const auto status = std::filesystem::status(text, missing);
                        return !std::filesystem::exists(status) || std::filesystem::is_directory(status);
                      },
                      "the path of a directory, which need not exist yet"};
const shape file_path{[](auto text) {
                        std::error_code missing;
                        return !std::filesystem::is_directory(text, missing);
                      },
                      "the path of a file"};
const shape readable_file{is_readable_file, "the path of a readable file"};
const shape bot_token{is_bot_token, "a bot token as @BotFather gives it: <digits>:<letters, digits, _ and ->"};
const shape webhook_secret{
    [](auto text) { return text.size() >= 32 && text.size() <= 256 && only(text, token_letters); },
    "32 to 256 of [A-Za-z0-9_-]"};
const shape postgres_url{[](auto text) { return parse_database_url(text).has_value(); },
                         "postgresql://[user[:password]@][host[:port]][/database][?key=value], special characters "
                         "percent-encoded"};

}  // namespace troupe::config
