#include "actors/desk/privileges.hpp"

#include "actors/model/privileges.hpp"

namespace troupe::desk {

std::vector<model::violation> find_ungranted(const parts& with, const model::release_spec& asked) {
  return with.grants_privileges ? std::vector<model::violation>{} : model::privileges_of(asked.security);
}

refusal not_granted(std::vector<model::violation> violations) {
  refusal out{cause::rejected,
              "This installation grants containers neither root nor capabilities: its operator has set "
              "MAX_SECURITY_PRESET=restricted."};
  out.violations = std::move(violations);
  return out;
}

}  // namespace troupe::desk
