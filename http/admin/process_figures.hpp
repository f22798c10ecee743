// What the kernel says of this process.
#pragma once

#include <cstddef>
#include <cstdint>

namespace troupe::http::admin {

struct process_figures {
  std::uint64_t resident_bytes = 0;
  std::size_t open_descriptors = 0;
  std::size_t threads = 0;
  double cpu_seconds = 0;  // user and system, of all threads
};

// Zeros where /proc cannot be read.
process_figures read_process_figures();

}  // namespace troupe::http::admin
