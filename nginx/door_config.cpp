#include "nginx/door_config.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <functional>
#include <stdexcept>

#include "nginx/template_text.hpp"

namespace troupe::nginx {
namespace {

bool consists_of(std::string_view text, std::string_view others) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || others.find(c) != others.npos;
  });
}

std::string checked(const char* what, std::string value, std::string_view others) {
  if (value.empty() || !consists_of(value, others))
    throw std::invalid_argument(std::string("door: ") + what + " '" + value + "'");
  return value;
}

std::string listen_text(const door_options& o) {
  unsigned char bytes[16];
  const auto port = std::to_string(o.port);
  if (::inet_pton(AF_INET, o.bind_address.c_str(), bytes) == 1) return o.bind_address + ":" + port;
  if (::inet_pton(AF_INET6, o.bind_address.c_str(), bytes) == 1) return "[" + o.bind_address + "]:" + port;
  throw std::invalid_argument("door: bind address '" + o.bind_address + "'");
}

std::string user_text(const std::string& user) {
  if (user.empty()) return "";
  checked("worker user", user, "_-");
  return user == "nobody" ? "user nobody nogroup;\n" : "user " + user + ";\n";
}

std::string real_address_text(const std::string& proxies) {
  if (proxies.empty()) return "";
  std::string out = "  set_real_ip_from ";
  for (const char c : checked("trusted proxies", proxies, ".:/,"))
    c == ',' ? out += ";\n  set_real_ip_from " : out += c;
  return out + ";\n  real_ip_header X-Forwarded-For;\n";
}

}  // namespace

std::string render_door(const door_options& o) {
  if (!o.state_dir.is_absolute())
    throw std::invalid_argument("door: state_dir '" + o.state_dir.string() + "' is not absolute");
  const auto seconds = [](std::chrono::seconds s) { return std::to_string(s.count()); };
  const template_values values{
      {"listen", listen_text(o)},
      {"upstream_port", std::to_string(o.upstream_port)},
      {"state_dir", checked("state_dir", o.state_dir.string(), "/._-+@ ")},
      {"public_host", checked("public host", o.public_host, ".-:[]")},
      {"user", user_text(o.worker_user)},
      {"real_address", real_address_text(o.trusted_proxies)},
      {"max_body_bytes", std::to_string(o.max_body_bytes)},
      {"body_too_large", config::body_too_large(o.max_body_bytes)},
      {"requests_per_second", std::to_string(o.requests_per_second)},
      {"request_burst", std::to_string(o.request_burst)},
      {"connections_per_address", std::to_string(o.connections_per_address)},
      {"client_header_timeout", seconds(o.client_header_timeout)},
      {"client_body_timeout", seconds(o.client_body_timeout)},
      {"send_timeout", seconds(o.send_timeout)},
      {"keepalive_timeout", seconds(o.keepalive_timeout)},
      {"answer_timeout", seconds(o.answer_timeout)},
      {"stream_timeout", seconds(o.stream_timeout)},
      {"shutdown_grace", seconds(o.shutdown_grace)},
  };
  return fill_template(door_template, values);
}

}  // namespace troupe::nginx
