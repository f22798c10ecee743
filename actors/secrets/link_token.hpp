// The token of a magic link: what its holder shows, and what is stored of it.
#pragma once

#include <string>
#include <string_view>

#include "actors/secrets/random.hpp"

namespace troupe::secrets {

// 256 random bits as 43 characters of base64url.
std::string new_link_token(const random_filler& random = fill_random);

// SHA-256, hex. Plain, as nobody can guess at 256 random bits.
std::string link_token_hash(std::string_view token);

}  // namespace troupe::secrets
