// What the desk is given at birth.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "actors/board.hpp"
#include "actors/desk/caller.hpp"
#include "actors/desk/refusal.hpp"
#include "actors/desk/subject.hpp"
#include "actors/identity.hpp"
#include "actors/interfaces.hpp"
#include "actors/registry_book.hpp"

namespace troupe::desk {

// Told of each command once its outcome is known, of refused ones too; `why` is null where it was done. Any thread.
using audit_hook =
    std::function<void(const caller& who, std::string_view command, const subject::any& about, const refusal* why)>;

struct parts {
  std::shared_ptr<actors::board> board;
  actors::database_actor database;
  actors::engine_actor engine;
  actors::orchestrator_actor orchestrator;
  actors::identity_actor identity;
  actors::edge_actor edge{};    // none: there are no public domains
  model::random_source random;  // thread-safe
  std::uint32_t deployments_per_minute = 0;
  std::uint32_t plans_per_minute = 0;
  std::size_t queued_releases = 100;  // as of the house
  std::shared_ptr<const actors::registry_book> logins = std::make_shared<actors::registry_book>();
  bool grants_privileges = true;  // root and capabilities, to containers that ask for them: MAX_SECURITY_PRESET
  audit_hook audit{};

  std::size_t clerks = 2;
  std::size_t waiting = 2'000, waiting_per_user = 50;  // commands that wait for a deployment to settle
  // Below the door's proxy_read_timeout, so that each call is answered by us.
  model::duration database_timeout{15'000}, engine_timeout{30'000}, identity_timeout{10'000};
  model::duration orchestrator_timeout{50'000};  // an environment is answered once its network is there
};

}  // namespace troupe::desk
