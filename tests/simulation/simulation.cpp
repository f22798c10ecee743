#include "tests/simulation/simulation.hpp"

#include <algorithm>
#include <optional>
#include <sstream>

#include "actors/model/object_names.hpp"
#include "config/logging.hpp"
#include "config/settings.hpp"
#include "tests/simulation/process.hpp"
#include "tests/simulation/witness.hpp"
#include "tests/simulation/workload.hpp"

namespace troupe::simulation {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds patience = 40min;  // to settle, once the faults have stopped
constexpr milliseconds calm_before_quiet =
    40s;                             // settled for so long, and longer than a call to Docker may hang: then it counts
constexpr milliseconds quiet = 80s;  // five audits
constexpr milliseconds client_timeout = 20s;
constexpr milliseconds client_pause = 1s;
constexpr std::uint64_t message_limit = 100'000;

struct client {
  enum class state { waits, asked, acknowledged, refused } now = state::waits;
  milliseconds next{0};
};

struct incident {
  milliseconds at;
  std::function<void()> happens;
};

class run {
public:
  run(std::uint64_t seed, const profile& p, std::ostream* trace) : profile_(p), trace_(trace) {
    docker::simulated_chance master(seed);
    operations_ = draw_workload(p, master.fork());
    clients_.resize(operations_.size());
    schedule_ = master.fork();
    fate_ = master.fork();
    process_seeds_ = master.fork();
    world_.swarm = std::make_shared<docker::simulated_swarm>(master.next());
    world_.swarm->lag_behind(profile_.news_late_by);
    world_.store = std::make_shared<support::stored_world>();
    world_.engine_faults = std::make_shared<docker::fault_plan>(master.next(), p.engine);
    world_.store_faults = std::make_shared<docker::fault_plan>(master.next(), p.store);
    world_.elapsed = std::make_shared<milliseconds>(0);
    world_.trace = [this](const std::string& text) { note(text); };
    witness_.emplace(p, world_.swarm, world_.store);
    report_.seed = seed;
    report_.profile = p.name;
    draw_incidents();
    plan_crash();
  }

  report go() {
    start();
    while (!over_) {
      if (report_.messages > message_limit) {
        witness_->say("O3: it never comes to rest: " + std::to_string(message_limit) + " messages");
        break;
      }
      if (process_ && process_->handle_one(schedule_)) {
        ++report_.messages;
        if (crash_in_ != 0 && faults_on_ && --crash_in_ == 0) crash();
        if (kill_in_ != 0 && faults_on_ && --kill_in_ == 0) kill();
        continue;
      }
      pass_time();
    }
    process_.reset();
    if (process::left_running) witness_->say("an actor runs on by itself after its root is gone");
    finish();
    return std::move(report_);
  }

private:
  milliseconds now() const { return *world_.elapsed; }

  // FNV-1a over every line.
  void note(const std::string& text) {
    auto& hash = report_.trace_hash;
    if (text.find(" fault=") != std::string::npos) ++report_.faults;
    const auto add = [&](std::string_view part) {
      for (const char c : part) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    };
    add(std::to_string(now().count()));
    add(text);
    if (trace_ != nullptr && !text.starts_with("actor ")) *trace_ << now().count() << "ms " << text << '\n';
  }

  // ---- the process
  // -----------------------------------------------------------------------------------------------------
  void start() {
    note("start");
    boot_at_.reset();
    process_ = std::make_unique<process>(world_, process_seeds_.next());
    const bool more = report_.kills < profile_.kills;
    kill_in_ = more ? 1 + schedule_.below(2 * profile_.messages_per_kill) : 0;
  }

  void crash() {
    const auto died = process_->crash_one(fate_);
    note("crash of actor " + died);
    if (!died.empty()) ++report_.crashes;
    plan_crash();
  }
  void plan_crash() {
    crash_in_ = report_.crashes < profile_.actor_crashes ? 1 + fate_.below(2 * profile_.messages_per_crash) : 0;
  }

  void kill() {
    note("kill");
    ++report_.kills;
    process_.reset();
    for (auto& c : clients_)
      if (c.now == client::state::asked) unanswered(c);
    boot_at_ = now() + (fate_.happens(0.4) ? 0ms : fate_.between(milliseconds{0}, milliseconds{8'000}));
  }

  // ---- time
  // --------------------------------------------------------------------------------------------------------------
  void pass_time() {
    auto next = next_check_;
    const auto sooner = [&](std::optional<milliseconds> t) {
      if (t && *t < next) next = *t;
    };
    if (process_) sooner(process_->next_timer());
    sooner(boot_at_);
    if (next_incident_ < incidents_.size()) sooner(incidents_[next_incident_].at);
    if (process_)
      for (std::size_t i = 0; i < operations_.size(); ++i)
        if (may_ask(i)) sooner(clients_[i].next);
    *world_.elapsed = std::max(now(), next);
    if (process_) process_->catch_up();
    if (boot_at_ && *boot_at_ <= now()) start();
    while (next_incident_ < incidents_.size() && incidents_[next_incident_].at <= now())
      incidents_[next_incident_++].happens();
    if (process_)
      for (std::size_t i = 0; i < operations_.size(); ++i)
        if (may_ask(i) && clients_[i].next <= now()) ask(i);
    if (next_check_ <= now()) check();
  }

  void check() {
    next_check_ = now() + 500ms;
    const bool answered = std::all_of(clients_.begin(), clients_.end(), [](const auto& c) {
      return c.now == client::state::acknowledged || c.now == client::state::refused;
    });
    if (faults_on_ && (profile_.in_turn ? answered : now() >= profile_.span)) end_faults();
    if (faults_on_ && !profile_.in_turn) return;
    if (faults_on_ && now() < quiet_since_ + 500ms) return;
    if (!process_) return;
    const auto open = witness_->unsettled();
    settled_ = open.empty();
    if (!settled_ || !answered) {
      calm_since_ = now();
      if (now() - last_progress_ > patience) {
        for (const auto& o : open) witness_->say(o);
        for (std::size_t i = 0; i < clients_.size(); ++i)
          if (clients_[i].now == client::state::waits || clients_[i].now == client::state::asked)
            witness_->say("O3: never answered: #" + std::to_string(i) + ' ' + operations_[i].text());
        over_ = true;
      }
      return;
    }
    if (faults_on_) return;
    if (now() - calm_since_ < calm_before_quiet) return;
    if (!quiet_from_) {
      quiet_from_ = now();
      writes_before_ = {world_.store->writes(), world_.swarm->write_total()};
      return;
    }
    if (now() - *quiet_from_ < quiet) return;
    if (world_.store->writes() != writes_before_.first)
      witness_->say("O6: " + std::to_string(world_.store->writes() - writes_before_.first) +
                    " rows written after it had settled");
    if (world_.swarm->write_total() != writes_before_.second)
      witness_->say("O6: " + std::to_string(world_.swarm->write_total() - writes_before_.second) +
                    " writes to Docker after it had settled");
    over_ = true;
  }

  void end_faults() {
    note("faults end");
    faults_on_ = false;
    kill_in_ = 0;
    next_incident_ = incidents_.size();
    world_.engine_faults->end();
    world_.store_faults->end();
    last_progress_ = calm_since_ = now();
    if (!process_) start();
  }

  // ---- clients
  // -------------------------------------------------------------------------------------------------------------
  bool may_ask(std::size_t i) {
    auto& c = clients_[i];
    if (c.now != client::state::waits) return false;
    const auto& o = operations_[i];
    if (profile_.in_turn) {
      if (i > 0 && !done(i - 1)) return false;
      if (!asked_once_.contains(i) && !settled_) return false;
    } else if (o.at > now()) {
      c.next = std::max(c.next, o.at);
    }
    if (o.what == wish::create_environment) return true;
    for (const auto needed : {std::optional(o.environment), o.target}) {
      if (!needed) continue;
      if (clients_[*needed].now == client::state::refused) {
        note("#" + std::to_string(i) + " given up");
        c.now = client::state::refused;
        return false;
      }
      if (clients_[*needed].now != client::state::acknowledged) return false;
    }
    return true;
  }
  bool done(std::size_t i) const {
    return clients_[i].now == client::state::acknowledged || clients_[i].now == client::state::refused;
  }

  void unanswered(client& c) {
    c.now = client::state::waits;
    c.next = now() + client_pause;
  }

  void ask(std::size_t i) {
    const auto& o = operations_[i];
    note("#" + std::to_string(i) + ' ' + o.text());
    clients_[i].now = client::state::asked;
    asked_once_.insert(i);
    const auto& creation = operations_[o.environment].create;
    const auto target = o.target ? operations_[*o.target].deploy.id : model::deployment_id{};
    switch (o.what) {
      case wish::create_environment: return send<actors::environment_view_ptr>(i, o.create);
      case wish::delete_environment:
        return send<actors::environment_view_ptr>(i, actors::delete_environment{creation.owner, creation.id});
      case wish::deploy: return send<actors::deployment_view_ptr>(i, o.deploy);
      case wish::apply: return send<actors::application_view_ptr>(i, o.apply);
      case wish::roll_back:
        return send<actors::deployment_view_ptr>(
            i, actors::rollback_deployment{creation.owner, target, {}, o.deploy.id, o.deploy.job});
      case wish::command:
        return send<actors::deployment_view_ptr>(
            i, actors::command_deployment{creation.owner, target, {o.command, o.replicas}});
    }
  }

  template <class Answer, class Request>
  void send(std::size_t i, Request what) {
    process_->ask<Answer>(std::move(what), client_timeout,
                          [this, i](const model::outcome<Answer>* answer) { answered(i, answer); });
  }

  template <class Answer>
  void answered(std::size_t i, const model::outcome<Answer>* answer) {
    auto& c = clients_[i];
    const auto& o = operations_[i];
    const auto label = "#" + std::to_string(i);
    last_progress_ = now();
    if (answer == nullptr) {
      note(label + " no answer");
      if (!faults_on_)
        witness_->say("O3: no answer within its time though nothing is wrong: " + label + ' ' + o.text());
      return unanswered(c);
    }
    if (answer->ok()) {
      note(label + " acknowledged");
      c.now = client::state::acknowledged;
      ++report_.acknowledged;
      settled_ = false;
      quiet_since_ = now();
      return check_acknowledged(o, label);
    }
    const auto& why = answer->error();
    note(label + " refused: " + why.detail);
    if (why.kind == model::consequence::unavailable || why.kind == model::consequence::retry) return unanswered(c);
    const bool made =
        ((o.what == wish::deploy || o.what == wish::roll_back) && world_.store->deployments().contains(o.deploy.id)) ||
        (o.what == wish::apply && world_.store->applications().contains(o.apply.id));
    c.now =
        made ? client::state::acknowledged : client::state::refused;  // asked again after it had been made and was over
    ++report_.refused;
    settled_ = false;  // what it was refused for may be its own doing, before a kill
    quiet_since_ = now();
    const auto e = world_.store->environments().find(operations_[o.environment].create.id);
    if (why.kind == model::consequence::not_found && e != world_.store->environments().end() &&
        e->second.status == model::environment_status::active)
      witness_->say("O1: acknowledged but not found: " + label + ' ' + o.text() + ": " + why.detail);
  }

  void check_acknowledged(const operation& o, const std::string& label) {
    const auto& environments = world_.store->environments();
    const auto& deployments = world_.store->deployments();
    const auto e = environments.find(operations_[o.environment].create.id);
    const auto missing = [&](const std::string& what) {
      witness_->say("O1: acknowledged but " + what + ": " + label + ' ' + o.text());
    };
    if (e == environments.end()) return missing("its environment is not stored");
    switch (o.what) {
      case wish::create_environment:
        if (e->second.status != model::environment_status::active)
          missing("the environment is " + std::string(model::environment_status_texts[e->second.status]));
        return;
      case wish::delete_environment:
        if (e->second.status < model::environment_status::deleting) missing("the environment is not DELETING");
        return;
      case wish::deploy:
      case wish::roll_back:
        if (!deployments.contains(o.deploy.id)) missing("not stored");
        return;
      case wish::apply:
        if (!world_.store->applications().contains(o.apply.id)) missing("not stored");
        return;
      case wish::command: {
        const auto d = deployments.find(operations_[*o.target].deploy.id);
        if (d == deployments.end()) return missing("not stored");
        if (o.command == model::verb::remove && d->second.row.wanted != model::intent::remove &&
            d->second.row.status != model::deployment_status::removed)
          missing("not wanted");
        return;
      }
    }
  }

  // What was acknowledged and cannot be taken back has happened in the end.
  void keep_promises() {
    if (!settled_) return;  // told already
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      const auto& o = operations_[i];
      if (clients_[i].now != client::state::acknowledged) continue;
      const auto broken = [&] {
        witness_->say("O1: acknowledged but never done: #" + std::to_string(i) + ' ' + o.text());
      };
      if (o.what == wish::delete_environment &&
          world_.store->environments().at(operations_[o.environment].create.id).status !=
              model::environment_status::deleted)
        broken();
      if (o.what == wish::command && o.command == model::verb::remove &&
          world_.store->deployments().at(operations_[*o.target].deploy.id).row.status !=
              model::deployment_status::removed)
        broken();
    }
  }

  // ---- what goes wrong in the world
  // -------------------------------------------------------------------------------------------
  std::string any_service() {
    const auto& services = world_.swarm->services();
    if (services.empty()) return {};
    return std::next(services.begin(), static_cast<std::ptrdiff_t>(fate_.below(services.size())))->first;
  }

  void edit_by_hand() {
    const auto service = any_service();
    switch (fate_.below(4)) {
      case 0: note("by hand: remove service " + service); return world_.swarm->remove_service_by_hand(service);
      case 1: note("by hand: edit " + service); return world_.swarm->edit_env_by_hand(service);
      case 2:
        note("by hand: scale " + service);
        return world_.swarm->edit_replicas_by_hand(service, static_cast<std::uint32_t>(fate_.below(5)));
      default: break;
    }
    std::vector<std::string> names;
    for (const auto& [name, e] : world_.swarm->networks()) names.push_back(name);
    for (const auto& name : names)
      if (world_.swarm->remove_network_by_hand(name)) return note("by hand: remove network " + name);
  }

  void draw_incidents() {
    const auto add = [&](unsigned count, const std::function<void()>& what) {
      for (unsigned i = 0; i < count; ++i)
        incidents_.push_back({fate_.between(milliseconds{1'000}, profile_.span), what});
    };
    add(profile_.task_crashes, [this] {
      const auto service = any_service();
      note("task crash " + service);
      world_.swarm->crash_task(service);
    });
    add(profile_.edits_by_hand, [this] { edit_by_hand(); });
    add(profile_.node_losses, [this] {
      note("node loss");
      world_.swarm->lose_node(static_cast<std::uint32_t>(fate_.below(2)),
                              moment(now() + fate_.between(1'000ms, 30'000ms)));
    });
    add(profile_.clock_jumps, [this] {
      *world_.wall_is_off = fate_.between(milliseconds{-1h}, milliseconds{1h});
      note("wall clock off by " + std::to_string(world_.wall_is_off->count()) + " ms");
    });
    const auto outages = [&](unsigned count, const std::shared_ptr<docker::fault_plan>& of, const char* name) {
      for (unsigned i = 0; i < count; ++i) {
        const auto begin = fate_.between(milliseconds{1'000}, profile_.span);
        const auto kind = fate_.happens(0.5) ? docker::reach::down : docker::reach::frozen;
        incidents_.push_back({begin, [=, this] { note(std::string(name) + " away"), of->set(kind); }});
        incidents_.push_back({begin + fate_.between(500ms, 25'000ms),
                              [=, this] { note(std::string(name) + " back"), of->set(docker::reach::up); }});
      }
    };
    outages(profile_.engine_outages, world_.engine_faults, "engine");
    outages(profile_.store_outages, world_.store_faults, "store");
    std::stable_sort(incidents_.begin(), incidents_.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  }

  void finish() {
    report_.simulated = now();
    keep_promises();
    report_.writes = world_.swarm->writes();
    for (const auto& [id, d] : world_.store->deployments()) {
      report_.running += d.row.running_since ? 1 : 0;
      report_.succeeded += d.row.status == model::deployment_status::succeeded ? 1 : 0;
      report_.outcomes[id.text] = std::string(model::deployment_status_texts[d.row.status]) +
                                  (d.row.error ? ' ' + std::string(model::failure_code_texts[d.row.error->code]) : "") +
                                  (d.row.spec.job ? " job" : " x" + std::to_string(d.row.spec.replicas));
    }
    for (const auto& [id, t] : world_.store->transitions()) {
      for (std::size_t i = 1; i < t.size(); ++i) {
        const auto at = " at " + std::to_string(t[i].revision);
        if (t[i].revision <= t[i - 1].revision) witness_->say("O9: the timeline of " + id.text + " goes back" + at);
        if (t[i].status == t[i - 1].status && t[i].detail.empty())
          witness_->say("O9: the timeline of " + id.text + " tells nothing" + at);
      }
      if (t.empty() || t.back().status != world_.store->deployments().at(id).row.status)
        witness_->say("O9: the timeline of " + id.text + " does not tell its end");
    }
    for (const auto& two : world_.swarm->two_writers()) witness_->say("O11: two containers wrote to " + two);
    if (!witness_->the_dead_linger() && !profile_.world_goes_wrong())
      for (const auto& two : world_.swarm->two_runs()) witness_->say("O14: a job's container started: " + two);
    report_.violations = witness_->violations();
  }

  const profile& profile_;
  std::ostream* trace_;
  report report_;
  std::vector<operation> operations_;
  std::vector<client> clients_;
  std::set<std::size_t> asked_once_;
  docker::simulated_chance schedule_{0}, fate_{0}, process_seeds_{0};
  outside world_;
  std::optional<witness> witness_;
  std::unique_ptr<process> process_;
  std::vector<incident> incidents_;
  std::size_t next_incident_ = 0;
  std::uint64_t kill_in_ = 0, crash_in_ = 0;
  std::optional<milliseconds> boot_at_, quiet_from_;
  milliseconds next_check_{500}, calm_since_{0}, last_progress_{0}, quiet_since_{0};
  std::pair<std::uint64_t, std::uint64_t> writes_before_;
  bool faults_on_ = true, settled_ = true, over_ = false;
};

}  // namespace

std::string report::replay() const {
  return "simulation --seed " + std::to_string(seed) + " --profile " + profile + " --trace";
}

report simulate(std::uint64_t seed, const profile& p, std::ostream* trace) {
  auto disturbed = run(seed, p, trace).go();
  if (!p.has_twin()) return disturbed;
  auto twin = p;
  twin.kills = twin.actor_crashes = 0;
  const auto undisturbed = run(seed, twin, nullptr).go();
  for (const auto& v : undisturbed.violations) disturbed.violations.push_back("undisturbed: " + v);
  const auto differs = [&](const std::string& what, const std::string& here, const std::string& there) {
    disturbed.violations.push_back("O7: " + what + ": " + here + ", undisturbed " + there);
  };
  const auto counted = [](const docker::write_count& c) {
    return std::to_string(c.created) + " created, " + std::to_string(c.deleted) + " deleted";
  };
  auto writes = undisturbed.writes;
  writes.insert(disturbed.writes.begin(), disturbed.writes.end());
  for (const auto& [object, unused] : writes) {
    const auto count = [&](const report& r) {
      return counted(r.writes.contains(object) ? r.writes.at(object) : docker::write_count{});
    };
    if (count(disturbed) != count(undisturbed)) differs(object, count(disturbed), count(undisturbed));
  }
  auto outcomes = undisturbed.outcomes;
  outcomes.insert(disturbed.outcomes.begin(), disturbed.outcomes.end());
  for (const auto& [id, unused] : outcomes) {
    const auto end = [&](const report& r) {
      return r.outcomes.contains(id) ? r.outcomes.at(id) : std::string("never made");
    };
    // Who removes a job races its end: a kill gives it the time to come to that first, or the removal.
    const auto here = end(disturbed), there = end(undisturbed);
    const bool races = here.ends_with(" job") && there.ends_with(" job") &&
                       (here.starts_with("REMOVED") || there.starts_with("REMOVED"));
    if (here != there && !races) differs(id, here, there);
  }
  return disturbed;
}

void quiet_log() {
  static std::ostringstream nowhere;
  nowhere.setstate(std::ios::badbit);  // takes nothing in
  const auto parsed = config::parse([](const std::string& name) -> std::optional<std::string> {
    if (name == "LOG_LEVEL") return "error";
    if (name == "DATABASE_URL") return "postgresql://localhost/none";
    return std::nullopt;
  });
  log::start(std::get<config::settings>(parsed), nowhere);
}

}  // namespace troupe::simulation
