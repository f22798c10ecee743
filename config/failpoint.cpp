#include "config/failpoint.hpp"

#ifdef TROUPE_FAILPOINTS

#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <iostream>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unistd.h>

namespace troupe::config {
namespace {

[[noreturn]] void give_up(const std::string& why) {
  std::cerr << "failpoint: " << why << std::endl;
  std::_Exit(78);
}

[[noreturn]] void kill_this_process() {
  ::kill(::getpid(), SIGKILL);
  for (;;) ::pause();
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view{} : std::string_view{value};
}

struct armed {
  std::string name;  // empty: none
  std::uint64_t hit = 1;
  std::uint64_t any_hit = 0;  // 0: never
  enum { kill, sleep, fail } action = kill;
  std::chrono::milliseconds pause{0};
  int log = -1;

  std::mutex mutex;
  std::uint64_t hits = 0, any_hits = 0;

  armed() {
    if (const auto text = variable("TROUPE_FAILPOINT"); !text.empty() && !read(text))
      give_up("TROUPE_FAILPOINT must be name[:N][:kill9|:sleep:MILLISECONDS|:throw], not " + std::string{text});
    if (const auto text = variable("TROUPE_FAILPOINT_ANY"); !text.empty()) {
      any_hit = number(text).value_or(0);
      if (any_hit == 0) give_up("TROUPE_FAILPOINT_ANY must be a number from 1, not " + std::string{text});
    }
    if (const auto file = variable("TROUPE_FAILPOINT_LOG"); !file.empty()) {
      log = ::open(file.data(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
      if (log < 0) give_up("cannot append to TROUPE_FAILPOINT_LOG " + std::string{file});
    }
  }

  bool read(std::string_view text) {
    const auto next = [&text] {
      const auto end = text.find(':');
      const auto part = text.substr(0, end);
      text = end == text.npos ? std::string_view{} : text.substr(end + 1);
      return part;
    };
    name = next();
    if (name.empty()) return false;
    auto word = next();
    if (const auto count = number(word)) {
      hit = *count;
      word = next();
    }
    if (word == "sleep") {
      const auto wait = number(next());
      if (!wait) return false;
      action = sleep;
      pause = std::chrono::milliseconds{*wait};
    } else if (word == "throw") {
      action = fail;
    } else if (!word.empty() && word != "kill9") {
      return false;
    }
    return hit > 0 && text.empty();
  }

  void write(std::string_view hit_name) const {
    if (log < 0) return;
    const auto line = std::string{hit_name} + '\n';
    if (::write(log, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
      give_up("cannot write TROUPE_FAILPOINT_LOG");
  }
};

}  // namespace

void failpoint(std::string_view name) {
  static auto* const points = new armed;  // outlives every thread
  {
    const std::lock_guard lock{points->mutex};
    points->write(name);
    const bool named = name == points->name && ++points->hits == points->hit;
    if (++points->any_hits == points->any_hit || (named && points->action == armed::kill)) kill_this_process();
    if (!named) return;
  }
  if (points->action == armed::fail) throw failpoint_error{"failpoint " + std::string{name}};
  std::this_thread::sleep_for(points->pause);
}

}  // namespace troupe::config

#endif
