// The volume by which Troupe's prober (docker/prober) gets into tenants' containers, whatever is in their images. Made
// on the node that is asked: on a Swarm of several nodes containers have to do without it.
#pragma once

#include <mutex>
#include <set>
#include <string>

#include "actors/model/problem.hpp"
#include "docker/api_client.hpp"

namespace troupe::docker {

inline constexpr std::string_view prober_directory = "/.troupe";
inline constexpr std::string_view prober_path = "/.troupe/prober";

// All that it has: it is the same for every instance of Troupe on the node, and no tenant's.
json prober_labels();

class prober_volume {
public:
  prober_volume(api_client& api, std::string instance);

  // Of this program's prober: another version has another name, since a container's prober must not change under it.
  const std::string& name() const { return name_; }

  // Nothing once the volume holds a prober, or why it does not. Made and filled where need be; `image` is any that is
  // on the node.
  std::optional<model::effect_error> ensure(const std::string& volume, const std::string& image);

private:
  api_client& api_;
  const std::string instance_;
  const std::string name_;
  std::mutex mutex_;
  std::set<std::string> filled_;  // volumes that this process has seen filled
};

}  // namespace troupe::docker
