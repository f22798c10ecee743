#include "actors/desk/evidence.hpp"

#include <algorithm>

namespace troupe::desk {

namespace {

constexpr const char* hidden = "The scope LOGS_READ shows what the program wrote.";

bool has_evidence(const std::optional<model::failure>& why) {
  return why && !why->detail.empty();
}
bool has_evidence(const actors::deployment_view& view) {
  return has_evidence(view.row.error) || std::any_of(view.containers.begin(), view.containers.end(),
                                                     [](const auto& one) { return has_evidence(one.trouble); });
}
void hide(std::optional<model::failure>& why) {
  if (has_evidence(why)) why->detail = hidden;
}

}  // namespace

void hide_evidence(const model::caller& who, actors::deployment_view_ptr& view) {
  if (who.scopes.has(model::scope::logs_read) || !view || !has_evidence(*view)) return;
  const auto shown = std::make_shared<actors::deployment_view>(*view);
  hide(shown->row.error);
  for (auto& one : shown->containers) hide(one.trouble);
  view = shown;
}

void hide_evidence(const model::caller& who, page<actors::deployment_view_ptr>& views) {
  for (auto& view : views.items) hide_evidence(who, view);
}

}  // namespace troupe::desk
