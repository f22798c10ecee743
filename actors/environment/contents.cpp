#include "actors/environment/contents.hpp"

#include "actors/model/volume_use.hpp"

namespace troupe::actors::environment {

void contents::show(const model::release_brief& brief, const deployment_view_ptr& view) {
  auto& one = pieces_[brief.id];
  one.brief.id = brief.id;
  one.brief.service = brief.service;
  one.brief.status = brief.status;
  if (!view) return;
  one.brief.image = view->row.spec.image.text();
  let_go(one);
  one.volumes.clear();
  for (const auto& mount : model::mounts_of(view->row.spec, view->row.image)) {
    one.volumes.push_back(mount.name);
    ++volumes_[mount.name];
  }
}

void contents::drop(const model::deployment_id& id) {
  const auto it = pieces_.find(id);
  if (it == pieces_.end()) return;
  let_go(it->second);
  pieces_.erase(it);
}

void contents::let_go(const piece& of) {
  for (const auto& name : of.volumes)
    if (const auto it = volumes_.find(name); --it->second == 0) volumes_.erase(it);
}

void contents::fill(environment_view& out) const {
  out.deployments.reserve(pieces_.size());
  for (const auto& [id, one] : pieces_) out.deployments.push_back(one.brief);
  out.volumes.reserve(volumes_.size());
  for (const auto& [name, mounts] : volumes_) out.volumes.push_back(name);
}

}  // namespace troupe::actors::environment
