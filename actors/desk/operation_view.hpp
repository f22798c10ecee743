// An operation as its reader sees it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "actors/model/operation.hpp"
#include "actors/views.hpp"

namespace troupe::desk {

// What an operation is about: one of them, by its name's kind; of a domain its environment, too. An environment may be
// deleted where its deletion is meant.
struct operation_subject {
  actors::application_view_ptr application{};
  actors::deployment_view_ptr deployment{};
  actors::environment_view_ptr environment{};
  actors::site_view_ptr site{};
};

struct operation_view {
  model::operation_name name;
  model::environment_id environment;
  model::operation_progress progress;
  std::uint64_t revision = 0;  // grows with each change
  operation_subject about;
  // Of a release the operation's lines; of an application the newest of its releases', in the order of their times.
  std::vector<model::transition> timeline{};
};
using operation_view_ptr = std::shared_ptr<const operation_view>;

}  // namespace troupe::desk
