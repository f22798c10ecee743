#include "docker/engine.hpp"

#include <algorithm>
#include <charconv>
#include <thread>

#include "actors/model/volume_use.hpp"
#include "config/logging.hpp"
#include "docker/deadline.hpp"
#include "docker/labels.hpp"
#include "docker/probe_container.hpp"

namespace troupe::docker {

namespace {

// Whether it mounts a volume that outlives it, and may write to it.
bool writes_to_volume(const json& listed_container) {
  const auto& mounts = list_of(at(listed_container, "Mounts"));
  return std::any_of(mounts.begin(), mounts.end(), [](const auto& m) {
    return text_of(at(m, "Type")) == "volume" && flag_of(at(m, "RW")) &&
           !text_of(at(m, "Name")).starts_with(scratch_volumes);
  });
}

// As its release says.
std::optional<std::chrono::seconds> own_grace(const json& listed_container) {
  const auto text = text_of(at(listed_container, "Labels", names::grace_label));
  std::uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  return error == std::errc{} && !text.empty() ? std::optional(std::chrono::seconds(seconds)) : std::nullopt;
}

}  // namespace

engine::engine(engine_options options)
    : options_(std::move(options)),
      transport_(options_.docker_host),
      api_(transport_, options_.call_timeout),
      prober_(api_, options_.instance),
      images_(api_, options_.instance, options_.private_registries, options_.logins, options_.pull_timeout,
              options_.grants_privileges, options_.profile_fallback, prober_.name(), options_.hold),
      removals_(options_.removals_per_minute, std::chrono::minutes{1}) {}

effect<actors::engine_info> engine::status() {
  const auto began = std::chrono::steady_clock::now();
  // Not by way of api_: its first call asks for the version with a longer deadline than a health check has.
  const auto got =
      transport_.send({.path = "/version", .deadline = std::min(options_.call_timeout, model::duration{900})});
  const auto body = parse_json(got.body);
  const auto version = body ? negotiate(text_of(at(*body, "ApiVersion"))) : std::nullopt;
  if (!got.ok() || !version)
    return engine_fault({.fault = got.fault, .status = got.status, .body = nullptr, .message = {}});
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began);
  return actors::engine_info{text_of(at(*body, "Version")), version->text(), false,
                             static_cast<std::uint64_t>(took.count())};
}

std::string engine::node_name(const std::string& id) {
  if (id.empty()) return id;
  {
    const std::lock_guard lock(mutex_);
    if (const auto it = nodes_.find(id); it != nodes_.end()) return it->second;
  }
  const auto nodes = api_.get("/nodes");
  const std::lock_guard lock(mutex_);
  for (const auto& n : list_of(nodes.body)) nodes_[text_of(at(n, "ID"))] = text_of(at(n, "Description", "Hostname"));
  const auto it = nodes_.find(id);
  return it == nodes_.end() || it->second.empty() ? id : it->second;
}

effect<std::vector<model::node_size>> engine::list_nodes() {
  const auto now = std::chrono::steady_clock::now();
  {
    const std::lock_guard lock(mutex_);
    if (now < sizes_known_until_) return sizes_;
  }
  const auto nodes = api_.get("/nodes");
  if (!nodes.ok()) return engine_fault(nodes);
  std::vector<model::node_size> sizes;
  for (const auto& n : list_of(nodes.body)) {
    const auto& has = at(n, "Description", "Resources");
    sizes.push_back({static_cast<double>(number_of(at(has, "NanoCPUs"))) / 1e9,
                     static_cast<std::uint64_t>(std::max<std::int64_t>(0, number_of(at(has, "MemoryBytes")))) >> 20U});
  }
  const std::lock_guard lock(mutex_);
  sizes_ = sizes;
  sizes_known_until_ = now + std::chrono::minutes{1};
  return sizes;
}

effect<actors::engine_listing> engine::list() {
  const auto ours = filter_query({{"label", {label_filter(names::instance_label, options_.instance)}}});
  // Tasks first: a service's fingerprint is made of theirs.
  std::map<std::string, std::vector<std::string>> of_service;  // task lines by service id
  const auto tasks = api_.get_each("/tasks?" + ours, [&](const json& t) {
    of_service[text_of(at(t, "ServiceID"))].push_back(text_of(at(t, "ID")) + ' ' +
                                                      std::to_string(number_of(at(t, "Version", "Index"))) + ' ' +
                                                      text_of(at(t, "Status", "State")));
  });
  if (!tasks.ok()) return engine_fault(tasks);
  actors::engine_listing listing;
  const auto services = api_.get_each("/services?" + ours, [&](const json& s) {
    const auto& labels = at(s, "Spec", "Labels");
    const auto environment = model::parse_id<model::environment_id>(text_of(at(labels, names::environment_label)));
    if (!environment) return;
    const auto id = text_of(at(s, "ID"));
    auto& lines = of_service[id];
    std::sort(lines.begin(), lines.end());
    std::string all = id + ' ' + std::to_string(number_of(at(s, "Version", "Index")));
    for (const auto& line : lines) (all += '\n') += line;
    const auto& made_for = at(s, "Spec", "TaskTemplate", "ContainerSpec", "Labels");
    listing.services.push_back({*environment, text_of(at(labels, names::service_label)), std::hash<std::string>{}(all),
                                model::parse_id<model::deployment_id>(text_of(at(made_for, names::deployment_label)))
                                    .value_or(model::deployment_id{})});
  });
  if (!services.ok()) return engine_fault(services);
  const auto networks = api_.get_each("/networks?" + ours, [&](const json& n) {
    if (text_of(at(n, "Scope")) != "swarm") return;
    if (const auto environment =
            model::parse_id<model::environment_id>(text_of(at(n, "Labels", names::environment_label))))
      listing.networks.push_back(*environment);
  });
  if (!networks.ok()) return engine_fault(networks);
  // Those that nobody mounts: what Docker made late is among them, and they are few.
  const auto volumes = api_.get(
      "/volumes?" +
      filter_query(
          {{"dangling", {"true"}},
           {"label", {label_filter(names::instance_label, options_.instance), std::string(names::volume_label)}}}));
  if (!volumes.ok()) return engine_fault(volumes);
  for (const auto& v : list_of(at(volumes.body, "Volumes")))
    if (const auto environment =
            model::parse_id<model::environment_id>(text_of(at(v, "Labels", names::environment_label))))
      listing.volumes.push_back(*environment);
  return listing;
}

std::optional<model::effect_error> engine::wait_for_turn_to_remove() {
  const std::lock_guard lock(mutex_);
  if (removals_.take({}, std::chrono::steady_clock::now().time_since_epoch()).allowed) return std::nullopt;
  log::warn("removals wait: there were as many as a minute may have",
            {{"limit", std::uint64_t{options_.removals_per_minute}}});
  return model::effect_error{
      model::consequence::retry,
      model::make_failure(model::failure_code::internal, "Many removals are under way; this one waits.")};
}

void engine::sweep() {
  sweep_probes(api_, options_.instance, options_.now());
  const auto unused = api_.get("/volumes?" + filter_query({{"dangling", {"true"}},
                                                           {"label",
                                                            {label_filter(names::instance_label, options_.instance),
                                                             label_filter(names::scratch_label, "1")}}}));
  for (const auto& v : list_of(at(unused.body, "Volumes")))
    api_.remove("/volumes/" + percent_encode(text_of(at(v, "Name"))));
}

// Once: Docker keeps to the grace by itself, and a second signal means "at once" to many programs. No answer is waited
// for.
void engine::ask_to_end(const std::string& container, std::chrono::seconds grace) {
  {
    const std::lock_guard lock(mutex_);
    if (asked_to_end_.size() > 10'000) asked_to_end_.clear();
    if (!asked_to_end_.insert(container).second) return;
  }
  api_.send({.method = "POST",
             .path = "/containers/" + percent_encode(container) + "/stop?t=" + std::to_string(grace.count()),
             .deadline = milliseconds{500}});
}

void engine::remove_container(const json& listed, bool gracefully) {
  const auto container = "/containers/" + percent_encode(text_of(at(listed, "Id")));
  const auto grace = std::chrono::ceil<std::chrono::seconds>(options_.stop_grace).count();
  if (gracefully && text_of(at(listed, "State")) == "running")
    api_.send({.method = "POST",
               .path = container + "/stop?t=" + std::to_string(grace),
               .deadline = options_.stop_grace + api_.deadline()});
  if (auto source = read_log_source(listed, options_.instance); source && gracefully && before_removal_) {
    source->running = false;
    before_removal_({*source});
  }
  api_.remove(container + "?force=1&v=1");
}

std::optional<model::effect_error> engine::remove_containers(const std::vector<std::string>& labels, bool gracefully) {
  const auto path = "/containers/json?all=1&" + filter_query({{"label", labels}});
  std::optional<model::effect_error> failed;
  // Again until none is left: a restart of Swarm's may race with the removal.
  const bool gone = wait_until(options_.removal_timeout, [&] {
    const auto left = api_.get(path);
    if (!left.ok()) {
      failed = engine_fault(left);
      return true;
    }
    if (list_of(left.body).empty()) return true;
    std::vector<std::jthread> stopping;  // a container may take all of its grace: side by side, a few at a time
    for (const auto& c : list_of(left.body)) {
      const auto own = own_grace(c);
      if (gracefully && text_of(at(c, "State")) == "running" && (own || writes_to_volume(c))) {
        // It is looked at again, and removed once it has ended.
        ask_to_end(text_of(at(c, "Id")), own.value_or(model::grace_of_writers));
        continue;
      }
      if (stopping.size() >= 8) stopping.clear();
      stopping.emplace_back([this, gracefully, c] { remove_container(c, gracefully); });
    }
    return false;
  });
  if (!gone)
    return model::effect_error{model::consequence::retry, model::make_failure(model::failure_code::timed_out,
                                                                              "The containers did not end in time.")};
  return failed;
}

}  // namespace troupe::docker
