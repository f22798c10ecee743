#include "actors/model/service_change.hpp"

namespace troupe::model {

outcome<release_spec> next_spec(const deployment* from, std::optional<std::uint64_t> if_number,
                                const spec_change& change) {
  if (from == nullptr)
    return problem{consequence::conflict,
                   "No release of this service stands any more: deploy it anew with its whole spec.",
                   {},
                   0};
  if (if_number && *if_number != from->number)
    return problem{
        consequence::outdated,
        "The service's newest release is number " + std::to_string(from->number) + " by now: look at it again.",
        {},
        0};
  return change(from->spec);
}

}  // namespace troupe::model
