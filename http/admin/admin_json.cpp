#include "http/admin/admin_json.hpp"

#include "actors/codec/timestamp_text.hpp"

namespace troupe::http::admin {

using actors::actor_card;
using nlohmann::json;

supervision_tree::supervision_tree(const std::vector<actor_card>& cards) {
  for (const auto& card : cards) by_id_.emplace(card.id, &card);
  for (const auto& card : cards)
    children_[by_id_.contains(card.parent) && card.parent != card.id ? card.parent : ""].push_back(&card);
}

json supervision_tree::roots() const {
  auto out = json::array();
  if (const auto roots = children_.find(""); roots != children_.end())
    for (const auto* root : roots->second) out.push_back(render(*root));
  return out;
}

json supervision_tree::of(const std::string& id) const {
  const auto known = by_id_.find(id);
  return known == by_id_.end() ? json() : render(*known->second);
}

json supervision_tree::render(const actor_card& card, int depth) const {
  json out{{"id", card.id},
           {"kind", card.kind},
           {"state", card.state},
           {"mailboxDepth", card.mailbox_depth},
           {"messagesHandled", card.messages_handled},
           {"lastMessage", card.last_message},
           {"lastMessageAgeMs", card.last_message_age_ms},
           {"step", card.step},
           {"deadlineMs", card.deadline_ms ? json(*card.deadline_ms) : json()},
           {"restarts", card.restarts},
           {"lastError", card.last_error},
           {"lastErrorAgeMs", card.last_error_age_ms ? json(*card.last_error_age_ms) : json()},
           {"quarantined", card.quarantined},
           {"parent", card.parent.empty() ? json() : json(card.parent)},
           {"children", json::array()}};
  constexpr int deepest = 8;  // twice what there is: cards that name each other as parents end nothing
  if (const auto children = children_.find(card.id); depth < deepest && !card.id.empty() && children != children_.end())
    for (const auto* child : children->second) out["children"].push_back(render(*child, depth + 1));
  return out;
}

json render(const actors::stored_deployment& stored) {
  const auto& row = stored.row;
  json out{{"id", row.id.text},
           {"jobId", row.job.text},
           {"environmentId", row.environment.text},
           {"owner", row.owner.text},
           {"service", row.spec.service},
           {"number", row.number},
           {"image", row.spec.image.text()},
           {"replicas", row.spec.replicas},
           {"containers", stored.containers.size()},
           {"status", model::deployment_status_texts[row.status]},
           {"wanted", model::intent_texts[row.wanted]},
           {"health", row.health.degraded ? "degraded" : "ok"},
           {"revision", row.revision},
           {"createdAt", codec::timestamp_text(row.created_at)},
           {"updatedAt", codec::timestamp_text(row.updated_at)},
           {"error", nullptr}};
  if (row.error)
    out["error"] = {{"code", model::failure_code_texts[row.error->code]},
                    {"message", row.error->message},
                    {"phase", row.error->phase}};
  return out;
}

}  // namespace troupe::http::admin
