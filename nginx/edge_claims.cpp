// Who gets a name, and how it becomes free again.
#include "actors/model/domain_name.hpp"
#include "config/failpoint.hpp"
#include "nginx/edge_state.hpp"

namespace troupe::nginx {

using namespace troupe::actors;
using model::consequence;
using model::problem;

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
std::optional<problem> refusal_of(const edge_data& my, const publish_site& wanted,
                                  std::vector<model::site_id>& displaced) {
  const auto& options = my.parts.options;
  if (!options.platform_domain.empty() && model::is_within(wanted.domain, options.platform_domain))
    return conflict("This name is the platform's own.");
  const auto holder = my.by_domain.find(wanted.domain);
  if (holder == my.by_domain.end()) return std::nullopt;
  const auto& other = my.sites.at(holder->second).row;
  if (other.environment == wanted.environment) return std::nullopt;
  if (other.owner == wanted.owner)
    return conflict("This name belongs to your environment " + other.environment.text + "; release it there first.");
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
  if (environment->row.status != model::environment_status::active)
    return answer.give(conflict("The environment is being deleted."));
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
    return answer.give(
        problem{consequence::rejected, choice.why_not, {{row.pinned ? "/port" : "/service", choice.why_not}}, 0});
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
  save_for_sure(self, my.parts.rows, my.parts.options.database_timeout, save_sites{{row}, displaced},
                [self, row, answer](const outcome<model::done>& saved) {
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
    self->state.next_look.push_back([answer] { answer.give(model::done{}); });
    look_soon(self);
  };
  const auto it = my.by_environment.find(wanted.environment);
  if (it == my.by_environment.end()) {
    // Nothing is known of the container before the first look: a crash may have left something there.
    if (my.looked && !my.container.networks.contains(wanted.environment)) return answer.give(model::done{});
    return cleaned();
  }
  const auto id = it->second;
  config::failpoint("edge.before_save");
  save_for_sure(self, my.parts.rows, my.parts.options.database_timeout, save_sites{{}, {id}},
                [self, id, answer, cleaned](const outcome<model::done>& saved) {
                  config::failpoint("edge.after_save");
                  if (!saved) return answer.give(saved.error());
                  drop(self, id);
                  cleaned();
                });
}

}  // namespace troupe::nginx
