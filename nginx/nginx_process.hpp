#pragma once
// nginx as a child process.

#include <chrono>
#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

namespace troupe::nginx {

/// Starts `program` in a process group of its own, in `directory`, with an empty environment, no descriptor of ours,
/// and stderr to `error_fd`. When the calling *thread* ends, even by kill -9, the child gets SIGTERM: call from a
/// thread that lives as long.
pid_t start_nginx(const std::string& program, const std::vector<std::string>& arguments,
                  const std::filesystem::path& directory, int error_fd);

/// Throws std::runtime_error with nginx's own words where it refuses the configuration.
void check_configuration(const std::string& program, const std::filesystem::path& file);

/// Every living nginx, master or worker, that was started in `directory`.
std::vector<pid_t> nginx_processes(const std::filesystem::path& directory);

/// Ends them: SIGTERM, after `patience` SIGKILL. False where some are left even then.
bool end_nginx_processes(const std::filesystem::path& directory, std::chrono::milliseconds patience);

}  // namespace troupe::nginx
