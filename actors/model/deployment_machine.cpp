#include "actors/model/deployment_machine.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include "actors/model/overloaded.hpp"
#include "actors/model/rollout.hpp"
#include "actors/model/verdict.hpp"
#include "actors/model/volume_use.hpp"

namespace troupe::model {

namespace {

std::size_t index_of(timer kind) {
  return static_cast<std::size_t>(kind);
}

std::string capital(std::string sentence) {
  sentence.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(sentence.front())));
  return sentence;
}

// How long a health check may take to say what it finds.
template <class Check>
duration patience_of(const Check& h) {
  return std::chrono::seconds(h.start_period_seconds + (h.interval_seconds + h.timeout_seconds) * (h.retries + 1));
}

duration start_deadline(const deployment& row, const machine_timings& t) {
  if (row.spec.health) return t.start + patience_of(*row.spec.health);
  if (row.image && row.image->has_health_check) return t.start + patience_of(row.image->check);
  return t.start;
}

// One step in the making. The functions of each state stand in the order of life.
class step_in_making {
public:
  step_in_making(const deployment_state& state, timestamp now, const machine_timings& timings)
      : before_(state), now_(now), t_(timings) {
    out_.next = state;
  }

  decision take(const event& e) {
    std::visit(overloaded{
                   [&](const resumed&) { resume(); },
                   [&](const yielded&) { s_.active = false, new_phase(); },
                   [&](const answered_late&) { s_.busy = false, rest(); },
                   [&](const superseded& x) {
                     if (is_current(row_.status)) settle(deployment_status::superseded, "replaced by " + x.by.text);
                     if (row_.status == deployment_status::pending)
                       settle(deployment_status::superseded, "overtaken by " + x.by.text + " before its turn came");
                   },
                   [&](const commanded& x) { obey(x.command); },
                   [&](const timer_fired& x) { fired(x); },
                   [&](const looked_again& x) { in_state(x); },
                   [&](const turn_granted& x) { in_state(x); },
                   [&](const replacement_looked& x) {
                     if (!s_.active && is_current(row_.status)) s_.seen = x.seen;
                   },
                   [&](const auto& answer) { s_.busy = false, in_state(answer); },
               },
               e);
    if (!(row_ == before_.row)) out_.save = true;
    if (out_.save) {
      if (const auto* order = std::get_if<commanded>(&e)) out_.asked = order->command.what;
      if (is_settled(row_) && (out_.asked || !is_settled(before_.row)))
        out_.ended = late_ ? ending::late : ending::done;
      row_.revision = before_.row.revision + 1;
      row_.updated_at = now_;
    }
    return std::move(out_);
  }

private:
  // ---- what happens in which state: everything else is stale, or too late to matter
  template <class Event>
  void in_state(const Event& e) {
    switch (row_.status) {
      case deployment_status::pending: return pending(e);
      case deployment_status::pulling_image: return pulling_image(e);
      case deployment_status::creating_volumes: return creating_volumes(e);
      case deployment_status::starting_containers: return is_undoing(row_) ? undoing(e) : starting_containers(e);
      case deployment_status::running:
        return !row_.spec.job ? running(e) : is_undoing(row_) ? undoing(e) : running_job(e);
      case deployment_status::stopped: return stopped(e);
      case deployment_status::removing: return removing(e);
      case deployment_status::succeeded:
      case deployment_status::failed:
      case deployment_status::cancelled:
      case deployment_status::superseded:
      case deployment_status::removed: return over(e);
    }
  }

  template <class Event>
  void pending(const Event&) {}
  void pending(const turn_granted& e) {
    s_.active = true;
    s_.former = e.former;
    row_.former = e.former ? std::optional(e.former->id) : std::nullopt;
    if (row_.spec.job && e.former)
      return fail(make_failure(failure_code::internal, "A service of this name runs; a job does not take its place."));
    enter(deployment_status::pulling_image);
  }

  template <class Event>
  void pulling_image(const Event&) {}
  void pulling_image(const image_resolved& e) {
    row_.image = e.image;
    say(e.image.note);
    if (row_.spec.replicas > 1)
      for (const auto& m : e.image.volumes)
        if (writes_alone(m))
          return fail(make_failure(failure_code::volume_not_shared,
                                   "The image declares " + m.mount_path +
                                       " as data, which one container at a time may write to, and " +
                                       std::to_string(row_.spec.replicas) + " replicas were asked for."));
    enter(deployment_status::creating_volumes);
  }
  void pulling_image(const effect_failed& e) { try_again_or_fail(e.error); }

  template <class Event>
  void creating_volumes(const Event&) {}
  void creating_volumes(const volumes_made& e) {
    for (const auto& name : e.created) say("volume " + name + " created");
    enter(deployment_status::starting_containers);
  }
  void creating_volumes(const effect_failed& e) { try_again_or_fail(e.error); }

  template <class Event>
  void starting_containers(const Event&) {}
  void starting_containers(const looked_again&) {
    if (!armed(timer::next_try)) look();
  }
  void starting_containers(const effect_failed& e) {
    if (e.error.kind == consequence::rejected) return fail(e.error.what);
    s_.last_trouble = e.error.what;
    try_again(e.error);
  }
  void starting_containers(const service_seen& e) {
    seen(e.seen);
    note_wait();
    if (row_.spec.job) {
      follow_job();
      if (row_.status != deployment_status::starting_containers) return watch_job();
      if (armed(timer::next_try)) return;
    }
    if (stays_ended(ended_with_the_engine)) {
      say(back_with_the_engine);
      ++row_.generation;
      new_phase();
      s_.expects_change = true;
      keep_deadline();
      return act();
    }
    const auto v = judge(plan_of(row_), s_.seen, s_.ended_tasks);
    if (v.hopeless || (v.crashing && !may_try_on()))
      return fail(v.trouble.value_or(make_failure(failure_code::exited, "The container does not keep running.")));
    if (!row_.spec.job && stable(v.good)) return run();
    // Whoever has the host port is on its way out, or the release would not have been accepted.
    const bool awaits_others = s_.former || (v.trouble && v.trouble->code == failure_code::port_conflict);
    arm_if(v.unplaceable, timer::patience, awaits_others ? t_.undo : t_.patience);
    look_later(t_.poll);
  }

  // A program may end until the one that it needs answers: it gets its time, unless that keeps the release before it
  // out of service.
  bool may_try_on() const {
    const auto since = deadline_of_phase() - std::chrono::ceil<duration>(*row_.due - now_);
    return since < t_.crash && (!s_.former || !stops_first(plan_of(row_)));
  }

  // Going back, for a failure, a cancellation or a removal: to the former release, or to nothing.
  template <class Event>
  void undoing(const Event&) {}
  void undoing(const looked_again&) {
    if (s_.former) look();
  }
  void undoing(const effect_failed& e) { try_again(e.error); }
  void undoing(const service_gone&) { undone(); }
  void undoing(const service_seen& e) {
    seen(e.seen);
    if (!s_.former) return;  // it is being torn down: service_gone ends that
    // The former release may never have stopped: what is undone is this one, with its last container.
    const bool lives = std::any_of(s_.seen.tasks.begin(), s_.seen.tasks.end(), [&](const auto& task) {
      return task.deployment == row_.id && (task.phase == task_phase::starting || task.phase == task_phase::running);
    });
    if (!lives && verdict_on(*s_.former).good) return undone();
    look_later(t_.poll);
  }

  template <class Event>
  void running(const Event&) {}
  void running(const looked_again&) { look(); }
  void running(const effect_failed& e) {
    if (e.error.kind == consequence::rejected) degrade(e.error.what.message);
    try_again(e.error);
  }
  void running(const service_seen& e) {
    seen(e.seen);
    note_change();
    const auto v = verdict_now();
    if (row_.wanted == intent::stop) return v.good ? settle_current(deployment_status::stopped) : look_later(t_.poll);
    const auto crashes = row_.crashes.count;
    note_crashes(row_.crashes, plan_of(row_), s_.seen, now_);
    const auto loop = find_loop(row_.crashes, now_);
    if (v.good) {
      carried_out();
      if (loop) return endure(*loop, std::chrono::ceil<duration>(loop->over - now_));
      if (row_.crashes.count != crashes)
        say(row_.crashes.recent.back().slot + " ended and was started again: " + row_.crashes.last_words);
      if (stable(row_.health.degraded)) return heal();
      return row_.health.degraded ? look_later(t_.poll) : rest();
    }
    stable(false);
    if (const bool with_the_engine = stays_ended(ended_with_the_engine);
        with_the_engine || stays_ended(was_unhealthy)) {
      ++row_.generation;
      const auto* why = with_the_engine ? back_with_the_engine : "restarting what failed its health check";
      return change(loop ? std::string() : why);  // a loop is told once
    }
    if (loop) return endure(*loop, t_.watch);
    // What a command of our own has just set going may take its time, but nobody knows when others let go of a volume.
    if (s_.seen.waits_for)
      degrade(v.reason + ": " + s_.seen.waits_for->message, s_.seen.waits_for);
    else if (!armed(timer::deadline))
      degrade(v.reason, v.trouble);
    look_later(armed(timer::deadline) ? t_.poll : t_.watch);
  }

  // Under "on-failure" Swarm leaves a container ended that ended in good order, though its health check or the Engine's
  // own stop was why.
  template <class Why>
  bool stays_ended(Why is_why) const {
    if (row_.spec.job || row_.spec.restart.condition != restart_condition::on_failure) return false;
    std::set<std::string> alive;
    for (const auto& task : s_.seen.tasks)
      if (task.phase != task_phase::ended) alive.insert(task.name);
    return std::any_of(s_.seen.tasks.begin(), s_.seen.tasks.end(), [&](const auto& task) {
      return is_own(task) && !alive.contains(task.name) && task.trouble && task.exit_code == 0 && is_why(task);
    });
  }
  static bool ended_with_the_engine(const task_observation& task) { return task.excused; }
  static bool was_unhealthy(const task_observation& task) {
    return !task.excused && task.trouble->code == failure_code::unhealthy;
  }
  static constexpr const char* back_with_the_engine = "starting again what ended with the Engine";

  // ---- a job: RUNNING from its first container on, until its program has come to its end
  template <class Event>
  void running_job(const Event&) {}
  void running_job(const looked_again&) {
    if (armed(timer::next_try)) return;
    s_.stirred = true;
    look();
  }
  void running_job(const effect_failed& e) { running(e); }
  void running_job(const service_seen& e) {
    seen(e.seen);
    note_change();
    follow_job();
    watch_job();
  }

  void watch_job() {
    if (row_.status != deployment_status::running || armed(timer::next_try)) return;
    if (s_.decides) return fail(job_is_late());
    const auto* task = newest_try();
    if (task == nullptr || task->phase != task_phase::running) return look_later(t_.poll);
    if (row_.health.degraded) heal();
    // What is told of its container comes before Swarm says it; what is not told is found by the listing.
    std::exchange(s_.stirred, false) ? look_later(t_.watch) : rest();
  }

  // The newest container of its newest try.
  const task_observation* newest_try() const {
    const auto found =
        std::find_if(s_.seen.tasks.begin(), s_.seen.tasks.end(), [&](const auto& t) { return is_own(t); });
    return found == s_.seen.tasks.end() ? nullptr : &*found;
  }

  // One try is one container, and the next begins when it has ended. Swarm starts none again by itself.
  void follow_job() {
    const auto& tasks = s_.seen.tasks;
    const auto success =
        std::find_if(tasks.begin(), tasks.end(), [&](const auto& t) { return t.deployment == row_.id && t.completed; });
    if (success != tasks.end()) {
      begin_job(*success);
      return end_job(deployment_status::succeeded, "ended with exit code 0");
    }
    const auto* task = newest_try();
    if (task == nullptr) {
      if (row_.begun) try_failed(cut_off());
      return;
    }
    if (task->phase == task_phase::running) return begin_job(*task);
    if (task->phase != task_phase::ended) return;
    if (const auto how = failure_of_try(*task)) {
      if (task->started_at || task->exit_code.value_or(0) != 0) begin_job(*task);
      return try_failed(*how, task->fatal);
    }
    s_.last_trouble = task->trouble;
    next_try("the engine did not start its container: trying again");
  }

  // Nobody knows how far its program came.
  static failure cut_off() {
    return make_failure(failure_code::internal, "The container was ended from outside before its program was done.");
  }

  // Nothing where the program has not begun for a reason that is not its own.
  std::optional<failure> failure_of_try(const task_observation& task) const {
    if (task.trouble && (!task.excused || task.started_at || row_.begun)) return task.trouble;
    if (!task.trouble && (!task.container.empty() || row_.begun)) return cut_off();
    return std::nullopt;
  }

  void try_failed(failure how, bool fatal = false) {
    ++row_.crashes.count;
    const auto limit = row_.spec.job->backoff_limit;
    if (!fatal && row_.crashes.count <= limit)
      return next_try(how.message + " Trying again (" + std::to_string(row_.crashes.count) + " of " +
                      std::to_string(limit) + ")");
    if (how.hint == hint_for(failure_code::exited))
      how.hint = "Read the last log lines in `detail`; `backoffLimit` says how often it is tried again.";
    how.phase = deployment_status_texts[row_.status];
    row_.error = how;
    end_job(deployment_status::failed, how.message);
  }

  void next_try(std::string sentence) {
    say(std::move(sentence));
    ++row_.generation;
    row_.health = {};
    row_.begun = false;
    new_phase();
    s_.expects_change = true;
    keep_deadline();
    arm(timer::next_try, t_.next_try);
  }

  // Its deadline counts from its first container's start.
  void begin_job(const task_observation& first) {
    row_.begun = true;
    if (row_.status == deployment_status::running) return;
    row_.running_since = std::clamp(first.started_at.value_or(now_), std::min(row_.updated_at, now_), now_);
    const bool look_again = s_.look_when_free;  // what was told while this look was under way may have been its end
    row_.status = deployment_status::running;
    new_phase();
    s_.look_when_free = look_again;
    row_.due = *row_.running_since + std::chrono::seconds(row_.spec.job->deadline_seconds);
    row_.renewals = 0;
    keep_deadline();
  }

  failure job_is_late() const {
    auto out = make_failure(failure_code::timed_out, "The job did not end within its deadline of " +
                                                         std::to_string(row_.spec.job->deadline_seconds) + " s.");
    out.hint = "Raise `deadlineSeconds`, or see in its logs what it waits for.";
    return out;
  }

  // Its end is saved; then what is left of it in Docker goes.
  void end_job(deployment_status end, std::string sentence) {
    settle(end, std::move(sentence));
    s_.active = true;
    act();
  }

  template <class Event>
  void over(const Event&) {}
  void over(const service_gone&) { s_.active = false; }
  void over(const effect_failed& e) {
    if (s_.active) try_again(e.error);
  }

  template <class Event>
  void stopped(const Event&) {}
  void stopped(const looked_again&) { look(); }
  void stopped(const effect_failed& e) { try_again(e.error); }
  void stopped(const service_seen& e) {
    seen(e.seen);
    note_change();
    verdict_now().good ? rest() : look_later(t_.poll);
  }

  template <class Event>
  void removing(const Event&) {}
  void removing(const effect_failed& e) { try_again(e.error); }
  void removing(const service_gone&) { settle(deployment_status::removed, {}); }

  // ---- commands; refusal() has let only admissible ones pass
  void obey(const command& c) {
    switch (c.what) {
      case verb::cancel: row_.wanted = intent::cancel; return give_up(deployment_status::cancelled);
      case verb::remove: row_.wanted = intent::remove; return give_up(deployment_status::removed);
      case verb::stop:
        if (row_.status == deployment_status::stopped || row_.wanted == intent::stop) return;
        row_.wanted = intent::stop;
        row_.health = {};
        return change("stopping");
      case verb::start:
        if (row_.wanted == intent::run) return;
        row_.wanted = intent::run;
        if (row_.status == deployment_status::stopped) return enter(deployment_status::starting_containers);
        return change("starting again");
      case verb::restart: ++row_.generation; return change("restarting");
      case verb::scale:
        if (row_.spec.replicas == c.replicas) return;
        row_.spec.replicas = c.replicas;
        if (row_.status == deployment_status::running && row_.wanted == intent::run)
          return change("scaling to " + std::to_string(c.replicas));
        return say("to have " + std::to_string(c.replicas) + (c.replicas == 1 ? " container" : " containers") +
                   " once it is started");
    }
  }

  // The row of a living service has changed: converge to it, and let the change take its time before it counts as
  // trouble.
  void change(std::string sentence) {
    say(std::move(sentence));
    new_phase();
    s_.expects_change = true;
    act();
    give_time();
  }

  void give_up(deployment_status end) {
    switch (row_.status) {
      case deployment_status::pending:
      case deployment_status::pulling_image:
      case deployment_status::creating_volumes: return settle(end, {});
      case deployment_status::succeeded:
      case deployment_status::failed:
      case deployment_status::cancelled:
      case deployment_status::superseded: row_.status = end; return;  // what is left of a job still goes
      case deployment_status::starting_containers:
        if (is_undoing(before_.row))  // already on its way back; `wanted` decides where it ends
          return say(end == deployment_status::cancelled ? "cancelled while it is being undone"
                                                         : "to be removed once it is undone");
        say(end == deployment_status::cancelled ? "cancelled: what it has started is being undone"
                                                : "to be removed: what it has started is being undone");
        new_phase();
        return begin();
      case deployment_status::running:
        if (end == deployment_status::cancelled) {
          say("cancelled: what runs is being ended");
          new_phase();
          return begin();
        }
        return enter(deployment_status::removing);
      case deployment_status::stopped: return enter(deployment_status::removing);
      case deployment_status::removing:
      case deployment_status::removed: return;
    }
  }

  // ---- time
  void fired(const timer_fired& e) {
    if (!s_.active || e.arming == 0 || e.arming != s_.armed[index_of(e.kind)]) return;
    disarm(e.kind);
    const bool starting = row_.status == deployment_status::starting_containers && !is_undoing(row_);
    switch (e.kind) {
      case timer::retry: return act();
      case timer::deadline: return too_late();
      case timer::next_try: return act();
      case timer::stability: s_.window_over = true; return look();
      case timer::patience:
        if (!starting) return;
        return fail(
            verdict_now().trouble.value_or(make_failure(failure_code::no_capacity, "No node can take the container.")));
    }
  }

  void too_late() {
    if (is_running_job(row_) && !is_undoing(row_)) {
      if (armed(timer::next_try)) return fail(job_is_late());
      s_.window_over = true;  // a look that begins now decides: it may just have ended
      return look();
    }
    if (s_.engine_away) return give_time();  // waiting for Docker is not the release's fault
    if (s_.busy && row_.status == deployment_status::starting_containers)
      return arm(timer::deadline, t_.poll);  // judge by a fresh look
    if (!is_in_flight(row_.status) || row_.status == deployment_status::removing) {
      late_ = true;
      const auto why = verdict_now().reason;
      say("what was asked for is not done in time" + (why.empty() ? "" : ": " + why));
      nothing_is_due();
      return look();  // from now on trouble counts
    }
    if (is_undoing(row_)) return undone();
    if (row_.status == deployment_status::starting_containers) {
      const auto v = verdict_now();
      const bool unhealthy = v.trouble && v.trouble->code == failure_code::unhealthy;
      if (v.trouble && !unhealthy) return fail(*v.trouble);
      if (s_.seen.waits_for) return fail(*s_.seen.waits_for);
      const bool starting = std::any_of(s_.seen.tasks.begin(), s_.seen.tasks.end(), [&](const auto& task) {
        return is_own(task) && task.phase == task_phase::starting;
      });
      if (starting && is_checked(plan_of(row_)))
        return fail(make_failure(failure_code::unhealthy, "The health check did not pass in time.",
                                 unhealthy ? v.trouble->detail : std::string()));
      if (v.trouble) return fail(*v.trouble);
      // It runs at this moment, and may have ended a moment ago.
      for (const auto& task : s_.seen.tasks)
        if (is_own(task) && ended_by_itself(task)) return fail(*task.trouble);
      if (s_.last_trouble) return fail(*s_.last_trouble);
      return fail(
          make_failure(failure_code::timed_out, v.good ? "The containers did not run for long enough in time."
                                                       : "The containers did not start in time: " + v.reason + "."));
    }
    fail(make_failure(failure_code::timed_out, row_.status == deployment_status::pulling_image
                                                   ? "The image could not be pulled in time."
                                                   : "The volumes could not be made in time."));
  }

  duration deadline_of_phase() const {
    switch (row_.status) {
      case deployment_status::pulling_image: return t_.pull;
      case deployment_status::creating_volumes: return t_.volumes;
      case deployment_status::starting_containers:
        return (is_undoing(row_) ? t_.undo : start_deadline(row_, t_)) + time_to_replace();
      case deployment_status::pending:
      case deployment_status::running:
      case deployment_status::succeeded:
      case deployment_status::failed:
      case deployment_status::cancelled:
      case deployment_status::superseded:
      case deployment_status::stopped:
      case deployment_status::removing:
      case deployment_status::removed: break;
    }
    return start_deadline(row_, t_) + time_to_replace();
  }

  void give_time() {
    const auto whole = deadline_of_phase();
    row_.due = now_ + whole;
    row_.renewals = 0;
    arm(timer::deadline, whole);
  }

  void nothing_is_due() {
    row_.due.reset();
    row_.renewals = 0;
  }

  // The clock may have been set back since.
  void keep_deadline() {
    const auto whole =
        is_running_job(row_) ? std::chrono::seconds(row_.spec.job->deadline_seconds) : deadline_of_phase();
    row_.due = std::min(*row_.due, now_ + whole);
    arm(timer::deadline, std::max(duration::zero(), std::chrono::ceil<duration>(*row_.due - now_)));
  }

  // After a restart of Troupe, which may have been away for long: what is left counts on, but each restart gives half
  // of what the one before gave at least. So being away fails nothing, and restarting for ever does not keep it alive.
  void renew_time() {
    if (is_running_job(row_)) return keep_deadline();  // what its user asked for is not lengthened
    const auto whole = deadline_of_phase();
    auto left = std::min(std::chrono::ceil<duration>(*row_.due - now_), whole);
    const auto least = whole / (1U << std::min(row_.renewals + 1, 20U));
    if (left < least) {
      ++row_.renewals;
      left = least;
    }
    row_.due = std::min(*row_.due, now_ + whole);
    row_.due = std::max(*row_.due, now_ + left);
    arm(timer::deadline, left);
  }

  // Where what runs must end before the first container starts, it may take all of its grace; and a release may ask
  // for its containers to be replaced slowly.
  duration time_to_replace() const {
    duration longest{0};
    for (const auto* row : {&row_, s_.former ? &*s_.former : nullptr}) {
      if (!row) continue;
      const auto plan = plan_of(*row);
      const auto grace = written_alone(plan).empty() ? std::chrono::seconds(0) : stop_grace(plan);
      longest = std::max<duration>(longest, grace + time_between_steps(plan));
    }
    return longest;
  }

  // ---- phases
  void resume() {
    if (row_.status == deployment_status::pending || is_final(row_.status)) return;
    s_.active = true;
    new_phase();
    if (!row_.due) return begin();
    s_.expects_change = is_current(row_.status);
    act();
    renew_time();
  }

  void enter(deployment_status status) {
    row_.status = status;
    new_phase();
    begin();
  }

  void new_phase() {
    ++s_.phase;
    // An effect on the service that is under way is waited for, whatever it was for: two at once could end in either
    // order.
    if (before_.row.status == deployment_status::pulling_image) s_.busy = false;
    s_.look_when_free = s_.expects_change = s_.engine_away = s_.window_over = s_.told_stopping = false;
    s_.tries = s_.soft_failures = 0;
    s_.armed.fill(0);
    s_.ended_tasks.clear();
  }

  // The one effect that a phase owns, and its deadline where it has one.
  void begin() {
    act();
    const bool may_fail = row_.status == deployment_status::pulling_image ||
                          row_.status == deployment_status::creating_volumes ||
                          (row_.status == deployment_status::starting_containers && (!is_undoing(row_) || s_.former));
    if (may_fail) return give_time();
    nothing_is_due();
  }

  void act() {
    disarm(timer::retry);
    if (s_.busy) {
      s_.look_when_free = true;
      return;
    }
    s_.busy = true;
    s_.decides = s_.window_over;
    switch (row_.status) {
      case deployment_status::pulling_image: return perform(resolve_image_of{row_.spec});
      case deployment_status::creating_volumes: {
        make_volumes e;
        for (const auto& volume : mounts_of(row_.spec, row_.image))
          if (std::find(e.names.begin(), e.names.end(), volume.name) == e.names.end()) e.names.push_back(volume.name);
        return perform(std::move(e));
      }
      case deployment_status::starting_containers:
        if (!is_undoing(row_)) return perform(converge{plan_of(row_), s_.decides});
        if (s_.former) return perform(converge{plan_of(*s_.former)});
        return perform(tear_down{row_.spec.service});
      case deployment_status::running:
        if (is_undoing(row_)) return perform(tear_down{row_.spec.service});
        return perform(converge{plan_of(row_), s_.decides && !row_.spec.job});
      case deployment_status::stopped: return perform(converge{plan_of(row_), s_.decides});
      case deployment_status::removing: return perform(tear_down{row_.spec.service});
      case deployment_status::pending:
      case deployment_status::succeeded:
      case deployment_status::failed:
      case deployment_status::cancelled:
      case deployment_status::superseded:
      case deployment_status::removed:
        if (s_.active) return perform(tear_down{row_.spec.service});
        s_.busy = false;
        return;
    }
  }

  void look() {
    if (s_.active) act();
  }

  void look_later(duration after) {
    if (std::exchange(s_.look_when_free, false)) return act();
    arm(timer::retry, after);
  }

  // Nothing to wait for; but a look that was asked for meanwhile is taken.
  void rest() {
    if (std::exchange(s_.look_when_free, false) && s_.active) act();
  }

  verdict verdict_on(const deployment& row) const {
    ended_tasks uncounted;
    return judge(plan_of(row), s_.seen, uncounted);
  }
  verdict verdict_now() const { return verdict_on(row_); }

  // As the row is now.
  bool is_own(const task_observation& task) const {
    return task.deployment == row_.id && task.generation == row_.generation;
  }

  void seen(const service_observation& o) {
    s_.engine_away = false;
    s_.tries = s_.soft_failures = 0;
    s_.seen = o;
  }

  void try_again(const effect_error& e) {
    s_.look_when_free = false;
    s_.engine_away = e.kind == consequence::unavailable;
    ++s_.tries;
    if (!s_.engine_away) ++s_.soft_failures;
    arm(timer::retry, std::min(t_.backoff * (1U << std::min(s_.tries - 1, 10U)), t_.backoff_limit));
  }

  void try_again_or_fail(const effect_error& e) {
    if (e.kind == consequence::rejected || (e.kind == consequence::retry && s_.soft_failures + 1 >= t_.tries))
      return fail(e.what);
    try_again(e);
  }

  // ---- ends
  // Before anything started a failure rejects; after, it rolls back, and the row says so before the first thing is
  // undone.
  void fail(failure f) {
    f.phase = deployment_status_texts[row_.status];
    say(f.message);
    row_.error = std::move(f);
    if (row_.status != deployment_status::starting_containers && !is_running_job(row_))
      return settle(deployment_status::failed, {});
    new_phase();
    begin();
  }

  void undone() {
    if (s_.former) row_.rolled_back_to = s_.former->id;
    std::string sentence = "what it had started is gone";
    if (s_.former) {
      const auto back = verdict_on(*s_.former);
      sentence = back.good ? "the former release serves" : "the former release is not back yet: " + back.reason;
    }
    if ((row_.wanted == intent::run || row_.wanted == intent::stop) && row_.error)
      sentence = row_.error->message + ' ' + capital(std::move(sentence)) + '.';
    settle(row_.wanted == intent::remove   ? deployment_status::removed
           : row_.wanted == intent::cancel ? deployment_status::cancelled
                                           : deployment_status::failed,
           sentence);
  }

  void run() {
    row_.running_since = now_;
    row_.former.reset();
    s_.former.reset();
    row_.health = {};
    row_.crashes = begin_record(s_.seen);
    settle_current(row_.wanted == intent::stop ? deployment_status::stopped : deployment_status::running);
  }

  void settle_current(deployment_status status) {
    const bool look_again = s_.look_when_free;
    row_.status = status;
    nothing_is_due();
    new_phase();
    if (look_again) look();
  }

  void settle(deployment_status status, std::string sentence) {
    say(std::move(sentence));
    row_.status = status;
    row_.health = {};
    nothing_is_due();
    s_.active = false;
    new_phase();
  }

  // ---- health of what runs
  void degrade(const std::string& reason, const std::optional<failure>& trouble = {}) {
    // A crash loop says the same again and again: the timeline tells it once.
    const bool news =
        !row_.health.degraded || (trouble && row_.health.reason.find(trouble->message) == std::string::npos);
    if (!news) return;
    row_.health = {true, reason, row_.health.degraded ? row_.health.since : now_};
    say("degraded: " + reason);
  }

  // It counts as degraded for as long as it has ended too often lately, also while it happens to run.
  void endure(const crash_loop& loop, duration until_next_look) {
    const bool news = row_.crashes.recent != before_.row.crashes.recent || !row_.health.degraded;
    const bool known = row_.health.degraded && row_.health.reason.starts_with(crash_loop_word);
    if (news && !known) say("degraded: " + loop.reason);
    if (news || !known) row_.health = {true, loop.reason, row_.health.degraded ? row_.health.since : now_};
    look_later(std::max(until_next_look, t_.watch));
  }

  // Of a command to what runs.
  void carried_out() {
    disarm(timer::deadline);
    if (!row_.due) return;
    nothing_is_due();
    say(std::to_string(row_.spec.replicas) + (row_.spec.replicas == 1 ? " container runs" : " containers run"));
  }

  void heal() {
    row_.health = {};
    s_.window_over = false;
    say("healthy again");
    disarm(timer::retry);
    rest();
  }

  void note_change() {
    if (s_.seen.change == applied::stopping) return;
    const bool expected = std::exchange(s_.expects_change, false);
    if (expected || s_.seen.change == applied::nothing) return;
    say(s_.seen.change == applied::created ? "the service was missing and was made again"
                                           : "the service differed from the release and was put right");
    out_.save = true;
  }

  // Why no container of the release starts yet, once for each reason.
  void note_wait() {
    const auto& other = s_.seen.waits_for;
    if (s_.seen.change != applied::stopping) {
      if (s_.last_trouble && s_.last_trouble->code == failure_code::volume_in_use) s_.last_trouble.reset();
      return;
    }
    const bool news = other && (!s_.last_trouble || s_.last_trouble->message != other->message);
    if (news) {
      s_.last_trouble = other;
      say("waiting: " + other->message);
    } else if (!std::exchange(s_.told_stopping, true) && !other) {
      say(std::string("waiting until the container before has ended") +
          (row_.spec.job ? "" : ": one at a time may write to the volume"));
    } else {
      return;
    }
    out_.save = true;
  }

  // ---- small things
  void say(std::string sentence) {
    if (sentence.empty()) return;
    if (!out_.detail.empty()) out_.detail += "; ";
    out_.detail += sentence;
  }
  void perform(effect e) { out_.effects.push_back(std::move(e)); }
  void arm(timer kind, duration after) {
    s_.armed[index_of(kind)] = ++s_.armings;
    perform(start_timer{kind, s_.armings, after});
  }
  void arm_if(bool wanted, timer kind, duration after) {
    if (!wanted) return disarm(kind);
    if (!armed(kind)) arm(kind, after);
  }
  // The very same tasks were good for the whole window (one that crashed between two looks has another id), and a look
  // begun after its end says so too: one begun before may be answered late, and shows the past.
  bool stable(bool good) {
    std::set<std::string> tasks;
    for (const auto& task : s_.seen.tasks)
      if (good && task.wanted && task.phase == task_phase::running) tasks.insert(task.id);
    if (tasks != s_.steady_tasks) {
      disarm(timer::stability);
      s_.window_over = s_.decides = false;
    }
    s_.steady_tasks = std::move(tasks);
    if (good && (s_.decides || t_.stability == duration::zero())) return true;
    const bool held = std::all_of(s_.seen.tasks.begin(), s_.seen.tasks.end(),
                                  [&](const auto& task) { return task.held || !s_.steady_tasks.contains(task.id); });
    arm_if(good && !s_.window_over, timer::stability, held ? duration::zero() : t_.stability);
    return false;
  }
  bool armed(timer kind) const { return s_.armed[index_of(kind)] != 0; }
  void disarm(timer kind) { s_.armed[index_of(kind)] = 0; }

  decision out_;
  bool late_ = false;  // what was asked for has not come true in its time
  deployment_state& s_ = out_.next;
  deployment& row_ = out_.next.row;
  const deployment_state& before_;
  timestamp now_;
  const machine_timings& t_;
};

}  // namespace

health shown_health(const deployment_state& state) {
  const auto& row = state.row;
  if (row.spec.job) return row.health;  // it may be between two tries
  const bool changing = state.active && state.armed[index_of(timer::deadline)] != 0;
  const bool replaced = !state.active && (!state.seen.tasks.empty() || !state.steady_tasks.empty());
  if (row.status != deployment_status::running || row.health.degraded || !(changing || replaced)) return row.health;
  // While a command of its own is carried out, containers of before it serve as well.
  const auto serving = std::count_if(state.seen.tasks.begin(), state.seen.tasks.end(), [&](const auto& task) {
    return task.wanted && task.phase == task_phase::running && task.deployment == row.id;
  });
  const auto wanted = static_cast<std::ptrdiff_t>(row.spec.replicas);
  if (row.wanted != intent::run || serving >= wanted) return row.health;
  return {true,
          std::string(state.active ? "what was asked for is under way: " : "another release is taking its place: ") +
              std::to_string(serving) + " of " + std::to_string(wanted) +
              (wanted == 1 ? " container runs" : " containers run"),
          {}};
}

decision step(const deployment_state& state, const event& e, timestamp now, const machine_timings& timings) {
  return step_in_making(state, now, timings).take(e);
}

std::optional<problem> refusal(const deployment_state& state, const command& command) {
  const auto& row = state.row;
  const auto conflict = [&](std::string why) { return problem{consequence::conflict, std::move(why), {}, 0}; };
  const auto is = std::string("The deployment is ") + std::string(deployment_status_texts[row.status]);
  const bool undisturbed = state.active || !is_current(row.status);
  if (command.what == verb::remove && undisturbed) return std::nullopt;
  if (!undisturbed) return conflict("Another release of this service is being deployed; wait for it, or cancel it.");
  const bool current = is_current(row.status);
  const bool runs_to_its_end = row.spec.job.has_value() && command.what != verb::cancel;
  if (runs_to_its_end)
    return conflict(
        "It is a job, which runs to its end: cancel it, or change it with PATCH /services/:id for a new run.");
  switch (command.what) {
    case verb::cancel:
      if (row.wanted == intent::remove) return conflict("The deployment is being removed.");
      if (row.status == deployment_status::pending ||
          (is_in_flight(row.status) && row.status != deployment_status::removing && !row.error) ||
          (is_running_job(row) && !is_undoing(row)))
        return std::nullopt;
      return conflict(is + "; there is nothing to cancel.");
    case verb::stop:
    case verb::start:
      if (current) return std::nullopt;
      return conflict(is + "; only a RUNNING or STOPPED deployment can be stopped and started.");
    case verb::restart:
      if (row.status == deployment_status::running && row.wanted == intent::run) return std::nullopt;
      return conflict(is + "; only a RUNNING deployment can be restarted.");
    case verb::scale: {
      if (command.replicas > 1)
        if (auto why = reason_for_one_container(row.spec, row.image)) return conflict(std::move(*why));
      if (current) return std::nullopt;
      return conflict(is + "; only a RUNNING or STOPPED deployment can be scaled.");
    }
    case verb::remove: break;
  }
  return std::nullopt;
}

}  // namespace troupe::model
