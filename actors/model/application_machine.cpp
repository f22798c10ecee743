#include "actors/model/application_machine.hpp"

#include <algorithm>

namespace troupe::model {

namespace {

bool is_pending(const application_step& s) {
  return s.status == step_status::waiting || s.status == step_status::in_progress;
}
bool is_bad(const application_step& s) {
  return s.status == step_status::failed || s.status == step_status::cancelled;
}
bool makes_release(const application_step& s) {
  return s.action != step_action::remove;
}
// Whether there is something of it to take back.
bool goes_back(const application_step& s) {
  return s.status == step_status::done && !s.stays && (makes_release(s) || s.before);
}

constexpr const char* left_alone = "Something newer took its place, and was left alone.";

void end(application_step& s, step_status how, std::string why = {}) {
  s.status = how;
  s.detail = std::move(why);
}

class progress {
public:
  progress(const application& now, const release_facts& facts) : row_(now), facts_(facts) {
    for (std::size_t i = 0; i < row_.steps.size(); ++i) {
      by_service_.emplace(row_.steps[i].service, i);
      awaited_.insert(row_.steps[i].after.begin(), row_.steps[i].after.end());
    }
  }

  void go_on() {
    for (auto& step : row_.steps) look_at(step);
    if (row_.status == apply_status::applying) apply();
    if (row_.status == apply_status::rolling_back) roll_back();
  }

  application row_;
  std::vector<application_effect> effects_;

private:
  release_fact fact(const deployment_id& id) const {
    const auto found = facts_.find(id);
    return found == facts_.end() ? release_fact{} : found->second;
  }

  // ---- what its releases show

  void look_at(application_step& step) {
    if (is_pending(step)) {
      makes_release(step) ? look_at_release(step) : look_at_removal(step);
    } else if (step.status == step_status::rolling_back) {
      step.before ? look_at_way_back(step) : look_at_undone(step);
    }
  }

  void look_at_release(application_step& step) const {
    const auto f = fact(step.deployment);
    if (!f.exists) return end(step, step_status::failed, "Its release is gone.");
    switch (f.status) {
      case deployment_status::running:
        if (!step.stays) end(step, step_status::done);
        return;
      case deployment_status::stopped:
      case deployment_status::succeeded: return end(step, step_status::done);
      case deployment_status::failed: return end(step, step_status::failed, f.error);
      case deployment_status::cancelled: return end(step, step_status::cancelled, "Its release was cancelled.");
      case deployment_status::superseded:
        return f.has_run ? end(step, step_status::done)
                         : end(step, step_status::cancelled, "A newer release took the place of its own.");
      case deployment_status::removing:
      case deployment_status::removed: return end(step, step_status::cancelled, "Its release was removed.");
      case deployment_status::pending:
      case deployment_status::pulling_image:
      case deployment_status::creating_volumes:
      case deployment_status::starting_containers: return;
    }
  }

  void look_at_removal(application_step& step) const {
    if (step.status == step_status::in_progress && is_gone(step.deployment)) end(step, step_status::done);
  }
  void look_at_undone(application_step& step) const {
    if (is_gone(step.deployment)) end(step, step_status::rolled_back);
  }
  bool is_gone(const deployment_id& id) const {
    const auto f = fact(id);
    return !f.exists || is_final(f.status);
  }

  void look_at_way_back(application_step& step) const {
    const auto f = fact(step.undo);
    if (!f.exists) return;
    if (f.overtaken) return end(step, step_status::rolled_back, left_alone);
    // What it has of its own is free for others once its release is over.
    if (is_current(f.status) || f.has_run) {
      if (is_gone(step.deployment)) end(step, step_status::rolled_back);
      return;
    }
    if (is_final(f.status))
      end(step, step_status::rollback_failed,
          f.error.empty() ? "The release that was to go back did not run." : "It could not go back: " + f.error);
  }

  // ---- forward

  void apply() {
    for (auto& step : row_.steps) begin_or_give_up(step);  // each stands behind those that it awaits
    const auto bad = std::find_if(row_.steps.begin(), row_.steps.end(), is_bad);
    if (bad != row_.steps.end() && row_.detail.empty()) row_.detail = bad->service + ": " + bad->detail;
    if (row_.cancelled || (bad != row_.steps.end() && row_.on_failure == failure_policy::rollback)) {
      row_.status = apply_status::rolling_back;
      return;
    }
    for (const auto& step : row_.steps) {
      if (step.status == step_status::in_progress && !makes_release(step))
        effects_.emplace_back(remove_release{step.deployment});
      if (step.status == step_status::cancelled && makes_release(step) && !is_gone(step.deployment))
        effects_.emplace_back(cancel_release{step.deployment});
    }
    const bool over = std::all_of(row_.steps.begin(), row_.steps.end(), [this](const auto& s) { return has_ended(s); });
    if (over) row_.status = bad == row_.steps.end() ? apply_status::succeeded : apply_status::failed;
  }

  bool has_ended(const application_step& s) const {
    return !is_pending(s) && (s.status != step_status::cancelled || !makes_release(s) || is_gone(s.deployment));
  }

  // What is not needed any more goes last, and not at all where something failed: it may still be in use. But where
  // others get what it holds, it goes before them.
  void remove_or_give_up(application_step& step) {
    if (awaited_.contains(step.service)) return begin_behind_others(step);
    bool ready = true;
    for (const auto& other : row_.steps) {
      if (!makes_release(other)) continue;
      if (is_bad(other)) return end(step, step_status::cancelled, other.service + " did not get there.");
      ready = ready && !is_pending(other);
    }
    if (ready) begin(step);
  }

  void begin_or_give_up(application_step& step) {
    if (step.status != step_status::waiting || row_.cancelled) return;
    makes_release(step) ? begin_behind_others(step) : remove_or_give_up(step);
  }

  void begin_behind_others(application_step& step) {
    bool ready = true;
    for (const auto& name : step.after)
      for (auto [it, last] = by_service_.equal_range(name); it != last; ++it) {
        const auto& first = row_.steps[it->second];
        if (is_bad(first))
          return end(step, step_status::cancelled, first.service + ", which comes before it, did not get there.");
        ready = ready && first.status == step_status::done;
      }
    if (ready) begin(step);
  }

  void begin(application_step& step) const {
    step.status = step_status::in_progress;
    if (!makes_release(step)) step.stopped = fact(step.deployment).stopped;
  }

  // ---- and back

  void roll_back() {
    for (auto& step : row_.steps) {
      if (step.status == step_status::waiting && !makes_release(step)) end(step, step_status::cancelled);
      if (makes_release(step) && !is_gone(step.deployment) &&
          (is_pending(step) || step.status == step_status::cancelled))
        effects_.emplace_back(cancel_release{step.deployment});
      if (step.status == step_status::in_progress && !makes_release(step))
        effects_.emplace_back(remove_release{step.deployment});
    }
    if (!std::all_of(row_.steps.begin(), row_.steps.end(), [this](const auto& s) { return has_ended(s); })) return;
    // What others need goes back once they have.
    std::set<std::string> needed;
    for (const auto& step : row_.steps)
      if (goes_back(step) || step.status == step_status::rolling_back)
        needed.insert(step.after.begin(), step.after.end());
    for (auto& step : row_.steps) {
      if (goes_back(step) && makes_release(step) && is_gone(step.deployment))
        end(step, step_status::rolled_back,
            fact(step.deployment).status == deployment_status::superseded ? left_alone : "It was over already.");
      if (goes_back(step) && !needed.contains(step.service)) step.status = step_status::rolling_back;
      if (step.status == step_status::rolling_back) undo(step);
    }
    conclude();
  }

  void undo(const application_step& step) {
    if (step.before)
      effects_.emplace_back(model::go_back{step.deployment, *step.before, step.undo, step.undo_job, step.stopped});
    else
      effects_.emplace_back(remove_release{step.deployment});
  }

  void conclude() {
    bool left = false, stuck = false;
    for (const auto& step : row_.steps) {
      left = left || goes_back(step) || step.status == step_status::rolling_back;
      stuck = stuck || step.status == step_status::rollback_failed;
    }
    if (left) return;
    row_.status = stuck ? apply_status::failed : row_.cancelled ? apply_status::cancelled : apply_status::rolled_back;
    if (!row_.cancelled || !row_.detail.empty()) return;
    std::set<std::string> back;
    for (const auto& step : row_.steps)
      if (step.status == step_status::rolled_back) back.insert(step.service);
    std::string removed;
    for (const auto& step : row_.steps)
      if (!makes_release(step) && step.status == step_status::done && !back.contains(step.service))
        (removed += removed.empty() ? "" : ", ") += step.service;
    row_.detail = "It was cancelled.";
    if (!removed.empty()) row_.detail += " What had been removed already stays so: " + removed + '.';
  }

  const release_facts& facts_;
  std::multimap<std::string, std::size_t> by_service_;  // one that is removed may have several steps
  std::set<std::string> awaited_;                       // services whose steps others come after
};

}  // namespace

application_decision advance(const application& now, const release_facts& facts, timestamp at) {
  if (is_over(now.status)) return {now, false, {}};
  progress p(now, facts);
  p.go_on();
  application_decision out{std::move(p.row_), false, std::move(p.effects_)};
  out.save = !(out.next == now);
  if (out.save) {
    out.next.revision += 1;
    out.next.updated_at = at;
  }
  return out;
}

application ended_with_environment(application row, timestamp at) {
  for (auto& step : row.steps)
    if (is_pending(step)) end(step, step_status::cancelled, "Its environment was deleted.");
  row.cancelled = true;
  row.status = apply_status::cancelled;
  row.detail = "The environment was deleted.";
  row.revision += 1;
  row.updated_at = at;
  return row;
}

std::set<deployment_id> releases_of(const application& row) {
  std::set<deployment_id> out;
  for (const auto& step : row.steps) {
    out.insert(step.deployment);
    if (step.status == step_status::rolling_back && step.before) out.insert(step.undo);
  }
  return out;
}

std::set<deployment_id> held_by(const application& row) {
  std::set<deployment_id> out;
  if (!is_over(row.status))
    for (const auto& step : row.steps)
      // One that was given up until it is cancelled, too.
      if ((step.status == step_status::waiting || step.status == step_status::cancelled) && makes_release(step))
        out.insert(step.deployment);
  return out;
}

}  // namespace troupe::model
