// What ended by itself while its release was RUNNING. Swarm starts such a container again within seconds, so a look
// alone finds it running most of the time: whether it is well is judged over a window.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/model/observation.hpp"

namespace troupe::model {

struct service_plan;

struct crash {
  std::string task;  // Swarm's id of it
  std::string slot;  // "service.slot"
  timestamp at{};

  bool operator==(const crash&) const = default;
};

struct crash_record {
  std::uint32_t count = 0;           // since it became RUNNING
  std::vector<crash> recent;         // of the last crash_window, at most most_recent, oldest first
  std::string last_words;            // why the newest one ended, a sentence
  std::optional<timestamp> settled;  // what ended until then is counted, or does not count

  bool operator==(const crash_record&) const = default;
};

inline constexpr std::chrono::minutes crash_window{10};
inline constexpr std::size_t crashes_of_a_loop = 3;  // of one slot within the window
inline constexpr std::size_t most_recent = 32;

// Begins anew: what was seen until now does not count.
crash_record begin_record(const service_observation& seen);

// Takes in what the look shows of the plan's own containers.
void note_crashes(crash_record& record, const service_plan& plan, const service_observation& seen, timestamp now);

inline constexpr const char* crash_loop_word = "crash loop: ";  // what its reason begins with
struct crash_loop {
  std::string reason;  // a sentence
  timestamp over{};    // when it is none any more, if nothing ends until then
};
// Whether one slot has ended again and again.
std::optional<crash_loop> find_loop(const crash_record& record, timestamp now);

}  // namespace troupe::model
