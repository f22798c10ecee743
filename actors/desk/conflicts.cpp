#include "actors/desk/conflicts.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

#include "actors/desk/admission.hpp"
#include "actors/model/application_machine.hpp"

namespace troupe::desk {

namespace {

using model::conflict_kind;

constexpr model::duration patience_for_nodes{2'000};

// What is another's is not named, nor what a key that is limited to some environments may not see.
std::string shown(const task& t, const actors::deployment_view& view) {
  const auto& row = view.row;
  if (row.owner != t.of->who.user || !t.of->who.may_see(row.environment)) return {};
  const auto out = "the service \"" + row.spec.service + '"';
  const auto environment = t.parts().board->find(row.environment);
  return environment ? out + " of the environment \"" + environment->row.name + '"' : out;
}

bool makes_something(const model::application_plan& plan) {
  return std::any_of(plan.changes.begin(), plan.changes.end(),
                     [](const auto& c) { return c.action && *c.action != model::step_action::remove; });
}

}  // namespace

void find_conflicts(const task& t, const model::environment_id& in,
                    const std::shared_ptr<const model::application_plan>& plan, conflicts_found then) {
  if (!makes_something(*plan)) return then({});
  const auto& board = *t.parts().board;
  model::service_claims held;
  for (const auto& [service, releases] : board.services(in))
    for (const auto& view : releases) held.hold(view->row);
  auto found = model::claim_conflicts(*plan, held);
  auto taken = model::port_conflicts(*plan, [&](const model::port_mapping& port) -> std::optional<std::string> {
    for (const auto& view : board.holding(*port.host, port.protocol))
      if (view->row.environment != in) return shown(t, *view);
    return std::nullopt;
  });
  std::move(taken.begin(), taken.end(), std::back_inserter(found));
  if (!board.engine().answers) return then(std::move(found));
  const auto with_nodes = [plan, found = std::move(found), then](const std::vector<model::node_size>& nodes) {
    auto all = found;
    for (auto& one : model::capacity_conflicts(*plan, nodes)) all.push_back(std::move(one));
    then(std::move(all));
  };
  ask(t.self, t.parts().engine, patience_for_nodes, actors::list_nodes{t.of->who.user}, with_nodes,
      [with_nodes](const refusal&) { with_nodes({}); });
}

std::vector<model::plan_conflict> find_waits(const task& t, const model::environment_id& in, bool anew) {
  const auto& parts = t.parts();
  std::vector<model::plan_conflict> out;
  const auto other = parts.board->find_application(in);
  const bool under_way = other && !model::is_over(other->status);
  if (under_way && !anew) out.push_back({conflict_kind::operation, {}, {}, model::told_under_way(other->id), true});
  if (anew) {
    std::size_t pending = 0;
    for (const auto& [service, releases] : parts.board->services(in))
      for (const auto& view : releases) pending += view->row.status == model::deployment_status::pending;
    // As its environment counts: those of an application whose turn has not come are not among them.
    if (pending >= parts.queued_releases + (under_way ? model::held_by(*other).size() : 0))
      out.push_back({conflict_kind::queue, {}, {}, model::told_queue_full, true});
  }
  const auto quota = t.at->look_at_quota(t.self, t.of->who);
  if (!quota.allowed) {
    const auto seconds = std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(quota.reset).count());
    out.push_back({conflict_kind::quota,
                   {},
                   {},
                   told_limit(quota.limit, budget::deployments) + " The next one is possible in " +
                       std::to_string(seconds) + " s.",
                   true});
  }
  return out;
}

}  // namespace troupe::desk
