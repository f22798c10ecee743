// One life of the process: the real actors on CAF's testing scheduler, over ports that do nothing any more once it is
// dead.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "actors/house.hpp"
#include "docker/simulated_engine.hpp"
#include "tests/support/simulated_store.hpp"

namespace troupe::simulation {

// What outlives a process.
struct outside {
  std::shared_ptr<docker::simulated_swarm> swarm;
  std::shared_ptr<support::stored_world> store;
  std::shared_ptr<docker::fault_plan> engine_faults, store_faults;
  std::function<void(const std::string&)> trace;
  std::shared_ptr<std::chrono::milliseconds> elapsed;  // since the start of the run: the only clock there is
  std::shared_ptr<std::chrono::milliseconds> wall_is_off =
      std::make_shared<std::chrono::milliseconds>(0);  // what the actors read is wrong by this
};

model::timestamp moment(std::chrono::milliseconds elapsed);

class process {
public:
  process(const outside& world, std::uint64_t seed);
  ~process();  // kill -9
  process(const process&) = delete;
  process& operator=(const process&) = delete;

  // Handles one message of an actor that the chance picks; false where there is none.
  bool handle_one(docker::simulated_chance& chance);
  // An environment or deployment that the chance picks dies as if a handler of it had thrown. Says which; empty: there
  // is none.
  std::string crash_one(docker::simulated_chance& chance);
  // When the next timer fires.
  std::optional<std::chrono::milliseconds> next_timer() const;
  // Brings CAF's clock to world.elapsed and fires what is due.
  void catch_up();

  template <class Answer, class Request>
  void ask(Request what, std::chrono::milliseconds timeout, std::function<void(const model::outcome<Answer>*)> then) {
    system_->spawn([to = orchestrator_, what = std::move(what), timeout, then = std::move(then),
                    dead = dead_](caf::event_based_actor* self) {
      self->request(to, timeout, what)
          .then(
              [=](const model::outcome<Answer>& answer) {
                if (!*dead) then(&answer);
              },
              [=](const caf::error&) {
                if (!*dead) then(nullptr);
              });
    });
  }

  const actors::board& board() const { return *board_; }
  // As the engine would tell the orchestrator.
  void tell(const model::engine_reach& reach) { caf::anon_send(orchestrator_, reach); }
  // Filled when it was killed: actors that went on by themselves after their root was gone.
  static bool left_running;

private:
  struct config;
  outside world_;
  std::shared_ptr<bool> dead_ = std::make_shared<bool>(false);
  std::shared_ptr<actors::board> board_ = std::make_shared<actors::board>();
  std::unique_ptr<config> config_;
  std::unique_ptr<caf::actor_system> system_;
  actors::engine_actor engine_;
  actors::database_actor store_;
  actors::orchestrator_actor orchestrator_;
  std::map<caf::actor_id, caf::weak_actor_ptr> mortals_;
};

}  // namespace troupe::simulation
