// One page of a list.
#pragma once

#include <cstdint>
#include <vector>

namespace troupe::desk {

constexpr std::uint32_t default_page = 50;

template <class T>
struct page {
  std::vector<T> items;  // at most as many as were asked for
  bool more = false;     // there are further ones behind the last
};

}  // namespace troupe::desk
