#include "http/compose/findings.hpp"

#include <algorithm>

namespace troupe::http::compose {

void findings::add(place at, std::string key, std::string detail) {
  if (told_.emplace(at, detail).second) all_.push_back({at, std::move(key), std::move(detail)});
}

std::vector<finding> findings::sorted(std::size_t most) const {
  auto out = all_;
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  if (out.size() > most) out.resize(most);
  return out;
}

}  // namespace troupe::http::compose
