#include "actors/model/site_path.hpp"

#include <algorithm>
#include <cctype>

namespace troupe::model {

bool is_site_path(std::string_view path) {
  if (path.size() < 2 || path.size() > longest_site_path || path.front() != '/' ||
      path.starts_with("/.well-known/acme-challenge"))
    return false;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto segment = path.substr(0, path.find('/'));
    const bool plain = std::all_of(segment.begin(), segment.end(), [](unsigned char c) {
      return (c < 0x80 && std::isalnum(c)) || c == '-' || c == '_' || c == '.' || c == '~';
    });
    if (segment.empty() || segment == "." || segment == ".." || !plain) return false;
    path.remove_prefix(segment.size());
  }
  return true;
}

}  // namespace troupe::model
