// Where log lines are kept: a directory for each service below one of its environment, with files of blocks (log_block)
// that are named for their first line's number. It outlives containers, releases and this process.
//
// Lines wait in memory for 2 s or a block's worth before they are written; what a crash takes from there Docker still
// has, and each block tells how far its containers' logs were kept (log_position), so that it is read again. Readers
// see what waits, too. Bounded: a service's files by bytes and by age, all of them by bytes, where the environment that
// holds most gives its oldest file. Where the disk is full, lines wait while there is room for them in memory; then the
// oldest go, and once there is room again a gap stands in their place.
//
// Any thread may call. Nothing throws.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "actors/messages.hpp"
#include "docker/log_block.hpp"

namespace troupe::docker {

struct shelf_options {
  std::filesystem::path directory{};  // made when something is to be kept: of mode 0700, files of 0600
  std::uint64_t service_bytes = 20U << 20U;
  std::uint64_t total_bytes = 4ULL << 30U;
  std::chrono::milliseconds age = std::chrono::hours{7 * 24};
  std::chrono::milliseconds waits{2'000};  // lines that are no block's worth, before they are written
  model::wall_clock now = [] {
    return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  };
};

class log_shelf {
public:
  using place = std::pair<model::environment_id, std::string>;  // and the service's name

  explicit log_shelf(shelf_options options);  // finds what is there already
  ~log_shelf();                               // writes what waits; every follower is told that it has ended
  log_shelf(const log_shelf&) = delete;
  log_shelf& operator=(const log_shelf&) = delete;

  // How far the container's log is kept.
  log_position position(const place& of, const std::string& container);
  // The next line of it, with the escape sequences that it has.
  void keep(const place& of, const std::string& container, actors::log_line line);
  // Docker has it no more: nobody will go on with it.
  void forget(const place& of, const std::string& container);
  // Writes what has waited long enough, and removes what is past its time. To be called every so often.
  void tend(bool whatever_waits = false);

  actors::log_page read(const actors::read_logs& wanted);
  // Gives what is kept (the newest `tail` lines, or what is behind `after`), then what comes, until the sink has enough
  // or there is nothing to come. Reads files: not for a thread that others wait for.
  void follow(const actors::read_logs& wanted, const std::shared_ptr<actors::log_sink>& sink);
  // Nothing comes of the service any more: its followers have ended.
  void end_followers(const place& of);
  // With all its lines, for good; what comes of it later is not kept.
  void drop(const model::environment_id& environment);

  std::uint64_t bytes() const;  // on the disk

private:
  struct drawer;
  using drawer_ptr = std::shared_ptr<drawer>;

  drawer_ptr find(const place& of) const;
  std::vector<drawer_ptr> all() const;
  drawer_ptr open(const place& of);  // null: it must not be
  void load(drawer& d);
  void write(drawer& d);
  void complain(const drawer& d);
  void keep_within_total();
  void expire();
  std::pair<actors::log_page, std::uint64_t> read(const drawer_ptr& from, const actors::read_logs& wanted) const;

  const shelf_options options_;
  mutable std::mutex mutex_;
  std::map<place, drawer_ptr> drawers_;
  std::vector<model::environment_id> dropped_;          // the newest ones
  std::chrono::steady_clock::time_point expired_at_{};  // of the thread that tends
  std::mutex complaint_mutex_;
  std::chrono::steady_clock::time_point complained_at_{};
};

}  // namespace troupe::docker
