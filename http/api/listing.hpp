// Queries and pages, the same way for every list.
#pragma once

#include <cstdint>
#include <vector>

#include "actors/desk/page.hpp"
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
  send_problem(c, wrong_query(std::move(violations)));
}

inline void refuse_cursor(query& asked) {
  asked.refuse("cursor", "must be the nextCursor of the page before");
}

inline std::uint32_t page_limit(query& asked) {
  return asked.whole("limit", 1, 200, desk::default_page);
}

}  // namespace troupe::http::api
