// What readers are shown of an environment's releases, kept by the piece: a change costs what its release has.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "actors/model/service_queue.hpp"
#include "actors/views.hpp"

namespace troupe::actors::environment {

class contents {
public:
  // `view`: the release's own, for its image and volumes; null: they stay as they were.
  void show(const model::release_brief& brief, const deployment_view_ptr& view);
  void drop(const model::deployment_id& id);
  void fill(environment_view& out) const;

private:
  struct piece {
    deployment_brief brief;
    std::vector<std::string> volumes;
  };
  void let_go(const piece& of);

  std::map<model::deployment_id, piece> pieces_;
  std::map<std::string, std::size_t> volumes_;  // by name, in how many mounts
};

}  // namespace troupe::actors::environment
