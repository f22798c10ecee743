// What admission knows of one command while it is on its way.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "actors/desk/caller.hpp"
#include "actors/desk/operation_view.hpp"
#include "actors/desk/service_view.hpp"
#include "actors/desk/subject.hpp"
#include "actors/desk/terms.hpp"
#include "actors/model/quota.hpp"
#include "actors/views.hpp"

namespace troupe::desk {

// An Idempotency-Key: the same key and fingerprint give the first answer again.
struct claim {
  std::string key;          // 1 to 255 printable ASCII characters without blanks
  std::string fingerprint;  // of all that makes another request another one
};

// An answer as the face wrote it when it was given first.
struct kept_answer {
  int status = 0;
  std::string body;
};

struct planned_ids {  // those of terms::plans
  model::environment_id environment{};
  model::deployment_id deployment{};
  model::job_id job{};
  model::operation_id operation{};
};

struct visit {
  caller who;
  terms on;
  subject::any about;
  std::optional<claim> under{};

  // Set by admission.
  planned_ids planned{};
  std::optional<model::quota::decision> quota{};  // of what is limited
  actors::deployment_view_ptr deployment{};       // the subject, where it is one
  actors::environment_view_ptr environment{};     // likewise
  service_view_ptr service{};                     // likewise
  std::optional<operation_subject> operation{};   // likewise
  std::optional<model::api_key> key{};            // likewise; revoked ones, too

  std::optional<model::quota::moment> quota_taken{};  // while it counts
  std::shared_ptr<void> in_flight{};                  // held while the claim is this process's to do
  bool keeps = false;                                 // the outcome is one that repeating would give again
  bool frees_key = false;                             // nothing was done, and may be done later: the key is free again
};
using visit_ptr = std::shared_ptr<visit>;

}  // namespace troupe::desk
