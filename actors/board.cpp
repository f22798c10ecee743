#include "actors/board.hpp"

namespace troupe::actors {

void board::publish(deployment_view_ptr view) {
  deployments_.set(view->row.id, view);
  jobs_.set(view->row.job, view);
  for (const auto& tell : listeners_) tell(view);
}

void board::publish(environment_view_ptr view) {
  environments_.set(view->row.id, view);
}

void board::publish(site_view_ptr view) {
  sites_.set(view->row.environment, view);
}

void board::withdraw(const model::deployment_id& id) {
  if (const auto view = find(id)) jobs_.erase(view->row.job);
  deployments_.erase(id);
}

void board::withdraw(const model::environment_id& id) {
  environments_.erase(id);
}
void board::withdraw_site(const model::environment_id& id) {
  sites_.erase(id);
}

deployment_view_ptr board::find(const model::deployment_id& id) const {
  return deployments_.get(id);
}
deployment_view_ptr board::find(const model::job_id& id) const {
  return jobs_.get(id);
}
environment_view_ptr board::find(const model::environment_id& id) const {
  return environments_.get(id);
}
site_view_ptr board::find_site(const model::environment_id& id) const {
  return sites_.get(id);
}

}  // namespace troupe::actors
