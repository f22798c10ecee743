#include "persistence/array_literal.hpp"
#include "persistence/queries.hpp"
#include "persistence/rows.hpp"

namespace troupe::persistence::queries {

outcome<std::vector<model::site>> answer(tx& t, const actors::load_sites&) {
  std::vector<model::site> out;
  for (const auto& row : run(t, statements::all_sites)) out.push_back(site_of(row));
  return out;
}

outcome<done> answer(tx& t, const actors::save_sites& q) {
  array_literal gone;
  for (const auto& id : q.removed) gone.add(id.text);
  if (!q.removed.empty()) run(t, statements::delete_sites, {gone.text()});
  for (const auto& row : q.rows) {
    const auto columns = columns_of(row);
    run(t, statements::write_site, {columns.begin(), columns.end()});
  }
  return done{};
}

}  // namespace troupe::persistence::queries
