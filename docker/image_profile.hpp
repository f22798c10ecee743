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

// A directory of the image, by its whole path.
struct inner_directory {
  std::string path;
  model::directory_owner owner;

  bool operator==(const inner_directory&) const = default;
};

// A path inside the image, links followed.
struct path_facts {
  bool exists = false;
  std::string real_path;        // where it leads, e.g. /run for /var/run
  std::uint32_t mode = 0;       // permission bits
  bool logs_to_output = false;  // its files are links to /dev/stdout and /dev/stderr: hiding them would lose the log
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  bool listed = false;                    // the rest is known, too
  std::vector<inner_directory> within{};  // the directories below it, those above first
  bool has_files = false;                 // anything but directories

  bool operator==(const path_facts&) const = default;
};

// What an image starts with.
struct program_facts {
  std::string path;                // "": not found
  std::string script;              // its text, where it is a script
  std::uint64_t capabilities = 0;  // that it brings as a file, by their bits

  bool operator==(const program_facts&) const = default;
};

struct image_profile {
  std::string user;                  // Config.User
  std::vector<std::string> volumes;  // declared
  std::string passwd;                // the text of /etc/passwd, "" where there is none
  std::string group;
  std::map<std::string, path_facts> paths;  // those asked for
  std::string working_dir{};
  bool has_home = false;  // its environment says what $HOME is
  program_facts program{};
};

// Directories that ordinary servers write to; those an image lacks need nothing.
std::vector<std::string> scratch_candidates();
// What has to be known of an image to run this spec: the candidates, the declared volumes and the spec's own paths.
std::vector<std::string> paths_to_examine(const model::release_spec& spec, const std::vector<std::string>& declared,
                                          const std::string& working_dir = {});

// Of them, those below which it has to be known what there is, since a directory in memory will hide it.
bool is_hidden_by_scratch(const model::release_spec& spec, const std::string& path);

struct run_as {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::vector<std::uint32_t> groups{};  // beside gid
};
// In group 0, as OpenShift has it: images made for it let that group write.
inline const run_as unprivileged{10001, 0};

// Whether a container of the release starts with an init: the release's command or, without one, the image's.
bool starts_with_init(const model::release_spec& spec, const image_answer& image);

// As Docker takes the release's or the image's user, its groups of /etc/group included where no group is named. Where
// that is root and root does not stay: the user of the image's to whom its data belongs, else one that it does not
// know. UNKNOWN_USER where a name is not in the image's files.
std::variant<run_as, model::failure> user_to_run_as(const model::release_spec& spec, const image_profile& image);

// $HOME for a user whom the image's /etc/passwd does not have; "" where the image knows better.
std::string home_for(run_as user, const image_profile& image);

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
                                                  const run_as& user, const declared_data& declared);

// Where the first program of an image may be that starts with these words: the init before it is left out.
std::vector<std::string> places_of_program(const std::vector<std::string>& start);

// What an image shows to need beyond `restricted`, by the program that it starts.
struct shown_need {
  model::security_preset preset{};
  std::string why;  // a half sentence: "its entry point steps down from root by gosu"
};
// `user`: as whom it would be run. Nothing where the release has a command of its own.
std::optional<shown_need> find_need(const model::release_spec& spec, const image_profile& image, const run_as& user);

// What of the image's the directories in memory hide although the release asked to write there, a sentence each.
std::vector<std::string> hidden_by_scratch(const model::release_spec& spec, const image_profile& image,
                                           const std::vector<model::scratch_directory>& scratch);

// Whether this user may create files in a directory of that owner and mode.
bool may_write(const run_as& user, const model::directory_owner& directory);

}  // namespace troupe::docker
