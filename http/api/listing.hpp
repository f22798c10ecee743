// Queries and pages, the same way for every list.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "http/api/answer.hpp"
#include "http/api/call.hpp"
#include "http/api/query.hpp"
#include "http/api/routes.hpp"

namespace troupe::http::api {

// The call's query, held against the parameters of its route.
inline query query_of(const call& c) {
  std::vector<std::string_view> known;
  for (const auto& parameter : c.matched->parameters) known.push_back(parameter.name);
  return query(c.asked.query, known);
}

inline void refuse_query(call& c, std::vector<model::violation> violations) {
  send_problem(c, {400, "The query breaks the rules listed in errors.", std::move(violations), 0});
}

inline std::uint32_t page_limit(query& asked) {
  return asked.whole("limit", 1, 200, 50);
}

template <class T>
std::span<const T> first(const std::vector<T>& rows, std::uint32_t limit) {
  return {rows.data(), std::min<std::size_t>(rows.size(), limit)};
}

}  // namespace troupe::http::api
