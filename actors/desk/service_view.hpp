// A service as its environment has it: what users mean by "my app". Made anew for each question, of the board's views
// of its living releases and the rows of those that are over.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "actors/board.hpp"
#include "actors/model/service_id.hpp"
#include "actors/views.hpp"

namespace troupe::desk {

constexpr std::uint32_t service_history = 10;  // releases that are shown of its past

struct service_view {
  model::service_id id;
  std::vector<actors::deployment_view_ptr> living;   // releases, by number
  std::vector<actors::deployment_view_ptr> history;  // the newest first, living ones among them; in lists the newest
  actors::site_views_ptr sites{};                    // its environment's domains

  // Whether anything of it is left: a living release, or a newest one that SUCCEEDED, FAILED or was CANCELLED.
  bool exists() const;
  actors::deployment_view_ptr newest() const;
  actors::deployment_view_ptr current() const;               // the release that serves, or is stopped; null: none yet
  actors::deployment_view_ptr base() const;                  // on which a change builds; null: none does
  std::vector<actors::deployment_view_ptr> waiting() const;  // under way or queueing, by number
};

using service_view_ptr = std::shared_ptr<const service_view>;

// `history` from rows, the newest first, of which the board's views take the place where it has them.
service_view service_of(model::service_id id, const actors::board& board,
                        std::vector<actors::deployment_view_ptr> history);

}  // namespace troupe::desk
