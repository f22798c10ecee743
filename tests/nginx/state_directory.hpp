#pragma once

#include <filesystem>
#include <stdexcept>
#include <stdlib.h>
#include <string>

namespace troupe::testing {

/// An empty directory of the test's own, removed at the end.
class state_directory {
public:
  state_directory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "troupe-door-XXXXXX").string();
    if (!::mkdtemp(pattern.data())) throw std::runtime_error("mkdtemp");
    path_ = pattern;
  }
  ~state_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  state_directory(const state_directory&) = delete;
  state_directory& operator=(const state_directory&) = delete;
  const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
};

}  // namespace troupe::testing
