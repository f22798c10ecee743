#include "actors/environment/state.hpp"
#include "actors/volume_uses.hpp"
#include "config/logging.hpp"

namespace troupe::actors::environment {

using model::consequence;
using model::environment_status;
using model::problem;

void drop_volume(self_ptr self, const delete_volume& what, const reply<model::done>& answer) {
  auto& my = self->state;
  if (my.row.status != environment_status::active)
    return answer.give(
        problem{consequence::conflict,
                "The environment is " + std::string(model::environment_status_texts[my.row.status]) + ".",
                {},
                0});
  if (const auto users = users_of(*my.house->board, my.row.id, what.name); !users.empty())
    return answer.give(problem{consequence::conflict,
                               "The volume " + what.name + " is used by " + users +
                                   ". Delete these deployments, or deploy them without it, first.",
                               {},
                               0});
  if (!my.volumes_going.insert(what.name).second)
    return answer.give(problem{consequence::retry, "The volume is being deleted already.", {}, 2});
  const auto conclude = [self, answer, name = what.name](const outcome<model::done>& how) {
    self->state.volumes_going.erase(name);
    if (how) log::info("volume deleted", {{"environmentId", self->state.row.id.text}, {"volume", name}});
    answer.give(how);
  };
  self->request(my.house->engine, my.house->timeouts.engine, remove_volume{my.row.id, what.name})
      .then(
          [conclude](const outcome<model::done, effect_error>& done) {
            if (done) return conclude(model::done{});
            conclude(problem{done.error().kind, done.error().what.message, {}, 0});
          },
          [conclude](const caf::error&) {
            conclude(
                problem{consequence::unavailable, "Docker did not answer in time; look whether it is gone.", {}, 2});
          });
}

}  // namespace troupe::actors::environment
