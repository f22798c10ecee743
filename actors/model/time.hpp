// Wall-clock moments as they are stored and shown; deadlines never use them (they are durations, kept by timers).
#pragma once

#include <chrono>
#include <functional>

namespace troupe::model {

using timestamp = std::chrono::sys_time<std::chrono::microseconds>;
using duration = std::chrono::milliseconds;
using wall_clock = std::function<timestamp()>;

}  // namespace troupe::model
