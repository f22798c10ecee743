#include "nginx/edge_actor.hpp"

#include "config/logging.hpp"
#include "nginx/edge_state.hpp"

namespace troupe::nginx {

using namespace troupe::actors;

namespace {

// The platform's own name is a site without an environment.
void ensure_platform(edge_pointer self) {
  auto& my = self->state;
  const auto& options = my.parts.options;
  save_sites change;
  const bool wanted = !options.platform_domain.empty() && !options.platform_upstream.empty();
  bool there = false;
  for (const auto& [id, site] : my.sites) {
    if (!model::is_platform(site.row) && (!wanted || site.row.domain != options.platform_domain)) continue;
    if (model::is_platform(site.row) && wanted && site.row.domain == options.platform_domain)
      there = true;
    else
      change.removed.push_back(id);
  }
  if (wanted && !there) {
    model::site row;
    row.id = model::new_id<model::site_id>(my.parts.random);
    row.domain = options.platform_domain;
    row.created_at = row.updated_at = my.parts.now();
    change.rows.push_back(row);
  }
  if (change.rows.empty() && change.removed.empty()) return;
  save_for_sure(self, my.parts.rows, options.database_timeout, change,
                [self, change](const outcome<model::done>& saved) {
                  if (!saved)
                    return log::error("the platform's own domain cannot be stored", {{"detail", saved.error().detail}});
                  for (const auto& id : change.removed) drop(self, id);
                  for (const auto& row : change.rows) {
                    aim(self, adopt(self->state, row));
                    happen(self, row.id, model::site_resumed{});
                  }
                  look_soon(self);
                });
}

void take_rows(edge_pointer self, const std::vector<model::site>& rows) {
  auto& my = self->state;
  my.loaded = true;
  auto before = std::exchange(my.shown, {});
  for (const auto& row : rows) {
    before.erase(row.id);
    auto& site = adopt(my, row);
    publish(self, site);
    aim(self, site);
    arm(self, site);
  }
  for (const auto& [id, environment] : before) withdraw(self, environment, id);
  ensure_platform(self);
  my.inventory_known = false;  // the look that follows lets each site go on
  look_soon(self);
}

}  // namespace

// Also where rows and memory may differ: everything is then taken from the rows again.
void load(edge_pointer self, backoff pause) {
  auto& my = self->state;
  my.loaded = false;
  for (const auto& [id, site] : my.sites)
    if (!model::is_platform(site.row)) my.shown.insert_or_assign(id, site.row.environment);
  my.sites.clear();
  my.by_domain.clear();
  my.by_environment.clear();
  my.jobs.clear();
  auto again = [self, pause]() mutable {
    const auto delay = pause.next();
    after(self, delay, [self, pause] { load(self, pause); });
  };
  self->request(my.parts.rows, my.parts.options.database_timeout, load_sites{})
      .then(
          [self, again](const outcome<std::vector<model::site>>& rows) mutable {
            if (rows) return take_rows(self, rows.value());
            log::warn("the domains cannot be loaded yet", {{"detail", rows.error().detail}});
            again();
          },
          [again](const caf::error&) mutable { again(); });
}

namespace {

edge_condition condition_of(const edge_data& my) {
  edge_condition out;
  out.works = my.works && my.loaded && !my.quarantined;
  out.detail = my.trouble;
  const auto now = my.parts.now();
  for (const auto& [id, site] : my.sites) {
    const auto& row = site.row;
    ++out.sites[std::string(model::site_status_texts[row.status])];
    if (!row.certificate) continue;
    if (!out.first_expiry || row.certificate->not_after < *out.first_expiry)
      out.first_expiry = row.certificate->not_after;
    if (row.status != model::site_status::active && row.certificate->not_after - now < std::chrono::days(21))
      out.at_risk.push_back(row.domain);
  }
  return out;
}

actor_card card_of(edge_pointer self) {
  const auto& my = self->state;
  actor_card card;
  card.id = card.kind = "edge";
  card.state = my.quarantined ? "quarantined" : !my.loaded ? "loading" : my.works ? "serving" : "away";
  card.step = my.looking ? "look" : my.jobs_running > 0 ? std::to_string(my.jobs_running) + " jobs" : "";
  card.restarts = my.budget.restarts();
  card.quarantined = my.quarantined;
  my.seen.fill(self, card);
  return card;
}

// It is the only one of its kind, and others hold its handle: so it is not replaced, but begins again from its rows.
caf::error begin_again(edge_pointer self, const std::exception_ptr& cause) {
  auto& my = self->state;
  try {
    std::rethrow_exception(cause);
  } catch (const std::exception& e) {
    my.seen.last_error = e.what();
  } catch (...) {
    my.seen.last_error = "unknown";
  }
  const auto delay = my.budget.spend(monotonic(*self));
  log::error("the edge's actor failed", {{"detail", my.seen.last_error}, {"quarantined", !delay}});
  my.quarantined = !delay;
  my.looking = my.look_planned = false;
  if (delay) after(self, *delay, [self] { load(self); });
  return caf::none;
}

edge_self::behavior_type edge(edge_pointer self, const edge_parts& parts) {
  self->state.parts = parts;
  self->set_exception_handler([self](std::exception_ptr& cause) { return begin_again(self, cause); });
  self->send(parts.host, caf::actor_cast<edge_observer>(self));
  load(self);
  return {
      [self](edge_touched) {
        self->state.seen.note(self, "edge_touched");
        if (self->state.loaded) look_soon(self);
      },
      [self](const publish_site& m) -> owed<site_view_ptr> {
        self->state.seen.note(self, "publish_site");
        const reply<site_view_ptr> answer(self);
        publish_domain(self, m, answer);
        return answer;
      },
      [self](const release_site& m) -> owed<model::done> {
        self->state.seen.note(self, "release_site");
        const reply<model::done> answer(self);
        release_domain(self, m, answer);
        return answer;
      },
      [self](const environment_touched& m) {
        auto& my = self->state;
        my.seen.note(self, "environment_touched");
        const auto sites = my.by_environment.find(m.environment);
        if (sites == my.by_environment.end()) return;
        for (const auto& id : sites->second) aim(self, my.sites.at(id));
      },
      [self](const site_observer& observer) { self->state.observer = observer; },
      [self](const telegram_actor& bot) { self->state.bot = bot; },
      [self](edge_status) { return condition_of(self->state); },
      [self](describe) { return card_of(self); },
      [self](continuation& m) { m.run(); },
  };
}

}  // namespace

edge_actor spawn_edge(caf::actor_system& system, edge_parts parts) {
  return caf::actor_cast<actors::edge_actor>(system.spawn(edge, std::move(parts)));
}

}  // namespace troupe::nginx
