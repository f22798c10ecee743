// The shapes a text setting may have: what it must look like, in words and as a check.
#pragma once

#include <string_view>
#include <vector>

namespace troupe::config {

struct shape {
  bool (*matches)(std::string_view text);
  std::string_view expects;  // completes "must be …"
};

extern const shape ip_address;
extern const shape ip_networks;     // 192.0.2.7,10.0.0.0/8: at least one, no blanks
extern const shape http_url;        // no user, query or fragment
extern const shape origin;          // a browser's Origin: scheme://host[:port], the scheme's own port left out
extern const shape https_url;       // a query is allowed
extern const shape edge_upstream;   // by IPv4 address, or by a name with its network
extern const shape docker_host;     // unix:///path (at most 107 bytes, sun_path), tcp://host:port, simulated:[options]
extern const shape api_key_prefix;  // ends in _, so that prefix, id and secret can be told apart
extern const shape published_host;
extern const shape container_name;  // Docker's own rule
extern const shape instance_name;   // a DNS label, at most 32
extern const shape email;
extern const shape directory;
extern const shape file_path;
extern const shape readable_file;
extern const shape bot_token;       // <digits>:<letters>, as the Bot API gives it
extern const shape webhook_secret;  // the Bot API's alphabet for secret_token, 32 to 256
extern const shape postgres_url;

bool is_port(std::string_view text);  // 1 to 65535, digits only
bool is_host(std::string_view text);  // IPv4, [IPv6] or a host name
bool is_host_with_optional_port(std::string_view text);

// Always at least one part; the parts may be empty.
std::vector<std::string_view> split(std::string_view text, char separator);

}  // namespace troupe::config
