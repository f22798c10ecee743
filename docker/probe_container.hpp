// A container that is created and never started: the Engine's own way to look into an image and its volumes, which
// needs no program of the image. Removed with its anonymous volumes when this goes out of scope; one that a crash
// leaves behind bears a label by which it is swept.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "docker/api_client.hpp"
#include "docker/image_profile.hpp"
#include "docker/tar_entry.hpp"

namespace troupe::docker {

inline constexpr std::string_view probe_label = "com.troupe.probe";

struct probe_volume {
  std::string name;
  std::string path;
  json labels;  // for the case that somebody has removed it
};

class probe_container {
public:
  // `failed` says why there is none.
  probe_container(api_client& api, const std::string& instance, const std::string& image,
                  const std::vector<probe_volume>& volumes = {});
  ~probe_container();
  probe_container(const probe_container&) = delete;
  probe_container& operator=(const probe_container&) = delete;

  bool ready() const { return !id_.empty(); }
  const std::optional<model::effect_error>& failed() const { return failed_; }
  const std::string& id() const { return id_; }

  // Nothing where the Engine failed; absent paths have exists = false. Links are followed in every part of the path.
  // What is below the directory is told where `deep`.
  std::optional<path_facts> look(const std::string& path, bool deep = false);
  // A text file's content, links followed; "" where it is absent, not a file, or larger than a megabyte.
  std::string read(const std::string& path);
  std::optional<tar_entry> entry(const std::string& path);
  // The first of these files that is there, links followed.
  program_facts program(const std::vector<std::string>& places);
  // Puts a program there, root's, which all may run.
  bool put(const std::string& directory, const std::string& name, std::string program);
  // Gives a directory that exists to this user; what is below it stays whose it is.
  bool give(const std::string& path, const run_as& user, std::uint32_t mode);

private:
  struct stat {
    std::uint32_t mode = 0;
    bool is_link = false;
    bool is_directory = false;
    std::string target;  // of a link, resolved inside the container
  };
  // Outer: the Engine answered; inner: the path exists.
  std::optional<std::optional<stat>> stat_of(const std::string& path);
  std::optional<std::optional<stat>> known_stat_of(const std::string& path);  // asked once
  bool list(path_facts& facts, bool deep);                                    // false: the Engine failed

  api_client& api_;
  std::string id_;
  std::optional<model::effect_error> failed_;
  std::map<std::string, std::optional<stat>> stats_;
};

// Removes what a crash has left: probes of this instance older than a minute. One that runs is at work on a volume.
void sweep_probes(api_client& api, const std::string& instance, model::timestamp now);

}  // namespace troupe::docker
