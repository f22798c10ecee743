// Who gets a name, and how it becomes free again.
#include <algorithm>
#include <iterator>

#include "actors/model/domain_name.hpp"
#include "config/failpoint.hpp"
#include "nginx/edge_state.hpp"

namespace troupe::nginx {

using namespace troupe::actors;
using model::consequence;
using model::problem;

living_site& adopt(edge_data& my, model::site row) {
  my.by_domain[row.domain] = row.id;
  if (!model::is_platform(row)) my.by_environment[row.environment].push_back(row.id);
  auto& site = my.sites[row.id];
  site.row = std::move(row);
  return site;
}

void drop(edge_pointer self, const model::site_id& id) {
  auto& my = self->state;
  const auto it = my.sites.find(id);
  if (it == my.sites.end()) return;
  const auto row = it->second.row;
  const auto waiting = std::move(it->second.waiting);
  my.by_domain.erase(row.domain);
  my.sites.erase(it);
  for (const auto& change : waiting)
    if (change.answer) change.answer->give(conflict("The name was released meanwhile."));
  if (model::is_platform(row)) return;
  auto& others = my.by_environment.at(row.environment);
  std::erase(others, id);
  if (others.empty()) my.by_environment.erase(row.environment);
  withdraw(self, row.environment, id);
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

namespace {

std::vector<model::site_id> sites_of(const edge_data& my, const model::environment_id& environment) {
  const auto found = my.by_environment.find(environment);
  return found == my.by_environment.end() ? std::vector<model::site_id>{} : found->second;
}

void remove_rows(edge_pointer self, const std::vector<model::site_id>& ids,
                 std::function<void(const outcome<model::done>&)> then) {
  auto& my = self->state;
  for (const auto& id : ids) my.sites.at(id).leaving = true;
  config::failpoint("edge.before_save");
  save_for_sure(self, my.parts.rows, my.parts.options.database_timeout, save_sites{{}, ids},
                [self, ids, then = std::move(then)](const outcome<model::done>& saved) {
                  config::failpoint("edge.after_save");
                  for (const auto& id : ids) {
                    if (saved) {
                      drop(self, id);
                    } else if (const auto it = self->state.sites.find(id); it != self->state.sites.end()) {
                      it->second.leaving = false;
                      go_on(self, id);
                    }
                  }
                  then(saved);
                });
}

void take_wishes(model::site& row, const publish_site& wanted) {
  // What was chosen stays where nobody names another.
  const bool chosen = !row.pinned && wanted.service.empty();
  if (!chosen && row.service != wanted.service) row.chosen_port = 0;
  if (!chosen) row.service = wanted.service;
  row.pinned = !wanted.service.empty();
  row.port = wanted.port;
  if (!wanted.wishes) return;
  row.settings = wanted.wishes->settings;
  auto paths = wanted.wishes->paths;
  for (auto& path : paths)
    for (const auto& before : row.paths)
      if (before.path == path.path && before.service == path.service) path.chosen_port = before.chosen_port;
  row.paths = std::move(paths);
}

}  // namespace

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
  const auto mine = sites_of(my, wanted.environment);
  const auto same = std::find_if(mine.begin(), mine.end(),
                                 [&](const auto& id) { return my.sites.at(id).row.domain == wanted.domain; });
  const bool again = same != mine.end();
  if (wanted.alone)
    std::copy_if(mine.begin(), mine.end(), std::back_inserter(displaced),
                 [&](const auto& id) { return my.sites.at(id).row.domain != wanted.domain; });
  else if (const auto most = my.parts.options.domains_per_environment; !again && mine.size() >= most)
    return answer.give(conflict("The environment has " + std::to_string(mine.size()) +
                                " domains, as many as it may (DOMAINS_PER_ENVIRONMENT): delete one first."));
  model::site row;
  if (again) {
    row = my.sites.at(*same).row;
  } else {
    row.id = model::new_id<model::site_id>(my.parts.random);
    row.environment = wanted.environment;
    row.owner = wanted.owner;
    row.domain = wanted.domain;
    row.created_at = now;
  }
  take_wishes(row, wanted);
  const auto choice = model::choose_targets(row, candidates_of(my, *environment));
  if (!choice.ambiguous.empty())
    return answer.give(problem{consequence::rejected, choice.why_not, {{choice.ambiguous, choice.why_not}}, 0});
  model::keep_choice(row, choice.targets);

  // What it leaves goes for itself: a name that stays waits for no other.
  if (again) {
    const auto retarget = [row, now](const model::site& current) {
      model::site_decision out{current, false, {}};
      out.next.pinned = row.pinned;
      out.next.service = row.service;
      out.next.port = row.port;
      out.next.chosen_port = row.chosen_port;
      out.next.paths = row.paths;
      out.next.settings = row.settings;
      out.save = !(out.next == current);
      if (out.save) {
        out.next.revision += 1;
        out.next.updated_at = now;
      }
      return out;
    };
    if (displaced.empty()) return enqueue(self, row.id, {retarget, answer});
    return remove_rows(self, displaced, [self, id = row.id, retarget, answer](const outcome<model::done>& removed) {
      if (!removed) return answer.give(removed.error());
      if (!self->state.sites.contains(id)) return answer.give(conflict("The name was released meanwhile."));
      enqueue(self, id, {retarget, answer});
    });
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

// The rows go first: what the container still has of them is then nobody's, and the next look takes it away.
void release_domain(edge_pointer self, const release_site& wanted, const reply<model::done>& answer) {
  auto& my = self->state;
  if (!my.loaded) return answer.give(problem{consequence::unavailable, "The service is starting; try again.", {}, 2});
  const auto cleaned = [self, answer] {
    self->state.next_look.push_back([answer] { answer.give(model::done{}); });
    look_soon(self);
  };
  auto gone = sites_of(my, wanted.environment);
  if (!wanted.domain.empty())
    std::erase_if(gone, [&](const auto& id) { return my.sites.at(id).row.domain != wanted.domain; });
  if (gone.empty()) {
    // Nothing is known of the container before the first look: a crash may have left something there.
    const bool joined = my.container.networks.contains(wanted.environment) && sites_of(my, wanted.environment).empty();
    if (my.looked && !joined) return answer.give(model::done{});
    return cleaned();
  }
  remove_rows(self, gone, [answer, cleaned](const outcome<model::done>& removed) {
    if (!removed) return answer.give(removed.error());
    cleaned();
  });
}

}  // namespace troupe::nginx
