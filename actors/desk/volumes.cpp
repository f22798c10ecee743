#include "actors/desk/volumes.hpp"

#include <map>

#include "actors/desk/admission.hpp"
#include "actors/model/volume_use.hpp"

namespace troupe::desk {

namespace {

std::map<std::string, std::vector<volume_use>> uses_of(const actors::environment_view& environment,
                                                       const actors::board& board) {
  std::map<std::string, std::vector<volume_use>> out;
  for (const auto& brief : environment.deployments) {
    const auto view = board.find(brief.id);
    if (!view || model::is_final(view->row.status)) continue;
    for (const auto& mount : model::mounts_of(view->row.spec, view->row.image))
      out[mount.name].push_back({brief.id, brief.service, view->row.status, mount.mount_path, mount.read_only});
  }
  return out;
}

}  // namespace

void perform(const task& t, const list_volumes& what, answer_to<std::vector<shown_volume>> then) {
  const auto& parts = t.parts();
  ask(
      t.self, parts.engine, parts.engine_timeout, actors::list_volumes{what.environment},
      [t, then](const std::vector<actors::engine_volume>& found) {
        auto uses = uses_of(*t.of->environment, *t.parts().board);
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
