#include "actors/model/volume_use.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace troupe::model {

namespace {

std::string label_of(std::string_view text, std::size_t most) {
  std::string out;
  for (const char c : text) {
    const bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (kept && out.size() < most) out += c;
  }
  return out;
}

// FNV-1a.
std::string short_hash(std::string_view text) {
  std::uint32_t hash = 0x811c9dc5U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193U;
  std::string out;
  for (int digit = 0; digit < 6; ++digit, hash >>= 4U) out += "0123456789abcdef"[hash & 15U];
  return out;
}

}  // namespace

std::vector<volume_mount> mounts_of(const release_spec& spec, const std::optional<resolved_image>& image) {
  auto all = spec.volumes;
  if (image) all.insert(all.end(), image->volumes.begin(), image->volumes.end());
  return all;
}

std::vector<volume_mount> mounts_of(const service_plan& plan) {
  return mounts_of(plan.spec, plan.image);
}

std::vector<std::string> written_alone(const service_plan& plan) {
  std::vector<std::string> names;
  for (const auto& m : mounts_of(plan))
    if (writes_alone(m) && std::find(names.begin(), names.end(), m.name) == names.end()) names.push_back(m.name);
  return names;
}

std::chrono::seconds stop_grace(const service_plan& plan) {
  if (const auto& asked = plan.spec.setup.stop_grace_seconds) return std::chrono::seconds(*asked);
  const auto mounts = mounts_of(plan);
  return std::any_of(mounts.begin(), mounts.end(), [](const auto& m) { return !m.read_only; }) ? grace_of_writers
                                                                                               : usual_grace;
}

std::optional<std::string> reason_for_one_container(const release_spec& spec,
                                                    const std::optional<resolved_image>& image) {
  if (std::any_of(spec.ports.begin(), spec.ports.end(),
                  [](const auto& p) { return p.host && p.mode == port_mode::host; }))
    return "It publishes a host port, which allows one container a node only: deploy it without `host`, or with `mode` "
           "ingress.";
  for (const auto& m : mounts_of(spec, image))
    if (writes_alone(m))
      return "It writes to the volume \"" + m.name + "\" at " + m.mount_path +
             ", which one container at a time may do: deploy it with `\"shared\": true` on that volume if its program "
             "can share the files, with `\"readOnly\": true` if it only reads, or with `\"ephemeral\": true` if the "
             "directory may be in memory.";
  return std::nullopt;
}

std::string own_volume(std::string_view service, std::string_view path) {
  const auto last = path.substr(path.find_last_of('/') + 1);
  const auto of_path = label_of(last, 10);
  return "auto-" + label_of(service, 16) + (of_path.empty() ? "" : "-" + of_path) + '-' +
         short_hash(std::string(service) + ' ' + std::string(path));
}

bool is_passing(std::string_view path) {
  constexpr std::array<std::string_view, 5> places{"/tmp", "/run", "/var/run", "/var/tmp", "/var/cache"};
  return std::any_of(places.begin(), places.end(), [&](auto place) {
    return path.starts_with(place) && (path.size() == place.size() || path[place.size()] == '/');
  });
}

}  // namespace troupe::model
