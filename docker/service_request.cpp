#include "docker/service_request.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "actors/model/rollout.hpp"
#include "actors/model/security_preset.hpp"
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

constexpr std::uint64_t bytes_of_mb(std::uint32_t mb) {
  return std::uint64_t{mb} << 20U;
}

json memory_mount(const std::string& target, std::uint32_t size_mb) {
  return {
      {"Type", "tmpfs"}, {"Target", target}, {"TmpfsOptions", {{"SizeBytes", bytes_of_mb(size_mb)}, {"Mode", 01777}}}};
}

std::string tmpfs_options(const model::scratch_directory& dir, const model::directory_owner& owner) {
  char mode[8];
  std::snprintf(mode, sizeof mode, "%04o", owner.mode & 07777U);
  return "size=" + std::to_string(bytes_of_mb(dir.size_mb)) + ",mode=" + mode + ",uid=" + std::to_string(owner.uid) +
         ",gid=" + std::to_string(owner.gid) + ",nosuid,nodev" + (dir.exec ? ",exec" : ",noexec");
}

json scratch_mount(const service_plan& plan, const json& labels, const model::scratch_directory& dir,
                   std::size_t index) {
  const auto target = escape_template(dir.path);
  if (!dir.owned && !dir.exec && !dir.made && !dir.copied) return memory_mount(target, dir.size_mb);
  // A tmpfs mount takes on the mode of the image's directory, owned by root, and runs no programs; only a volume can
  // say whose it is, and that it does. One a task (the id in the name), because an old and a new task of a slot live
  // side by side during an update.
  auto owned = labels;
  owned[std::string(names::scratch_label)] = "1";
  json mount{{"Type", "volume"},
             {"Source", scratch_prefix(plan.environment) + std::to_string(index) + "-{{.Task.ID}}"},
             {"Target", target},
             {"VolumeOptions", {{"Labels", owned}}}};
  if (dir.copied) return mount;  // by the Engine, with its owners and modes, since the volume is new
  const model::directory_owner users{plan.image.uid, plan.image.gid, dir.owned ? 0755U : 01777U};
  mount["VolumeOptions"]["NoCopy"] = true;
  mount["VolumeOptions"]["DriverConfig"] = {
      {"Name", "local"},
      {"Options", {{"type", "tmpfs"}, {"device", "tmpfs"}, {"o", tmpfs_options(dir, dir.made.value_or(users))}}}};
  return mount;
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
  if (const auto mb = plan.spec.setup.shm_size_mb; mb != 0) all.push_back(memory_mount("/dev/shm", mb));
  return all;
}

json labels_of_container(const service_plan& plan, json ours) {
  ours[std::string(names::deployment_label)] = plan.deployment.text;
  ours[std::string(names::generation_label)] = std::to_string(plan.generation);
  if (const auto& grace = plan.spec.setup.stop_grace_seconds)
    ours[std::string(names::grace_label)] = std::to_string(*grace);
  json all = plan.spec.setup.labels;
  // An image's labels are its containers', too, and one built by Compose bears Compose's: by these a container would be
  // taken for one of the operator's project of that name.
  all["com.docker.compose.project"] = plan.environment.text;
  all["com.docker.compose.service"] = plan.spec.service;
  all.update(ours);
  return all;
}

// A name that stays when the container is made anew: some programs keep their data below it. By the slot, not by the
// number of replicas, so that scaling replaces nothing.
std::string host_name(const service_plan& plan) {
  if (!plan.spec.setup.hostname.empty()) return escape_template(plan.spec.setup.hostname);
  if (plan.image.rules == model::house_rules::first) return {};
  return plan.spec.service + R"({{if ne .Task.Slot "1"}}-{{.Task.Slot}}{{end}})";
}

json capabilities(const service_plan& plan) {
  const auto asked = model::effective(plan.spec.security, plan.image);
  const auto names = plan.image.rules == model::house_rules::first
                         ? asked.capabilities.value_or(std::vector<std::string>())
                         : model::capabilities_of(asked);
  json granted = json::array();
  for (const auto& name : names)
    if (auto cap = granted_capability(name); cap && std::find(granted.begin(), granted.end(), *cap) == granted.end())
      granted.push_back(*cap);
  return granted;
}

void set_up(json& c, const model::container_setup& s) {
  if (!s.stop_signal.empty()) c["StopSignal"] = s.stop_signal;
  if (!s.working_dir.empty()) c["Dir"] = s.working_dir;
  if (s.tty) c["TTY"] = true;
  if (!s.sysctls.empty()) c["Sysctls"] = s.sysctls;
  if (!s.dns.empty()) c["DNSConfig"] = {{"Nameservers", s.dns}};
  for (const auto& [name, limit] : s.ulimits)
    c["Ulimits"].push_back({{"Name", name}, {"Soft", limit.soft}, {"Hard", limit.hard}});
  for (const auto& h : s.extra_hosts) c["Hosts"].push_back(h.address + ' ' + h.host);  // as in /etc/hosts
}

json container_spec(const service_plan& plan, const service_context& context) {
  const auto& spec = plan.spec;
  auto labels = labels_of(context.instance, plan.environment);
  labels[std::string(names::service_label)] = spec.service;
  json c{{"Image", plan.image.pinned},
         {"Labels", labels_of_container(plan, labels)},
         {"User", std::to_string(plan.image.uid) + ':' + std::to_string(plan.image.gid)},
         {"Init", spec.setup.init.value_or(!plan.image.starts_with_init)},
         {"ReadOnly", model::has_read_only_root(model::effective(spec.security, plan.image))},
         {"StopGracePeriod", model::stop_grace(plan).count() * second},
         {"CapabilityDrop", json::array({"ALL"})},
         {"Mounts", mounts(plan, context, labels)}};
  for (const auto group : plan.image.groups) c["Groups"].push_back(std::to_string(group));
  if (auto granted = capabilities(plan); !granted.empty()) c["CapabilityAdd"] = std::move(granted);
  if (auto name = host_name(plan); !name.empty()) c["Hostname"] = std::move(name);
  set_up(c, spec.setup);
  if (context.version >= no_new_privileges_version) c["Privileges"] = {{"NoNewPrivileges", true}};
  if (!spec.command.empty()) c["Command"] = spec.command;
  if (!spec.args.empty()) c["Args"] = spec.args;
  if (spec.job && plan.image.has_health_check)
    c["Healthcheck"] = {{"Test", json::array({"NONE"})}};
  else if (spec.health)
    c["Healthcheck"] = health_check(*spec.health, !plan.image.prober.empty());
  else if (const auto hold = model::hold_of(plan); hold.count() > 0)
    c["Healthcheck"] = hold_check(hold);
  else if (plan.image.has_health_check && plan.image.check.adjusted)
    c["Healthcheck"] = times_of(plan.image.check);  // without a test: the image's own
  json env = json::array();
  if (const auto& home = plan.image.home; !home.empty() && !spec.env.contains("HOME")) env.push_back("HOME=" + home);
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

json update_config(const service_plan& plan) {
  const auto& update = plan.spec.update;
  json u{{"Parallelism", update.parallelism},
         {"FailureAction", "pause"},  // the way back is Troupe's decision, not Swarm's
         {"Monitor", 5 * second},
         {"MaxFailureRatio", 0},
         // Two tasks cannot hold one host port: the new one would wait for ever. Two writers of one volume are kept
         // apart before it comes to an update (model/rollout); this is for updates that somebody makes by hand.
         {"Order", model::update_order_texts[model::stops_first(plan) ? model::update_order::stop_first
                                                                      : model::update_order::start_first]}};
  if (update.delay_seconds > 0) u["Delay"] = update.delay_seconds * second;
  return u;
}

json log_driver(const model::log_limits& logs) {
  return {{"Name", "json-file"},
          {"Options",
           {{"max-size", std::to_string(logs.max_size_mb) + 'm'}, {"max-file", std::to_string(logs.max_files)}}}};
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
  if (spec.update.order == model::update_order::stop_first && model::written_alone(plan).empty())
    labels[std::string(names::ordered_label)] = "1";
  return {{"Name", names::service(plan.environment, spec.service)},
          {"Labels", labels},
          {"TaskTemplate",
           {{"ContainerSpec", container_spec(plan, context)},
            {"Resources",
             {{"Limits",
               {{"NanoCPUs", std::llround(spec.limits.cpus * 1000) * 1'000'000},
                {"MemoryBytes", static_cast<std::int64_t>(spec.limits.memory_mb) << 20},
                {"Pids", spec.limits.pids}}}}},
            {"RestartPolicy", restart_policy(model::restart_policy_of(spec))},
            {"LogDriver", log_driver(spec.setup.logs)},
            {"Networks", json::array({{{"Target", context.network_id}, {"Aliases", json::array({spec.service})}}})}}},
          {"Mode", {{"Replicated", {{"Replicas", plan.replicas}}}}},
          {"UpdateConfig", update_config(plan)},
          {"EndpointSpec", endpoint_spec(plan)}};
}

}  // namespace troupe::docker
