// The schema, built by numbered steps that are compiled in. Each is applied once, in a transaction of its own, and
// never changes afterwards.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "actors/model/problem.hpp"

namespace troupe::persistence {

struct migration {
  int version = 0;
  const char* name = "";      // "V001__first_schema"
  const char* checksum = "";  // SHA-256 of the text, hex
  const char* sql = "";
};
std::span<const migration> known_migrations();  // by version

namespace migrations {

// The names of those that are not applied yet, or that were applied just now. Problems, fit for an operator: conflict
// (the database is newer than this program, or a step was changed after it was applied), rejected (a step failed; it
// left nothing behind), unavailable.
using names = std::vector<std::string>;
model::outcome<names> pending(const std::string& url, std::span<const migration> known = known_migrations(),
                              std::chrono::milliseconds timeout = std::chrono::seconds{5});
// Several processes may call it at once: one does the work while the others wait.
model::outcome<names> apply(const std::string& url, std::span<const migration> known = known_migrations(),
                            std::chrono::milliseconds timeout = std::chrono::minutes{5});

}  // namespace migrations
}  // namespace troupe::persistence
