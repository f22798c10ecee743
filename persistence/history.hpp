// Forgets what is over: releases and deleted environments that are older than somebody wants to know of.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "persistence/queries.hpp"

namespace troupe::persistence {

struct kept_history {
  std::chrono::seconds time{std::chrono::days(90)};  // since it was over
  std::uint32_t releases = 10;                       // of a service that is there: its newest stay, however old
};

// How far a pass over all that is over has come. A step looks at a page of it, so that none takes long.
struct history_pass {
  std::string after_time = "-infinity", after_id;  // of the last row that was looked at
  bool done = false;                               // all was looked at
};

// Deletes, out of the next `page` releases that are over, those that are old and that no living one refers to: with
// their timelines, containers and notices. After the last of them deleted environments of which nothing is left go
// too. May be repeated after a commit whose fate is unknown.
model::outcome<model::done> forget_old_history(queries::tx& t, const kept_history& kept, history_pass& pass,
                                               std::size_t page = 500);

}  // namespace troupe::persistence
