#include "actors/desk/service_view.hpp"

#include <algorithm>

#include "actors/standing_releases.hpp"

namespace troupe::desk {

namespace {

using actors::deployment_view_ptr;
using model::deployment_status;

bool ended(const deployment_view_ptr& view) {
  return model::came_to_its_end(view->row.status);
}

template <class Keep>
deployment_view_ptr newest_of(const std::vector<deployment_view_ptr>& by_number, Keep keep) {
  const auto found = std::find_if(by_number.rbegin(), by_number.rend(), keep);
  return found == by_number.rend() ? nullptr : *found;
}

}  // namespace

bool service_view::exists() const {
  return !living.empty() || (!history.empty() && ended(history.front()));
}

deployment_view_ptr service_view::newest() const {
  const auto last = living.empty() ? nullptr : living.back();
  if (history.empty() || (last && last->row.number >= history.front()->row.number)) return last;
  return history.front();
}

deployment_view_ptr service_view::current() const {
  return newest_of(living, [](const auto& view) { return model::is_current(view->row.status); });
}

deployment_view_ptr service_view::base() const {
  if (auto found = actors::newest_standing(living)) return found;
  return !history.empty() && ended(history.front()) ? history.front() : nullptr;
}

std::vector<deployment_view_ptr> service_view::waiting() const {
  std::vector<deployment_view_ptr> out;
  for (const auto& view : living)
    if (!model::is_settled(view->row.status) && view->row.status != deployment_status::removing) out.push_back(view);
  return out;
}

service_view service_of(model::service_id id, const actors::board& board, std::vector<deployment_view_ptr> history) {
  service_view out{std::move(id), {}, std::move(history)};
  out.living = board.living(out.id.environment, out.id.name);
  out.sites = board.find_sites(out.id.environment);
  for (auto& view : out.history)
    if (auto now = board.find(view->row.id)) view = std::move(now);
  // Where the board is not filled yet, the rows tell.
  if (out.living.empty())
    for (const auto& view : out.history)
      if (!model::is_final(view->row.status)) out.living.insert(out.living.begin(), view);
  return out;
}

}  // namespace troupe::desk
