#include "actors/desk/clerk.hpp"

namespace troupe::desk {

namespace {

clerk_actor::behavior_type behavior(clerk self) {
  return {[self](const errand& e) { guarded([&] { e.run(self); }, [](const refusal&) {}); }};
}

}  // namespace

clerk_actor spawn_clerk(caf::actor_system& system) {
  return system.spawn(behavior);
}

}  // namespace troupe::desk
