// What the kernel says of this process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace troupe::http::admin {

struct process_figures {
  std::uint64_t resident_bytes = 0;
  std::size_t open_descriptors = 0;
  std::size_t threads = 0;
  double cpu_seconds = 0;  // user and system, of all threads
};

// Zeros where /proc cannot be read.
process_figures read_process_figures();

// Of the disk that holds the directory, or will hold it; zeros where that cannot be told.
struct disk_figures {
  std::uint64_t free_bytes = 0, size_bytes = 0;
};
disk_figures read_disk_figures(const std::string& directory);

}  // namespace troupe::http::admin
