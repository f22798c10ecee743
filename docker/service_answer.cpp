#include "docker/service_answer.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "docker/labels.hpp"

namespace troupe::docker {

namespace {

bool is_blank(const json& value) {
  if (value.is_null()) return true;
  if (value.is_string()) return value.get_ref<const std::string&>().empty();
  if (value.is_boolean()) return !value.get<bool>();
  if (value.is_number()) return value.get<double>() == 0;
  return std::all_of(value.begin(), value.end(), [](const json& v) { return is_blank(v); });
}

// ForceUpdate counts restarts by hand, which change nothing of what runs.
bool is_default(const std::string& path, const json& value) {
  return (path == "TaskTemplate/Runtime" && value == "container") ||
         (path == "TaskTemplate/ContainerSpec/Isolation" && value == "default") ||
         (path == "TaskTemplate/ForceUpdate" && value.is_number());
}

std::optional<std::string> differs(const json& sent, const json& there, const std::string& path) {
  if (is_blank(sent) && is_blank(there)) return std::nullopt;
  if (sent.is_object() && there.is_object()) {
    const auto under = [&](const std::string& key) { return path.empty() ? key : path + '/' + key; };
    for (const auto& [key, value] : sent.items()) {
      const auto it = there.find(key);
      if (auto d = differs(value, it == there.end() ? json() : *it, under(key))) return d;
    }
    for (const auto& [key, value] : there.items())
      if (!sent.contains(key) && !is_blank(value) && !is_default(under(key), value)) return under(key);
    return std::nullopt;
  }
  if (sent.is_array() && there.is_array() && sent.size() == there.size()) {
    for (std::size_t i = 0; i < sent.size(); ++i)
      if (auto d = differs(sent[i], there[i], path + '/' + std::to_string(i))) return d;
    return std::nullopt;
  }
  if (sent == there) return std::nullopt;
  return path;
}

model::task_phase phase_of(std::string_view state) {
  using model::task_phase;
  if (state == "running") return task_phase::running;
  if (state == "starting") return task_phase::starting;
  for (const auto* early : {"new", "allocated", "pending", "assigned", "accepted", "preparing", "ready"})
    if (state == early) return task_phase::waiting;
  return task_phase::ended;
}

std::uint64_t index_of(const json& body) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, number_of(at(body, "Version", "Index"))));
}

task_answer read_task(const json& t, const std::string& service) {
  task_answer a;
  const auto& status = at(t, "Status");
  a.state = text_of(at(status, "State"));
  a.error = text_of(at(status, "Err"));
  a.created = text_of(at(t, "CreatedAt"));
  a.version = index_of(t);
  a.node_id = text_of(at(t, "NodeID"));
  auto& s = a.seen;
  s.id = text_of(at(t, "ID"));
  s.name = service + '.' + std::to_string(number_of(at(t, "Slot")));
  s.node = a.node_id;
  s.container = text_of(at(status, "ContainerStatus", "ContainerID"));
  const auto& labels = at(t, "Spec", "ContainerSpec", "Labels");
  if (auto id = model::parse_id<model::deployment_id>(text_of(at(labels, names::deployment_label)))) s.deployment = *id;
  const auto generation = text_of(at(labels, names::generation_label));
  std::from_chars(generation.data(), generation.data() + generation.size(), s.generation);
  s.phase = phase_of(a.state);
  s.wanted = text_of(at(t, "DesiredState")) == "running";
  if (s.phase == model::task_phase::running || s.phase == model::task_phase::starting)
    s.started_at = time_of(text_of(at(status, "Timestamp")));
  if (s.phase == model::task_phase::ended) s.ended_at = time_of(text_of(at(status, "Timestamp")));
  if (s.phase == model::task_phase::ended && !s.container.empty())
    s.exit_code = static_cast<int>(number_of(at(status, "ContainerStatus", "ExitCode")));
  s.completed = a.state == "complete";
  for (const auto& p : list_of(at(status, "PortStatus", "Ports"))) {
    const auto port = number_of(at(p, "PublishedPort"));
    if (port <= 0 || port > 65535) continue;
    const auto number = static_cast<std::uint16_t>(port);  // listed once for IPv4 and once for IPv6
    if (std::find(s.published.begin(), s.published.end(), number) == s.published.end()) s.published.push_back(number);
  }
  return a;
}

}  // namespace

std::optional<service_answer> read_service(const json& body) {
  service_answer s{text_of(at(body, "ID")), index_of(body), at(body, "Spec"),
                   text_of(at(body, "UpdateStatus", "State")) == "paused", time_of(text_of(at(body, "UpdatedAt")))};
  if (s.id.empty() || !s.spec.is_object()) return std::nullopt;
  return s;
}

std::optional<std::string> drift(const json& sent, const json& there) {
  return differs(sent, there, {});
}

std::set<std::string> writable_volumes(const json& spec) {
  std::set<std::string> names;
  for (const auto& mount : list_of(at(spec, "TaskTemplate", "ContainerSpec", "Mounts")))
    if (text_of(at(mount, "Type")) == "volume" && !flag_of(at(mount, "ReadOnly")) &&
        text_of(at(mount, "VolumeOptions", "Labels", names::scratch_label)).empty())
      names.insert(text_of(at(mount, "Source")));
  return names;
}

model::standing_service standing_of(const json& sent, const json& there) {
  model::standing_service out;
  out.exists = true;
  out.replicas = static_cast<std::uint32_t>(number_of(at(there, "Mode", "Replicated", "Replicas")));
  const auto part_differs = [&](const char* part) {
    return differs(at(sent, part), at(there, part), part).has_value();
  };
  out.other_containers = part_differs("TaskTemplate") || part_differs("EndpointSpec");
  // The order says that it was planned as the only writer of its volumes, or that it holds a host port: harmless.
  if (text_of(at(there, "UpdateConfig", "Order")) == "stop-first" &&
      text_of(at(there, "Labels", names::ordered_label)).empty()) {
    const auto before = writable_volumes(there), planned = writable_volumes(sent);
    out.writes_alone = std::any_of(before.begin(), before.end(), [&](const auto& v) { return planned.contains(v); });
  }
  return out;
}

json with_replicas(json spec, std::uint32_t replicas) {
  spec["Mode"] = {{"Replicated", {{"Replicas", replicas}}}};
  return spec;
}

std::vector<task_answer> read_tasks(const json& body, const std::string& service) {
  std::vector<task_answer> all;
  for (const auto& t : list_of(body))
    if (t.is_object()) all.push_back(read_task(t, service));
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.created > b.created; });
  return all;
}

}  // namespace troupe::docker
