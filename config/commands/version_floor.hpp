// Which versions of the container runtime have known ways out of a container. Distributions patch older ones without
// raising the number, so a version below is a question, not a verdict.
#pragma once

#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::commands {

using version_numbers = std::array<int, 3>;

// "1.1.5+ds1-1", "v1.7.29", "2.0": the numbers up to the first other character; nothing where there is none.
inline std::optional<version_numbers> parse_version_numbers(std::string_view text) {
  version_numbers out{};
  if (text.starts_with('v')) text.remove_prefix(1);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto read = std::from_chars(text.data(), text.data() + text.size(), out[i]);
    if (read.ec != std::errc{}) return i == 0 ? std::nullopt : std::optional(out);
    text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
    if (!text.starts_with('.')) break;
    text.remove_prefix(1);
  }
  return out;
}

struct version_floor {
  std::string_view program;
  std::array<version_numbers, 4> fixed;  // of each maintained line, rising; {0,0,0}: none
  std::string_view holes;

  // At or above the fix of its own line, or of a later line than any listed.
  bool holds(const version_numbers& version) const {
    bool reached = false;
    for (const auto& fix : fixed) {
      if (fix == version_numbers{}) break;
      if (version[0] == fix[0] && version[1] == fix[1]) return version >= fix;
      reached = version > fix;
    }
    return reached;
  }
};

inline constexpr version_floor runc_floor{
    "runc", {{{1, 2, 8}, {1, 3, 3}}}, "CVE-2025-31133, CVE-2025-52565, CVE-2025-52881 (container escape)"};
inline constexpr version_floor containerd_floor{
    "containerd",
    {{{1, 7, 29}, {2, 0, 7}, {2, 1, 5}}},
    "CVE-2024-25621, CVE-2025-64329 (local privilege escalation, exhaustion of memory)"};

}  // namespace troupe::commands
