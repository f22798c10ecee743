// What a command is about. The kind decides what admission checks: how it is found, whose it must be, and what a key
// that is limited to some environments may do with it.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "actors/model/ids.hpp"
#include "actors/model/operation.hpp"
#include "actors/model/service_id.hpp"

namespace troupe::desk::subject {

struct account {};          // the caller's own: always there
struct new_environment {};  // of the caller's; a limited key makes none
struct whole_account {};    // what counts in all environments of the caller's; a limited key changes none of it
// By ids as the caller gave them. An empty id is one that had no id's form: never found.
struct environment {
  model::environment_id id;
};
struct deployment {
  std::variant<model::deployment_id, model::job_id> id;
};
struct service {
  model::service_id id;
};
struct operation {
  std::optional<model::operation_name> name;  // none: never found
};
struct key {
  std::string id;
};

using any = std::variant<account, new_environment, whole_account, environment, deployment, service, operation, key>;

// Its id, for logs and audits; "" where it has none.
std::string text_of(const any& about);

}  // namespace troupe::desk::subject
