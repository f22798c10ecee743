// The database's content in memory, under the real one's rules. A plain object that outlives whoever writes to it.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "actors/messages.hpp"
#include "actors/views.hpp"

namespace troupe::support {

class stored_world {
public:
  model::outcome<model::done> save(const actors::save& what, model::timestamp now);
  actors::living_rows load_living() const;
  model::outcome<actors::living_rows> load_environment(const model::environment_id& id,
                                                       bool even_deleted = false) const;
  model::outcome<actors::stored_deployment> find(const actors::find_deployment& what) const;
  model::outcome<std::vector<actors::stored_deployment>> list(const actors::list_deployments& what) const;
  std::vector<actors::stored_deployment> list(const actors::list_own_deployments& what) const;
  std::vector<actors::stored_deployment> list(const actors::list_ended_services& what) const;
  std::vector<actors::stored_deployment> list(const actors::list_recent_deployments& what) const;
  std::vector<model::environment> list(const actors::list_environments& what) const;
  model::outcome<actors::stored_deployment> find(const actors::find_predecessor& what) const;
  model::outcome<actors::application_view_ptr> find(const actors::find_application& what) const;
  std::vector<actors::application_view_ptr> list(const actors::list_applications& what) const;
  model::dependencies list(const actors::list_dependencies& what) const;
  std::vector<model::transition> list(const actors::list_transitions& what) const;
  std::vector<model::transition> list(const actors::list_lines& what) const;
  model::user_id ensure(const actors::ensure_user& what);
  model::outcome<model::done> insert(const actors::insert_key& what);
  model::outcome<model::api_key> find(const actors::find_key& what) const;
  std::vector<model::api_key> list(const actors::list_keys& what) const;
  model::outcome<model::done> revoke(const actors::revoke_key& what, model::timestamp now);
  void touch(const actors::touch_keys& what);
  model::outcome<model::done> insert(const actors::insert_magic_link& what, model::timestamp now);
  model::outcome<model::done> find(const actors::find_magic_link& what, model::timestamp now) const;
  model::outcome<model::api_key> spend(const actors::spend_magic_link& what, model::timestamp now);
  actors::idempotency_claim claim(const actors::claim_idempotency& what);
  model::outcome<model::done> store(const actors::store_idempotent_answer& what);
  model::outcome<model::done> release(const actors::release_idempotency& what);

  // ---- for those who watch
  const std::map<model::environment_id, model::environment>& environments() const { return environments_; }
  const std::map<model::deployment_id, actors::stored_deployment>& deployments() const { return deployments_; }
  const std::map<model::deployment_id, std::vector<model::transition>>& transitions() const { return transitions_; }
  const std::map<model::operation_id, model::application>& applications() const { return applications_; }
  std::uint64_t writes() const { return writes_; }
  // Called after each row that was really changed, with what it was before (nothing: inserted).
  using deployment_listener = std::function<void(const model::deployment* before, const model::deployment& after)>;
  using application_listener = std::function<void(const model::application* before, const model::application& after)>;
  using environment_listener = std::function<void(const model::environment* before, const model::environment& after)>;
  // Called once a whole transaction is in.
  void listen(deployment_listener d, environment_listener e, std::function<void()> committed);
  void listen(application_listener a) { application_listener_ = std::move(a); }

private:
  void drop_dependencies(const model::deployment& of);
  std::optional<model::problem> objection(const model::environment& row) const;
  std::optional<model::problem> objection(const model::deployment& row, const actors::save& with) const;

  std::map<model::environment_id, model::environment> environments_;
  std::map<model::operation_id, model::application> applications_;
  std::map<model::environment_id, model::dependencies> awaits_;
  std::map<model::deployment_id, actors::stored_deployment> deployments_;
  std::map<model::environment_id, std::map<std::uint64_t, model::deployment_id>> numbers_;
  std::map<model::job_id, model::deployment_id> jobs_;
  std::map<model::deployment_id, std::vector<model::transition>> transitions_;
  std::map<std::string, model::user_id> users_;
  std::map<std::string, model::api_key> keys_;
  struct magic_link {
    actors::issue_magic_link key;
    model::timestamp expires_at{};
    bool used = false;
  };
  std::map<std::string, magic_link> links_;
  std::map<std::pair<model::user_id, std::string>, actors::idempotency_claim> claims_;
  std::uint64_t writes_ = 0;
  deployment_listener deployment_listener_;
  environment_listener environment_listener_;
  application_listener application_listener_;
  std::function<void()> committed_;
};

}  // namespace troupe::support
