#include "actors/board.hpp"

namespace troupe::actors {

namespace {

board::releases in_order(const std::map<std::uint64_t, deployment_view_ptr>& by_number) {
  board::releases out;
  for (const auto& [number, view] : by_number) out.push_back(view);
  return out;
}

}  // namespace

void board::service_index::put(const deployment_view_ptr& view) {
  const auto& row = view->row;
  if (model::is_final(row.status)) return drop(row);
  auto& s = of(row.environment);
  const std::unique_lock lock(s.mutex);
  s.services[{row.environment, row.spec.service}].insert_or_assign(row.number, view);
}

void board::service_index::drop(const model::deployment& row) {
  auto& s = of(row.environment);
  const std::unique_lock lock(s.mutex);
  const auto found = s.services.find({row.environment, row.spec.service});
  if (found == s.services.end()) return;
  found->second.erase(row.number);
  if (found->second.empty()) s.services.erase(found);
}

board::releases board::service_index::find(const model::environment_id& in, const std::string& service) const {
  const auto& s = of(in);
  const std::shared_lock lock(s.mutex);
  const auto found = s.services.find({in, service});
  return found == s.services.end() ? releases{} : in_order(found->second);
}

std::map<std::string, board::releases> board::service_index::all(const model::environment_id& in) const {
  const auto& s = of(in);
  std::map<std::string, releases> out;
  const std::shared_lock lock(s.mutex);
  for (auto i = s.services.lower_bound({in, std::string()}); i != s.services.end() && i->first.first == in; ++i)
    out.emplace_hint(out.end(), i->first.second, in_order(i->second));
  return out;
}

void board::port_index::put(const model::deployment& row) {
  if (model::is_final(row.status)) return drop(row);
  for (const auto& port : row.spec.ports) {
    if (!port.host) continue;
    const port_key key{*port.host, port.protocol};
    {
      const std::shared_lock lock(mutex_);
      if (const auto held = holders_.find(key); held != holders_.end() && held->second.contains(row.id)) continue;
    }
    const std::unique_lock lock(mutex_);
    holders_[key].insert(row.id);
  }
}

void board::port_index::drop(const model::deployment& row) {
  for (const auto& port : row.spec.ports) {
    if (!port.host) continue;
    const std::unique_lock lock(mutex_);
    const auto held = holders_.find({*port.host, port.protocol});
    if (held == holders_.end()) continue;
    held->second.erase(row.id);
    if (held->second.empty()) holders_.erase(held);
  }
}

std::vector<model::deployment_id> board::port_index::find(std::uint16_t port, model::port_protocol protocol) const {
  const std::shared_lock lock(mutex_);
  const auto held = holders_.find({port, protocol});
  if (held == holders_.end()) return {};
  return {held->second.begin(), held->second.end()};
}

board::releases board::living(const model::environment_id& in, const std::string& service) const {
  return services_.find(in, service);
}
std::map<std::string, board::releases> board::services(const model::environment_id& in) const {
  return services_.all(in);
}

board::releases board::holding(std::uint16_t host_port, model::port_protocol protocol) const {
  releases out;
  for (const auto& id : ports_.find(host_port, protocol))
    if (auto view = find(id)) out.push_back(std::move(view));
  return out;
}

void board::publish(deployment_view_ptr view) {
  services_.put(view);
  ports_.put(view->row);
  const auto slot = [this](const deployment_view_ptr& v) -> auto& {
    return by_status_[static_cast<std::size_t>(v->row.status)];
  };
  const auto before = deployments_.set(view->row.id, view);
  ++slot(view);
  if (before) --slot(before);
  jobs_.set(view->row.job, view);
  for (const auto& tell : listeners_) tell(view);
}

void board::publish(environment_view_ptr view) {
  environments_.set(view->row.id, view);
}

void board::publish(site_view_ptr view) {
  const auto now = sites_.get(view->row.environment);
  auto next = now ? std::make_shared<std::vector<site_view_ptr>>(*now) : std::make_shared<std::vector<site_view_ptr>>();
  const auto same = std::find_if(next->begin(), next->end(), [&](const auto& v) { return v->row.id == view->row.id; });
  const auto of = view->row.environment;
  if (same == next->end())
    next->push_back(std::move(view));
  else
    *same = std::move(view);
  sites_.set(of, std::move(next));
}

void board::withdraw(const model::deployment_id& id) {
  const auto last = deployments_.erase(id);
  if (!last) return;
  --by_status_[static_cast<std::size_t>(last->row.status)];
  jobs_.erase(last->row.job);
  services_.drop(last->row);
  ports_.drop(last->row);
}

void board::publish(application_view_ptr view) {
  applications_.set(view->id, view);
  applications_in_.set(view->environment, view);
  for (const auto& tell : application_listeners_) tell(view);
}
void board::withdraw(const model::operation_id& id) {
  const auto last = applications_.erase(id);
  if (!last) return;
  if (const auto now = find_application(last->environment); now && now->id == id)
    applications_in_.erase(last->environment);
}

void board::withdraw(const model::environment_id& id) {
  environments_.erase(id);
}
void board::withdraw(const model::environment_id& of, const model::site_id& id) {
  const auto now = sites_.get(of);
  if (!now) return;
  auto next = std::make_shared<std::vector<site_view_ptr>>(*now);
  std::erase_if(*next, [&](const auto& view) { return view->row.id == id; });
  if (next->empty())
    sites_.erase(of);
  else
    sites_.set(of, std::move(next));
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
application_view_ptr board::find(const model::operation_id& id) const {
  return applications_.get(id);
}
application_view_ptr board::find_application(const model::environment_id& in) const {
  return applications_in_.get(in);
}
site_views_ptr board::find_sites(const model::environment_id& of) const {
  return sites_.get(of);
}

board::status_counts board::deployments_by_status() const {
  status_counts out{};
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<std::size_t>(std::max<std::int64_t>(0, by_status_[i].load()));
  return out;
}

void board::set_engine(model::engine_reach reach) {
  engine_.store(std::make_shared<const model::engine_reach>(std::move(reach)));
}
model::engine_reach board::engine() const {
  const auto known = engine_.load();
  return known ? *known : model::engine_reach{};
}

}  // namespace troupe::actors
