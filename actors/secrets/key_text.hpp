// The text of a new key, in the form that model::parse_key reads.
#pragma once

#include "actors/model/identity.hpp"
#include "actors/secrets/random.hpp"

namespace troupe::secrets {

// 80 random bits of id as 16 of a-z2-7, 256 of secret as 43 characters of base64url.
model::presented_key new_key(const random_filler& random = fill_random);

}  // namespace troupe::secrets
