#include "actors/model/privileges.hpp"

#include "actors/model/security_preset.hpp"

namespace troupe::model {

bool is_root(std::string_view user) {
  user = user.substr(0, user.find(':'));
  return !user.empty() && (user == "root" || user.find_first_not_of('0') == user.npos);
}

std::vector<violation> privileges_of(const security& asked) {
  const std::string why = "is not granted here (MAX_SECURITY_PRESET=restricted): leave it out";
  std::vector<violation> out;
  if (is_root(asked.user)) out.push_back({"/security/user", "root " + why});
  if (const auto preset = preset_of(asked); preset != security_preset::restricted)
    out.push_back({"/security/preset", std::string(security_preset_texts[preset]) + ' ' + why});
  const auto capabilities = asked.capabilities.value_or(std::vector<std::string>());
  for (std::size_t i = 0; i < capabilities.size(); ++i)
    if (capabilities[i] != always_granted)
      out.push_back({"/security/capabilities/" + std::to_string(i), capabilities[i] + ' ' + why});
  return out;
}

}  // namespace troupe::model
