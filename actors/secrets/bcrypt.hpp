// bcrypt ($2b$, cost 10: about 50 ms of a core). It reads 72 bytes and stops at NUL, so longer texts and those with a
// NUL are refused.
#pragma once

#include <string>

#include "actors/secrets/random.hpp"

namespace troupe::secrets {

inline constexpr int bcrypt_cost = 10;

// 60 characters. Throws std::invalid_argument for a secret that bcrypt would cut, std::runtime_error where libcrypt
// fails.
std::string bcrypt_hash(const std::string& secret, const random_filler& random = fill_random, int cost = bcrypt_cost);

// False also for a hash that is none, or of another kind than bcrypt's.
bool bcrypt_matches(const std::string& secret, const std::string& hash);

// A well-formed hash at bcrypt_cost that no known secret has: checking against it takes as long as against a real one.
const std::string& unmatched_bcrypt_hash();

}  // namespace troupe::secrets
