// The lives of the edge's sites: what happened is decided, saved, shown and acted on, one thing after the other.
#include <algorithm>

#include "config/failpoint.hpp"
#include "config/logging.hpp"
#include "nginx/edge_state.hpp"

namespace troupe::nginx {

using namespace troupe::actors;
using namespace std::chrono_literals;

namespace {

constexpr auto longest_timer = 1h;  // the wall clock may be set meanwhile

void warn(edge_pointer self, const living_site& site, std::uint32_t days) {
  const auto left = days == 1 ? std::string("a day") : std::to_string(days) + " days";
  log::warn("a certificate cannot be renewed",
            {{"domain", site.row.domain}, {"left", left}, {"detail", site.row.detail}});
  if (self->state.bot && !model::is_platform(site.row))
    self->send(self->state.bot,
               certificate_at_risk{site.row.owner, site.row.domain, "It ends within " + left + ". " + site.row.detail});
}

void perform(edge_pointer self, living_site& site, const model::site_effect& effect) {
  if (const auto* w = std::get_if<model::warn_owner>(&effect)) return warn(self, site, w->days_left);
  if (std::exchange(site.at_work, true)) return;
  self->state.jobs.push_back({site.row.id, effect});
  start_jobs(self);
}

void act_on(edge_pointer self, living_site& site, model::site_decision decided, const site_change& cause) {
  const auto before = site.row.status;
  site.row = std::move(decided.next);
  if (before != site.row.status)
    log::info("domain " + std::string(model::site_status_texts[site.row.status]),
              {{"domain", site.row.domain}, {"environmentId", site.row.environment.text}, {"detail", site.row.detail}});
  if (decided.save) {
    publish(self, site);
    arm(self, site);
    look_soon(self);
  }
  if (cause.answer) {
    aim(self, site);
    cause.answer->give(publish(self, site));
  }
  for (const auto& effect : decided.effects) perform(self, site, effect);
}

}  // namespace

namespace {
void tell_readers(edge_pointer self, const model::environment_id& environment) {
  if (self->state.observer) self->send(self->state.observer, site_changed{environment});
}
}  // namespace

void withdraw(edge_pointer self, const model::environment_id& environment, const model::site_id& id) {
  self->state.parts.board->withdraw(environment, id);
  tell_readers(self, environment);
}

site_view_ptr publish(edge_pointer self, const living_site& site) {
  auto view = std::make_shared<site_view>();
  view->row = site.row;
  view->note = site.note;
  if (!model::is_platform(site.row)) {
    self->state.parts.board->publish(view);
    tell_readers(self, site.row.environment);
  }
  return view;
}

// By service: of the release that serves, or else of the newest one under way.
std::vector<model::candidate_service> candidates_of(const edge_data& my, const environment_view& view) {
  std::map<std::string, std::pair<bool, std::vector<std::uint16_t>>> by_service;
  for (const auto& brief : view.deployments) {
    const auto deployment = my.parts.board->find(brief.id);
    if (!deployment || deployment->row.spec.job) continue;  // a job answers nobody
    auto& [serves, ports] = by_service[brief.service];
    const bool current = model::is_current(deployment->row.status);
    if (serves && !current) continue;
    serves = current;
    ports.clear();
    for (const auto& port : deployment->row.spec.ports)
      if (port.protocol == model::port_protocol::tcp) ports.push_back(port.container);
  }
  std::vector<model::candidate_service> out;
  for (auto& [name, found] : by_service) out.push_back({name, std::move(found.second)});
  return out;
}

void aim(edge_pointer self, living_site& site) {
  if (model::is_platform(site.row)) {
    site.aimed = true;
    return;
  }
  const auto view = self->state.parts.board->find(site.row.environment);
  if (!view) return;
  const auto choice = model::choose_targets(site.row, candidates_of(self->state, *view));
  const bool news = !site.aimed || choice.targets != site.targets || choice.why_not != site.note;
  site.aimed = true;
  site.targets = choice.targets;
  site.note = choice.why_not;
  auto kept = site.row;
  model::keep_choice(kept, choice.targets);
  if (!(kept == site.row))
    enqueue(self, site.row.id,
            {[targets = choice.targets, now = self->state.parts.now()](const model::site& row) {
               model::site_decision out{row, true, {}};
               model::keep_choice(out.next, targets);
               out.next.revision += 1;
               out.next.updated_at = now;
               return out;
             },
             {}});
  if (news) {
    publish(self, site);
    look_soon(self);
  }
}

void arm(edge_pointer self, living_site& site) {
  const auto arming = ++site.arming;
  if (!site.row.next_try) return;
  const auto left = std::chrono::ceil<model::duration>(*site.row.next_try - self->state.parts.now());
  const auto delay = std::clamp<model::duration>(left, 0ms, longest_timer);
  after(self, delay, [self, id = site.row.id, arming] {
    const auto it = self->state.sites.find(id);
    if (it == self->state.sites.end() || it->second.arming != arming) return;
    if (*it->second.row.next_try > self->state.parts.now()) return arm(self, it->second);
    if (it->second.at_work) return;  // what is under way will say how it goes on
    happen(self, id, model::site_due{});
  });
}

void go_on(edge_pointer self, const model::site_id& id) {
  auto& my = self->state;
  while (true) {
    const auto it = my.sites.find(id);
    if (it == my.sites.end() || it->second.saving || it->second.leaving || it->second.waiting.empty()) return;
    auto& site = it->second;
    auto change = std::move(site.waiting.front());
    site.waiting.pop_front();
    auto decided = change.decide(site.row);
    if (!decided.save) {
      act_on(self, site, std::move(decided), change);
      continue;
    }
    site.saving = true;
    config::failpoint("edge.before_save");
    save_for_sure(self, my.parts.rows, my.parts.options.database_timeout, save_sites{{decided.next}, {}},
                  [self, id, decided, change](const outcome<model::done>& saved) {
                    config::failpoint("edge.after_save");
                    const auto now = self->state.sites.find(id);
                    if (now == self->state.sites.end()) {  // released meanwhile
                      if (change.answer) change.answer->give(conflict("The name was released meanwhile."));
                      return;
                    }
                    now->second.saving = false;
                    if (!saved) {
                      log::error("a domain's row is refused",
                                 {{"domain", now->second.row.domain}, {"detail", saved.error().detail}});
                      if (change.answer) change.answer->give(saved.error());
                      return load(self);
                    }
                    act_on(self, now->second, decided, change);
                    go_on(self, id);
                  });
  }
}

void enqueue(edge_pointer self, const model::site_id& id, site_change change) {
  const auto it = self->state.sites.find(id);
  if (it == self->state.sites.end()) return;
  it->second.waiting.push_back(std::move(change));
  go_on(self, id);
}

void happen(edge_pointer self, const model::site_id& id, model::site_event event) {
  auto& parts = self->state.parts;
  const auto jitter = static_cast<double>(parts.random() % 1000) / 1000.0;
  const auto decide = [&parts, event = std::move(event), jitter](const model::site& row) {
    return model::step(row, event, parts.now(), parts.options.timings, jitter);
  };
  enqueue(self, id, {decide, {}});
}

}  // namespace troupe::nginx
