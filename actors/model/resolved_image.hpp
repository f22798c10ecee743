// What the docker room found out about an image once it was here: enough to run it hardened, the same way each time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/model/release_spec.hpp"

namespace troupe::model {

inline constexpr std::uint32_t scratch_mb = 64;

// Whose a directory of the image is, and its permission bits.
struct directory_owner {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint32_t mode = 0755;

  bool operator==(const directory_owner&) const = default;
};

// A directory that gets a tmpfs; its pages count as the container's memory. `owned`: it exists in the image with an
// owner or mode that the container's user could not write to, so a tmpfs volume with uid and gid is needed (a plain
// tmpfs mount would take on the image's mode).
struct scratch_directory {
  std::string path;
  bool owned = false;
  std::uint32_t size_mb = scratch_mb;
  bool exec = false;                      // programs may be run from it
  std::optional<directory_owner> made{};  // as the image has it: without `owned`, whose it is instead of the user's
  bool copied = false;  // on disk and not in memory, with what the image has there, which its user may write to

  bool operator==(const scratch_directory&) const = default;
};

// What all containers are given without being asked. It changes with a release, never under what runs.
enum class house_rules {
  first,   // random host names, an init always, no capability
  second,  // host names that stay, an init where the image has none, NET_BIND_SERVICE
};
inline constexpr enum_texts<house_rules, 2> house_rules_texts{{"first", "second"}};

// When an image's own health check is run, within the bounds of a release's. The defaults are Docker's.
struct image_check {
  std::uint32_t interval_seconds = 30;
  std::uint32_t timeout_seconds = 30;
  std::uint32_t retries = 3;
  std::uint32_t start_period_seconds = 0;
  bool adjusted = false;  // the image asks for something beyond them: the service has to say these

  bool operator==(const image_check&) const = default;
};

struct resolved_image {
  std::string pinned;  // what the service runs: name@sha256:…, or the image id of an image built on this machine
  std::string digest;  // "sha256:…": of the manifest, or the image id
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::vector<scratch_directory> scratch;   // sorted by path
  bool has_health_check = false;            // the image brings its own HEALTHCHECK
  std::string note;                         // e.g. that the registry was not asked; shown in the timeline
  image_check check{};                      // where it does
  std::vector<volume_mount> volumes{};      // for directories that the image declares as data and the release names not
  std::vector<std::string> warnings{};      // what of this the user may not expect, a sentence each
  std::string prober{};                     // the volume that holds Troupe's own prober; "": its containers have none
  std::uint32_t hold_seconds = 0;           // how long they stay out of service at first, where nothing checks them
  bool starts_with_init = false;            // the release's containers start with an init of the image's
  house_rules rules = house_rules::first;   // as the image was found; rows of before have none
  std::vector<std::uint32_t> groups{};      // that its user is in beside gid, as the image's /etc/group has them
  std::string home{};                       // $HOME of a user that the image does not know; "": the image says
  std::optional<security_preset> preset{};  // taken by itself for a release that named none

  bool operator==(const resolved_image&) const = default;
};

}  // namespace troupe::model
