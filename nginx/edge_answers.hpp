#pragma once
// What the program `edge` in the edge's container writes: one JSON object a call. Nothing where it is not what was
// expected.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "actors/model/site_machine.hpp"

namespace troupe::nginx {

struct edge_inventory {
  struct held_certificate {
    std::string domain;
    model::certificate what;
  };
  std::set<std::string> sites;                           ///< ids of the files in force
  std::map<std::string, held_certificate> certificates;  ///< by site
};
std::optional<edge_inventory> read_inventory(std::string_view output);

struct apply_result {
  std::map<std::string, std::string> refused;  ///< by site: nginx's words, one line
};
std::optional<apply_result> read_apply_result(std::string_view output);

/// domain_answers or domain_silent.
std::optional<model::site_event> read_domain_check(std::string_view output);

/// certificate_issued or order_failed.
std::optional<model::site_event> read_order(std::string_view output);

}  // namespace troupe::nginx
