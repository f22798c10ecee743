// What the Engine says of images and pulls. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/model/release_spec.hpp"
#include "actors/model/resolved_image.hpp"
#include "docker/json_reader.hpp"

namespace troupe::docker {

// What the image's configuration holds, in figures and names.
struct image_declaration {
  std::vector<std::string> labels;  // names
  std::size_t label_bytes = 0;
  std::size_t environment_bytes = 0;
  std::size_t command_bytes = 0;  // entry point, command and health check
  std::size_t ports = 0;
};

// Of an image or an Engine, in Go's words: "linux", "amd64". Empty ones: it is not said.
struct image_platform {
  std::string os;
  std::string architecture;

  bool operator==(const image_platform&) const = default;
  bool is_known() const { return !os.empty() && !architecture.empty(); }
};

struct image_answer {
  std::string id;                         // "sha256:…"
  std::vector<std::string> repo_digests;  // "name@sha256:…"; empty: built on this machine
  std::string user;                       // Config.User
  std::string entrypoint;                 // the first word of it, "" where there is none
  std::string command;                    // likewise of Cmd
  std::vector<std::string> volumes;       // declared, sorted
  std::vector<std::string> start;         // its entry point and its command
  std::string working_dir;
  image_platform platform;
  bool has_home = false;  // its environment says what $HOME is
  bool has_health_check = false;
  model::image_check check;  // where it has one
  image_declaration declared;
};
std::optional<image_answer> read_image(const json& body);

// What a registry says of an image that is not pulled.
struct registry_answer {
  std::string digest;                     // of the manifest
  std::vector<image_platform> platforms;  // for which there is one; empty: it is not said
  bool is_index = false;                  // of several manifests, of which a pull takes the one that fits
};
std::optional<registry_answer> read_registry_answer(const json& body);

// "sha256:<64 hex>"
bool is_digest(std::string_view text);

// Follows a pull's stream, line by line.
class pull_progress {
public:
  void line(std::string_view text);
  int percent() const { return percent_; }               // grows only; 0-100
  const std::string& digest() const { return digest_; }  // of the manifest; "" until said
  const std::string& error() const { return error_; }    // the Engine's words; "" where none

private:
  struct layer {
    std::int64_t current = 0;
    std::int64_t total = 0;
    bool done = false;
  };
  std::map<std::string, layer> layers_;
  int percent_ = 0;
  std::string digest_;
  std::string error_;
};

}  // namespace troupe::docker
