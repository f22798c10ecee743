// A YAML document as a tree whose aliases and merge keys are followed; every node knows its place.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/compose/application.hpp"

namespace troupe::http::compose {

enum class node_kind { null, scalar, list, map };

struct node;
using node_ptr = std::shared_ptr<const node>;

struct entry {
  std::string key;
  place at;  // of the key
  node_ptr value;
};

struct node {
  node_kind kind = node_kind::null;
  place at;
  std::string text;    // of a scalar, as written
  bool plain = false;  // a scalar without quotes, which may stand for a number or a truth value
  std::vector<node_ptr> items;
  std::vector<entry> entries;  // no key twice

  const entry* find(std::string_view key) const {
    for (const auto& one : entries)
      if (one.key == key) return &one;
    return nullptr;
  }
};

// How many nodes a tree has where each alias counts as what it stands for.
inline std::size_t nodes_of(const node& one) {
  std::size_t sum = 1;
  for (const auto& item : one.items) sum += nodes_of(*item);
  for (const auto& member : one.entries) sum += 1 + nodes_of(*member.value);
  return sum;
}

}  // namespace troupe::http::compose
