// How places that are few are shared by users who may want any number: each may hold as many as stay free for others.
// So the share of one shrinks as the whole fills up, and who holds none gets the next one (the dynamic thresholds of
// Choudhury and Hahne, 1998, with a factor of 1).
#pragma once

#include <cstddef>

namespace troupe::model {

// Whether one that holds `mine` may take another while `free` are left.
constexpr bool has_fair_share(std::size_t mine, std::size_t free) {
  return mine < free;
}

}  // namespace troupe::model
