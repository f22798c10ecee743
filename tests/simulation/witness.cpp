#include "tests/simulation/witness.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "actors/model/object_names.hpp"
#include "actors/model/rollout.hpp"
#include "actors/model/service_claims.hpp"

namespace troupe::simulation {

using docker::image_behaviour;
using model::deployment_status;
using model::environment_status;
using model::failure_code;
using model::task_phase;

namespace {

bool may_follow(deployment_status from, deployment_status to, bool job) {
  using s = deployment_status;
  if (from == to) return !model::is_final(from);
  if (to == s::removed) return true;
  if (job && from == s::starting_containers && to == s::succeeded) return true;
  if (job && from == s::running) return model::came_to_its_end(to) || to == s::removing;
  switch (from) {
    case s::pending: return to == s::pulling_image || to == s::cancelled || to == s::superseded;
    case s::pulling_image: return to == s::creating_volumes || to == s::failed || to == s::cancelled;
    case s::creating_volumes: return to == s::starting_containers || to == s::failed || to == s::cancelled;
    case s::starting_containers: return to == s::running || to == s::stopped || to == s::failed || to == s::cancelled;
    case s::running: return to == s::stopped || to == s::superseded || to == s::removing;
    case s::stopped:
      return to == s::starting_containers || to == s::running || to == s::superseded || to == s::removing;
    case s::succeeded:
    case s::failed:
    case s::cancelled:
    case s::superseded:
    case s::removing:
    case s::removed: return false;
  }
  return false;
}

std::string shown(const model::deployment& d) {
  return d.id.text + ' ' + d.spec.service + " (" + std::string(model::deployment_status_texts[d.status]) +
         ", revision " + std::to_string(d.revision) + ')';
}

// What an image's own nature may lead to.
std::set<failure_code> own_failures(image_behaviour b) {
  switch (b) {
    case image_behaviour::missing: return {failure_code::image_not_found};
    case image_behaviour::denied: return {failure_code::registry_denied};
    case image_behaviour::unreachable: return {failure_code::registry_unreachable};
    case image_behaviour::crash:
    case image_behaviour::twice:
    case image_behaviour::once:
    case image_behaviour::flaky: return {failure_code::exited};
    case image_behaviour::oom: return {failure_code::out_of_memory};
    case image_behaviour::unhealthy: return {failure_code::unhealthy};
    case image_behaviour::readonly: return {failure_code::read_only_filesystem};
    case image_behaviour::nouser: return {failure_code::unknown_user};
    case image_behaviour::noroom: return {failure_code::no_capacity};
    case image_behaviour::runs:
    case image_behaviour::slow: return {};
  }
  return {};
}

}  // namespace

witness::witness(const profile& p, std::shared_ptr<docker::simulated_swarm> swarm,
                 std::shared_ptr<support::stored_world> store)
    : profile_(p), swarm_(std::move(swarm)), store_(std::move(store)) {
  store_->listen([this](const auto* before, const auto& after) { saved(before, after); },
                 [this](const auto* before, const auto& after) { saved(before, after); }, [this] { committed(); });
  store_->listen([this](const model::application* before, const model::application& after) { saved(before, after); });
  swarm_->on_write([this](const auto& object, auto kind, const auto* plan) { wrote(object, kind, plan); });
}

witness::~witness() {
  store_->listen({}, {}, {});
  store_->listen(support::stored_world::application_listener{});
  swarm_->on_write({});
}

void witness::say(std::string violation) {
  if (violations_.size() < 20) violations_.push_back(std::move(violation));
}

// ---- at each save
// --------------------------------------------------------------------------------------------------------

void witness::saved(const model::deployment* before, const model::deployment& after) {
  if (before == nullptr) {
    if (after.revision != 1 || after.status != deployment_status::pending) say("O9: begins as " + shown(after));
    accepted_.push_back(after.id);
    // Where the store fails, what was asked for at the same time is stored in any order.
    for (const auto& [id, other] : store_->deployments())
      if (!profile_.store_goes_wrong() && other.row.environment == after.environment && id != after.id &&
          other.row.number >= after.number)
        return say("O9: newer than " + shown(other.row) + ", but has a lower number: " + shown(after));
    return;
  }
  if (after.revision != before->revision + 1)
    say("O9: revision " + std::to_string(before->revision) + " is followed by " + shown(after));
  if (!may_follow(before->status, after.status, after.spec.job.has_value()))
    say("O9: no arrow from " + shown(*before) + " to " + shown(after));
  if (before->error && before->error != after.error) say("O9: the recorded failure was taken back: " + shown(after));
  if (after.wanted == model::intent::remove && before->wanted != model::intent::remove)
    stopped_as_it_went_[after.id] = before->wanted == model::intent::stop;
  if (after.status == before->status) return;
  if (before->status == deployment_status::pending && after.status == deployment_status::pulling_image) began(after);
  if (before->status == deployment_status::pending && after.status == deployment_status::superseded) overtaken(after);
  if (after.status == deployment_status::starting_containers) began_.emplace(after.id, swarm_->now());
  if (after.status == deployment_status::failed) failed(*before, after);
  if (after.status == deployment_status::succeeded && !after.spec.job) say("O14: no job, but " + shown(after));
  // What a job that came to its end leaves goes when that is saved.
  if (!after.spec.job && !the_dead_linger() && model::is_final(after.status) &&
      after.status != deployment_status::superseded && !after.former)
    for (const auto& [name, s] : swarm_->services())
      if (s.plan.deployment == after.id) say("O5: over, though its service is still there: " + shown(after));
  if (after.status == deployment_status::running && !after.spec.job && !profile_.world_goes_wrong())
    if (const auto why = not_as_promised(after); !why.empty()) say("O4: saved as RUNNING: " + why);
}

void witness::overtaken(const model::deployment& row) {
  if (row.spec.job || row.spec.queue == model::queue_policy::all) say("O16: has its turn, but is " + shown(row));
  const auto& all = store_->deployments();
  const bool by_one = std::any_of(all.begin(), all.end(), [&](const auto& one) {
    const auto& other = one.second.row;
    return other.environment == row.environment && other.spec.service == row.spec.service && other.number > row.number;
  });
  if (!by_one) say("O16: there is nothing newer than " + shown(row));
}

void witness::saved(const model::environment* before, const model::environment& after) {
  if (before == nullptr) {
    if (after.revision != 1) say("O9: environment begins at revision " + std::to_string(after.revision));
    return;
  }
  if (after.revision != before->revision + 1) say("O9: environment " + after.id.text + " jumps in revisions");
  if (after.status < before->status)
    say("O9: environment " + after.id.text + " goes back to " +
        std::string(model::environment_status_texts[after.status]));
  // Docker may carry out late what it was asked for before.
  if (after.status != environment_status::deleted || profile_.engine.slow > 0) return;
  if (swarm_->networks().contains(model::object_names::network(after.id)))
    say("O10: DELETED though its network is there: " + after.id.text);
  for (const auto& [name, e] : swarm_->volumes())
    if (e == after.id) say("O10: DELETED though volume " + name + " is there");
}

// Who has what it asks for, but for those whose change comes before its own in an application.
void witness::accepted(const model::deployment& row) {
  std::set<std::string> first;
  std::set<model::deployment_id> together;
  for (const auto& [id, a] : store_->applications())
    for (const auto& step : a.steps)
      if (step.deployment == row.id) {
        first.insert(step.after.begin(), step.after.end());
        for (const auto& other : a.steps)
          if (other.action != model::step_action::remove) together.insert(other.deployment);
      }
  model::service_claims before, beside;
  for (const auto& [id, other] : store_->deployments())
    if (id != row.id && other.row.environment == row.environment && !model::is_final(other.row.status))
      (together.contains(id) ? beside : before).hold(other.row);
  for (const auto& v : before.conflicts(row.spec, first))
    say("O11: accepted though " + v.what.detail + ": " + shown(row));
  for (const auto& v : beside.conflicts(row.spec)) say("O11: accepted though " + v.what.detail + ": " + shown(row));
}

// Of other services none is left, by now, that has what it asks for: none that began and that no newer one replaces.
void witness::alone(const model::deployment& row) {
  model::service_claims others;
  for (const auto& [id, other] : store_->deployments()) {
    if (other.row.environment != row.environment || other.row.status == deployment_status::pending) continue;
    if (model::is_final(other.row.status)) continue;
    const bool replaced =
        std::any_of(store_->deployments().begin(), store_->deployments().end(), [&](const auto& entry) {
          const auto& newer = entry.second.row;
          return newer.environment == row.environment && newer.spec.service == other.row.spec.service &&
                 newer.number > other.row.number && model::is_current(newer.status);
        });
    if (!replaced) others.hold(other.row);
  }
  for (const auto& v : others.conflicts(row.spec)) say("O11: began though " + v.what.detail + ": " + shown(row));
}

void witness::began(const model::deployment& row) {
  alone(row);
  for (const auto& [id, a] : store_->applications()) {
    const auto of = [&](const auto& step) { return step.deployment == row.id; };
    const auto own = std::find_if(a.steps.begin(), a.steps.end(), of);
    if (own == a.steps.end() || own->action == model::step_action::remove) continue;
    for (const auto& step : a.steps)
      if (std::find(own->after.begin(), own->after.end(), step.service) != own->after.end() &&
          step.status != model::step_status::done)
        say("O15: began before " + step.service + ", which comes first: " + shown(row));
  }
}

void witness::saved(const model::application* before, const model::application& after) {
  const auto said = [&] { return after.id.text + ' ' + std::string(model::apply_status_texts[after.status]); };
  if (before != nullptr && model::is_over(before->status)) say("O15: it was over: " + said());
  if (before != nullptr && after.revision != before->revision + 1) say("O15: jumps in revisions: " + said());
  if (!model::is_over(after.status) || after.detail == "The environment was deleted.") return;
  for (const auto& step : after.steps) {
    const auto found = store_->deployments().find(step.deployment);
    if (found == store_->deployments().end()) {
      say("O15: without the release of " + step.service + ": " + said());
      continue;
    }
    const auto& row = found->second.row;
    const bool makes = step.action != model::step_action::remove;
    if (after.status == model::apply_status::succeeded && makes && !row.running_since &&
        row.status != deployment_status::succeeded)
      say("O15: " + said() + ", though it never ran: " + shown(row));
    const bool stands = !model::is_final(row.status) && row.status != deployment_status::removing;
    if (after.status == model::apply_status::rolled_back && makes && !step.before && !step.stays && stands)
      say("O15: " + said() + ", and yet it stands: " + shown(row));
    if (makes && row.status == deployment_status::pending) say("O15: " + said() + ", and yet it waits: " + shown(row));
    if (step.status == model::step_status::rolled_back && step.before) went_back(step, said());
    if (after.status == model::apply_status::rolled_back && !makes && step.before &&
        step.status == model::step_status::done)
      say("O15: " + said() + ", though it had been removed for others: " + shown(row));
  }
}

// As it was before: what it is made of, and whether it is STOPPED.
void witness::went_back(const model::application_step& step, const std::string& said) {
  const auto back = store_->deployments().find(step.undo);
  if (back == store_->deployments().end()) return;  // something newer was left alone
  const auto& before = store_->deployments().at(*step.before).row;
  const auto& row = back->second.row;
  auto spec = row.spec;
  spec.image.digest = before.spec.image.digest;
  if (!(spec == before.spec)) say("O15: " + said + ", though it is not as before: " + shown(row));
  const auto removed = stopped_as_it_went_.find(before.id);
  const bool stopped = removed != stopped_as_it_went_.end() ? removed->second : before.wanted == model::intent::stop;
  if ((row.wanted == model::intent::stop) != stopped)
    say("O15: " + said + ", though it was " + (stopped ? "stopped" : "running") + " before: " + shown(row));
}

void witness::committed() {
  for (const auto& id : std::exchange(accepted_, {})) accepted(store_->deployments().at(id).row);
  std::map<std::pair<model::environment_id, std::string>, int> in_flight;
  for (const auto& [id, d] : store_->deployments())
    if ((model::is_in_flight(d.row.status) || model::is_running_job(d.row)) &&
        ++in_flight[{d.row.environment, d.row.spec.service}] > 1)
      say("O2: two releases of one service are under way: " + shown(d.row));
}

void witness::failed(const model::deployment& before, const model::deployment& row) {
  if (!row.error) return say("O8: FAILED without an error: " + shown(row));
  const auto former = row.former ? store_->deployments().find(*row.former) : store_->deployments().end();
  if (former != store_->deployments().end() && model::is_current(former->second.row.status) &&
      row.error->phase == model::deployment_status_texts[deployment_status::starting_containers]) {
    if (row.rolled_back_to != row.former) say("O8: does not say what it went back to: " + shown(row));
    const bool calm = !profile_.engine_goes_wrong() && !profile_.store_goes_wrong() && !profile_.world_goes_wrong();
    const bool serves = former->second.row.wanted == model::intent::run;
    const auto& told = store_->transitions().at(row.id).back().detail;
    const bool waits = told.find("The former release is not back yet") != std::string::npos;  // at the end of its time
    if (const auto why = not_as_promised(former->second.row); calm && serves && !waits && !why.empty())
      say("O4: gone back to, but " + why);
    if (calm && serves && profile_.actor_crashes + profile_.kills == 0) cost_nothing(row, former->second.row);
  }
  const auto code = row.error->code;
  const auto image = docker::behaviour_of(row.spec.image);
  const auto own = own_failures(image);
  const bool ends_well = row.spec.job && (image == image_behaviour::once ||
                                          (image == image_behaviour::twice && row.spec.job->backoff_limit > 0));
  if (own.contains(code) && !ends_well) return;
  const bool disturbed = profile_.engine_goes_wrong() || profile_.store_goes_wrong() || profile_.world_goes_wrong() ||
                         profile_.kills + profile_.actor_crashes + profile_.clock_jumps > 0;
  if (row.spec.job && code == failure_code::timed_out && (disturbed || !ends_well)) return;
  const bool crash = code == failure_code::exited || code == failure_code::no_capacity ||
                     code == failure_code::port_conflict || (code == failure_code::unhealthy && row.spec.health);
  if (profile_.world_goes_wrong() && crash) return;
  if ((profile_.engine_goes_wrong() || profile_.world_goes_wrong() || profile_.store_goes_wrong()) &&
      model::is_retryable(code))
    return;
  // Kills that come faster than a step takes use its time up in the end: each gives half of what the one before gave.
  constexpr std::uint32_t few_renewals = 1;
  if (code == failure_code::timed_out && before.renewals > few_renewals) return;
  say("O8: FAILED with " + std::string(model::failure_code_texts[code]) + " (" + row.error->message +
      ") though its image is " + row.spec.image.repository + ": " + shown(row));
}

void witness::cost_nothing(const model::deployment& row, const model::deployment& former) {
  if (model::is_checked(model::plan_of(row)) || model::stops_first(model::plan_of(row)) ||
      model::stops_first(model::plan_of(former)))
    return;
  const auto s = swarm_->services().find(model::object_names::service(row.environment, row.spec.service));
  if (s == swarm_->services().end() || !began_.contains(row.id)) return;
  // Containers of a generation before were ended by a restart of its own.
  for (const auto& t : s->second.tasks)
    if (t.seen.deployment == former.id && t.seen.generation == former.generation && t.stopping &&
        t.slot <= row.spec.replicas && t.seen.ended_at && *t.seen.ended_at > began_.at(row.id))
      return say("O13: a container of " + shown(former) + " was ended for " + shown(row));
}

// ---- at each write to the swarm
// --------------------------------------------------------------------------------------------

void witness::wrote(const std::string& object, docker::swarm_write kind, const model::service_plan* plan) {
  if (object.starts_with("service ")) return wrote_to_service(object, kind, plan);
  if (kind != docker::swarm_write::deleted) return;
  for (const auto& [id, e] : store_->environments()) {
    const auto volume = object.starts_with("volume ") ? swarm_->volumes().find(std::string_view(object).substr(7))
                                                      : swarm_->volumes().end();
    const bool of_it = object == "network " + model::object_names::network(id) ||
                       (volume != swarm_->volumes().end() && volume->second == id);
    if (of_it && e.status != environment_status::deleting && e.status != environment_status::deleted)
      say("O10: " + object + " deleted while its environment is " +
          std::string(model::environment_status_texts[e.status]));
  }
}

void witness::wrote_to_service(const std::string& object, docker::swarm_write kind, const model::service_plan* plan) {
  const auto name = object.substr(8);
  std::vector<const model::deployment*> rows;
  for (const auto& [id, d] : store_->deployments())
    if (model::object_names::service(d.row.environment, d.row.spec.service) == name) rows.push_back(&d.row);
  const auto any = [&](auto is) {
    return std::any_of(rows.begin(), rows.end(), [&](const auto* d) { return is(*d); });
  };

  if (plan == nullptr) {
    const bool wanted = any(
        [](const auto& d) { return d.status == deployment_status::removing || (model::is_undoing(d) && !d.former); });
    // A sweep of what only final rows know is wanted as well.
    const bool living =
        any([](const auto& d) { return !model::is_final(d.status) && d.status != deployment_status::pending; });
    if (!wanted && living) say("O2: " + object + " deleted while a release of it lives");
    return;
  }
  const auto own = std::find_if(rows.begin(), rows.end(), [&](const auto* d) { return d->id == plan->deployment; });
  const auto said = object + ' ' + std::string(docker::swarm_write_texts[kind]) + " for " + plan->deployment.text;
  if (own == rows.end()) return say("O2: " + said + ", which is not stored");
  const bool undone_to = any([&](const auto& d) { return model::is_undoing(d) && d.former == plan->deployment; });
  if (undone_to) return;
  // A call that Docker answers late may be overtaken by the next turn; Docker's own version check keeps it from doing
  // harm.
  if (profile_.engine.slow > 0) return;
  const auto& d = **own;
  // Also when undoing or REMOVING: a look may be under way when it is told to go, and its undoing follows it to Docker.
  const bool its_turn =
      d.status == deployment_status::starting_containers || d.status == deployment_status::removing ||
      (model::is_current(d.status) && !any([&](const auto& other) {
         return other.status == deployment_status::starting_containers || other.status == deployment_status::removing;
       }));
  if (!its_turn) say("O2: " + said + ", whose turn it is not: " + shown(d));
}

// ---- how it stands
// ---------------------------------------------------------------------------------------------------------

std::string witness::not_as_promised(const model::deployment& row) const {
  const auto name = model::object_names::service(row.environment, row.spec.service);
  const auto it = swarm_->services().find(name);
  if (it == swarm_->services().end()) return shown(row) + ": there is no such service";
  const auto& s = it->second;
  if (s.plan.deployment != row.id || s.plan.generation != row.generation)
    return shown(row) + ": the service is that of " + s.plan.deployment.text;
  const auto wanted = row.status == deployment_status::stopped ? 0 : row.spec.replicas;
  if (s.plan.replicas != wanted)
    return shown(row) + ": the service has " + std::to_string(s.plan.replicas) + " replicas, not " +
           std::to_string(wanted);
  const auto running = std::count_if(s.tasks.begin(), s.tasks.end(), [&](const auto& t) {
    return t.seen.wanted && t.seen.phase == task_phase::running && t.seen.deployment == row.id &&
           t.seen.generation == row.generation;
  });
  if (static_cast<std::uint32_t>(running) != wanted)
    return shown(row) + ": " + std::to_string(running) + " of " + std::to_string(wanted) + " tasks run";
  for (const auto& v : row.spec.volumes)
    if (!swarm_->volumes().contains(model::object_names::volume(row.environment, v.name)))
      return shown(row) + ": its volume is missing";
  return {};
}

// What a dead actor had asked for may be done late, when nobody waits for it any more.
bool witness::the_dead_linger() const {
  return profile_.actor_crashes > 0 && profile_.engine.slow > 0;
}

std::vector<std::string> witness::unsettled() const {
  std::vector<std::string> out;
  if (!profile_.world_goes_wrong() && !profile_.engine_goes_wrong())
    for (const auto& [id, lines] : store_->transitions())
      for (const auto& line : lines)
        if (line.detail.find("put right") != std::string::npos || line.detail.find("made again") != std::string::npos)
          out.push_back("O12: " + id.text + " says: " + line.detail);
  std::set<std::string> services, networks;
  std::set<model::environment_id> living;
  for (const auto& [id, e] : store_->environments()) {
    if (e.status == environment_status::deleted) continue;
    living.insert(id);
    if (e.status != environment_status::active)
      out.push_back("O3: environment " + id.text + " is " + std::string(model::environment_status_texts[e.status]));
    const auto network = model::object_names::network(id);
    networks.insert(network);
    if (!swarm_->networks().contains(network)) out.push_back("O5: network " + network + " is missing");
  }
  for (const auto& [id, a] : store_->applications())
    if (!model::is_over(a.status) && living.contains(a.environment))
      out.push_back("O3: application " + id.text + " is " + std::string(model::apply_status_texts[a.status]));
  std::map<std::string, int> current;
  for (const auto& [id, stored] : store_->deployments()) {
    const auto& d = stored.row;
    if (model::is_final(d.status)) continue;
    const auto name = model::object_names::service(d.environment, d.spec.service);
    if (!living.contains(d.environment)) out.push_back("O10: of a deleted environment: " + shown(d));
    if (!model::is_current(d.status) || d.spec.job) {
      out.push_back("O3: not settled: " + shown(d));
      continue;
    }
    if (++current[name] > 1) out.push_back("O2: two current releases: " + shown(d));
    services.insert(name);
    if ((d.wanted == model::intent::stop) != (d.status == deployment_status::stopped))
      out.push_back("O3: wanted is " + std::string(model::intent_texts[d.wanted]) + ": " + shown(d));
    const bool looped = profile_.task_crashes > 0 && d.health.reason.starts_with(model::crash_loop_word);
    if (d.health.degraded && !looped) out.push_back("O3: degraded (" + d.health.reason + "): " + shown(d));
    if (const auto why = not_as_promised(d); !why.empty()) out.push_back("O4: " + why);
  }
  for (const auto& [name, s] : swarm_->services())
    if (!services.contains(name)) out.push_back("O5: nobody owns service " + name + " of " + s.plan.deployment.text);
  if (the_dead_linger()) return out;
  for (const auto& [name, e] : swarm_->networks())
    if (!networks.contains(name)) out.push_back("O10: nobody owns network " + name);
  for (const auto& [name, e] : swarm_->volumes())
    if (!living.contains(e)) out.push_back("O10: nobody owns volume " + name);
  return out;
}

}  // namespace troupe::simulation
