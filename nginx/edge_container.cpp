// Brings the edge's container to what the sites want: on their networks, with their files. Compares and changes what
// differs, so that it does not matter what it finds: nothing, an old container, a new one, or half of what an earlier
// look has done.
#include "config/failpoint.hpp"
#include "config/logging.hpp"
#include "nginx/edge_state.hpp"
#include "nginx/site_config.hpp"

namespace troupe::nginx {

namespace {

using namespace troupe::actors;
using model::effect_error;
using namespace std::chrono_literals;

constexpr const char* incoming = "/edge/incoming";
constexpr std::uint32_t file_owner = 10101;  // the user that the container runs as
constexpr auto apply_patience = 60s;
constexpr auto quick_patience = 15s;

void look(edge_pointer self);

void end_look(edge_pointer self) {
  auto& my = self->state;
  my.looking = false;
  my.looked = true;
  start_jobs(self);
  auto waiting = std::move(my.after_look);
  my.after_look.clear();
  for (const auto& then : waiting) then();
  if (std::exchange(my.look_again, false)) look_soon(self);
}

void give_up(edge_pointer self, const std::string& why) {
  auto& my = self->state;
  const bool news = my.works || my.trouble != why;
  my.works = false;
  my.trouble = why;
  my.seen.last_error = why;
  if (news) {
    log::warn("the edge cannot be worked on", {{"detail", why}});
    for (const auto& [id, site] : my.sites)
      if (!site.at_work) happen(self, id, edge_is_away());
  }
  after(self, my.pause.next(), [self] { look_soon(self); });
  end_look(self);
}

// Asks the container's engine; an answer goes on with `then`, anything else ends the look.
template <class Answer, class Request, class Then>
void ask_host(edge_pointer self, Request what, model::duration patience, Then then) {
  auto& my = self->state;
  config::failpoint("edge.before_effect");
  self->request(my.parts.host, my.parts.options.host_timeout + patience, std::move(what))
      .then(
          [self, then](const outcome<Answer, effect_error>& answer) {
            config::failpoint("edge.after_effect");
            if (answer)
              then(answer.value());
            else
              give_up(self, answer.error().what.message);
          },
          [self](const caf::error&) { give_up(self, "Docker did not answer in time."); });
}

void run(edge_pointer self, std::vector<std::string> command, model::duration patience,
         std::function<void(const std::string&)> then) {
  ask_host<edge_output>(
      self, run_in_edge{std::move(command), patience}, patience, [self, then](const edge_output& out) {
        if (out.exit_code == 0) return then(out.output);
        give_up(self, "A program in the edge's container failed (exit code " + std::to_string(out.exit_code) + ").");
      });
}

void nonsense(edge_pointer self) {
  give_up(self, "The edge's container gave an answer that cannot be understood; is its image of this version?");
}

// ---- files
// ---------------------------------------------------------------------------------------------------------------

struct wanted_files {
  upload_to_edge upload{incoming, file_owner, {}};
  std::map<model::site_id, site_file> files;
  std::vector<std::string> gone;
};

wanted_files changes_of(const edge_data& my) {
  wanted_files out;
  for (const auto& [id, site] : my.sites) {
    if (!site.aimed) continue;
    auto file = file_of(my, site);
    if (file.text == site.in_force || file.text == site.refused) continue;
    out.upload.files.emplace_back(id.text + ".conf", file.text);
    out.files.emplace(id, std::move(file));
  }
  for (const auto& held : my.held_sites) {
    if (my.sites.contains(model::site_id{held})) continue;
    out.upload.files.emplace_back(held + ".gone", "");
    out.gone.push_back(held);
  }
  return out;
}

// Of sites that are gone, once no file refers to them.
void forget_certificates(edge_pointer self) {
  for (const auto& held : self->state.held_certificates) {
    if (self->state.sites.contains(model::site_id{held})) continue;
    return run(self, {"edge", "forget", held}, quick_patience, [self, held](const std::string&) {
      self->state.held_certificates.erase(held);
      forget_certificates(self);
    });
  }
  end_look(self);
}

// Also where nothing was to be done: a site may have been waiting for the look alone.
void tell_served(edge_pointer self) {
  for (const auto& [id, site] : self->state.sites)
    if (const auto file = file_of(self->state, site); site.aimed && file.serves && file.text == site.in_force)
      happen(self, id, model::site_served{});
}

void take_result(edge_pointer self, const wanted_files& asked, const apply_result& result) {
  auto& my = self->state;
  for (const auto& [id, file] : asked.files) {
    my.held_sites.insert(id.text);
    const auto site = my.sites.find(id);
    if (site == my.sites.end()) continue;  // released meanwhile: the next look takes it away
    if (const auto refused = result.refused.find(id.text); refused != result.refused.end()) {
      log::warn("nginx refuses a site",
                {{"siteId", id.text}, {"domain", site->second.row.domain}, {"detail", refused->second}});
      site->second.refused = file.text;
      happen(self, id, model::site_refused{refused->second});
    } else {
      site->second.in_force = file.text;
      site->second.refused.clear();
    }
  }
  for (const auto& id : asked.gone) my.held_sites.erase(id);
}

void bring_files(edge_pointer self) {
  auto& my = self->state;
  auto changes = changes_of(my);
  my.works = true;
  my.trouble.clear();
  my.pause.reset();
  if (changes.upload.files.empty()) {
    tell_served(self);
    return forget_certificates(self);
  }
  my.applied_at = monotonic(*self);
  ask_host<model::done>(self, changes.upload, 0s, [self, changes](const model::done&) {
    run(self, {"edge", "apply"}, apply_patience, [self, changes](const std::string& output) {
      const auto result = read_apply_result(output);
      if (!result) return nonsense(self);
      take_result(self, changes, *result);
      tell_served(self);
      forget_certificates(self);
    });
  });
}

// ---- what the container holds
// ----------------------------------------------------------------------------------------------

void take_inventory(edge_pointer self, const edge_inventory& found) {
  auto& my = self->state;
  my.inventory_known = true;
  my.held_sites = found.sites;
  my.held_certificates.clear();
  for (const auto& [id, held] : found.certificates) my.held_certificates.insert(id);
  for (auto& [id, site] : my.sites) {
    site.in_force.clear();
    site.refused.clear();
    const auto held = found.certificates.find(id.text);
    const bool there = held != found.certificates.end() && held->second.domain == site.row.domain;
    if (site.row.certificate && !there) happen(self, id, model::certificate_lost{});
    if (!site.at_work) happen(self, id, model::site_resumed{});
  }
}

void learn_inventory(edge_pointer self) {
  auto& my = self->state;
  if (my.inventory_known) return bring_files(self);
  const auto ask = [self](const model::done&) {
    run(self, {"edge", "state"}, quick_patience, [self](const std::string& output) {
      const auto found = read_inventory(output);
      if (!found) return nonsense(self);
      take_inventory(self, *found);
      bring_files(self);
    });
  };
  if (my.parts.options.acme_ca.empty()) return ask({});
  ask_host<model::done>(self, upload_to_edge{"/edge", file_owner, {{"acme-ca.pem", my.parts.options.acme_ca}}}, 0s,
                        ask);
}

// ---- networks
// --------------------------------------------------------------------------------------------------------------

void join_networks(edge_pointer self) {
  auto& my = self->state;
  for (const auto& joined : my.container.networks)
    if (!my.by_environment.contains(joined))
      return ask_host<model::done>(self, detach_edge{joined}, 0s, [self, joined](const model::done&) {
        self->state.container.networks.erase(joined);
        join_networks(self);
      });
  if (!my.container.running) return give_up(self, "The edge's container does not run.");
  for (const auto& [environment, unused] : my.by_environment) {
    // An environment whose network is being made again is joined when it is there; the others do not wait for it.
    if (my.container.networks.contains(environment) || my.unjoinable.contains(environment)) continue;
    config::failpoint("edge.before_effect");
    self->request(my.parts.host, my.parts.options.host_timeout, attach_edge{environment})
        .then(
            [self, wanted = environment](const outcome<model::done, effect_error>& joined) {
              config::failpoint("edge.after_effect");
              if (joined)
                self->state.container.networks.insert(wanted);
              else
                self->state.unjoinable.insert(wanted);
              join_networks(self);
            },
            [self](const caf::error&) { give_up(self, "Docker did not answer in time."); });
    return;
  }
  learn_inventory(self);
}

void look(edge_pointer self) {
  auto& my = self->state;
  my.look_planned = false;
  if (my.looking) {
    my.look_again = true;
    return;
  }
  my.looking = true;
  // Who comes from now on may come too late for what this look has passed already.
  for (auto& then : my.next_look) my.after_look.push_back(std::move(then));
  my.next_look.clear();
  my.unjoinable.clear();
  ask_host<edge_container>(self, inspect_edge{}, 0s, [self](const edge_container& found) {
    auto& mine = self->state;
    if (found.id != mine.container.id || found.started_at != mine.container.started_at) mine.inventory_known = false;
    mine.container = found;
    if (found.id.empty()) return give_up(self, "There is no edge container on this machine.");
    join_networks(self);
  });
}

}  // namespace

void look_soon(edge_pointer self) {
  auto& my = self->state;
  if (my.looking) {
    my.look_again = true;
    return;
  }
  if (std::exchange(my.look_planned, true)) return;
  const auto next = my.applied_at + my.parts.options.reload_interval - monotonic(*self);
  after(self, std::max(next, model::duration{0}), [self] { look(self); });
}

site_file file_of(const edge_data& my, const living_site& site) {
  site_file out;
  out.serves = site.row.certificate.has_value();
  out.text = render_site(site.row, site.targets, my.parts.options.platform_upstream);
  return out;
}

}  // namespace troupe::nginx
