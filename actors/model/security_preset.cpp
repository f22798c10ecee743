#include "actors/model/security_preset.hpp"

#include <algorithm>

namespace troupe::model {

namespace {

// What servers need that start as root and step down.
const std::vector<std::string> to_drop_root{"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"};

std::vector<std::string> capabilities_of(security_preset preset) {
  if (preset == security_preset::restricted) return {};
  auto out = to_drop_root;
  if (preset == security_preset::baseline) out.insert(out.end(), {"FSETID", "KILL", "SYS_CHROOT"});
  return out;
}

}  // namespace

security_preset preset_of(const security& asked) {
  return asked.preset.value_or(security_preset::restricted);
}

security effective(security asked, const std::optional<resolved_image>& image) {
  if (image && image->preset && !asked.preset) asked.preset = image->preset;
  return asked;
}

bool keeps_root(const security& asked) {
  return preset_of(asked) != security_preset::restricted;
}

bool has_read_only_root(const security& asked) {
  return asked.read_only_root.value_or(preset_of(asked) != security_preset::baseline);
}

std::vector<std::string> capabilities_of(const security& asked) {
  auto out = asked.capabilities.value_or(capabilities_of(preset_of(asked)));
  if (std::find(out.begin(), out.end(), always_granted) == out.end()) out.emplace_back(always_granted);
  return out;
}

}  // namespace troupe::model
