#include "docker/registry_policy.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <netdb.h>

#include "docker/told_words.hpp"

namespace troupe::docker {

namespace {

struct range {
  std::uint32_t network;
  int bits;
};
constexpr std::array<range, 14> closed_v4{{{0x00000000, 8},   // this network
                                           {0x0A000000, 8},   // private
                                           {0x64400000, 10},  // shared (carrier NAT)
                                           {0x7F000000, 8},   // loopback
                                           {0xA9FE0000, 16},  // link-local
                                           {0xAC100000, 12},  // private
                                           {0xC0000000, 24},  // protocol assignments
                                           {0xC0000200, 24},  // documentation
                                           {0xC0A80000, 16},  // private
                                           {0xC6120000, 15},  // benchmarks
                                           {0xC6336400, 24},  // documentation
                                           {0xCB007100, 24},  // documentation
                                           {0xE0000000, 4},   // multicast
                                           {0xF0000000, 4}}};

bool closed(std::uint32_t v4) {
  return std::any_of(closed_v4.begin(), closed_v4.end(),
                     [&](const range& r) { return (v4 >> (32 - r.bits)) == (r.network >> (32 - r.bits)); });
}

std::uint32_t big_endian(const unsigned char* b) {
  return static_cast<std::uint32_t>(b[0]) << 24U | static_cast<std::uint32_t>(b[1]) << 16U |
         static_cast<std::uint32_t>(b[2]) << 8U | b[3];
}

std::string host_of(std::string_view registry) {
  if (registry.starts_with('[')) return std::string(registry.substr(1, registry.find(']') - 1));
  return std::string(registry.substr(0, registry.find(':')));
}

bool is_address(const std::string& text) {
  in_addr v4{};
  in6_addr v6{};
  return inet_aton(text.c_str(), &v4) != 0 || inet_pton(AF_INET6, text.c_str(), &v6) == 1;
}

}  // namespace

bool is_private_address(std::string_view address) {
  const std::string text(address);
  in_addr v4{};
  if (inet_aton(text.c_str(), &v4) != 0)
    return closed(ntohl(v4.s_addr));  // also "127.1" and "0x7f000001", as resolvers do
  in6_addr v6{};
  if (inet_pton(AF_INET6, text.substr(0, text.find('%')).c_str(), &v6) != 1) return false;
  const auto* b = v6.s6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&v6) || IN6_IS_ADDR_V4COMPAT(&v6))
    return IN6_IS_ADDR_LOOPBACK(&v6) || closed(big_endian(b + 12));
  if (IN6_IS_ADDR_LOOPBACK(&v6) || IN6_IS_ADDR_UNSPECIFIED(&v6)) return true;
  if (b[0] == 0 && b[1] == 0x64 && b[2] == 0xff && b[3] == 0x9b) return closed(big_endian(b + 12));  // NAT64
  if (b[0] == 0x20 && b[1] == 0x02) return closed(big_endian(b + 2));                                // 6to4
  return (b[0] & 0xFEU) == 0xFC || (b[0] == 0xFE && (b[1] & 0xC0U) >= 0x80) ||
         b[0] == 0xFF;  // unique local, link and site local, multicast
}

std::vector<std::string> resolve_host(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return {};
  std::vector<std::string> all;
  for (const auto* a = found; a != nullptr; a = a->ai_next) {
    char text[NI_MAXHOST];
    if (getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) == 0)
      all.emplace_back(text);
  }
  freeaddrinfo(found);
  return all;
}

std::optional<model::effect_error> registry_denial(const std::string& registry, const std::vector<std::string>& allowed,
                                                   const resolver& resolve) {
  if (registry == "docker.io") return std::nullopt;
  const auto name = lower(registry);
  const auto host = host_of(name);
  for (const auto& a : allowed)
    if (a == name || a == host) return std::nullopt;
  const auto denied = [&] {
    return model::effect_error{
        model::consequence::rejected,
        model::make_failure(model::failure_code::registry_denied,
                            "The registry " + registry +
                                " is on a private, loopback or link-local address, and the operator's "
                                "PRIVATE_REGISTRIES does not list it.")};
  };
  if (host == "localhost" || host.ends_with(".localhost") || host.ends_with(".internal") || host.ends_with(".local") ||
      is_private_address(host))
    return denied();
  if (is_address(host)) return std::nullopt;
  const auto addresses = resolve(host);
  if (addresses.empty())
    return model::effect_error{model::consequence::retry,
                               model::make_failure(model::failure_code::registry_unreachable,
                                                   "The registry's name " + host + " has no address.")};
  if (std::any_of(addresses.begin(), addresses.end(), is_private_address)) return denied();
  return std::nullopt;
}

}  // namespace troupe::docker
