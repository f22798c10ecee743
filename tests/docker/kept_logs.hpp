// A shelf in a directory of its own, and a keeper that is told again and again which containers there are.
#pragma once

#include <filesystem>
#include <memory>
#include <stdlib.h>
#include <string>
#include <thread>
#include <vector>

#include "docker/engine.hpp"
#include "docker/log_keeper.hpp"

namespace troupe::docker::tests {

class scratch_directory {
public:
  scratch_directory() {
    std::string pattern = "/tmp/troupe-logs-XXXXXX";
    path_ = mkdtemp(pattern.data());
  }
  ~scratch_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  scratch_directory(const scratch_directory&) = delete;
  scratch_directory& operator=(const scratch_directory&) = delete;
  const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
};

inline shelf_options shelf_in(const std::filesystem::path& directory) {
  shelf_options options;
  options.directory = directory;
  return options;
}

class kept_logs {
public:
  explicit kept_logs(engine& docker) : own_(std::make_unique<scratch_directory>()) { begin(docker, own_->path()); }
  kept_logs(engine& docker, const std::filesystem::path& directory) { begin(docker, directory); }

  std::vector<actors::log_line> read(const actors::read_logs& wanted) {
    look();
    return shelf_->read(wanted).lines;
  }
  log_keeper& keeper() { return *keeper_; }

  // As kill -9 would: the files are as they are now, and what still waits in memory is for nobody.
  void kill() {
    const auto directory = directory_, copy = std::filesystem::path(directory.string() + ".killed");
    std::filesystem::copy(directory, copy, std::filesystem::copy_options::recursive);
    keeper_.reset();
    shelf_.reset();
    std::filesystem::remove_all(directory);
    std::filesystem::rename(copy, directory);
  }

private:
  void begin(engine& docker, const std::filesystem::path& directory) {
    docker_ = &docker;
    directory_ = directory;
    shelf_ = std::make_shared<log_shelf>(shelf_in(directory));
    keeper_ = std::make_unique<log_keeper>(docker.api(), shelf_, keeper_options{});
    look();
  }
  void look() {
    const auto asked_at = std::chrono::steady_clock::now();
    if (auto all = docker_->log_sources()) keeper_->listed(std::move(all.value()), asked_at);
  }

  std::unique_ptr<scratch_directory> own_;
  engine* docker_ = nullptr;
  std::filesystem::path directory_;
  std::shared_ptr<log_shelf> shelf_;
  std::unique_ptr<log_keeper> keeper_;
};

}  // namespace troupe::docker::tests
