#include "docker/mount_rules.hpp"

#include "actors/model/container_path.hpp"
#include "docker/clean_text.hpp"

namespace troupe::docker {

namespace {

// Which of the two directories that are partly the system's the path is in. /var/run is a link to /run in most images.
std::string_view shared_with_system(std::string_view path, model::path_use use) {
  const auto is_in = [&](std::string_view directory) {
    return path.starts_with(directory) && path.size() > directory.size() && path[directory.size()] == '/';
  };
  if (is_in("/etc")) return "/etc";
  return use == model::path_use::volume && (is_in("/run") || is_in("/var/run")) ? "/run" : "";
}

// A link on the way: what is asked for below such a directory has to be there, and nothing else may come to be there.
bool leads_astray(const std::string& path, const std::string& leads_to, model::path_use use) {
  return use != model::path_use::declared && shared_with_system(path, use) != shared_with_system(leads_to, use);
}

std::optional<model::failure> fault_of(const std::string& path, model::path_use use, const image_profile& image) {
  const auto facts = image.paths.find(path);
  const auto leads_to = facts == image.paths.end() ? model::normal_path(path) : facts->second.real_path;
  if (!model::find_system_directory(leads_to, use) && !leads_astray(path, leads_to, use)) return std::nullopt;
  auto fault = model::make_failure(model::failure_code::image_invalid,
                                   "The path " + clean_text(path, 200) + " leads to " + clean_text(leads_to, 200) +
                                       " in the image; nothing may be mounted there.");
  fault.hint = use == model::path_use::declared ? "Build the image without this VOLUME, or without the link."
                                                : "Choose another path, or build the image without the link.";
  return fault;
}

}  // namespace

std::optional<model::failure> find_mount_fault(const model::release_spec& spec, const image_profile& image) {
  for (const auto& v : spec.volumes)
    if (auto fault = fault_of(v.mount_path, model::path_use::volume, image)) return fault;
  for (const auto* paths : {&spec.ephemeral, &spec.security.writable_paths})
    for (const auto& path : *paths)
      if (auto fault = fault_of(path, model::path_use::scratch, image)) return fault;
  for (const auto& d : spec.setup.tmpfs)
    if (auto fault = fault_of(d.path, model::path_use::scratch, image)) return fault;
  for (const auto& path : image.volumes)
    if (auto fault = fault_of(path, model::path_use::declared, image)) return fault;
  return std::nullopt;
}

}  // namespace troupe::docker
