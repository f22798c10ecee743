#include "nginx/edge_actor.hpp"

#include <algorithm>

#include "actors/model/domain_name.hpp"
#include "config/failpoint.hpp"
#include "config/logging.hpp"
#include "nginx/edge_state.hpp"

namespace troupe::nginx {

namespace {

using namespace troupe::actors;
using namespace std::chrono_literals;
using model::consequence;
using model::effect_error;
using model::problem;

constexpr auto check_patience = 30s;
constexpr auto order_patience = 180s;
constexpr auto longest_timer = 1h;  // the wall clock may be set meanwhile

problem conflict(std::string why) { return {consequence::conflict, std::move(why), {}, 0}; }

void load(edge_pointer self, backoff pause = {});

// ---- readers -------------------------------------------------------------------------------------------------------------

void tell_readers(edge_pointer self, const model::environment_id& environment) {
  if (self->state.observer) self->send(self->state.observer, site_changed{environment});
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

// ---- which service answers -------------------------------------------------------------------------------------------------

// By service: of the release that serves, or else of the newest one under way.
std::vector<model::candidate_service> candidates_of(const edge_data& my, const environment_view& view) {
  std::map<std::string, std::pair<bool, std::vector<std::uint16_t>>> by_service;
  for (const auto& brief : view.deployments) {
    const auto deployment = my.parts.board->find(brief.id);
    if (!deployment) continue;
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

void enqueue(edge_pointer self, const model::site_id& id, site_change change);

// The choice is kept in the row, so that a second service with a port does not take a name away from the first.
void aim(edge_pointer self, living_site& site) {
  if (model::is_platform(site.row)) {
    site.aimed = true;
    return;
  }
  const auto view = self->state.parts.board->find(site.row.environment);
  if (!view) return;
  const auto choice = model::choose_target(site.row, candidates_of(self->state, *view));
  const bool news = !site.aimed || choice.target != site.target || choice.why_not != site.note;
  site.aimed = true;
  site.target = choice.target;
  site.note = choice.why_not;
  if (choice.target && choice.target->service != site.row.service)
    enqueue(self, site.row.id, {[service = choice.target->service, now = self->state.parts.now()](const model::site& row) {
                                  model::site_decision out{row, true, {}};
                                  out.next.service = service;
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

// ---- lives ---------------------------------------------------------------------------------------------------------------

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

void warn(edge_pointer self, const living_site& site, std::uint32_t days) {
  const auto left = days == 1 ? std::string("a day") : std::to_string(days) + " days";
  log::warn("a certificate cannot be renewed", {{"domain", site.row.domain}, {"left", left}, {"detail", site.row.detail}});
  if (self->state.bot && !model::is_platform(site.row))
    self->send(self->state.bot, certificate_at_risk{site.row.owner, site.row.domain, "It ends within " + left + ". " + site.row.detail});
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

void go_on(edge_pointer self, const model::site_id& id) {
  auto& my = self->state;
  while (true) {
    const auto it = my.sites.find(id);
    if (it == my.sites.end() || it->second.saving || it->second.waiting.empty()) return;
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
                      log::error("a domain's row is refused", {{"domain", now->second.row.domain}, {"detail", saved.error().detail}});
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

// ---- checks and orders -----------------------------------------------------------------------------------------------------

void end_job(edge_pointer self, const model::site_id& id, model::site_event event) {
  auto& my = self->state;
  --my.jobs_running;
  if (std::holds_alternative<model::certificate_issued>(event)) my.held_certificates.insert(id.text);
  if (const auto it = my.sites.find(id); it != my.sites.end()) {
    it->second.at_work = false;
    happen(self, id, std::move(event));
  } else {
    look_soon(self);  // it was released meanwhile: what came too late goes
  }
  start_jobs(self);
}

bool may_order(edge_data& my) {
  const auto now = my.parts.now();
  while (!my.orders.empty() && my.orders.front() + 1h <= now) my.orders.pop_front();
  if (my.orders.size() >= my.parts.options.orders_per_hour) return false;
  my.orders.push_back(now);
  return true;
}

std::vector<std::string> command_of(const edge_data& my, const model::site& row, const model::check_domain&) {
  const auto token = model::id_text("probe", my.parts.random(), my.parts.random());
  std::vector<std::string> command{"edge", "check-domain", row.domain, token};
  if (!my.parts.options.addresses.empty()) {
    std::string all;
    for (const auto& one : my.parts.options.addresses) all += (all.empty() ? "" : ",") + one;
    command.insert(command.end(), {"--addresses", all});
  }
  return command;
}

std::vector<std::string> command_of(const edge_data& my, const model::site& row, const model::order_certificate& order) {
  const auto& options = my.parts.options;
  const auto until = std::chrono::ceil<std::chrono::seconds>(order.fresh_until.time_since_epoch()).count();
  std::vector<std::string> command{"edge",        "request-certificate", row.id.text, row.domain, "--directory", options.acme_directory,
                                   "--fresh-until", std::to_string(until)};
  if (!options.acme_email.empty()) command.insert(command.end(), {"--email", options.acme_email});
  return command;
}

void run_job(edge_pointer self, const living_site& site, const model::site_effect& what) {
  auto& my = self->state;
  const auto* order = std::get_if<model::order_certificate>(&what);
  const auto id = site.row.id;
  ++my.jobs_running;
  if (!my.works) return end_job(self, id, edge_is_away());
  if (order && !may_order(my))
    return end_job(self, id, model::order_failed{model::order_trouble::limited, "The platform has ordered many certificates within the hour; this one waits its turn.", 10min});
  const auto patience = order ? model::duration(order_patience) : model::duration(check_patience);
  const auto command = order ? command_of(my, site.row, *order) : command_of(my, site.row, model::check_domain{});
  config::failpoint("edge.before_effect");
  self->request(my.parts.host, my.parts.options.host_timeout + patience, run_in_edge{command, patience})
      .then(
          [self, id, ordered = order != nullptr](const outcome<edge_output, effect_error>& out) {
            config::failpoint("edge.after_effect");
            if (!out) return end_job(self, id, edge_is_away());
            auto event = ordered ? read_order(out.value().output) : read_domain_check(out.value().output);
            if (event) return end_job(self, id, std::move(*event));
            log::error("the edge's program gave no answer that can be read", {{"siteId", id.text}, {"exitCode", std::int64_t{out.value().exit_code}}});
            end_job(self, id, edge_is_away());
          },
          [self, id](const caf::error&) { end_job(self, id, edge_is_away()); });
}

}  // namespace

void start_jobs(edge_pointer self) {
  auto& my = self->state;
  while (my.looked && my.jobs_running < my.parts.options.jobs && !my.jobs.empty()) {
    const auto next = std::move(my.jobs.front());
    my.jobs.pop_front();
    if (const auto site = my.sites.find(next.site); site != my.sites.end()) run_job(self, site->second, next.what);
  }
}

namespace {

// ---- claims ----------------------------------------------------------------------------------------------------------------

living_site& adopt(edge_data& my, model::site row) {
  my.by_domain[row.domain] = row.id;
  if (!model::is_platform(row)) my.by_environment[row.environment] = row.id;
  auto& site = my.sites[row.id];
  site.row = std::move(row);
  return site;
}

void drop(edge_pointer self, const model::site_id& id) {
  auto& my = self->state;
  const auto it = my.sites.find(id);
  if (it == my.sites.end()) return;
  const auto row = it->second.row;
  my.by_domain.erase(row.domain);
  my.sites.erase(it);
  if (model::is_platform(row)) return;
  my.by_environment.erase(row.environment);
  my.parts.board->withdraw_site(row.environment);
  tell_readers(self, row.environment);
}

// Why this name cannot be had; nothing where it can, perhaps in the place of `displaced`.
std::optional<problem> refusal_of(const edge_data& my, const publish_site& wanted, std::vector<model::site_id>& displaced) {
  const auto& options = my.parts.options;
  if (!options.platform_domain.empty() && model::is_within(wanted.domain, options.platform_domain)) return conflict("This name is the platform's own.");
  const auto holder = my.by_domain.find(wanted.domain);
  if (holder == my.by_domain.end()) return std::nullopt;
  const auto& other = my.sites.at(holder->second).row;
  if (other.environment == wanted.environment) return std::nullopt;
  if (other.owner == wanted.owner) return conflict("This name belongs to your environment " + other.environment.text + "; release it there first.");
  const bool stale = !model::is_proved(other) && my.parts.now() - other.created_at > my.parts.options.claim_lifetime;
  if (!stale) return conflict("This name is taken by another environment.");
  displaced.push_back(other.id);
  return std::nullopt;
}

void publish_domain(edge_pointer self, const publish_site& wanted, const reply<site_view_ptr>& answer) {
  auto& my = self->state;
  if (!my.loaded) return answer.give(problem{consequence::unavailable, "The service is starting; try again.", {}, 2});
  const auto environment = my.parts.board->find(wanted.environment);
  if (!environment) return answer.give(problem{consequence::not_found, "No such environment.", {}, 0});
  // One that is being deleted has released its name, or is about to.
  if (environment->row.status != model::environment_status::active) return answer.give(conflict("The environment is being deleted."));
  std::vector<model::site_id> displaced;
  if (auto why = refusal_of(my, wanted, displaced)) return answer.give(std::move(*why));

  const auto now = my.parts.now();
  const auto mine = my.by_environment.find(wanted.environment);
  const bool again = mine != my.by_environment.end() && my.sites.at(mine->second).row.domain == wanted.domain;
  if (!again && mine != my.by_environment.end()) displaced.push_back(mine->second);
  model::site row;
  if (again) {
    row = my.sites.at(mine->second).row;
  } else {
    row.id = model::new_id<model::site_id>(my.parts.random);
    row.environment = wanted.environment;
    row.owner = wanted.owner;
    row.domain = wanted.domain;
    row.created_at = now;
  }
  row.pinned = !wanted.service.empty();
  row.service = wanted.service;
  row.port = wanted.port;
  const auto choice = model::choose_target(row, candidates_of(my, *environment));
  if (choice.ambiguous)
    return answer.give(problem{consequence::rejected, choice.why_not, {{row.pinned ? "/port" : "/service", choice.why_not}}, 0});
  if (choice.target) row.service = choice.target->service;

  if (again) {
    const auto retarget = [row, now](const model::site& current) {
      model::site_decision out{current, false, {}};
      out.next.pinned = row.pinned;
      out.next.service = row.service;
      out.next.port = row.port;
      out.save = !(out.next == current);
      if (out.save) {
        out.next.revision += 1;
        out.next.updated_at = now;
      }
      return out;
    };
    return enqueue(self, row.id, {retarget, answer});
  }
  row.updated_at = now;
  // Nobody else gets the name while it is being saved.
  for (const auto& id : displaced) drop(self, id);
  adopt(my, row).saving = true;
  config::failpoint("edge.before_save");
  save_for_sure(self, my.parts.rows, my.parts.options.database_timeout, save_sites{{row}, displaced}, [self, row, answer](const outcome<model::done>& saved) {
    config::failpoint("edge.after_save");
    const auto it = self->state.sites.find(row.id);
    if (!saved || it == self->state.sites.end()) {
      answer.give(saved ? conflict("The name was released meanwhile.") : saved.error());
      return saved ? void() : load(self);
    }
    it->second.saving = false;
    aim(self, it->second);
    answer.give(publish(self, it->second));
    look_soon(self);
    happen(self, row.id, model::site_resumed{});
    go_on(self, row.id);
  });
}

// The row goes first: what the container still has of it is then nobody's, and the next look takes it away.
void release_domain(edge_pointer self, const release_site& wanted, const reply<model::done>& answer) {
  auto& my = self->state;
  if (!my.loaded) return answer.give(problem{consequence::unavailable, "The service is starting; try again.", {}, 2});
  const auto cleaned = [self, answer] {
    self->state.after_look.push_back([answer] { answer.give(model::done{}); });
    look_soon(self);
  };
  const auto it = my.by_environment.find(wanted.environment);
  if (it == my.by_environment.end()) {
    if (!my.container.networks.contains(wanted.environment)) return answer.give(model::done{});
    return cleaned();
  }
  const auto id = it->second;
  config::failpoint("edge.before_save");
  save_for_sure(self, my.parts.rows, my.parts.options.database_timeout, save_sites{{}, {id}}, [self, id, answer, cleaned](const outcome<model::done>& saved) {
    config::failpoint("edge.after_save");
    if (!saved) return answer.give(saved.error());
    drop(self, id);
    cleaned();
  });
}

// ---- birth -----------------------------------------------------------------------------------------------------------------

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
  save_for_sure(self, my.parts.rows, options.database_timeout, change, [self, change](const outcome<model::done>& saved) {
    if (!saved) return log::error("the platform's own domain cannot be stored", {{"detail", saved.error().detail}});
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
  for (const auto& row : rows) {
    auto& site = adopt(my, row);
    publish(self, site);
    aim(self, site);
    arm(self, site);
  }
  ensure_platform(self);
  my.inventory_known = false;  // the look that follows lets each site go on
  look_soon(self);
}

// Also where rows and memory may differ: everything is then taken from the rows again.
void load(edge_pointer self, backoff pause) {
  auto& my = self->state;
  my.loaded = false;
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

edge_condition condition_of(const edge_data& my) {
  edge_condition out;
  out.works = my.works && my.loaded && !my.quarantined;
  out.detail = my.trouble;
  const auto now = my.parts.now();
  for (const auto& [id, site] : my.sites) {
    const auto& row = site.row;
    ++out.sites[std::string(model::site_status_texts[row.status])];
    if (!row.certificate) continue;
    if (!out.first_expiry || row.certificate->not_after < *out.first_expiry) out.first_expiry = row.certificate->not_after;
    if (row.status != model::site_status::active && row.certificate->not_after - now < std::chrono::days(21)) out.at_risk.push_back(row.domain);
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
        const auto site = my.by_environment.find(m.environment);
        if (site != my.by_environment.end()) aim(self, my.sites.at(site->second));
      },
      [self](const site_observer& observer) { self->state.observer = observer; },
      [self](const telegram_actor& bot) { self->state.bot = bot; },
      [self](edge_status) { return condition_of(self->state); },
      [self](describe) { return card_of(self); },
      [self](continuation& m) { m.run(); },
  };
}

}  // namespace

void happen(edge_pointer self, const model::site_id& id, model::site_event event) {
  auto& parts = self->state.parts;
  const auto jitter = static_cast<double>(parts.random() % 1000) / 1000.0;
  const auto decide = [&parts, event = std::move(event), jitter](const model::site& row) {
    return model::step(row, event, parts.now(), parts.options.timings, jitter);
  };
  enqueue(self, id, {decide, {}});
}

actors::edge_actor spawn_edge(caf::actor_system& system, edge_parts parts) {
  return caf::actor_cast<actors::edge_actor>(system.spawn(edge, std::move(parts)));
}

}  // namespace troupe::nginx
