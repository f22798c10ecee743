// From the image that a user names to the one that runs: found or pulled, pinned to its digest, examined.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "actors/messages.hpp"
#include "docker/api_client.hpp"
#include "docker/image_answer.hpp"
#include "docker/image_profile.hpp"
#include "docker/registry_policy.hpp"

namespace troupe::docker {

class image_resolution {
public:
  image_resolution(api_client& api, std::string instance, std::vector<std::string> private_registries,
                   milliseconds pull_deadline, bool grants_privileges, std::optional<model::security_preset> fallback,
                   std::string prober, model::duration hold)
      : api_(api),
        instance_(std::move(instance)),
        private_registries_(std::move(private_registries)),
        pull_deadline_(pull_deadline),
        grants_privileges_(grants_privileges),
        fallback_(fallback),
        prober_(std::move(prober)),
        hold_(hold) {}

  // Blocks for as long as a pull takes, at most the pull's deadline. Any thread.
  model::outcome<model::resolved_image, model::effect_error> resolve(const actors::resolve_image& wanted);

private:
  struct found_image {
    image_answer image;
    std::string pinned;
    std::string digest;
    std::string note;
  };
  reply inspect(const model::image_reference& image);
  model::outcome<found_image, model::effect_error> find_or_pull(const actors::resolve_image& wanted);
  model::outcome<std::string, model::effect_error> pull(const model::image_reference& image,
                                                        const std::function<void(int)>& progress);
  model::outcome<image_profile, model::effect_error> examine(const image_answer& image,
                                                             const model::release_spec& spec);
  model::outcome<std::string, model::effect_error> find_prober();
  // The preset that a release gets by itself, if any; what is to be said of it goes to `warnings`.
  std::optional<model::security_preset> meet_need(const model::release_spec& spec, const image_profile& image,
                                                  std::vector<std::string>& warnings) const;

  api_client& api_;
  std::string instance_;
  std::vector<std::string> private_registries_;
  milliseconds pull_deadline_;
  bool grants_privileges_;
  std::optional<model::security_preset> fallback_;
  std::string prober_;  // its volume
  model::duration hold_;
  std::mutex mutex_;
  bool several_nodes_ = false;
  std::chrono::steady_clock::time_point nodes_known_until_{};
  std::map<std::string, image_profile> profiles_;  // by image id; an image never changes
};

}  // namespace troupe::docker
