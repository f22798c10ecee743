#include "actors/environment/state.hpp"
#include "config/logging.hpp"

namespace troupe::actors::environment {

using model::environment_status;

void look_again(self_ptr self, const std::string& service) {
  for (const auto& id : self->state.children.of(service))
    if (const auto& c = self->state.children.at(id); c.actor && c.told_active)
      self->send(c.actor, nudge{model::looked_again{}});
}

namespace {

// A service of a release that has ended was made by an answer that came too late: nobody looks after it, so it goes.
// One whose release no row knows is none of ours to judge (an older backup may have been restored): it is told to the
// operator, and left alone.
void sweep(self_ptr self, const std::string& service, const deployment_id& maker) {
  auto& my = self->state;
  self->request(my.house->database, my.house->timeouts.database, find_deployment{maker})
      .then(
          [=](const outcome<stored_deployment>& known) {
            auto& mine = self->state;
            if (!mine.children.of(service).empty() || mine.being_saved.contains(service)) return;
            if (!known)
              return log::warn("unknown service left alone",
                               {{"environmentId", mine.row.id.text}, {"service", service}});
            if (!mine.sweeping.insert(service).second) return;
            log::warn("removing a service whose releases have all ended",
                      {{"environmentId", mine.row.id.text}, {"service", service}});
            // A release of this name that comes meanwhile waits; the next listing sees what remains.
            const auto done = [=] {
              self->state.sweeping.erase(service);
              replan(self, service);
            };
            self->request(mine.house->engine, mine.house->timeouts.engine, remove_service{mine.row.id, service})
                .then([done](const outcome<model::done, effect_error>&) { done(); },
                      [done](const caf::error&) { done(); });
          },
          [](const caf::error&) {});
}

}  // namespace

void compare(self_ptr self, environment_listed& listed) {
  auto& my = self->state;
  // While it is being deleted too: a service made by an answer that came too late would hold its network for ever.
  if (!listed.network && my.network_known && my.row.status == environment_status::active) {
    my.network_known = false;
    pursue(self);
  }
  for (const auto& [id, c] : my.children) {
    const auto now = listed.services.find(c.brief.service);
    const auto before = my.fingerprints.find(c.brief.service);
    const bool same = now != listed.services.end() && before != my.fingerprints.end() && now->second == before->second;
    if (!same && c.actor && c.told_active) self->send(c.actor, nudge{model::looked_again{}});
  }
  for (const auto& [service, fingerprint] : listed.services)
    if (my.children.of(service).empty()) sweep(self, service, listed.makers[service]);
  my.fingerprints = std::move(listed.services);
}

}  // namespace troupe::actors::environment
