#include "persistence/history.hpp"

#include "persistence/array_literal.hpp"
#include "persistence/session.hpp"
#include "persistence/statements.hpp"

namespace troupe::persistence {

namespace {

// In this order, as each refers to what is deleted last.
const statement* const parts_of_a_release[] = {
    &statements::forget_containers, &statements::forget_transitions, &statements::forget_notices,
    &statements::forget_references, &statements::forget_deployments,
};

}  // namespace

model::outcome<model::done> forget_old_history(queries::tx& t, const kept_history& kept, history_pass& pass,
                                               std::size_t page) {
  const auto seconds = std::to_string(kept.time.count()), limit = std::to_string(page);
  const auto rows = run(t, statements::releases_that_are_over,
                        {seconds, std::to_string(kept.releases), pass.after_time, pass.after_id, limit});
  array_literal old;
  bool any = false;
  for (const auto& row : rows) {
    pass.after_time = row[1].c_str();
    pass.after_id = row[0].c_str();
    if (!row[2].as<bool>()) continue;
    old.add(row[0].c_str());
    any = true;
  }
  if (any)
    for (const auto* part : parts_of_a_release) run(t, *part, {old.text()});
  pass.done = rows.size() < page;
  if (pass.done) {
    run(t, statements::forget_operations, {seconds, limit});
    run(t, statements::forget_dependencies);
    run(t, statements::forget_environments, {seconds, limit});
    run(t, statements::forget_data_keys);
  }
  return model::done{};
}

}  // namespace troupe::persistence
