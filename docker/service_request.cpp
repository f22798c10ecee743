#include "docker/service_request.hpp"

#include <algorithm>
#include <cmath>

#include "actors/model/rollout.hpp"
#include "actors/model/volume_use.hpp"
#include "docker/capabilities.hpp"
#include "docker/labels.hpp"
#include "docker/prober_volume.hpp"

namespace troupe::docker {

namespace {

using model::service_plan;

constexpr std::int64_t second = 1'000'000'000;

// $1 is the address; the script itself never contains anything of a tenant's. No time limit of the program's own: the
// Engine ends the probe, and the -T of Debian's busybox crashes.
constexpr std::string_view probe_script =
    "if command -v wget >/dev/null 2>&1; then exec wget -q -O /dev/null \"$1\"; fi; exec curl -fsS -o /dev/null \"$1\"";

template <class Check>
json times_of(const Check& h) {
  return {{"Interval", h.interval_seconds * second},
          {"Timeout", h.timeout_seconds * second},
          {"Retries", h.retries},
          {"StartPeriod", h.start_period_seconds * second}};
}

json health_check(const model::health_check& h, bool has_prober) {
  json test = json::array({"CMD"});
  if (h.http && has_prober) {
    for (const auto& word : {std::string(prober_path), std::string("http"), std::to_string(h.http->port), h.http->path})
      test.push_back(word);
  } else if (h.http) {
    for (const auto* word : {"/bin/sh", "-c"}) test.push_back(word);
    test.push_back(probe_script);
    test.push_back("probe");
    test.push_back("http://127.0.0.1:" + std::to_string(h.http->port) + h.http->path);
  } else {
    for (const auto& word : h.command) test.push_back(word);
  }
  auto check = times_of(h);
  check["Test"] = test;
  return check;
}

// Called once by all that matters: see docker/prober. Failing later would say nothing of the container.
json hold_check(std::chrono::seconds hold) {
  constexpr std::int64_t a_week = 7 * 24 * 60 * 60;
  return {{"Test", json::array({"CMD", prober_path, "hold"})},
          {"Interval", hold.count() * second},
          {"Timeout", a_week * second},
          {"Retries", 1000}};
}

json scratch_mount(const service_plan& plan, const json& labels, const model::scratch_directory& dir,
                   std::size_t index) {
  const auto target = escape_template(dir.path);
  if (!dir.owned)
    return {{"Type", "tmpfs"}, {"Target", target}, {"TmpfsOptions", {{"SizeBytes", scratch_bytes}, {"Mode", 01777}}}};
  // A tmpfs mount takes on the mode of the image's directory, owned by root; only a volume can say whose it is. One a
  // task (the id in the name), because an old and a new task of a slot live side by side during an update.
  auto owned = labels;
  owned[std::string(names::scratch_label)] = "1";
  const auto options = "size=" + std::to_string(scratch_bytes) + ",mode=0755,uid=" + std::to_string(plan.image.uid) +
                       ",gid=" + std::to_string(plan.image.gid) + ",nosuid,nodev,noexec";
  return {
      {"Type", "volume"},
      {"Source", scratch_prefix(plan.environment) + std::to_string(index) + "-{{.Task.ID}}"},
      {"Target", target},
      {"VolumeOptions",
       {{"NoCopy", true},
        {"Labels", owned},
        {"DriverConfig", {{"Name", "local"}, {"Options", {{"type", "tmpfs"}, {"device", "tmpfs"}, {"o", options}}}}}}}};
}

json mounts(const service_plan& plan, const service_context& context, const json& labels) {
  json all = json::array();
  for (const auto& v : model::mounts_of(plan)) {
    // NoCopy: an empty volume would get the image's owner again at each start; it was copied when it was prepared.
    json mount{
        {"Type", "volume"},
        {"Source", escape_template(names::volume(plan.environment, v.name))},
        {"Target", escape_template(v.mount_path)},
        {"VolumeOptions", {{"NoCopy", true}, {"Labels", volume_labels(context.instance, plan.environment, v.name)}}}};
    if (v.read_only) mount["ReadOnly"] = true;
    all.push_back(std::move(mount));
  }
  const bool probed = (plan.spec.health && plan.spec.health->http) || model::hold_of(plan).count() > 0;
  if (probed && !plan.image.prober.empty())
    all.push_back({{"Type", "volume"},
                   {"Source", plan.image.prober},
                   {"Target", prober_directory},
                   {"ReadOnly", true},
                   {"VolumeOptions", {{"NoCopy", true}, {"Labels", prober_labels()}}}});
  for (std::size_t i = 0; i < plan.image.scratch.size(); ++i)
    all.push_back(scratch_mount(plan, labels, plan.image.scratch[i], i));
  return all;
}

json container_spec(const service_plan& plan, const service_context& context) {
  const auto& spec = plan.spec;
  auto labels = labels_of(context.instance, plan.environment);
  labels[std::string(names::service_label)] = spec.service;
  const auto service_labels = labels;
  labels[std::string(names::deployment_label)] = plan.deployment.text;
  labels[std::string(names::generation_label)] = std::to_string(plan.generation);
  json c{{"Image", plan.image.pinned},
         {"Labels", labels},
         {"User", std::to_string(plan.image.uid) + ':' + std::to_string(plan.image.gid)},
         {"Init", true},
         {"ReadOnly", spec.security.read_only_root},
         {"StopGracePeriod", model::stop_grace(plan).count() * second},
         {"CapabilityDrop", json::array({"ALL"})},
         {"Mounts", mounts(plan, context, service_labels)}};
  json granted = json::array();
  for (const auto& name : spec.security.capabilities)
    if (auto cap = granted_capability(name); cap && std::find(granted.begin(), granted.end(), *cap) == granted.end())
      granted.push_back(*cap);
  if (!granted.empty()) c["CapabilityAdd"] = granted;
  if (context.version >= no_new_privileges_version) c["Privileges"] = {{"NoNewPrivileges", true}};
  if (!spec.command.empty()) c["Command"] = spec.command;
  if (!spec.args.empty()) c["Args"] = spec.args;
  if (spec.health)
    c["Healthcheck"] = health_check(*spec.health, !plan.image.prober.empty());
  else if (const auto hold = model::hold_of(plan); hold.count() > 0)
    c["Healthcheck"] = hold_check(hold);
  else if (plan.image.has_health_check && plan.image.check.adjusted)
    c["Healthcheck"] = times_of(plan.image.check);  // without a test: the image's own
  json env = json::array();
  for (const auto& [name, value] : spec.env) env.push_back(escape_template(name + '=' + value));
  if (!env.empty()) c["Env"] = env;
  return c;
}

json endpoint_spec(const service_plan& plan) {
  json ports = json::array();
  bool ingress = false;
  for (const auto& p : plan.spec.ports) {
    if (!p.host) continue;
    ingress = ingress || p.mode == model::port_mode::ingress;
    ports.push_back({{"Protocol", model::port_protocol_texts[p.protocol]},
                     {"TargetPort", p.container},
                     {"PublishedPort", *p.host},
                     {"PublishMode", model::port_mode_texts[p.mode]}});
  }
  json e{{"Mode", ingress ? "vip" : "dnsrr"}};  // names resolve to tasks without IPVS; the routing mesh needs a VIP
  if (!ports.empty()) e["Ports"] = ports;
  return e;
}

json restart_policy(const model::restart_policy& r) {
  json policy{{"Condition", model::restart_condition_texts[r.condition]}, {"Delay", r.delay_seconds * second}};
  if (r.max_attempts > 0) policy["MaxAttempts"] = r.max_attempts;
  return policy;
}

}  // namespace

std::string escape_template(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 2) == "{{") {
      out += R"({{"{{"}})";
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string scratch_prefix(const model::environment_id& environment) {
  return std::string(scratch_volumes) + std::string(environment.bare()) + '-';
}

json service_spec(const service_plan& plan, const service_context& context) {
  const auto& spec = plan.spec;
  auto labels = labels_of(context.instance, plan.environment);
  labels[std::string(names::service_label)] = spec.service;
  return {{"Name", names::service(plan.environment, spec.service)},
          {"Labels", labels},
          {"TaskTemplate",
           {{"ContainerSpec", container_spec(plan, context)},
            {"Resources",
             {{"Limits",
               {{"NanoCPUs", std::llround(spec.limits.cpus * 1000) * 1'000'000},
                {"MemoryBytes", static_cast<std::int64_t>(spec.limits.memory_mb) << 20},
                {"Pids", spec.limits.pids}}}}},
            {"RestartPolicy", restart_policy(spec.restart)},
            {"LogDriver", {{"Name", "json-file"}, {"Options", {{"max-size", "10m"}, {"max-file", "3"}}}}},
            {"Networks", json::array({{{"Target", context.network_id}, {"Aliases", json::array({spec.service})}}})}}},
          {"Mode", {{"Replicated", {{"Replicas", plan.replicas}}}}},
          {"UpdateConfig",
           {{"Parallelism", 1},
            {"FailureAction", "pause"},  // the way back is Troupe's decision, not Swarm's
            {"Monitor", 5 * second},
            {"MaxFailureRatio", 0},
            // Two tasks cannot hold one host port: the new one would wait for ever. Two writers of one volume are kept
            // apart before it comes to an update (model/rollout); this is for updates that somebody makes by hand.
            {"Order", model::stops_first(plan) ? "stop-first" : "start-first"}}},
          {"EndpointSpec", endpoint_spec(plan)}};
}

}  // namespace troupe::docker
