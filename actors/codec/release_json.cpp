#include "actors/codec/release_json.hpp"

#include "actors/codec/fields.hpp"

namespace troupe::codec {

using nlohmann::json;

json to_json(const model::volume_mount& v) {
  return {{"name", v.name}, {"mountPath", v.mount_path}, {"readOnly", v.read_only}, {"shared", v.shared}};
}

model::volume_mount volume_mount_from_json(const json& in) {
  model::volume_mount out;
  in.at("name").get_to(out.name);
  in.at("mountPath").get_to(out.mount_path);
  take(in, "readOnly", out.read_only);
  take(in, "shared", out.shared);
  return out;
}

namespace {

json to_json(const model::port_mapping& p) {
  json out{{"container", p.container},
           {"protocol", model::port_protocol_texts[p.protocol]},
           {"mode", model::port_mode_texts[p.mode]}};
  put(out, "host", p.host);
  return out;
}

model::port_mapping port_from_json(const json& in) {
  model::port_mapping out;
  in.at("container").get_to(out.container);
  take(in, "host", out.host);
  take(in, "protocol", out.protocol, model::port_protocol_texts);
  take(in, "mode", out.mode, model::port_mode_texts);
  return out;
}

// One list to the outside, since for its user both are what a directory is made of.
json volumes_to_json(const model::release_spec& spec) {
  json out = json::array();
  for (const auto& v : spec.volumes) out.push_back(codec::to_json(v));
  for (const auto& path : spec.ephemeral) out.push_back({{"mountPath", path}, {"ephemeral", true}});
  return out;
}

void take_volumes(const json& in, model::release_spec& out) {
  const auto found = in.find("volumes");
  if (found == in.end()) return;
  for (const auto& item : *found) {
    if (item.value("ephemeral", false))
      out.ephemeral.push_back(item.at("mountPath").get<std::string>());
    else
      out.volumes.push_back(volume_mount_from_json(item));
  }
}

json to_json(const model::health_check& h) {
  json out{{"intervalSeconds", h.interval_seconds},
           {"timeoutSeconds", h.timeout_seconds},
           {"retries", h.retries},
           {"startPeriodSeconds", h.start_period_seconds}};
  if (h.http)
    out["http"] = {{"port", h.http->port}, {"path", h.http->path}};
  else
    out["command"] = h.command;
  return out;
}

model::health_check health_check_from_json(const json& in) {
  model::health_check out;
  take(in, "command", out.command);
  if (const auto http = in.find("http"); http != in.end()) {
    out.http.emplace();
    http->at("port").get_to(out.http->port);
    take(*http, "path", out.http->path);
  }
  take(in, "intervalSeconds", out.interval_seconds);
  take(in, "timeoutSeconds", out.timeout_seconds);
  take(in, "retries", out.retries);
  take(in, "startPeriodSeconds", out.start_period_seconds);
  return out;
}

json to_json(const model::resources& r) {
  return {{"cpus", r.cpus}, {"memoryMb", r.memory_mb}, {"pids", r.pids}};
}

model::resources resources_from_json(const json& in) {
  model::resources out;
  take(in, "cpus", out.cpus);
  take(in, "memoryMb", out.memory_mb);
  take(in, "pids", out.pids);
  return out;
}

json to_json(const model::restart_policy& r) {
  return {{"condition", model::restart_condition_texts[r.condition]},
          {"maxAttempts", r.max_attempts},
          {"delaySeconds", r.delay_seconds}};
}

model::restart_policy restart_policy_from_json(const json& in) {
  model::restart_policy out;
  take(in, "condition", out.condition, model::restart_condition_texts);
  take(in, "maxAttempts", out.max_attempts);
  take(in, "delaySeconds", out.delay_seconds);
  return out;
}

json to_json(const model::security& s) {
  json out{{"preset", nullptr}, {"user", s.user}, {"writablePaths", s.writable_paths}};
  if (s.preset) out["preset"] = model::security_preset_texts[*s.preset];
  put(out, "readOnlyRootFilesystem", s.read_only_root);
  put(out, "capabilities", s.capabilities);
  return out;
}

model::security security_from_json(const json& in) {
  model::security out;
  take(in, "user", out.user);
  take(in, "readOnlyRootFilesystem", out.read_only_root);
  take(in, "writablePaths", out.writable_paths);
  take(in, "capabilities", out.capabilities);
  take(in, "preset", out.preset, model::security_preset_texts);
  if (in.contains("preset")) return out;
  // Rows of before there were presets hold what was the default as if it had been asked for.
  if (out.read_only_root == true) out.read_only_root.reset();
  if (out.capabilities && out.capabilities->empty()) out.capabilities.reset();
  return out;
}

json to_json(const model::extra_host& h) {
  return {{"host", h.host}, {"address", h.address}};
}

json to_json(const model::memory_directory& d) {
  return {{"path", d.path}, {"sizeMb", d.size_mb}, {"exec", d.exec}};
}

model::memory_directory memory_directory_from_json(const json& in) {
  model::memory_directory out;
  in.at("path").get_to(out.path);
  take(in, "sizeMb", out.size_mb);
  take(in, "exec", out.exec);
  return out;
}

void put_text(json& out, const char* name, const std::string& text) {
  if (!text.empty()) out[name] = text;
}

model::image_reference split_image(std::string image) {
  model::image_reference out;
  if (const auto at = image.find('@'); at != image.npos) {
    out.digest = image.substr(at + 1);
    image.resize(at);
  }
  const auto slash = image.find('/');
  if (slash != image.npos) out.registry = image.substr(0, slash);
  out.repository = slash == image.npos ? image : image.substr(slash + 1);
  // A colon before the first slash is the registry's port.
  if (const auto colon = out.repository.find(':'); colon != out.repository.npos) {
    out.tag = out.repository.substr(colon + 1);
    out.repository.resize(colon);
  }
  return out;
}

template <class T>
json list_of(const std::vector<T>& items) {
  json out = json::array();
  for (const auto& item : items) out.push_back(to_json(item));
  return out;
}

// Members of the release itself: for its user there is no such group.
void put_setup(json& out, const model::container_setup& s) {
  put(out, "init", s.init);
  put(out, "stopGracePeriodSeconds", s.stop_grace_seconds);
  put_text(out, "stopSignal", s.stop_signal);
  put_text(out, "hostname", s.hostname);
  put_text(out, "workingDir", s.working_dir);
  out["tty"] = s.tty;
  auto& ulimits = out["ulimits"] = json::object();
  for (const auto& [name, limit] : s.ulimits) ulimits[name] = {{"soft", limit.soft}, {"hard", limit.hard}};
  out["extraHosts"] = list_of(s.extra_hosts);
  out["dns"] = s.dns;
  out["sysctls"] = s.sysctls;
  out["labels"] = s.labels;
  if (s.shm_size_mb != 0) out["shmSizeMb"] = s.shm_size_mb;
  out["tmpfs"] = list_of(s.tmpfs);
  out["logs"] = {{"maxSizeMb", s.logs.max_size_mb}, {"maxFiles", s.logs.max_files}};
}

model::container_setup setup_from_json(const json& in) {
  model::container_setup out;
  take(in, "init", out.init);
  take(in, "stopGracePeriodSeconds", out.stop_grace_seconds);
  take(in, "stopSignal", out.stop_signal);
  take(in, "hostname", out.hostname);
  take(in, "workingDir", out.working_dir);
  take(in, "tty", out.tty);
  if (const auto limits = in.find("ulimits"); limits != in.end())
    for (const auto& [name, limit] : limits->items())
      out.ulimits[name] = {limit.at("soft").get<std::int64_t>(), limit.at("hard").get<std::int64_t>()};
  take_list(in, "extraHosts", out.extra_hosts, [](const json& h) {
    return model::extra_host{h.at("host").get<std::string>(), h.at("address").get<std::string>()};
  });
  take(in, "dns", out.dns);
  take(in, "sysctls", out.sysctls);
  take(in, "labels", out.labels);
  take(in, "shmSizeMb", out.shm_size_mb);
  take_list(in, "tmpfs", out.tmpfs, memory_directory_from_json);
  if (const auto logs = in.find("logs"); logs != in.end()) {
    take(*logs, "maxSizeMb", out.logs.max_size_mb);
    take(*logs, "maxFiles", out.logs.max_files);
  }
  return out;
}

// A job's restarts and updates are not its user's to choose, so they are not told either.
void put_job(json& out, const model::job_terms& job) {
  out["kind"] = "job";
  out["backoffLimit"] = job.backoff_limit;
  out["deadlineSeconds"] = job.deadline_seconds;
  out.erase("restartPolicy");
  out.erase("update");
}

std::optional<model::job_terms> job_from_json(const json& in) {
  if (in.value("kind", "service") != "job") return std::nullopt;
  model::job_terms out;
  take(in, "backoffLimit", out.backoff_limit);
  take(in, "deadlineSeconds", out.deadline_seconds);
  return out;
}

json to_json(const model::update_policy& u) {
  json out{{"parallelism", u.parallelism}, {"delaySeconds", u.delay_seconds}};
  if (u.order) out["order"] = model::update_order_texts[*u.order];
  return out;
}

model::update_policy update_policy_from_json(const json& in) {
  model::update_policy out;
  if (in.contains("order")) take(in, "order", out.order.emplace(), model::update_order_texts);
  take(in, "parallelism", out.parallelism);
  take(in, "delaySeconds", out.delay_seconds);
  return out;
}

}  // namespace

json to_json(const model::release_spec& spec) {
  json out{{"name", spec.service},
           {"imagePullPolicy", model::pull_policy_texts[spec.pull]},
           {"queue", model::queue_policy_texts[spec.queue]},
           {"replicas", spec.replicas},
           {"ports", list_of(spec.ports)},
           {"envVars", spec.env},
           {"volumes", volumes_to_json(spec)},
           {"command", spec.command},
           {"args", spec.args},
           {"resources", to_json(spec.limits)},
           {"restartPolicy", to_json(spec.restart)},
           {"security", to_json(spec.security)},
           {"update", to_json(spec.update)}};
  if (spec.image.digest.empty()) {
    out["image"] = spec.image.name();
    out["tag"] = spec.image.tag;
  } else {
    out["image"] = spec.image.name() + (spec.image.tag.empty() ? "" : ':' + spec.image.tag) + '@' + spec.image.digest;
  }
  if (spec.health) out["healthCheck"] = to_json(*spec.health);
  put_setup(out, spec.setup);
  if (spec.job) put_job(out, *spec.job);
  return out;
}

model::release_spec release_from_json(const json& in) {
  model::release_spec out;
  out.image = split_image(in.at("image").get<std::string>());
  take(in, "tag", out.image.tag);
  take(in, "name", out.service);
  take(in, "imagePullPolicy", out.pull, model::pull_policy_texts);
  take(in, "queue", out.queue, model::queue_policy_texts);
  take(in, "replicas", out.replicas);
  take_list(in, "ports", out.ports, port_from_json);
  take(in, "envVars", out.env);
  take_volumes(in, out);
  take(in, "command", out.command);
  take(in, "args", out.args);
  if (const auto found = in.find("healthCheck"); found != in.end()) out.health = health_check_from_json(*found);
  if (const auto found = in.find("resources"); found != in.end()) out.limits = resources_from_json(*found);
  if (const auto found = in.find("restartPolicy"); found != in.end()) out.restart = restart_policy_from_json(*found);
  if (const auto found = in.find("security"); found != in.end()) out.security = security_from_json(*found);
  if (const auto found = in.find("update"); found != in.end()) out.update = update_policy_from_json(*found);
  out.setup = setup_from_json(in);
  out.job = job_from_json(in);
  return out;
}

}  // namespace troupe::codec
