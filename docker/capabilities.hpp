// The capabilities that a tenant may have added back after all are dropped: what ordinary server images need to start
// as root and step down. None of them reaches beyond the container's own namespaces.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::docker {

inline constexpr std::array<std::string_view, 9> allowed_capabilities{
    "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "NET_BIND_SERVICE", "SETGID", "SETUID", "SYS_CHROOT"};

// "CAP_CHOWN" or "CHOWN" as the Engine wants it ("CAP_CHOWN"); nothing where it is not on the list.
inline std::optional<std::string> granted_capability(std::string_view name) {
  if (name.starts_with("CAP_")) name.remove_prefix(4);
  if (std::find(allowed_capabilities.begin(), allowed_capabilities.end(), name) == allowed_capabilities.end())
    return std::nullopt;
  return "CAP_" + std::string(name);
}

}  // namespace troupe::docker
