// Engine API versions: the oldest we need, the newest we know, and what to speak with an Engine that offers another.
#pragma once

#include <algorithm>
#include <charconv>
#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::docker {

struct api_version {
  int major = 0;
  int minor = 0;

  auto operator<=>(const api_version&) const = default;
  std::string text() const { return std::to_string(major) + '.' + std::to_string(minor); }
};

inline constexpr api_version oldest_version{1, 41};             // Docker 20.10: Limits.Pids, CapabilityDrop in services
inline constexpr api_version newest_version{1, 47};             // Docker 27
inline constexpr api_version no_new_privileges_version{1, 44};  // Docker 25: ContainerSpec.Privileges.NoNewPrivileges

// "1.41" of the Api-Version header; nothing for anything else.
inline std::optional<api_version> parse_version(std::string_view text) {
  api_version v;
  const auto* end = text.data() + text.size();
  const auto major = std::from_chars(text.data(), end, v.major);
  if (major.ec != std::errc{} || major.ptr == end || *major.ptr != '.') return std::nullopt;
  const auto minor = std::from_chars(major.ptr + 1, end, v.minor);
  if (minor.ec != std::errc{} || minor.ptr != end || v.major < 0 || v.minor < 0) return std::nullopt;
  return v;
}

// The lower of the Engine's newest and ours; nothing where the Engine is too old.
inline std::optional<api_version> negotiate(std::string_view offered) {
  const auto theirs = parse_version(offered);
  if (!theirs || *theirs < oldest_version) return std::nullopt;
  return std::min(*theirs, newest_version);
}

}  // namespace troupe::docker
