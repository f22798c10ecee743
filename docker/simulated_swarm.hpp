// A Docker Swarm in memory: what the simulated engine talks to. A plain object that knows neither clocks nor actors: it
// is told the time, and lives on when whoever talked to it dies. Not thread-safe: one engine actor at a time.
//
// Services roll over as Swarm's do with Parallelism 1 and FailureAction pause: a slot's old task serves until the new
// one runs (the other way round where host ports are bound); where a new task fails, slots not yet updated keep theirs.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <vector>

#include "actors/messages.hpp"
#include "docker/simulated_chance.hpp"
#include "docker/simulated_image.hpp"

namespace troupe::docker {

enum class swarm_write { created, updated, deleted };
inline constexpr model::enum_texts<swarm_write, 3> swarm_write_texts{{"created", "updated", "deleted"}};

// Writes through the API to one object; what is done by hand is not counted.
struct write_count {
  std::uint64_t created = 0, updated = 0, deleted = 0;
  bool operator==(const write_count&) const = default;
};

struct simulated_task {
  model::task_observation seen;
  std::uint64_t serial = 0;
  std::uint32_t slot = 0;
  std::uint64_t made_for = 0;  // which of the service's templates
  model::timestamp next{};     // when it changes by itself; 0: never
  bool stopping = false;
  bool by_hand = false;      // more than were planned: somebody scaled the service up
  bool scaled_away = false;  // Swarm does not wait for its end before it fills the slot again
};

struct simulated_service {
  std::string name;
  std::uint64_t id = 0;                        // never used again
  std::uint64_t version = 0;                   // grows with each write to the spec
  std::uint64_t changes = 0;                   // grows with each change that a listing would show
  model::service_plan plan;                    // as applied, or as edited by hand
  std::vector<model::service_plan> templates;  // all that there were
  std::uint64_t made_for = 0;                  // index of the one in force: tasks of others are to be replaced
  bool paused = false;                         // the update failed
  bool scaled_by_hand = false;                 // since the last write through the API
  struct restarts {
    std::uint32_t attempts = 0;
    model::timestamp not_before{};
    bool given_up = false;
  };
  std::map<std::uint32_t, restarts> slots;
  std::vector<simulated_task> tasks;  // oldest first
};

// What a service's containers wrote; it outlives the service, and goes with its environment.
struct simulated_log {
  model::environment_id environment;
  std::deque<actors::log_line> lines;
  std::uint64_t last = 0;  // number of the newest line
};

class simulated_swarm {
public:
  explicit simulated_swarm(std::uint64_t seed, std::uint32_t nodes = 2);

  // Lives up to `now`. Time never goes back: an earlier moment is taken as the latest one.
  void advance(model::timestamp now);
  model::timestamp now() const { return now_; }
  // When something will change by itself.
  std::optional<model::timestamp> next_change() const;

  // ---- the API; each call happens at one moment --------------------------------------------------------------------
  // An object's state, to be compared later; 0 where there is none.
  std::uint64_t service_version(const model::environment_id& e, std::string_view service) const;

  std::string ensure_network(const model::environment_id& e);
  // retry while anything is attached.
  model::outcome<model::done, model::effect_error> remove_network(const model::environment_id& e);
  actors::volumes_ready ensure_volumes(const model::environment_id& e, const std::vector<std::string>& names);
  // retry while a task uses one.
  model::outcome<model::done, model::effect_error> remove_volumes(const model::environment_id& e);
  // `expected`: as service_version said; retry where it is another by now ("update out of sequence").
  model::outcome<model::service_observation, model::effect_error> converge(const model::service_plan& plan,
                                                                           std::optional<std::uint64_t> expected = {},
                                                                           bool confirm = false);
  void remove_service(const model::environment_id& e, std::string_view service);
  // Whether the service and all its tasks are gone.
  bool gone(const model::environment_id& e, std::string_view service) const;
  actors::log_page logs(const actors::read_logs& what) const;
  std::vector<actors::engine_volume> volumes(const model::environment_id& e) const;
  // conflict while a task uses it, not_found where there is none.
  model::outcome<model::done, model::effect_error> remove_volume(const model::environment_id& e,
                                                                 const std::string& volume);
  actors::engine_listing list() const;
  std::vector<model::node_size> nodes() const;  // large ones

  // As Swarm does under load: that a task ended by itself is told so much later, but to those who confirm.
  void lag_behind(model::duration by) { lag_ = by; }

  // ---- what happens to it from outside -----------------------------------------------------------------------------
  void remove_service_by_hand(std::string_view name);
  void edit_env_by_hand(std::string_view name);
  void edit_replicas_by_hand(std::string_view name, std::uint32_t replicas);
  bool remove_network_by_hand(std::string_view name);  // false where something is attached
  void crash_task(std::string_view name);              // one that runs
  void lose_node(std::uint32_t node, model::timestamp until);

  // Called after each of these, so that whoever talks to the swarm looks.
  void on_stirred(std::function<void()> listener) { stirred_ = std::move(listener); }  // never empty

  // ---- for those who watch
  // ------------------------------------------------------------------------------------------- Services and
  // environments (with an empty service) that changed since the last call.
  std::vector<actors::service_touched> take_touched();
  const std::map<std::string, simulated_service, std::less<>>& services() const { return services_; }
  const std::map<std::string, simulated_log, std::less<>>& logs() const { return logs_; }
  const std::map<std::string, model::environment_id, std::less<>>& networks() const { return networks_; }
  const std::map<std::string, model::environment_id, std::less<>>& volumes() const { return volumes_; }
  // Each time that two containers had one volume which they did not declare shared, in words.
  const std::vector<std::string>& two_writers() const { return two_writers_; }
  // Each time that a job's container started beside another one, or after one that had ended with exit code 0.
  const std::vector<std::string>& two_runs() const { return two_runs_; }
  // By "network NAME", "volume NAME" or "service NAME".
  const std::map<std::string, write_count>& writes() const { return writes_; }
  std::uint64_t write_total() const { return write_total_; }
  // Called at each write through the API; `plan` for a service that was created or updated.
  using write_listener = std::function<void(const std::string& object, swarm_write, const model::service_plan* plan)>;
  void on_write(write_listener listener) { listener_ = std::move(listener); }

private:
  struct wake {
    model::timestamp at;
    std::uint64_t order;
    std::string service;
    std::uint64_t task;  // 0: the service itself; else the task's serial
    bool operator>(const wake& o) const { return std::tie(at, order) > std::tie(o.at, o.order); }
  };

  void wrote(const std::string& object, swarm_write kind, const model::service_plan* plan = nullptr);
  void touch(simulated_service& s);
  void use_template(simulated_service& s);
  void wake_at(model::timestamp at, const simulated_service& s, std::uint64_t task);
  void orchestrate(simulated_service& s);
  bool fill_slot(simulated_service& s, std::uint32_t slot);
  bool writer_lives(const model::service_plan& plan) const;
  bool own_writer_lives(std::string_view name) const;
  void look_for_two_writers(const simulated_service& s, const simulated_task& started);
  void look_for_two_runs(const simulated_service& s, const simulated_task& started);
  void start_task(simulated_service& s, std::uint32_t slot);
  void place(simulated_service& s, simulated_task& t);
  void place_waiting();
  void step(simulated_service& s, simulated_task& t);
  void stop(simulated_service& s, simulated_task& t);
  void fail(simulated_service& s, simulated_task& t, std::optional<int> exit_code,
            std::optional<model::failure> trouble, bool fatal, bool lost = false);
  void drop_history(simulated_service& s);
  void drop(std::string_view name);
  void say(simulated_service& s, const simulated_task& t, bool is_stderr, std::string text);
  model::service_observation observe(const simulated_service& s, model::applied change, bool confirm = false) const;

  simulated_chance chance_;
  model::timestamp now_{};
  model::duration lag_{0};
  std::uint64_t serial_ = 0;
  std::map<std::string, simulated_service, std::less<>> services_;
  std::map<std::string, simulated_log, std::less<>> logs_;  // by the service's name
  std::vector<simulated_service> dying_;                    // removed, their last tasks still end
  std::map<std::string, model::environment_id, std::less<>> networks_, volumes_;
  std::vector<model::timestamp> node_lost_until_;
  std::set<std::string, std::less<>> unplaced_;                           // services with a task that fits nowhere now
  std::map<std::pair<std::uint32_t, std::uint16_t>, std::string> bound_;  // (node, host port) -> service
  std::priority_queue<wake, std::vector<wake>, std::greater<>> wakes_;
  std::set<std::pair<model::environment_id, std::string>> touched_;
  std::map<std::string, write_count> writes_;
  std::uint64_t write_total_ = 0;
  std::vector<std::string> two_writers_, two_runs_;
  std::set<model::deployment_id> succeeded_;  // jobs
  write_listener listener_;
  std::function<void()> stirred_ = [] {};
};

}  // namespace troupe::docker
