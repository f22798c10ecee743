#include "actors/standing_releases.hpp"

#include <algorithm>
#include <memory>

namespace troupe::actors {

namespace {

struct search : std::enable_shared_from_this<search> {
  user_id owner;
  environment_id in;
  std::vector<stored_deployment> ended;
  std::vector<std::string> jobs;  // that are yet to be looked for
  deployment_lister list;
  std::function<void(std::vector<stored_deployment>)> then;

  void go_on() {
    if (jobs.empty()) return then(std::move(ended));
    const list_deployments asked{owner, in, {}, 1, jobs.back(), model::deployment_status::succeeded};
    jobs.pop_back();
    list(asked, [me = shared_from_this()](const std::vector<stored_deployment>& found) {
      me->ended.insert(me->ended.end(), found.begin(), found.end());
      me->go_on();
    });
  }
};

}  // namespace

void add_earlier_successes(const user_id& owner, const environment_id& in, std::vector<stored_deployment> ended,
                           deployment_lister list, std::function<void(std::vector<stored_deployment>)> then) {
  const auto one = std::make_shared<search>();
  one->owner = owner;
  one->in = in;
  for (const auto& [row, containers] : ended)
    if (row.spec.job && row.status != model::deployment_status::succeeded) one->jobs.push_back(row.spec.service);
  one->ended = std::move(ended);
  one->list = std::move(list);
  one->then = std::move(then);
  one->go_on();
}

model::standing_releases standing_on(const board& on, const environment_id& environment) {
  model::standing_releases out;
  for (const auto& [name, releases] : on.services(environment)) {
    const auto newest =
        std::find_if(releases.rbegin(), releases.rend(), [](const auto& v) { return model::stands(v->row); });
    if (newest != releases.rend()) out.emplace(name, (*newest)->row);
  }
  return out;
}

model::standing_releases standing_in(const board& on, const environment_id& environment,
                                     const std::vector<stored_deployment>& ended,
                                     const model::standing_releases& before) {
  auto out = standing_on(on, environment);
  for (const auto& one : ended)
    if (one.row.status == model::deployment_status::succeeded) out.emplace(one.row.spec.service, one.row);
  for (const auto& [name, row] : before)
    if (row.spec.job) out.emplace(name, row);
  return out;
}

}  // namespace troupe::actors
