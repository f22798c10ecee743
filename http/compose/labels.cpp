#include "http/compose/labels.hpp"

namespace troupe::http::compose {

std::optional<std::string> label_of(std::string_view name) {
  std::string label(name);
  for (auto& c : label) {
    if (c == '_' || c == '.') c = '-';
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) return std::nullopt;
  }
  if (label.empty() || label.size() > 40 || label.front() == '-' || label.back() == '-') return std::nullopt;
  return label;
}

}  // namespace troupe::http::compose
