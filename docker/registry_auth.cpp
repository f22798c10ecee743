#include "docker/registry_auth.hpp"

#include <algorithm>

#include "actors/secrets/base64.hpp"
#include "docker/failure_classes.hpp"
#include "docker/told_words.hpp"

namespace troupe::docker {

using model::consequence;
using model::failure_code;
using model::make_failure;

json auth_config(const model::registry_login& login) {
  // Docker Hub has had this name for logins since its first version; none else is taken for it.
  const auto address = login.registry == "docker.io" ? "https://index.docker.io/v1/" : login.registry;
  return {{"username", login.username},
          {"password", login.password},
          {"identitytoken", login.identity_token},
          {"serveraddress", address}};
}

std::string auth_header(const model::registry_login& login) {
  const auto text = dump(auth_config(login));
  auto encoded = secrets::to_base64({reinterpret_cast<const unsigned char*>(text.data()), text.size()});
  std::replace(encoded.begin(), encoded.end(), '+', '-');
  std::replace(encoded.begin(), encoded.end(), '/', '_');
  return "X-Registry-Auth: " + encoded;
}

std::string hint_for_login(const model::failure& refused, const std::string& registry, bool with_login) {
  const auto call = "PUT /registries/" + registry;
  const bool unreadable =
      refused.code == failure_code::registry_denied || refused.code == failure_code::image_not_found;
  if (unreadable && with_login)
    return "Check the image's name and tag, and that the login which you gave for " + registry +
           " may read it; give another with " + call + '.';
  if (unreadable) return "Check the image's name and tag; if it is private, give a login with " + call + '.';
  if (is_rate_limit(refused) && !with_login)
    return "Try again later; a login of your own, given with " + call + ", has a limit of its own.";
  return refused.hint;
}

model::effect_error classify_login(const reply& said, const model::registry_login& login) {
  const auto words = lower(said.message);
  // The Engine answers 401 for some registries and 500 for others.
  if (said.status == 401 || has_any(words, {"unauthorized", "denied", "incorrect username", "invalid_grant"}))
    return {consequence::rejected,
            make_failure(failure_code::registry_denied, "The registry " + login.registry + " refused this login.")};
  auto as_pull = classify_pull(said.status, said.message, login.registry);
  if (as_pull.what.code == failure_code::registry_unreachable) return as_pull;
  return {consequence::retry, make_failure(failure_code::registry_unreachable,
                                           "The registry " + login.registry + " gave no answer that can be used.")};
}

}  // namespace troupe::docker
