#include "actors/secrets/try_limits.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <functional>
#include <netinet/in.h>

namespace troupe::secrets {

try_limits::try_limits(std::uint32_t burst, std::chrono::milliseconds refill, std::string seed, std::size_t slots)
    : refill_(refill), full_(refill_ * burst), seed_(std::move(seed)), refilled_at_(slots, time_point::min()) {}

try_limits::time_point& try_limits::slot(std::string_view subject) {
  return refilled_at_[std::hash<std::string>{}(seed_ + std::string(subject)) % refilled_at_.size()];
}

std::optional<std::chrono::milliseconds> try_limits::take(std::string_view subject, time_point now) {
  auto& at = slot(subject);
  const auto next = std::max(at, now) + refill_;
  if (next > now + full_) return std::chrono::ceil<std::chrono::milliseconds>(next - now - full_);
  at = next;
  return std::nullopt;
}

void try_limits::give_back(std::string_view subject) {
  auto& at = slot(subject);
  if (at != time_point::min()) at -= refill_;
}

std::string address_group(std::string_view address) {
  const std::string text(address);
  in6_addr v6{};
  if (inet_pton(AF_INET6, text.c_str(), &v6) != 1) return text;
  std::array<char, INET6_ADDRSTRLEN> out{};
  if (IN6_IS_ADDR_V4MAPPED(&v6)) return inet_ntop(AF_INET, &v6.s6_addr[12], out.data(), out.size());
  std::fill(std::begin(v6.s6_addr) + 8, std::end(v6.s6_addr), 0);
  return std::string(inet_ntop(AF_INET6, &v6, out.data(), out.size())) + "/64";
}

}  // namespace troupe::secrets
