// The Swarm service of one (environment, service): made as planned, looked at, removed.
#include <algorithm>
#include <utility>

#include "config/failpoint.hpp"
#include "config/logging.hpp"
#include "docker/deadline.hpp"
#include "docker/engine.hpp"
#include "docker/labels.hpp"
#include "docker/log_frames.hpp"
#include "docker/registry_auth.hpp"
#include "docker/service_request.hpp"

namespace troupe::docker {

namespace {
using model::applied;
using model::consequence;
using model::effect_error;
using model::failure_code;
using model::make_failure;

constexpr int update_attempts = 5;
constexpr std::int64_t docker_retries = 3;  // of a health check that names none
constexpr std::size_t evidence_at_once = 8;
constexpr std::string_view lines_read = "200";  // of a container that ended

bool says(const reply& r, std::string_view text) {
  return r.message.find(text) != std::string::npos;
}

effect_error refused(const reply& r) {
  if (says(r, "is already in use by service"))
    return {consequence::rejected,
            make_failure(failure_code::port_conflict, "The host port is in use by another service.")};
  if (says(r, "not a valid repository/tag"))
    return {consequence::rejected, make_failure(failure_code::image_not_found, "The image's name is not valid.")};
  if (says(r, "network") && says(r, "not found"))
    return {consequence::retry, make_failure(failure_code::network_failed, "The environment's network is gone.")};
  return engine_fault(r);
}

// Swarm forgets the task of a container that it is still stopping once it is told something else of the service.
void add_forgotten(const std::vector<json>& running, const std::string& service,
                   std::vector<model::task_observation>& tasks) {
  for (const auto& container : running) {
    auto id = text_of(at(container, "Id"));
    if (std::any_of(tasks.begin(), tasks.end(), [&](const auto& task) { return task.container == id; })) continue;
    model::task_observation task;
    const auto& labels = at(container, "Labels");
    if (auto release = model::parse_id<model::deployment_id>(text_of(at(labels, names::deployment_label))))
      task.deployment = *release;
    task.id = task.container = std::move(id);
    task.name = service;
    task.phase = model::task_phase::running;
    tasks.push_back(std::move(task));
  }
}

// Whether the service was written for this very try.
bool is_of_try(const json& spec, const model::service_plan& plan) {
  const auto& labels = at(spec, "TaskTemplate", "ContainerSpec", "Labels");
  return text_of(at(labels, names::deployment_label)) == plan.deployment.text &&
         text_of(at(labels, names::generation_label)) == std::to_string(plan.generation);
}

bool has_living_task(const std::vector<task_answer>& tasks) {
  return std::any_of(tasks.begin(), tasks.end(),
                     [](const auto& t) { return t.seen.phase != model::task_phase::ended; });
}

effect_error not_ours() {
  return {consequence::rejected,
          make_failure(failure_code::internal, "A service of this name exists that is not Troupe's.")};
}
}  // namespace

// Whether a container that has not ended could write to a volume that the plan's containers must have for themselves:
// one of the service's own tasks, wherever it runs, or any other container of this node. Of a job also any container
// of its own.
effect<std::optional<engine::volume_user>> engine::find_writer(const model::service_plan& plan,
                                                               const std::string& service_id) {
  if (plan.spec.job) {
    // Also those of a service of this name that was removed, and that Swarm is still ending.
    const auto labels = label_filters(options_.instance, plan.environment, plan.spec.service);
    const auto tasks = api_.get("/tasks?" + filter_query({{"label", labels}}));
    if (!tasks.ok()) return engine_fault(tasks);
    const auto running = running_containers(plan.environment, plan.spec.service);
    if (!running) return running.error();
    if (has_living_task(read_tasks(tasks.body, plan.spec.service)) || !running.value().empty())
      return std::optional<volume_user>(volume_user{});
  } else if (!service_id.empty()) {
    const auto tasks = api_.get("/tasks?" + filter_query({{"service", {service_id}}}));
    if (!tasks.ok() && !tasks.absent()) return engine_fault(tasks);
    if (has_living_task(read_tasks(tasks.body, plan.spec.service))) return std::optional<volume_user>(volume_user{});
  }
  for (const auto& volume : model::written_alone(plan)) {
    const auto name = names::volume(plan.environment, volume);
    const auto users = api_.get("/containers/json?" + filter_query({{"volume", {name}}}));
    if (!users.ok()) return engine_fault(users);
    for (const auto& container : list_of(users.body)) {
      const auto& mounts = list_of(at(container, "Mounts"));
      const bool writes = std::any_of(mounts.begin(), mounts.end(), [&](const auto& m) {
        return text_of(at(m, "Name")) == name && flag_of(at(m, "RW"));
      });
      if (!writes) continue;
      const auto service = text_of(at(container, "Labels", names::service_label));
      if (service == plan.spec.service) return std::optional<volume_user>(volume_user{});
      return std::optional<volume_user>(
          volume_user{volume, service.empty() ? "a container that is not Troupe's" : "the service \"" + service + '"'});
    }
  }
  return std::optional<volume_user>();
}

std::optional<effect_error> engine::apply(const model::service_plan& plan, const json& spec, known_service& now) {
  const auto name = names::service(plan.environment, plan.spec.service);
  bool prepared = false;
  for (int attempt = 0; attempt < update_attempts; ++attempt) {
    const auto there = api_.get("/services/" + percent_encode(name));
    const auto service = there.ok() ? read_service(there.body) : std::nullopt;
    if (!service && !there.absent()) return engine_fault(there);
    // A name may also match another service's id.
    const bool exists = service && text_of(at(service->spec, "Name")) == name;
    std::optional<std::string> difference;
    model::standing_service standing;
    now.id.clear();
    if (exists) {
      if (!is_ours(at(service->spec, "Labels"), options_.instance, plan.environment)) return not_ours();
      now.id = service->id;
      now.version = service->version;
      now.update_paused = service->update_paused && !plan.spec.job;
      if (plan.spec.job && is_of_try(service->spec, plan)) return std::nullopt;  // what runs once is not put right
      difference = drift(spec, service->spec);
      if (!difference) return std::nullopt;
      standing = standing_of(spec, service->spec);
    }
    if (plan.spec.job && plan.begun) return now.id.clear(), std::nullopt;  // it has run, and is gone
    const auto next = model::next_write_of(plan, standing);
    if (next == model::next_write::apply_once_alone) {
      auto writer = find_writer(plan, now.id);
      if (!writer) return writer.error();
      if (writer.value()) {
        now.seen.change = applied::stopping;
        if (const auto& [volume, by] = *writer.value(); !by.empty())
          now.seen.waits_for =
              make_failure(failure_code::volume_in_use, "The volume \"" + volume + "\" is still in use by " + by + ".");
        return std::nullopt;
      }
    }
    if (next != model::next_write::stop && !std::exchange(prepared, true)) {
      if (auto failed = prepare_volumes(plan)) return failed;
      if (!plan.image.prober.empty() && plan.replicas > 0)
        if (auto failed = prober_.ensure(plan.image.prober, plan.image.pinned)) return failed;
    }
    config::failpoint("engine.before_converge_service");
    const auto& sent = next == model::next_write::stop ? with_replicas(service->spec, 0) : spec;
    const auto r = exists ? update(now, sent) : write("/services/create", now, sent);
    config::failpoint("engine.after_converge_service");
    if (r.ok()) {
      now.seen.change = next == model::next_write::stop ? applied::stopping
                        : exists                        ? applied::updated
                                                        : applied::created;
      if (!exists) now.id = text_of(at(r.body, "ID"));
      log::info(next == model::next_write::stop ? "service stopped, to be made anew"
                : exists                        ? "service updated"
                                                : "service created",
                {{"environmentId", plan.environment.text},
                 {"deploymentId", plan.deployment.text},
                 {"service", name},
                 {"difference", difference.value_or("")}});
      return std::nullopt;
    }
    // Somebody was quicker: look again.
    if (!says(r, "out of sequence") && r.status != 409 && !r.absent()) return refused(r);
  }
  return effect_error{consequence::retry,
                      make_failure(failure_code::internal, "The service is being changed by somebody else.")};
}

reply engine::write(const std::string& path, const known_service& to, const json& spec) {
  return api_.send(
      {.method = "POST", .path = path, .body = dump(spec), .headers = to.headers, .deadline = api_.deadline()});
}

reply engine::update(const known_service& there, const json& spec) {
  return write("/services/" + there.id + "/update?version=" + std::to_string(there.version), there, spec);
}

void engine::forget(const model::environment_id& environment, const std::string& service) {
  looks_.forget(names::service(environment, service));
}

std::optional<effect_error> engine::converge(const model::service_plan& plan, const std::string& name,
                                             known_service& now) {
  const auto ticket = looks_.begin(name, recent_looks::clock::now());
  const auto version = api_.version();
  const auto network = find_network(plan.environment);
  if (!network) return network.error();
  if (network.value().is_null())
    return effect_error{consequence::retry,
                        make_failure(failure_code::network_failed, "The environment's network is gone.")};
  const auto spec =
      service_spec(plan, {options_.instance, text_of(at(network.value(), "Id")), version.value_or(oldest_version)});
  if (auto failed = apply(plan, spec, now)) return failed;
  if (now.seen.change != applied::stopping && !now.update_paused)
    looks_.remember(name, ticket, plan, now.id, recent_looks::clock::now());
  if (now.seen.change == applied::nothing && now.update_paused) now.paused_spec = spec;
  return std::nullopt;
}

effect<model::service_observation> engine::converge_service(const actors::converge_service& wanted) {
  const auto& plan = wanted.plan;
  const auto name = names::service(plan.environment, plan.spec.service);
  known_service now;
  if (const auto login = options_.logins ? options_.logins->find(wanted.owner, plan.spec.image.registry) : std::nullopt)
    now.headers = {auth_header(*login)};
  if (const auto id = looks_.find(name, plan, recent_looks::clock::now()))
    now.id = *id;
  else if (auto failed = converge(plan, name, now))
    return *failed;
  if (now.id.empty()) return now.seen;  // it is still to be made
  const auto tasks = api_.get("/tasks?" + filter_query({{"service", {now.id}}}));
  if (!tasks.ok()) looks_.forget(name);
  if (tasks.absent())
    return effect_error{consequence::retry,
                        make_failure(failure_code::internal, "The service was removed by somebody else.")};
  if (!tasks.ok()) return engine_fault(tasks);
  now.seen.tasks = observe(read_tasks(tasks.body, plan.spec.service), model::is_checked(plan));
  if (plan.spec.job) {
    keep_last_words(plan, now.seen.tasks);
    for (auto& task : now.seen.tasks)
      if (task.completed) task.trouble.reset();  // it is what it was started for
  }
  if (model::hold_of(plan).count() > 0)
    for (auto& task : now.seen.tasks)
      task.held = task.phase == model::task_phase::running && task.deployment == plan.deployment &&
                  task.generation == plan.generation;
  if (wanted.confirm)
    if (auto failed = confirm(plan, now.seen.tasks)) return *failed;
  if (plan.replicas == 0 || now.seen.change == applied::stopping) {
    const auto running = running_containers(plan.environment, plan.spec.service);
    if (!running) return running.error();
    add_forgotten(running.value(), plan.spec.service, now.seen.tasks);
  }
  if (!now.paused_spec.is_null() && model::may_go_on(plan, now.seen.tasks, options_.now())) {
    // The same spec once more: Swarm forgets that it had paused, and replaces what is left of before.
    const auto r = update(now, now.paused_spec);
    if (!r.ok() && !says(r, "out of sequence")) return refused(r);
    log::info("a paused update goes on", {{"environmentId", plan.environment.text}, {"service", name}});
  }
  return std::move(now.seen);
}

void engine::keep_last_words(const model::service_plan& plan, const std::vector<model::task_observation>& tasks) {
  const bool ended = std::any_of(tasks.begin(), tasks.end(), [&](const auto& task) {
    return task.deployment == plan.deployment && task.generation == plan.generation &&
           task.phase == model::task_phase::ended && !task.container.empty();
  });
  if (!ended || !before_removal_) return;
  const auto listed =
      api_.get("/containers/json?all=1&" +
               filter_query({{"label", label_filters(options_.instance, plan.environment, plan.spec.service)}}));
  for (const auto& container : list_of(listed.body))  // none where it does not answer: their removal tries again
    if (auto source = read_log_source(container, options_.instance); source && !source->running)
      before_removal_({*source});
}

// Under load Swarm tells seconds later that a container has ended. Containers of other nodes are not seen from here:
// of them Swarm's word counts.
std::optional<effect_error> engine::confirm(const model::service_plan& plan,
                                            std::vector<model::task_observation>& tasks) {
  const auto listed =
      api_.get("/containers/json?all=1&" +
               filter_query({{"label", label_filters(options_.instance, plan.environment, plan.spec.service)}}));
  if (!listed.ok()) return engine_fault(listed);
  for (const auto& container : list_of(listed.body)) {
    if (text_of(at(container, "State")) == "running") continue;
    for (auto& task : tasks)
      if (task.phase == model::task_phase::running && task.container == text_of(at(container, "Id")))
        task.phase = model::task_phase::ended;
  }
  return std::nullopt;
}

std::vector<model::task_observation> engine::observe(const std::vector<task_answer>& tasks, bool checked) {
  std::vector<model::task_observation> all;
  std::size_t fetched = 0;
  for (const auto& task : tasks) {
    std::optional<evidence> found;
    if (wants_evidence(task)) {
      if (auto known = known_ending(task)) {
        all.push_back(std::move(*known));
        continue;
      }
      if (fetched++ < evidence_at_once) found = find_evidence(task);
    }
    all.push_back(judge(task, found.value_or(evidence{})));
    auto& seen = all.back();
    if (checked && seen.phase == model::task_phase::starting) seen.trouble = find_failing_check(task);
    if (found) {
      const std::lock_guard lock(mutex_);
      endings_.keep(seen.id, {seen.started_at, seen.trouble, seen.fatal, seen.excused});
    }
    seen.node = node_name(task.node_id);
  }
  return all;
}

std::optional<model::task_observation> engine::known_ending(const task_answer& task) {
  auto seen = task.seen;
  {
    const std::lock_guard lock(mutex_);
    const auto* known = endings_.find(seen.id);
    if (known == nullptr) return std::nullopt;
    if (known->started_at) seen.started_at = known->started_at;
    seen.trouble = known->trouble;
    seen.fatal = known->fatal;
    seen.excused = known->excused;
  }
  seen.node = node_name(task.node_id);
  return seen;
}

// Why a container that has started is not in service yet: what its health check said last, where that was no good.
std::optional<model::failure> engine::find_failing_check(const task_answer& task) {
  if (task.seen.container.empty()) return std::nullopt;
  const auto inspected = api_.get("/containers/" + percent_encode(task.seen.container) + "/json");
  const auto& probes = list_of(at(inspected.body, "State", "Health", "Log"));
  if (!inspected.ok() || probes.empty() || number_of(at(probes.back(), "ExitCode")) == 0) return std::nullopt;
  return make_failure(failure_code::unhealthy, "The health check has not passed yet.",
                      clean_text(text_of(at(probes.back(), "Output")), shown_evidence));
}

namespace {
container_rights rights_of(const json& inspected) {
  const auto user = text_of(at(inspected, "Config", "User"));
  const auto granted = list_of(at(inspected, "HostConfig", "CapAdd"));
  const auto is_root = user.empty() || user.starts_with("0:");
  return {!is_root && !user.starts_with(std::to_string(unprivileged.uid) + ':'),
          std::find(granted.begin(), granted.end(), "CAP_SETUID") != granted.end()};
}
}  // namespace

// Nothing where the Engine could not be asked: the next look tries again.
void engine::note_absence(bool away) {
  const std::lock_guard lock(mutex_);
  away ? absences_.begin(options_.now()) : absences_.end(options_.now());
}

std::optional<evidence> engine::find_evidence(const task_answer& task) {
  evidence found;
  const auto container = "/containers/" + percent_encode(task.seen.container);
  const auto inspected = api_.get(container + "/json");
  if (!inspected.ok() && !inspected.absent()) return std::nullopt;
  const auto& state = at(inspected.body, "State");
  found.rights = rights_of(inspected.body);
  found.out_of_memory = flag_of(at(state, "OOMKilled"));
  found.started_at = time_of(text_of(at(state, "StartedAt")));
  if (const auto ended_at = time_of(text_of(at(state, "FinishedAt")))) {
    const std::lock_guard lock(mutex_);
    found.with_the_engine = absences_.covers(*ended_at);
  }
  if (const auto& probes = list_of(at(state, "Health", "Log")); !probes.empty())
    found.probe_output = text_of(at(probes.back(), "Output"));
  // Docker calls each check "unhealthy" whose container has ended; how often it had failed stays true.
  const auto retries = number_of(at(inspected.body, "Config", "Healthcheck", "Retries"));
  found.unhealthy = number_of(at(state, "Health", "FailingStreak")) >= (retries > 0 ? retries : docker_retries);
  log_frames frames({}, escapes::strip, [&](const actors::log_line& line) {
    (found.last_lines += line.message) += '\n';
    if (found.last_lines.size() > shown_evidence) found.last_lines.erase(0, found.last_lines.size() - shown_evidence);
    return true;
  });
  const auto path = inspected.absent() ? "/tasks/" + percent_encode(task.seen.id) : container;  // of another node
  api_.raw({.path = path + "/logs?stdout=1&stderr=1&timestamps=1&tail=" + std::string(lines_read),
            .deadline = std::min(api_.deadline(), milliseconds{3000}),
            .on_bytes = [&](std::string_view bytes) { return frames.feed(bytes); }});
  frames.finish();
  return found;
}

effect<std::vector<json>> engine::running_containers(const model::environment_id& environment,
                                                     const std::string& service) {
  const auto listed =
      api_.get("/containers/json?" + filter_query({{"label", label_filters(options_.instance, environment, service)}}));
  if (!listed.ok()) return engine_fault(listed);
  return std::vector<json>(list_of(listed.body).begin(), list_of(listed.body).end());
}

// What writes to a volume, or has a longer grace of its own, gets all the time that its spec gives it, by Swarm; what
// Docker is told below would cut it short.
std::optional<effect_error> engine::stop_gracefully(const model::environment_id& environment,
                                                    const service_answer& service, const std::string& tenants_name) {
  const auto grace = std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::nanoseconds(number_of(at(service.spec, "TaskTemplate", "ContainerSpec", "StopGracePeriod"))));
  if (writable_volumes(service.spec).empty() && grace <= model::usual_grace) return std::nullopt;
  auto there = service;
  for (int attempt = 0; number_of(at(there.spec, "Mode", "Replicated", "Replicas")) > 0; ++attempt) {
    const auto r = update({there.id, there.version}, with_replicas(there.spec, 0));
    if (r.ok()) break;
    if (r.absent()) return std::nullopt;
    if (!says(r, "out of sequence") || attempt == update_attempts) return engine_fault(r);
    const auto again = api_.get("/services/" + there.id);  // Swarm itself writes to it while it updates
    if (again.absent()) return std::nullopt;
    const auto read = again.ok() ? read_service(again.body) : std::nullopt;
    if (!read) return engine_fault(again);
    there = *read;
  }
  std::optional<effect_error> failed;
  const bool ended = wait_until(options_.removal_timeout, [&] {
    const auto left = api_.get("/tasks?" + filter_query({{"service", {service.id}}}));
    if (left.absent()) return true;
    if (!left.ok()) return failed = engine_fault(left), true;
    const auto tasks = read_tasks(left.body, tenants_name);
    if (std::any_of(tasks.begin(), tasks.end(), [](const auto& t) { return t.seen.phase != model::task_phase::ended; }))
      return false;
    const auto running = running_containers(environment, tenants_name);
    if (!running) return failed = running.error(), true;
    return running.value().empty();
  });
  if (failed || ended) return failed;
  // Whatever Swarm is about with a task that outlives its grace: removing the service ends it.
  const auto since = service.updated_at.value_or(options_.now());
  if (options_.now() - since > 2 * std::max(grace, model::grace_of_writers)) return std::nullopt;
  return effect_error{consequence::retry, make_failure(failure_code::timed_out, "The containers have not ended yet.")};
}

effect<model::done> engine::remove_service(const actors::remove_service& wanted) {
  const auto name = names::service(wanted.environment, wanted.service);
  const auto labels = label_filters(options_.instance, wanted.environment, wanted.service);
  const auto there = api_.get("/services/" + percent_encode(name));
  const auto service = there.ok() ? read_service(there.body) : std::nullopt;
  if (!service && !there.absent()) return engine_fault(there);
  config::failpoint("engine.before_remove_service");
  if (service && text_of(at(service->spec, "Name")) == name) {
    if (!is_ours(at(service->spec, "Labels"), options_.instance, wanted.environment)) return not_ours();
    if (auto waits = stop_gracefully(wanted.environment, *service, wanted.service)) return *waits;
    if (auto waits = wait_for_turn_to_remove()) return *waits;
    const auto removed = api_.remove("/services/" + service->id);
    if (!removed.ok() && !removed.absent()) return engine_fault(removed);
  }
  // Swarm itself takes 6 s and more: stopping and removing its containers here takes tenths of a second.
  if (auto failed = remove_containers(labels, true)) return *failed;
  std::optional<effect_error> failed;
  const bool gone = wait_until(options_.removal_timeout, [&] {
    const auto left = api_.get("/tasks?" + filter_query({{"label", labels}}));
    if (!left.ok()) failed = engine_fault(left);
    if (failed || list_of(left.body).empty()) return true;
    failed = remove_containers(labels, true);
    return failed.has_value();
  });
  if (failed) return *failed;
  if (!gone)
    return effect_error{consequence::retry,
                        make_failure(failure_code::timed_out, "The containers did not end in time.")};
  auto scratch = labels;
  scratch.push_back(label_filter(names::scratch_label, "1"));
  const auto volumes = api_.get("/volumes?" + filter_query({{"label", scratch}}));
  if (!volumes.ok()) return engine_fault(volumes);
  for (const auto& v : list_of(at(volumes.body, "Volumes"))) {
    const auto removed = api_.remove("/volumes/" + percent_encode(text_of(at(v, "Name"))));
    if (!removed.ok() && !removed.absent()) return engine_fault(removed);
  }
  config::failpoint("engine.after_remove_service");
  return model::done{};
}

}  // namespace troupe::docker
