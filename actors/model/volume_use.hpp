// Who may write to a volume. Programs rely on being alone with their files and mostly do not check it: two PostgreSQL
// servers on one directory, each in a container of its own, lose committed rows. So a volume that is mounted writable
// has one writer at a time, on every way from one container to the next, unless each mount of it says `shared`.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/model/deployment.hpp"

namespace troupe::model {

// Whether nobody else may write to the volume while this mount is in use.
inline bool writes_alone(const volume_mount& m) {
  return !m.read_only && !m.shared;
}

// Whether containers of two services may not have these in use at the same time.
inline bool exclude_each_other(const volume_mount& a, const volume_mount& b) {
  return a.name == b.name && !a.read_only && !b.read_only && (writes_alone(a) || writes_alone(b));
}

// All named volumes that its containers mount: those of the spec, then those that the image declares.
std::vector<volume_mount> mounts_of(const release_spec& spec, const std::optional<resolved_image>& image);
std::vector<volume_mount> mounts_of(const service_plan& plan);

// The names of them that must have one writer; empty: its containers may live side by side.
std::vector<std::string> written_alone(const service_plan& plan);

inline constexpr std::chrono::seconds usual_grace{10};
inline constexpr std::chrono::seconds grace_of_writers{60};
// Between SIGTERM and SIGKILL, as the release says; else what writes to a volume may have much to put in order.
std::chrono::seconds stop_grace(const service_plan& plan);

// Why the service can have one container only, a sentence; nothing where it may have several.
std::optional<std::string> reason_for_one_container(const release_spec& spec,
                                                    const std::optional<resolved_image>& image);

// The name of the volume that a service gets for a directory which its image declares as data: "auto-db-mysql-1a2b3c".
// A DNS label of at most 40 characters that depends on both alone.
std::string own_volume(std::string_view service, std::string_view path);
// Whether a name is of that form.
inline bool is_own_volume(std::string_view name) {
  return name.starts_with("auto-");
}

// Whether the image declares the directory for something that needs not outlive its container (/tmp, /run, /var/cache).
bool is_passing(std::string_view path);

}  // namespace troupe::model
