// A value that is used and never shown: it converts to nothing, prints as its mask, and is read by reveal() alone.
#pragma once

#include <ostream>
#include <string>
#include <utility>

namespace troupe::config {

inline constexpr const char* mask = "****";

class secret {
public:
  secret() = default;
  // `shown` may keep the harmless parts, such as a URL without its password.
  explicit secret(std::string value, std::string shown = mask) : value_(std::move(value)), shown_(std::move(shown)) {}

  const std::string& reveal() const { return value_; }
  const std::string& shown() const { return shown_; }
  bool empty() const { return value_.empty(); }

  friend std::ostream& operator<<(std::ostream& out, const secret& hidden) { return out << hidden.shown_; }

private:
  std::string value_;
  std::string shown_;
};

}  // namespace troupe::config
