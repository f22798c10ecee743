#include "http/api/release_rules.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <map>
#include <set>
#include <string>

#include "actors/codec/release_json.hpp"
#include "actors/model/container_path.hpp"
#include "actors/model/image_reference.hpp"
#include "http/api/json_decode.hpp"

namespace troupe::http::api {

namespace {

using nlohmann::json;
using violations = std::vector<model::violation>;

constexpr std::size_t env_bytes = 256 * 1024;
constexpr std::size_t label_bytes = 16 * 1024;  // an event of Docker's bears all of a container's
constexpr std::uint64_t largest_uid = 2'147'483'647;

const json* member(const json& object, const char* name, json::value_t type) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found != object.end() && found->type() == type ? &*found : nullptr;
}
const std::string* text(const json& object, const char* name) {
  const auto* found = member(object, name, json::value_t::string);
  return found ? found->get_ptr<const std::string*>() : nullptr;
}
std::optional<std::int64_t> integer(const json& object, const char* name) {
  if (!object.is_object()) return std::nullopt;
  const auto found = object.find(name);
  const bool whole = found != object.end() && found->is_number_integer();
  return whole ? std::optional(found->get<std::int64_t>()) : std::nullopt;
}
bool flag(const json& object, const char* name) {
  const auto* found = member(object, name, json::value_t::boolean);
  return found && found->get<bool>();
}
std::string at(const char* list, std::size_t index, const char* field = nullptr) {
  std::string pointer = std::string("/") + list + '/' + std::to_string(index);
  if (field) (pointer += '/') += field;
  return pointer;
}

void check_image(const json& body, violations& out) {
  const auto* image = text(body, "image");
  const auto* tag = text(body, "tag");
  if (!image || image->empty() || (body.contains("tag") && !tag)) return;
  auto parsed = model::parse_image(*image, tag ? *tag : std::string_view{});
  if (!parsed.reference)
    out.push_back({parsed.error.starts_with("`tag`") ? "/tag" : "/image", std::move(parsed.error)});
}

void check_ports(const json& body, const config::settings& settings, std::string_view ingress_fault, violations& out) {
  const auto* ports = member(body, "ports", json::value_t::array);
  if (!ports) return;
  const auto replicas = integer(body, "replicas").value_or(1);
  const auto own = platform_ports(settings);
  std::set<std::pair<std::int64_t, std::string>> containers, hosts;
  for (std::size_t i = 0; i < ports->size(); ++i) {
    const auto& port = (*ports)[i];
    const auto* given = text(port, "protocol");
    const std::string protocol = given ? *given : "tcp";
    if (const auto container = integer(port, "container");
        container && !containers.emplace(*container, protocol).second)
      out.push_back({at("ports", i, "container"), "is listed twice for this protocol"});
    const auto host = integer(port, "host");
    const auto* mode = text(port, "mode");
    if (host && mode && *mode == "ingress" && !ingress_fault.empty())
      out.push_back({at("ports", i, "mode"), std::string(ingress_fault)});
    if (!host || *host < 1 || *host > 65535) continue;
    const auto number = static_cast<std::uint16_t>(*host);
    if (!hosts.emplace(*host, protocol).second)
      out.push_back({at("ports", i, "host"), "is listed twice for this protocol"});
    if (!config::allows(settings.host_ports, number))
      out.push_back({at("ports", i, "host"),
                     "is not among the host ports that may be asked for: choose another one, or leave it out and let a "
                     "domain lead to the service"});
    else if (std::find(own.begin(), own.end(), number) != own.end())
      out.push_back({at("ports", i, "host"),
                     "is one of the platform's own ports: choose another one, or leave it out and let a domain lead to "
                     "the service"});
    if (replicas > 1 && (!mode || *mode == "host"))
      out.push_back(
          {at("ports", i, "host"),
           "allows one container a node only: leave `host` out, or set `mode` to ingress, or `replicas` to 1"});
  }
}

void check_env(const json& body, violations& out) {
  const auto* env = member(body, "envVars", json::value_t::object);
  if (!env) return;
  std::size_t bytes = 0;
  for (const auto& [name, value] : env->items())
    bytes += name.size() + (value.is_string() ? value.get_ref<const std::string&>().size() : 0) + 2;
  if (bytes > env_bytes) out.push_back({"/envVars", "must have at most 262144 bytes in all"});
}

void check_mounts(const json& body, violations& out) {
  std::set<std::string> names, paths;
  const auto check_path = [&](const std::string& path, model::path_use use, std::string pointer) {
    if (auto fault = model::find_path_fault(path, use))
      out.push_back({std::move(pointer), std::move(*fault)});
    else if (!paths.insert(path).second)
      out.push_back({std::move(pointer), "is listed twice"});
  };
  const auto replicas = integer(body, "replicas").value_or(1);
  if (const auto* volumes = member(body, "volumes", json::value_t::array))
    for (std::size_t i = 0; i < volumes->size(); ++i) {
      const auto& volume = (*volumes)[i];
      if (!volume.is_object()) continue;
      if (flag(volume, "ephemeral")) {
        for (const auto* field : {"name", "readOnly", "shared"})
          if (volume.contains(field))
            out.push_back(
                {at("volumes", i, field), "is for a volume, and an ephemeral directory is in memory: leave it out"});
      } else if (!volume.contains("name")) {
        out.push_back({at("volumes", i, "name"), "is missing; only a directory with `ephemeral` has none"});
      } else if (replicas > 1 && !flag(volume, "readOnly") && !flag(volume, "shared")) {
        out.push_back({at("volumes", i),
                       "is written to by one container at a time: set `replicas` to 1, or `shared` if its program can "
                       "share the files, or `readOnly`"});
      }
      if (const auto* name = text(volume, "name"); name && !names.insert(*name).second)
        out.push_back({at("volumes", i, "name"), "is listed twice"});
      if (const auto* path = text(volume, "mountPath"))
        check_path(*path, flag(volume, "ephemeral") ? model::path_use::scratch : model::path_use::volume,
                   at("volumes", i, "mountPath"));
    }
  if (const auto* tmpfs = member(body, "tmpfs", json::value_t::array))
    for (std::size_t i = 0; i < tmpfs->size(); ++i) {
      const auto* path = text((*tmpfs)[i], "path");
      if (path && *path == "/dev/shm")
        out.push_back({at("tmpfs", i, "path"), "is there anyway: set its size with `shmSizeMb`"});
      else if (path)
        check_path(*path, model::path_use::scratch, at("tmpfs", i, "path"));
    }
  if (const auto* security = member(body, "security", json::value_t::object))
    if (const auto* writable = member(*security, "writablePaths", json::value_t::array))
      for (std::size_t i = 0; i < writable->size(); ++i)
        if ((*writable)[i].is_string())
          check_path((*writable)[i].get_ref<const std::string&>(), model::path_use::scratch,
                     at("security/writablePaths", i));
}

void check_health(const json& body, violations& out) {
  const auto* health = member(body, "healthCheck", json::value_t::object);
  if (health && health->contains("command") == health->contains("http"))
    out.push_back({"/healthCheck", "must have exactly one of `command` and `http`"});
}

void check_user(const json& body, violations& out) {
  const auto* security = member(body, "security", json::value_t::object);
  const auto* user = security ? text(*security, "user") : nullptr;
  if (!user || user->empty()) return;
  for (std::size_t from = 0; from <= user->size();) {
    const auto end = std::min(user->find(':', from), user->size());
    std::uint64_t id = 0;
    const auto [stop, error] = std::from_chars(user->data() + from, user->data() + end, id);
    if (stop == user->data() + end && (error != std::errc{} || id > largest_uid)) {
      out.push_back({"/security/user", "has a number above 2147483647"});
      return;
    }
    from = end + 1;
  }
}

// What has no new container beside the old one.
void check_order(const json& body, violations& out) {
  const auto* update = member(body, "update", json::value_t::object);
  const auto* order = update ? text(*update, "order") : nullptr;
  if (!order || *order != "start-first") return;
  const auto refuse = [&](const std::string& why) {
    out.push_back({"/update/order", "cannot be start-first: " + why + ", so the old container has to end first"});
  };
  if (const auto* volumes = member(body, "volumes", json::value_t::array))
    for (const auto& volume : *volumes)
      if (const auto* name = text(volume, "name"); name && !flag(volume, "readOnly") && !flag(volume, "shared"))
        return refuse(
            "the volume \"" + *name +
            "\" is written to by one container at a time, unless it is `shared` because its program can share "
            "the files");
  if (const auto* ports = member(body, "ports", json::value_t::array))
    for (const auto& port : *ports) {
      const auto* mode = text(port, "mode");
      if (const auto host = integer(port, "host"); host && (!mode || *mode == "host"))
        return refuse("the host port " + std::to_string(*host) + " is held by one container at a time");
    }
}

void check_ulimits(const json& body, violations& out) {
  const auto* limits = member(body, "ulimits", json::value_t::object);
  if (!limits) return;
  constexpr std::int64_t most_files = 1'048'576;  // the kernel's fs.nr_open, as it is by default
  for (const auto& [name, limit] : limits->items()) {
    const auto soft = integer(limit, "soft"), hard = integer(limit, "hard");
    const auto place = pointer_to("/ulimits", name);
    if (soft && hard && *hard != -1 && (*soft == -1 || *soft > *hard))
      out.push_back({place + "/soft", "must not be above `hard`"});
    if (name == "nofile" && hard && (*hard == -1 || *hard > most_files))
      out.push_back({place + "/hard", "must be from 0 to " + std::to_string(most_files) + " for nofile"});
  }
}

bool is_address(const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 || inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1;
}

void check_addresses(const json& body, violations& out) {
  const auto check = [&](const std::string* address, std::string pointer) {
    if (address && !is_address(*address)) out.push_back({std::move(pointer), "must be an IPv4 or IPv6 address"});
  };
  if (const auto* hosts = member(body, "extraHosts", json::value_t::array))
    for (std::size_t i = 0; i < hosts->size(); ++i) check(text((*hosts)[i], "address"), at("extraHosts", i, "address"));
  if (const auto* dns = member(body, "dns", json::value_t::array))
    for (std::size_t i = 0; i < dns->size(); ++i) check((*dns)[i].get_ptr<const std::string*>(), at("dns", i));
}

void check_labels(const json& body, violations& out) {
  const auto* labels = member(body, "labels", json::value_t::object);
  if (!labels) return;
  std::size_t bytes = 0;
  for (const auto& [name, value] : labels->items()) {
    bytes += name.size() + (value.is_string() ? value.get_ref<const std::string&>().size() : 0);
    for (const char* reserved : {"com.troupe.", "com.docker."})
      if (name.starts_with(reserved))
        out.push_back({pointer_to("/labels", name),
                       std::string("must not begin with ") + reserved + ", which is reserved: choose another name"});
  }
  if (bytes > label_bytes) out.push_back({"/labels", "must have at most 16384 bytes in all"});
}

void check_kind(const json& body, violations& out) {
  const auto* kind = text(body, "kind");
  const auto refuse = [&](const char* field, const char* why) {
    if (body.contains(field)) out.push_back({pointer_to("", field), why});
  };
  if (!kind || *kind != "job") {
    for (const auto* field : {"backoffLimit", "deadlineSeconds"})
      refuse(field, "is a job's: set `kind` to job, or leave it out");
    return;
  }
  refuse("healthCheck", "is a service's: a job is judged by how its program ends; leave it out");
  refuse("restartPolicy", "is a service's: `backoffLimit` says how often a job is tried again; leave it out");
  refuse("update", "is a service's: a job takes nobody's place; leave it out");
  if (integer(body, "replicas").value_or(1) > 1) out.push_back({"/replicas", "must be 1 for a job"});
  if (const auto* ports = member(body, "ports", json::value_t::array))
    for (std::size_t i = 0; i < ports->size(); ++i)
      if ((*ports)[i].is_object() && (*ports)[i].contains("host"))
        out.push_back({at("ports", i, "host"), "is a service's: a job publishes no port; leave it out"});
}

}  // namespace

std::vector<std::uint16_t> platform_ports(const config::settings& settings) {
  std::vector<std::uint16_t> ports{
      80, 443, 2377, 4789, 7946, settings.port, settings.internal_port, settings.admin_address.port};
  // tcp://host:2375, postgresql://…@host:5432/…: whatever number follows a colon is taken for a port; too many does no
  // harm.
  for (const auto& address : {settings.docker_host, settings.database_url.reveal()})
    for (auto colon = address.find(':'); colon != std::string::npos; colon = address.find(':', colon + 1)) {
      std::uint16_t port = 0;
      const auto [end, error] = std::from_chars(address.data() + colon + 1, address.data() + address.size(), port);
      if (error == std::errc{} && port != 0 && (end == address.data() + address.size() || *end == '/' || *end == '?'))
        ports.push_back(port);
    }
  return ports;
}

std::vector<model::violation> check_release(const json& body, const config::settings& settings,
                                            std::string_view ingress_fault) {
  violations out;
  if (!body.is_object()) return out;
  check_kind(body, out);
  check_image(body, out);
  check_ports(body, settings, ingress_fault, out);
  check_env(body, out);
  check_mounts(body, out);
  check_health(body, out);
  check_user(body, out);
  check_order(body, out);
  check_ulimits(body, out);
  check_addresses(body, out);
  check_labels(body, out);
  return out;
}

model::release_spec release_of(const json& body) {
  // Without the word it would be read as a row of before there were presets, whose `[]` and `true` nobody asked for.
  auto whole = body;
  whole["security"].emplace("preset", nullptr);
  auto spec = codec::release_from_json(whole);
  spec.image =
      model::parse_image(body.at("image").get_ref<const std::string&>(), body.value("tag", "")).reference.value();
  if (spec.service.empty()) spec.service = spec.image.service_name();
  return spec;
}

}  // namespace troupe::http::api
