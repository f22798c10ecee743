// What operators read, as JSON.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "actors/messages.hpp"

namespace troupe::http::admin {

// By id, which actors are whose children; in the order of the cards. An actor whose parent has no card is a root.
class supervision_tree {
public:
  explicit supervision_tree(const std::vector<actors::actor_card>& cards);

  nlohmann::json roots() const;
  // Null where there is no such actor.
  nlohmann::json of(const std::string& id) const;

private:
  nlohmann::json render(const actors::actor_card& card, int depth = 0) const;

  std::map<std::string, const actors::actor_card*> by_id_;
  std::map<std::string, std::vector<const actors::actor_card*>> children_;  // "": the roots
};

// Whose it is and how it stands; no environment values, no log lines.
nlohmann::json render(const actors::stored_deployment& stored);

}  // namespace troupe::http::admin
