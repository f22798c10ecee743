#include "actors/desk/volumes.hpp"

#include <map>

#include "actors/desk/admission.hpp"
#include "actors/volume_uses.hpp"

namespace troupe::desk {

namespace {

volume_use shown(const actors::volume_use& use) {
  const auto& row = use.release->row;
  return {row.id, row.spec.service, row.status, use.mount.mount_path, use.mount.read_only};
}

std::map<std::string, std::vector<volume_use>> uses_in(const model::environment_id& environment,
                                                       const actors::board& board) {
  std::map<std::string, std::vector<volume_use>> out;
  for (const auto& [name, uses] : actors::volume_uses(board, environment))
    for (const auto& use : uses) out[name].push_back(shown(use));
  return out;
}

}  // namespace

void perform(const task& t, const list_volumes& what, answer_to<std::vector<shown_volume>> then) {
  const auto& parts = t.parts();
  ask(
      t.self, parts.engine, parts.engine_timeout, actors::list_volumes{what.environment},
      [t, then](const std::vector<actors::engine_volume>& found) {
        auto uses = uses_in(t.of->environment->row.id, *t.parts().board);
        std::map<std::string, shown_volume> all;
        for (const auto& volume : found) all[volume.name] = {volume, true, std::move(uses[volume.name])};
        for (auto& [name, used_by] : uses)
          if (!all.contains(name) && !used_by.empty()) all[name] = {{name}, false, std::move(used_by)};
        std::vector<shown_volume> out;
        for (auto& [unused, one] : all) out.push_back(std::move(one));
        then(std::move(out));
      },
      then);
}

void perform(const task& t, const delete_volume& what, answer_to<model::done> then) {
  const auto& parts = t.parts();
  pass_on(t, parts.orchestrator, parts.orchestrator_timeout,
          actors::delete_volume{t.of->who.user, what.environment, what.name}, std::move(then));
}

}  // namespace troupe::desk
