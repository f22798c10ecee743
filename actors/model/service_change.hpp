// A change of a service: the next release's spec, made from that of the release on which changes build.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "actors/model/deployment.hpp"
#include "actors/model/problem.hpp"

namespace troupe::model {

// Any thread may call it; what it refuses is the answer.
using spec_change = std::function<outcome<release_spec>(const release_spec& from)>;

// `from`: null where no release stands any more on which it could build (conflict). outdated: it does not bear
// `if_number`.
outcome<release_spec> next_spec(const deployment* from, std::optional<std::uint64_t> if_number,
                                const spec_change& change);

}  // namespace troupe::model
