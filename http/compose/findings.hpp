// What is wrong with a file, or has no effect: each once.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "http/compose/application.hpp"

namespace troupe::http::compose {

class findings {
public:
  // What an alias leads to is read several times, and told once.
  void add(place at, std::string key, std::string detail);
  bool empty() const { return all_.empty(); }
  // In the order of the file's lines, the first `most`.
  std::vector<finding> sorted(std::size_t most) const;

private:
  std::vector<finding> all_;
  std::set<std::pair<place, std::string>> told_;
};

}  // namespace troupe::http::compose
