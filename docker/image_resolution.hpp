// From the image that a user names to the one that runs: found or pulled, pinned to its digest, examined.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/messages.hpp"
#include "actors/registry_book.hpp"
#include "docker/api_client.hpp"
#include "docker/image_answer.hpp"
#include "docker/image_profile.hpp"
#include "docker/registry_policy.hpp"

namespace troupe::docker {

class image_resolution {
public:
  image_resolution(api_client& api, std::string instance, std::vector<std::string> private_registries,
                   std::shared_ptr<const actors::registry_book> logins, milliseconds pull_deadline,
                   bool grants_privileges, std::optional<model::security_preset> fallback, std::string prober,
                   model::duration hold)
      : api_(api),
        instance_(std::move(instance)),
        private_registries_(std::move(private_registries)),
        logins_(std::move(logins)),
        pull_deadline_(pull_deadline),
        grants_privileges_(grants_privileges),
        fallback_(fallback),
        prober_(std::move(prober)),
        hold_(hold) {}

  // Blocks for as long as a pull takes, at most the pull's deadline. Any thread.
  model::outcome<model::resolved_image, model::effect_error> resolve(const actors::resolve_image& wanted);
  // What resolve would find now: nothing is pulled or made. Blocks for as long as `wanted.patience` says, and for what
  // it takes to find the registry's address.
  model::outcome<model::image_prospect, model::effect_error> look_up(const actors::look_up_image& wanted);
  // Whether the registry takes the login. Likewise, at most half a minute.
  model::outcome<model::done, model::effect_error> check(const model::registry_login& login);

private:
  struct found_image {
    image_answer image;
    std::string pinned;
    std::string digest;
    std::string note;
  };
  // What lies on this machine under the reference's name.
  struct local_image {
    std::optional<image_answer> image;  // none: nothing does
    std::string digest;                 // its registry's; "": it was built or loaded here
    // It may be run without its registry's leave. Otherwise that says whether it gives this image to who asks: that
    // somebody else had it pulled is no leave.
    bool is_granted = false;
  };
  reply inspect(const model::image_reference& image, milliseconds deadline);
  model::outcome<local_image, model::effect_error> find_here(const model::image_reference& reference,
                                                             const std::vector<std::string>& held,
                                                             milliseconds deadline);
  // What is run of it with its registry left alone; nothing where that has to be asked.
  static std::optional<found_image> without_asking(const local_image& here, const model::image_reference& reference,
                                                   model::pull_policy policy);
  // What is run of it where its registry refuses for now, since it was asked too often.
  static std::optional<found_image> in_spite_of_limit(const local_image& here, const model::image_reference& reference,
                                                      model::pull_policy policy);
  model::outcome<model::image_prospect, model::effect_error> ask_registry(const actors::look_up_image& wanted,
                                                                          const local_image& here,
                                                                          milliseconds deadline);
  model::image_prospect prospect_of(const image_answer& image, const std::string& digest);
  // Where the Engine says it.
  image_platform own_platform();
  model::outcome<found_image, model::effect_error> find_or_pull(const actors::resolve_image& wanted);
  // The digest that the registry's answer names; "" where it names none.
  model::outcome<std::string, model::effect_error> pull(const model::image_reference& image,
                                                        const std::optional<model::registry_login>& login,
                                                        const std::function<void(int)>& progress);
  // Whether who asks has been given it before, or everybody has.
  bool may_have(const std::string& pinned, const std::vector<std::string>& held);
  model::outcome<image_profile, model::effect_error> examine(const image_answer& image,
                                                             const model::release_spec& spec);
  model::outcome<std::string, model::effect_error> find_prober();
  // The preset that a release gets by itself, if any; what is to be said of it goes to `warnings`.
  std::optional<model::security_preset> meet_need(const model::release_spec& spec, const image_profile& image,
                                                  std::vector<std::string>& warnings) const;

  api_client& api_;
  std::string instance_;
  std::vector<std::string> private_registries_;
  std::shared_ptr<const actors::registry_book> logins_;
  milliseconds pull_deadline_;
  bool grants_privileges_;
  std::optional<model::security_preset> fallback_;
  std::string prober_;  // its volume
  model::duration hold_;
  std::mutex mutex_;
  bool several_nodes_ = false;
  std::chrono::steady_clock::time_point nodes_known_until_{};
  image_platform platform_;                        // of the Engine, once it is known
  std::set<std::string> given_to_all_;             // what registries gave without a login, as "name@digest"
  std::map<std::string, image_profile> profiles_;  // by image id; an image never changes
};

}  // namespace troupe::docker
