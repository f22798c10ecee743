#include "http/api/key_header.hpp"

#include <algorithm>

namespace troupe::http::api {

namespace {

std::optional<std::string_view> bearer_token(std::string_view value) {
  constexpr std::string_view scheme = "bearer ";
  if (value.size() <= scheme.size()) return std::nullopt;
  const bool fits = std::equal(scheme.begin(), scheme.end(), value.begin(), [](char want, char is) {
    return want == (is >= 'A' && is <= 'Z' ? static_cast<char>(is - 'A' + 'a') : is);
  });
  if (!fits) return std::nullopt;
  value.remove_prefix(value.find_first_not_of(' ', scheme.size() - 1) == std::string_view::npos
                          ? value.size()
                          : value.find_first_not_of(' ', scheme.size() - 1));
  return value;
}

}  // namespace

std::optional<std::string_view> presented_key_of(const request& asked) {
  std::optional<std::string_view> found;
  for (const auto& [name, value] : asked.headers) {
    std::optional<std::string_view> here;
    if (name == "x-api-key")
      here = value;
    else if (name == "authorization")
      here = bearer_token(value);
    else
      continue;
    if (!here || here->empty() || (found && *found != *here)) return std::nullopt;
    found = here;
  }
  return found;
}

std::string address_of(const request& asked) {
  const auto* address = asked.header("x-real-ip");
  return address ? *address : asked.peer_address;
}

}  // namespace troupe::http::api
