#include "tests/simulation/process.hpp"

#include <caf/scheduler/test_coordinator.hpp>

#include "actors/orchestrator.hpp"

namespace troupe::simulation {

using namespace std::chrono_literals;

bool process::left_running = false;

model::timestamp moment(std::chrono::milliseconds elapsed) {
  return model::timestamp{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}} + elapsed;
}

struct process::config : caf::actor_system_config {
  config() {
    set("scheduler.policy", caf::atom("testing"));
    set("middleman.enable-automatic-connections", false);
  }
};

namespace {

caf::scheduler::test_coordinator& scheduler_of(caf::actor_system& system) {
  return dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
}

// CAF gives the beginning of its clock's time a meaning of its own.
constexpr auto clock_zero = 1h;

model::machine_timings timings() {
  model::machine_timings t;
  t.pull = 60s;
  t.volumes = 30s;
  t.start = 60s;
  t.undo = 30s;
  t.crash = 10s;
  return t;
}

}  // namespace

process::process(const outside& world, std::uint64_t seed) : world_(world), config_(std::make_unique<config>()) {
  system_ = std::make_unique<caf::actor_system>(*config_);
  system_->await_actors_before_shutdown(false);
  scheduler_of(*system_).clock().current_time = caf::actor_clock::time_point{} + clock_zero + *world_.elapsed;
  const auto now = [elapsed = world_.elapsed] { return moment(*elapsed); };

  docker::simulated_engine_options engine;
  engine.now = now;
  engine.deadline = 10s;
  engine.hold = 5s;
  engine.faults = world_.engine_faults;
  engine.dead = dead_;
  engine.trace = world_.trace;
  engine_ = docker::spawn_simulated_engine(*system_, world_.swarm, engine);

  support::simulated_store_options store;
  store.now = now;
  store.faults = world_.store_faults;
  store.dead = dead_;
  store.trace = world_.trace;
  store_ = support::spawn_simulated_store(*system_, world_.store, store);

  auto house = std::make_shared<actors::house>();
  house->database = store_;
  house->engine = engine_;
  house->board = board_;
  house->now = [now, off = world_.wall_is_off] { return now() + *off; };
  house->random = [chance = docker::simulated_chance(seed)]() mutable { return chance.next(); };
  house->timings = timings();
  house->timeouts.database = 8s;
  house->timeouts.engine = 25s;
  house->waking_environments = 2;
  orchestrator_ = actors::spawn_orchestrator(*system_, house);
}

process::~process() {
  *dead_ = true;
  auto& scheduler = scheduler_of(*system_);
  scheduler.clock().cancel_all();
  caf::anon_send_exit(orchestrator_, caf::exit_reason::kill);
  caf::anon_send_exit(engine_, caf::exit_reason::kill);
  caf::anon_send_exit(store_, caf::exit_reason::kill);
  orchestrator_ = nullptr;
  engine_ = nullptr;
  store_ = nullptr;
  // Whoever is left acts into the void; what it still plans for later is dropped, or CAF would play it all to the end.
  for (int round = 0; round < 100; ++round) {
    scheduler.run(100'000);
    scheduler.clock().cancel_all();
    if (!scheduler.has_job()) break;
    left_running = round == 99;
  }
  system_.reset();
}

bool process::handle_one(docker::simulated_chance& chance) {
  auto& scheduler = scheduler_of(*system_);
  if (!scheduler.has_job()) return false;
  auto& jobs = scheduler.jobs;
  const auto picked = jobs.begin() + static_cast<std::ptrdiff_t>(chance.below(jobs.size()));
  if (auto* actor = dynamic_cast<caf::local_actor*>(*picked)) {
    const std::string_view name = actor->name();
    if (name == "environment" || name == "deployment") mortals_.try_emplace(actor->id(), actor->ctrl());
    if (world_.trace) world_.trace("actor " + std::to_string(actor->id()));
  }
  std::rotate(jobs.begin(), picked, picked + 1);
  scheduler.run_once();
  return true;
}

std::string process::crash_one(docker::simulated_chance& chance) {
  std::erase_if(mortals_, [](const auto& entry) { return !entry.second.lock(); });
  if (mortals_.empty()) return {};
  const auto& [id, weak] = *std::next(mortals_.begin(), static_cast<std::ptrdiff_t>(chance.below(mortals_.size())));
  const auto actor = caf::actor_cast<caf::actor>(weak.lock());
  caf::anon_send_exit(actor, caf::exit_reason::unhandled_exception);
  return std::to_string(id);
}

std::optional<std::chrono::milliseconds> process::next_timer() const {
  const auto& schedule = scheduler_of(*system_).clock().schedule();
  if (schedule.empty()) return std::nullopt;
  return std::chrono::ceil<std::chrono::milliseconds>(schedule.begin()->first.time_since_epoch() - clock_zero);
}

void process::catch_up() {
  auto& clock = scheduler_of(*system_).clock();
  clock.advance_time(clock_zero + *world_.elapsed - clock.now().time_since_epoch());
}

}  // namespace troupe::simulation
