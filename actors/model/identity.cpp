#include "actors/model/identity.hpp"

#include <algorithm>

namespace troupe::model {

std::vector<std::string_view> scope_set::texts() const {
  std::vector<std::string_view> out;
  for (std::size_t i = 0; i < scope_texts.texts.size(); ++i)
    if (has(static_cast<scope>(i))) out.push_back(scope_texts.texts[i]);
  return out;
}

bool caller::may_see(const environment_id& which) const {
  return environments.empty() || std::find(environments.begin(), environments.end(), which) != environments.end();
}

bool caller::covers(const api_key& other) const {
  if (!scopes.covers(other.scopes)) return false;
  if (environments.empty()) return true;
  return !other.environments.empty() && std::all_of(other.environments.begin(), other.environments.end(),
                                                    [&](const auto& one) { return may_see(one); });
}

const char* fault_of_limit(scope_set scopes, const std::vector<environment_id>& environments) {
  if (environments.empty() || !scopes.has(scope::admin)) return nullptr;
  return "A key with ADMIN is for all environments of all users: it cannot be limited to some. Leave out ADMIN or the "
         "environments.";
}

std::optional<presented_key> parse_key(std::string_view prefix, std::string_view text) {
  constexpr std::size_t id_length = 16;
  if (!text.starts_with(prefix)) return std::nullopt;
  text.remove_prefix(prefix.size());
  if (text.size() < id_length + 1 + 32 || text.size() > id_length + 1 + 64 || text[id_length] != '.')
    return std::nullopt;
  const auto id = text.substr(0, id_length);
  const auto secret = text.substr(id_length + 1);
  const auto id_ok = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'); };
  const auto secret_ok = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  if (!std::all_of(id.begin(), id.end(), id_ok) || !std::all_of(secret.begin(), secret.end(), secret_ok))
    return std::nullopt;
  return presented_key{std::string(id), std::string(secret)};
}

}  // namespace troupe::model
