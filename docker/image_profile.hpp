// How an image is run hardened: as which user, and which directories must be writable although the root is not. Pure;
// the facts come from the image's own files.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "actors/model/failure.hpp"
#include "actors/model/release_spec.hpp"
#include "actors/model/resolved_image.hpp"
#include "docker/image_answer.hpp"

namespace troupe::docker {

// A path inside the image, links followed.
struct path_facts {
  bool exists = false;
  std::string real_path;        // where it leads, e.g. /run for /var/run
  std::uint32_t mode = 0;       // permission bits
  bool logs_to_output = false;  // its files are links to /dev/stdout and /dev/stderr: hiding them would lose the log

  bool operator==(const path_facts&) const = default;
};

struct image_profile {
  std::string user;                  // Config.User
  std::vector<std::string> volumes;  // declared
  std::string passwd;                // the text of /etc/passwd, "" where there is none
  std::string group;
  std::map<std::string, path_facts> paths;  // those asked for
};

// Directories that ordinary servers write to; those an image lacks need nothing.
std::vector<std::string> scratch_candidates();
// What has to be known of an image to run this spec: the candidates, the declared volumes and the spec's own paths.
std::vector<std::string> paths_to_examine(const model::release_spec& spec, const std::vector<std::string>& declared);

struct run_as {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
};
inline constexpr run_as unprivileged{10001, 10001};

// Whether a container of the release starts with an init: the release's command or, without one, the image's.
bool starts_with_init(const model::release_spec& spec, const image_answer& image);

// UNKNOWN_USER where a name is not in the image's files.
std::variant<run_as, model::failure> user_to_run_as(const model::release_spec& spec, const image_profile& image);

// PERMISSION_DENIED where the release asks for more than is granted, under whatever name the image has for root.
std::optional<model::failure> find_privilege_fault(const model::release_spec& spec, run_as user, bool granted);

// What is made of the directories that the image declares (VOLUME) and the release does not name.
struct declared_data {
  std::vector<model::volume_mount> volumes;  // data: kept in volumes of the service's own
  std::vector<std::string> passing;          // only ever in memory, by their place (/tmp, /run, /var/cache)
  std::vector<std::string> warnings;
};
declared_data declared_for(const model::release_spec& spec, const image_profile& image);

// The directories that get a tmpfs. `declared` has its volumes, and is declared_for() of the same.
std::vector<model::scratch_directory> scratch_for(const model::release_spec& spec, const image_profile& image,
                                                  run_as user, const declared_data& declared);

// Whether this user may create files in a directory of that owner and mode.
bool may_write(run_as user, std::uint32_t uid, std::uint32_t gid, std::uint32_t mode);

}  // namespace troupe::docker
