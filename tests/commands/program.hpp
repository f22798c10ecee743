// Runs the built `troupe` and waits for its end.
#pragma once

#include <array>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <map>
#include <poll.h>
#include <spawn.h>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace troupe::testing {

struct ended {
  int code = -1;  // -1: by a signal, or it was killed as it did not end in time
  std::string out, errors;
  std::chrono::milliseconds took{};
};

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

// In an environment of exactly these variables. SIGKILL after `patience`.
inline ended run_troupe(std::vector<std::string> arguments, const std::map<std::string, std::string>& environment,
                        std::chrono::milliseconds patience = std::chrono::seconds{60}) {
  arguments.insert(arguments.begin(), TROUPE_BINARY);
  std::vector<std::string> variables;
  for (const auto& [name, value] : environment) variables.push_back(name + '=' + value);
  const auto pointers = [](std::vector<std::string>& texts) {
    std::vector<char*> out;
    for (auto& text : texts) out.push_back(text.data());
    out.push_back(nullptr);
    return out;
  };
  int out[2], errors[2];
  if (::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(errors, O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  ::posix_spawn_file_actions_adddup2(&actions, errors[1], 2);
  const auto begin = std::chrono::steady_clock::now();
  pid_t child = 0;
  const int failed =
      ::posix_spawn(&child, TROUPE_BINARY, &actions, nullptr, pointers(arguments).data(), pointers(variables).data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(out[1]);
  ::close(errors[1]);
  if (failed != 0) throw std::runtime_error("posix_spawn");

  ended result;
  std::array<pollfd, 2> both{{{out[0], POLLIN, 0}, {errors[0], POLLIN, 0}}};
  std::array<std::string*, 2> texts{&result.out, &result.errors};
  while (both[0].fd >= 0 || both[1].fd >= 0) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(begin + patience - std::chrono::steady_clock::now());
    if (left.count() <= 0 || ::poll(both.data(), both.size(), static_cast<int>(left.count())) == 0) {
      ::kill(child, SIGKILL);
      break;
    }
    for (std::size_t i = 0; i < both.size(); ++i) {
      if (both[i].fd < 0 || both[i].revents == 0) continue;
      std::array<char, 4096> block;
      const auto got = ::read(both[i].fd, block.data(), block.size());
      if (got > 0)
        texts[i]->append(block.data(), static_cast<std::size_t>(got));
      else
        both[i].fd = -1;
    }
  }
  ::close(out[0]);
  ::close(errors[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  result.took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
  if (WIFEXITED(status)) result.code = WEXITSTATUS(status);
  return result;
}

}  // namespace troupe::testing
