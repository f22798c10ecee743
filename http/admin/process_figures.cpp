#include "http/admin/process_figures.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <system_error>
#include <unistd.h>

namespace troupe::http::admin {

namespace {

std::size_t entries_of(const char* directory) {
  std::error_code failed;
  std::filesystem::directory_iterator at(directory, failed);
  std::size_t count = 0;
  for (; !failed && at != std::filesystem::directory_iterator{}; at.increment(failed)) ++count;
  return count;
}

double seconds_of(const timeval& t) {
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
}

}  // namespace

process_figures read_process_figures() {
  process_figures out;
  std::uint64_t size = 0, resident = 0;
  if (std::ifstream statm("/proc/self/statm"); statm >> size >> resident)
    out.resident_bytes = resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  if (const auto open = entries_of("/proc/self/fd"); open > 0)
    out.open_descriptors = open - 1;  // the one that reads the directory
  out.threads = entries_of("/proc/self/task");
  rusage used{};
  if (getrusage(RUSAGE_SELF, &used) == 0) out.cpu_seconds = seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
  return out;
}

disk_figures read_disk_figures(const std::string& directory) {
  struct statvfs disk {};
  if (statvfs(directory.c_str(), &disk) != 0 && statvfs("/", &disk) != 0) return {};
  return {disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize};
}

}  // namespace troupe::http::admin
