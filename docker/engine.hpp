// What the engine can do, one blocking function an effect, each idempotent and made of small calls. Any thread may
// call. Nothing here throws but what a failpoint throws; objects without our labels are never touched or adopted.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "actors/messages.hpp"
#include "actors/model/quota.hpp"
#include "docker/api_client.hpp"
#include "docker/engine_absences.hpp"
#include "docker/engine_options.hpp"
#include "docker/failure_classes.hpp"
#include "docker/image_resolution.hpp"
#include "docker/kept_endings.hpp"
#include "docker/log_source.hpp"
#include "docker/prober_volume.hpp"
#include "docker/recent_looks.hpp"

namespace troupe::docker {

class probe_container;

template <class T>
using effect = model::outcome<T, model::effect_error>;

class engine {
public:
  explicit engine(engine_options options);

  effect<model::resolved_image> resolve_image(const actors::resolve_image& wanted) { return images_.resolve(wanted); }
  effect<model::image_prospect> look_up_image(const actors::look_up_image& wanted) { return images_.look_up(wanted); }
  effect<std::vector<model::node_size>> list_nodes();
  effect<model::done> check_registry_login(const actors::check_registry_login& wanted) {
    return images_.check(wanted.login);
  }
  effect<actors::network_ready> ensure_network(const actors::ensure_network& wanted);
  effect<model::done> remove_network(const actors::remove_network& wanted);
  effect<actors::volumes_ready> ensure_volumes(const actors::ensure_volumes& wanted);
  effect<model::done> remove_volumes(const actors::remove_volumes& wanted);
  effect<std::vector<actors::engine_volume>> list_volumes(const actors::list_volumes& wanted);
  effect<model::done> remove_volume(const actors::remove_volume& wanted);
  effect<model::service_observation> converge_service(const actors::converge_service& wanted);
  effect<model::done> remove_service(const actors::remove_service& wanted);
  effect<actors::engine_info> status();

  effect<actors::edge_container> inspect_edge();
  effect<model::done> attach_edge(const actors::attach_edge& wanted);
  effect<model::done> detach_edge(const actors::detach_edge& wanted);
  effect<model::done> upload_to_edge(const actors::upload_to_edge& wanted);
  effect<actors::edge_output> run_in_edge(const actors::run_in_edge& wanted);

  effect<actors::engine_listing> list();
  // Every container of ours that has been started.
  effect<std::vector<log_source>> log_sources();
  // Removes scratch volumes that no container uses, and what probes a crash has left.
  void sweep();

  // What was remembered of the service, or of all, may no longer be so: an event came, or some may have been missed.
  void forget(const model::environment_id& environment, const std::string& service);
  void forget_all() { looks_.forget_all(); }

  // Told, before containers that have ended are removed, what is to be read of them yet; may wait for a moment. Set
  // before anything is removed.
  void before_removal(std::function<void(const std::vector<log_source>&)> tell) { before_removal_ = std::move(tell); }
  // How much each volume holds takes Docker long to find out: this waits for it, list_volumes tells what is known.
  void measure_volumes();
  bool wants_measuring();  // true for one caller, who measures

  void stop() { transport_.stop(); }
  // That the Engine does not answer, or does again, as whoever asks it has noticed.
  void note_absence(bool away);
  bool is_stopped() const { return transport_.stopped(); }
  api_client& api() { return api_; }
  const engine_options& options() const { return options_; }

private:
  // Outer: the Engine answered; a null value: there is no such network of ours.
  effect<json> find_network(const model::environment_id& environment);
  std::optional<model::effect_error> remove_containers(const std::vector<std::string>& labels, bool gracefully);
  // Removes a container that has ended; one that runs is stopped first, with its grace.
  void remove_container(const json& listed, bool gracefully);
  std::optional<model::effect_error> prepare_volumes(const model::service_plan& plan);
  std::optional<model::effect_error> give_volume(const model::service_plan& plan, probe_container& probe,
                                                 const std::pair<std::string, std::string>& volume_and_path,
                                                 const model::directory_owner& owner);
  bool is_in_use(const std::string& volume);

  // A service as found, or as made of it.
  struct known_service {
    std::string id;  // "": there is none yet
    std::uint64_t version = 0;
    bool update_paused = false;
    json paused_spec{};  // of an update that is paused and otherwise as planned
    model::service_observation seen{};
    std::vector<std::string> headers{};  // of what is written: the login with which nodes pull
  };
  std::optional<model::effect_error> converge(const model::service_plan& plan, const std::string& name,
                                              known_service& now);
  // One write at most towards the plan: what it says of `now.seen` is the change alone.
  std::optional<model::effect_error> apply(const model::service_plan& plan, const json& spec, known_service& now);
  reply write(const std::string& path, const known_service& to, const json& spec);
  reply update(const known_service& there, const json& spec);
  struct volume_user {
    std::string volume;
    std::string by;  // "": the service's own containers
  };
  effect<std::optional<volume_user>> find_writer(const model::service_plan& plan, const std::string& service_id);
  void ask_to_end(const std::string& container, std::chrono::seconds grace);
  // The containers of the service that run, by id, whether or not Swarm still knows a task of theirs.
  effect<std::vector<json>> running_containers(const model::environment_id& environment, const std::string& service);
  std::optional<model::effect_error> stop_gracefully(const model::environment_id& environment,
                                                     const service_answer& service, const std::string& tenants_name);
  // All that ended containers of a job have written is kept, before its end is told.
  void keep_last_words(const model::service_plan& plan, const std::vector<model::task_observation>& tasks);
  std::vector<model::task_observation> observe(const std::vector<task_answer>& tasks, bool checked);
  std::optional<model::effect_error> confirm(const model::service_plan& plan,
                                             std::vector<model::task_observation>& tasks);
  std::optional<model::failure> find_failing_check(const task_answer& task);
  std::optional<model::task_observation> known_ending(const task_answer& task);
  std::optional<evidence> find_evidence(const task_answer& task);
  std::string node_name(const std::string& id);
  // Nothing, or why this one has to wait: what goes wrong in many places at once must leave time to stop it.
  std::optional<model::effect_error> wait_for_turn_to_remove();

  engine_options options_;
  transport transport_;
  api_client api_;
  prober_volume prober_;
  image_resolution images_;
  recent_looks looks_;
  std::mutex mutex_;
  model::quota removals_;
  std::set<std::string> asked_to_end_;  // containers, by id
  std::set<std::string> prepared_;      // volumes that are known to be writable, as "name uid:gid"
  kept_endings endings_{8U << 20U};
  engine_absences absences_;
  std::map<std::string, std::string> nodes_;  // id to host name
  std::vector<model::node_size> sizes_;
  std::chrono::steady_clock::time_point sizes_known_until_{};
  std::function<void(const std::vector<log_source>&)> before_removal_;
  std::map<std::string, std::uint64_t> volume_bytes_;  // by Docker's name, as of measured_
  std::optional<model::timestamp> measured_;
  std::chrono::steady_clock::time_point measure_after_{};
};

}  // namespace troupe::docker
