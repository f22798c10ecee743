// An operation is a write that was accepted, followed to its true end. That of an application has a row of its own; the
// others are told by what they are about, so that nothing more is stored: a release's by its timeline, an environment's
// and a domain's by their status.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "actors/model/application.hpp"
#include "actors/model/deployment.hpp"
#include "actors/model/environment.hpp"
#include "actors/model/ids.hpp"
#include "actors/model/site.hpp"

namespace troupe::model {

enum class operation_kind {
  apply,
  deploy,
  rollback,
  cancel,
  stop,
  start,
  restart,
  scale,
  remove,
  create_environment,
  delete_environment,
  publish,
};
inline constexpr enum_texts<operation_kind, 12> operation_kind_texts{
    {"apply", "deploy", "rollback", "cancel", "stop", "start", "restart", "scale", "delete", "createEnvironment",
     "deleteEnvironment", "publish"}};

// The first two are under way, all others final.
enum class operation_status { applying, rolling_back, succeeded, failed, rolled_back, cancelled, superseded };
inline constexpr enum_texts<operation_status, 7> operation_status_texts{
    {"APPLYING", "ROLLING_BACK", "SUCCEEDED", "FAILED", "ROLLED_BACK", "CANCELLED", "SUPERSEDED"}};

constexpr bool is_over(operation_status s) {
  return s != operation_status::applying && s != operation_status::rolling_back;
}

// ---- their names: `op_<16>` of an application, and `op_<16 of its subject>-<what of it>` of the others

// What was asked of a deployment and saved with this revision; 1 made it.
struct deployment_operation {
  deployment_id deployment;
  std::uint64_t revision = 0;

  bool operator==(const deployment_operation&) const = default;
};
struct environment_operation {
  environment_id environment;
  bool deletes = false;  // or makes it

  bool operator==(const environment_operation&) const = default;
};
struct domain_operation {
  environment_id environment;
  site_id site;

  bool operator==(const domain_operation&) const = default;
};
using operation_name = std::variant<operation_id, deployment_operation, environment_operation, domain_operation>;

std::string text_of(const operation_name& name);
std::optional<operation_name> parse_operation_name(std::string_view text);

// ---- how far one is

struct operation_progress {
  operation_kind kind{};
  operation_status status{};
  std::string detail;  // why it is not SUCCEEDED, or what it waits for; may be empty
  timestamp created_at{};
  timestamp updated_at{};

  bool operator==(const operation_progress&) const = default;
};

// Of a release: its lines from `first` to before `last` of the timeline are the operation's.
struct release_progress {
  operation_progress progress;
  std::size_t first = 0;
  std::size_t last = 0;
};
// `timeline` is the whole one.
release_progress progress_of(const deployment_operation& which, const deployment& row,
                             const std::vector<transition>& timeline);
// As the row alone tells it.
operation_status status_of(operation_kind kind, const deployment& row);
operation_kind kind_of(verb asked);
operation_progress progress_of(const environment_operation& which, const environment& row);
operation_progress progress_of(const site& row);
operation_progress progress_of(const application& row);

}  // namespace troupe::model
