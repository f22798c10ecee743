#include "docker/log_shelf.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <optional>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

#include "config/logging.hpp"
#include "docker/clean_text.hpp"
#include "docker/log_frames.hpp"
#include "docker/log_sieve.hpp"

namespace troupe::docker {

namespace {

namespace fs = std::filesystem;
using steady = std::chrono::steady_clock;

constexpr std::size_t block_bytes = 64U << 10U;    // of text, that are written at once
constexpr std::size_t most_waiting = 512U << 10U;  // of text, for which the disk has no room
constexpr std::uint64_t files_of_a_service = 8;    // of about equal size: the oldest goes when there are too many bytes
constexpr std::size_t most_containers = 256;       // whose positions are known, of one service
constexpr std::size_t catch_up_lines = 1'000;      // of one reading while a follower catches up
constexpr std::string_view suffix = ".gz";

// A file that is closed whatever happens.
class open_file {
public:
  open_file(const fs::path& path, int flags) : fd_(open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~open_file() {
    if (fd_ >= 0) close(fd_);
  }
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;
  explicit operator bool() const { return fd_ >= 0; }
  int fd() const { return fd_; }

  std::string read_at(std::uint64_t offset, std::size_t bytes) const {
    std::string out(bytes, '\0');
    std::size_t got = 0;
    while (got < bytes) {
      const auto n = pread(fd_, out.data() + got, bytes - got, static_cast<off_t>(offset + got));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) break;
      got += static_cast<std::size_t>(n);
    }
    out.resize(got);
    return out;
  }

private:
  int fd_;
};

struct found_block {
  std::uint64_t offset = 0;
  block_header header;
};

// Those of the file's first `bytes`, up to the first that is none.
std::vector<found_block> blocks_of(const open_file& file, std::uint64_t bytes) {
  std::vector<found_block> out;
  for (std::uint64_t at = 0; at < bytes;) {
    constexpr std::size_t usual_header = 512;
    auto header = read_header(file.read_at(at, usual_header));
    if (!header) header = read_header(file.read_at(at, longest_header));
    if (!header || at + header->bytes > bytes) break;
    at += header->bytes;
    out.push_back({at - header->bytes, std::move(*header)});
  }
  return out;
}

fs::path file_name(std::uint64_t first) {
  const auto digits = std::to_string(first);
  return std::string(20 - std::min<std::size_t>(20, digits.size()), '0') + digits + std::string(suffix);
}

std::optional<std::uint64_t> first_of(const fs::path& file) {
  const auto name = file.filename().string();
  std::uint64_t first = 0;
  if (!name.ends_with(suffix)) return std::nullopt;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size() - suffix.size(), first);
  if (error != std::errc{} || end != name.data() + name.size() - suffix.size()) return std::nullopt;
  return first;
}

// What it has to make of the path is this user's alone. Nothing but errno, or 0.
int make_directory(const fs::path& path) {
  if (mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return 0;
  if (errno != ENOENT || !path.has_relative_path()) return errno;
  const int of_parent = make_directory(path.parent_path());
  if (of_parent != 0) return of_parent;
  return mkdir(path.c_str(), 0700) == 0 || errno == EEXIST ? 0 : errno;
}

// A service's name is a DNS label; what is not may be no path either.
bool is_plain(std::string_view name) {
  return !name.empty() && name.size() <= 128 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

std::size_t size_of(const actors::log_line& line) {
  return line.message.size() + line.container.size() + 64;
}

actors::log_line as_wanted(actors::log_line line, const actors::read_logs& wanted) {
  if (!wanted.keep_escapes && line.message.find('\x1b') != std::string::npos)
    line.message = clean_text(line.message, log_frames::longest_line, escapes::strip);
  return line;
}

}  // namespace

struct log_shelf::drawer {
  struct file {
    std::uint64_t first = 0;  // number of its first line
    std::uint64_t bytes = 0;
    std::optional<model::timestamp> begun{};  // where known
    model::timestamp written{};
  };
  struct follower {
    actors::read_logs wanted;
    std::shared_ptr<actors::log_sink> sink;
  };

  place of;
  fs::path directory;
  mutable std::mutex mutex;  // of what follows
  std::deque<file> files;    // the oldest first
  bool loaded = false;       // `last` and `positions` are known
  bool dropped = false;
  std::uint64_t last = 0;  // number of the newest line
  log_positions positions;
  std::set<std::string> moved;  // containers whose positions no block tells yet
  std::vector<actors::log_line> waiting;
  std::size_t waiting_bytes = 0;
  steady::time_point waiting_since{}, tried_at{};
  std::uint64_t lost = 0;  // lines for which there was no room
  std::string lost_because;
  actors::log_line gap;  // in the place of the newest of them
  std::vector<follower> followers;

  std::uint64_t bytes() const {
    std::uint64_t sum = 0;
    for (const auto& f : files) sum += f.bytes;
    return sum;
  }
  void remove_oldest() {
    std::error_code ignored;
    fs::remove(directory / file_name(files.front().first), ignored);
    files.pop_front();
  }
  void tell(const actors::log_line& line) {
    std::erase_if(followers, [&](const follower& f) {
      const auto shown = as_wanted(line, f.wanted);
      if (!log_sieve(f.wanted).fits(shown) || f.sink->line(shown)) return false;
      if (f.sink->ended) f.sink->ended();
      return true;
    });
  }
};

log_shelf::log_shelf(shelf_options options) : options_(std::move(options)) {
  std::error_code error;
  for (const auto& e : fs::directory_iterator(options_.directory, error)) {
    const auto environment = model::parse_id<model::environment_id>(e.path().filename().string());
    if (!environment) continue;
    std::error_code of_services;
    for (const auto& s : fs::directory_iterator(e.path(), of_services)) {
      const place of{*environment, s.path().filename().string()};
      if (!is_plain(of.second)) continue;
      auto d = std::make_shared<drawer>();
      d->of = of;
      d->directory = s.path();
      std::error_code of_files;
      for (const auto& f : fs::directory_iterator(s.path(), of_files)) {
        struct stat facts {};
        const auto first = first_of(f.path());
        if (!first || stat(f.path().c_str(), &facts) != 0) continue;
        d->files.push_back({*first,
                            static_cast<std::uint64_t>(facts.st_size),
                            {},
                            model::timestamp(std::chrono::seconds(facts.st_mtime))});
      }
      std::sort(d->files.begin(), d->files.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
      drawers_.emplace(of, std::move(d));
    }
  }
}

log_shelf::~log_shelf() {
  tend(true);
  for (const auto& [of, d] : drawers_) end_followers(of);
}

log_shelf::drawer_ptr log_shelf::find(const place& of) const {
  const std::lock_guard lock(mutex_);
  const auto it = drawers_.find(of);
  return it == drawers_.end() ? nullptr : it->second;
}

std::vector<log_shelf::drawer_ptr> log_shelf::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<drawer_ptr> out;
  for (const auto& [unused, d] : drawers_) out.push_back(d);
  return out;
}

log_shelf::drawer_ptr log_shelf::open(const place& of) {
  if (!is_plain(of.second) || !is_plain(of.first.text)) return nullptr;
  drawer_ptr d;
  {
    const std::lock_guard lock(mutex_);
    if (std::find(dropped_.begin(), dropped_.end(), of.first) != dropped_.end()) return nullptr;
    auto& slot = drawers_[of];
    if (!slot) {
      slot = std::make_shared<drawer>();
      slot->of = of;
      slot->directory = options_.directory / of.first.text / of.second;
    }
    d = slot;
  }
  const std::lock_guard lock(d->mutex);
  if (!d->loaded) load(*d);
  return d;
}

// What a crash has cut off goes; where nothing is left, numbers begin above all that there may have been.
void log_shelf::load(drawer& d) {
  d.loaded = true;
  while (!d.files.empty()) {
    auto& newest = d.files.back();
    const auto path = d.directory / file_name(newest.first);
    const open_file file(path, O_RDWR);
    auto blocks = file ? blocks_of(file, newest.bytes) : std::vector<found_block>{};
    while (!blocks.empty() && !read_block(file.read_at(blocks.back().offset, blocks.back().header.bytes)))
      blocks.pop_back();
    if (blocks.empty()) {
      std::error_code ignored;
      fs::remove(path, ignored);
      d.files.pop_back();
      continue;
    }
    const auto end = blocks.back().offset + blocks.back().header.bytes;
    if (end != newest.bytes && ftruncate(file.fd(), static_cast<off_t>(end)) == 0) newest.bytes = end;
    newest.begun = blocks.front().header.from;
    d.last = blocks.back().header.last;
    for (auto& block : blocks)
      for (auto& [container, position] : block.header.positions) d.positions[container] = position;
    return;
  }
  d.last = static_cast<std::uint64_t>(options_.now().time_since_epoch().count());
}

log_position log_shelf::position(const place& of, const std::string& container) {
  const auto d = open(of);
  if (!d) return {};
  const std::lock_guard lock(d->mutex);
  const auto it = d->positions.find(container.substr(0, short_id));
  return it == d->positions.end() ? log_position{} : it->second;
}

void log_shelf::forget(const place& of, const std::string& container) {
  const auto d = find(of);
  if (!d) return;
  const std::lock_guard lock(d->mutex);
  d->positions.erase(container.substr(0, short_id));
  d->moved.erase(container.substr(0, short_id));
}

void log_shelf::keep(const place& of, const std::string& container, actors::log_line line) {
  const auto d = open(of);
  if (!d) return;
  const std::lock_guard lock(d->mutex);
  if (d->dropped) return;
  const auto id = container.substr(0, short_id);
  if (d->positions.size() >= most_containers && !d->positions.contains(id)) {
    const auto newest = [](const auto& p) { return std::max(p.second.streams[0].at, p.second.streams[1].at); };
    d->positions.erase(std::min_element(d->positions.begin(), d->positions.end(),
                                        [&](const auto& a, const auto& b) { return newest(a) < newest(b); }));
  }
  d->positions[id].advance(line.is_stderr, line.at);
  d->moved.insert(id);
  line.number = ++d->last;
  d->tell(line);
  if (d->waiting.empty()) d->waiting_since = steady::now();
  d->waiting_bytes += size_of(line);
  d->waiting.push_back(std::move(line));
  if (d->waiting_bytes >= block_bytes && steady::now() - d->tried_at >= std::chrono::milliseconds{100}) write(*d);
  if (d->waiting_bytes <= most_waiting) return;
  auto gone = d->waiting.begin();
  for (; d->waiting_bytes > most_waiting / 2; ++gone, ++d->lost) d->waiting_bytes -= size_of(*gone);
  d->gap = std::move(*std::prev(gone));
  d->waiting.erase(d->waiting.begin(), gone);
}

// Called with the drawer's lock. What cannot be written waits on.
void log_shelf::write(drawer& d) {
  d.tried_at = steady::now();
  if (d.waiting.empty() && d.lost == 0) return;
  if (d.lost != 0) {
    auto gap = d.gap;
    gap.gap = true;
    gap.is_stderr = false;
    gap.container.clear();
    gap.deployment = {};
    gap.message = std::to_string(d.lost) + " lines are missing here: they could not be kept (" + d.lost_because + ").";
    d.waiting.insert(d.waiting.begin(), std::move(gap));
  }
  log_positions moved;
  for (const auto& id : d.moved)
    if (const auto it = d.positions.find(id); it != d.positions.end()) moved.insert(*it);
  const auto now = options_.now();
  // What somebody has removed is gone; a block behind it would be behind a hole.
  if (std::error_code gone; !d.files.empty() && !fs::exists(d.directory / file_name(d.files.back().first), gone))
    d.files.pop_back();
  const bool fresh = d.files.empty() || d.files.back().bytes >= options_.service_bytes / files_of_a_service ||
                     (d.files.back().begun && now - *d.files.back().begun > options_.age / files_of_a_service);
  if (fresh) moved = d.positions;  // each file tells all, so that the newest is enough
  const auto block = make_block(d.waiting, moved);
  const auto first = fresh ? d.waiting.front().number : d.files.back().first;
  const auto before = fresh ? 0 : d.files.back().bytes;

  const auto path = d.directory / file_name(first);
  int error = fresh ? make_directory(d.directory) : 0;
  if (error == 0) {
    const open_file file(path, O_WRONLY | O_CREAT);
    std::size_t done = 0;
    error = file ? 0 : errno;
    while (error == 0 && done < block.size()) {
      const auto n = pwrite(file.fd(), block.data() + done, block.size() - done, static_cast<off_t>(before + done));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0)
        error = n == 0 ? EIO : errno;
      else
        done += static_cast<std::size_t>(n);
    }
    // Half a block behind the last whole one is recognised as such, but need not stay.
    if (error != 0 && file && ftruncate(file.fd(), static_cast<off_t>(before)) != 0) error = errno;
  }
  if (error != 0) {
    std::error_code ignored;
    if (fresh) fs::remove(path, ignored);
    if (d.lost != 0) d.waiting.erase(d.waiting.begin());  // the gap, which grows
    d.lost_because = std::strerror(error);
    complain(d);
    return;
  }
  if (fresh) d.files.push_back({first, 0, d.waiting.front().at, now});
  d.files.back().bytes = before + block.size();
  d.files.back().written = now;
  d.moved.clear();
  d.waiting.clear();
  d.waiting_bytes = 0;
  d.lost = 0;
  while (d.files.size() > 1 && d.bytes() > options_.service_bytes) d.remove_oldest();
}

// Once a minute: a full disk is everybody's.
void log_shelf::complain(const drawer& d) {
  const auto now = steady::now();
  {
    const std::lock_guard lock(complaint_mutex_);
    if (complained_at_ != steady::time_point{} && now - complained_at_ < std::chrono::minutes{1}) return;
    complained_at_ = now;
  }
  log::warn("log lines cannot be kept; they wait in memory while there is room",
            {{"environmentId", d.of.first.text}, {"service", d.of.second}, {"error", d.lost_because}});
}

void log_shelf::tend(bool whatever_waits) {
  const auto now = steady::now();
  bool wrote = false;
  for (const auto& d : all()) {
    const std::lock_guard lock(d->mutex);
    if (d->waiting.empty()) continue;
    if (!whatever_waits && now - std::max(d->waiting_since, d->tried_at) < options_.waits) continue;
    write(*d);
    wrote = true;
  }
  if (wrote) keep_within_total();
  if (now - expired_at_ < std::chrono::minutes{1}) return;
  expired_at_ = now;
  expire();
}

void log_shelf::expire() {
  const auto past = options_.now() - options_.age;
  for (const auto& d : all()) {
    const std::lock_guard lock(d->mutex);
    while (!d->files.empty() && d->files.front().written < past) d->remove_oldest();
  }
}

void log_shelf::keep_within_total() {
  struct held {
    std::uint64_t bytes = 0;
    std::vector<drawer_ptr> drawers{};
  };
  std::map<model::environment_id, held> by_environment;
  std::uint64_t total = 0;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [of, d] : drawers_) by_environment[of.first].drawers.push_back(d);
  }
  for (auto& [unused, h] : by_environment) {
    for (const auto& d : h.drawers) {
      const std::lock_guard lock(d->mutex);
      h.bytes += d->bytes();
    }
    total += h.bytes;
  }
  while (total > options_.total_bytes) {
    auto& most = std::max_element(by_environment.begin(), by_environment.end(), [](const auto& a, const auto& b) {
                   return a.second.bytes < b.second.bytes;
                 })->second;
    const auto oldest = [](const drawer_ptr& d) {
      const std::lock_guard lock(d->mutex);
      return d->files.empty() ? model::timestamp::max() : d->files.front().written;
    };
    const auto& d = *std::min_element(most.drawers.begin(), most.drawers.end(),
                                      [&](const auto& a, const auto& b) { return oldest(a) < oldest(b); });
    const std::lock_guard lock(d->mutex);
    if (d->files.empty()) return;
    const auto freed = d->files.front().bytes;
    d->remove_oldest();
    most.bytes -= std::min(freed, most.bytes);
    total -= std::min(freed, total);
  }
}

std::uint64_t log_shelf::bytes() const {
  std::uint64_t sum = 0;
  for (const auto& d : all()) {
    const std::lock_guard lock(d->mutex);
    sum += d->bytes();
  }
  return sum;
}

// Also the number of the newest line that there was when it looked.
std::pair<actors::log_page, std::uint64_t> log_shelf::read(const drawer_ptr& from,
                                                           const actors::read_logs& asked) const {
  auto wanted = asked;
  const auto oldest = options_.now() - options_.age;
  wanted.since = std::max(wanted.since.value_or(oldest), oldest);
  log_sieve sieve(wanted);
  std::deque<drawer::file> files;
  std::vector<actors::log_line> waiting;
  std::uint64_t last = 0;
  {
    const std::lock_guard lock(from->mutex);
    files = from->files;
    waiting = from->waiting;
    last = from->last;
  }
  bool more = true;  // is wanted
  const auto take = [&](std::vector<actors::log_line>& lines) {
    if (!sieve.forward()) std::reverse(lines.begin(), lines.end());
    for (auto& line : lines)
      if (!(more = sieve.take(as_wanted(std::move(line), wanted)))) return;
  };
  if (!sieve.forward()) take(waiting);
  const auto from_file = [&](std::size_t i) {
    const auto beyond = i + 1 < files.size() ? files[i + 1].first - 1 : last;
    if (!sieve.may_hold(files[i].first, beyond, model::timestamp::min(), files[i].written + std::chrono::hours{1}))
      return;
    const open_file file(from->directory / file_name(files[i].first), O_RDONLY);
    if (!file) return;  // gone meanwhile: it was the oldest
    auto blocks = blocks_of(file, files[i].bytes);
    if (!sieve.forward()) std::reverse(blocks.begin(), blocks.end());
    for (const auto& [offset, header] : blocks) {
      if (!more) return;
      if (!sieve.may_hold(header.first, header.last, header.from, header.to)) continue;
      if (auto lines = read_block(file.read_at(offset, header.bytes))) take(*lines);
    }
  };
  for (std::size_t i = 0; i < files.size() && more; ++i) from_file(sieve.forward() ? i : files.size() - 1 - i);
  if (sieve.forward() && more) take(waiting);
  return {std::move(sieve).page(), last};
}

actors::log_page log_shelf::read(const actors::read_logs& wanted) {
  const auto d = open({wanted.environment, wanted.service});
  return d ? read(d, wanted).first : actors::log_page{};
}

void log_shelf::follow(const actors::read_logs& asked, const std::shared_ptr<actors::log_sink>& sink) {
  const auto end = [&] {
    if (sink->ended) sink->ended();
  };
  const auto d = open({asked.environment, asked.service});
  if (!d) return end();
  auto wanted = asked;
  wanted.before.reset();
  std::uint64_t seen = 0;
  const auto give = [&](const actors::log_page& page, std::uint64_t newest) {
    seen = std::max(seen, newest);
    if (page.more) {  // further ones are asked for behind the last of these
      seen = 0;
      for (const auto& line : page.lines) seen = std::max(seen, line.number);
    }
    return std::all_of(page.lines.begin(), page.lines.end(), [&](const auto& line) { return sink->line(line); });
  };
  if (!wanted.after) {
    auto [page, newest] = read(d, wanted);
    page.more = false;
    if (!give(page, newest)) return end();
    wanted.after = newest;
  } else {
    seen = *wanted.after;
  }
  wanted.tail = catch_up_lines;
  for (;;) {
    {
      const std::lock_guard lock(d->mutex);
      if (d->dropped) return end();
      // What is still in memory needs no file: it is given here, and then nothing can come between.
      if (seen >= d->last || (!d->waiting.empty() && seen + 1 >= d->waiting.front().number)) {
        for (const auto& line : d->waiting) {
          const auto shown = as_wanted(line, wanted);
          if (line.number > seen && log_sieve(wanted).fits(shown) && !sink->line(shown)) return end();
        }
        d->followers.push_back({std::move(wanted), sink});
        return;
      }
    }
    wanted.after = seen;
    const auto [page, newest] = read(d, wanted);
    if (!give(page, newest)) return end();
  }
}

void log_shelf::end_followers(const place& of) {
  const auto d = find(of);
  if (!d) return;
  std::vector<drawer::follower> all;
  {
    const std::lock_guard lock(d->mutex);
    all.swap(d->followers);
  }
  for (const auto& f : all)
    if (f.sink->ended) f.sink->ended();
}

void log_shelf::drop(const model::environment_id& environment) {
  std::vector<drawer_ptr> gone;
  {
    constexpr std::size_t remembered = 10'000;
    const std::lock_guard lock(mutex_);
    if (dropped_.size() >= remembered) dropped_.erase(dropped_.begin(), dropped_.begin() + remembered / 2);
    dropped_.push_back(environment);
    std::erase_if(drawers_, [&](const auto& entry) {
      if (entry.first.first != environment) return false;
      gone.push_back(entry.second);
      return true;
    });
  }
  for (const auto& d : gone) {
    std::vector<drawer::follower> all;
    {
      const std::lock_guard lock(d->mutex);
      d->dropped = true;
      d->files.clear();
      d->waiting.clear();
      all.swap(d->followers);
    }
    for (const auto& f : all)
      if (f.sink->ended) f.sink->ended();
  }
  std::error_code failed;
  if (!is_plain(environment.text)) return;
  fs::remove_all(options_.directory / environment.text, failed);
  if (failed)
    log::warn("kept logs of a deleted environment could not be removed",
              {{"environmentId", environment.text}, {"error", failed.message()}});
}

}  // namespace troupe::docker
