#include "actors/model/service_id.hpp"

#include <algorithm>

namespace troupe::model {

std::string service_id::text() const {
  return empty() ? std::string() : environment.text + '.' + name;
}

bool is_service_name(std::string_view text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= 40 && is_letter(text.front()) && is_letter(text.back()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return is_letter(c) || c == '-'; });
}

std::optional<service_id> parse_service_id(std::string_view text) {
  const auto dot = text.find('.');
  if (dot == std::string_view::npos || !is_service_name(text.substr(dot + 1))) return std::nullopt;
  auto environment = parse_id<environment_id>(text.substr(0, dot));
  if (!environment) return std::nullopt;
  return service_id{std::move(*environment), std::string(text.substr(dot + 1))};
}

}  // namespace troupe::model
