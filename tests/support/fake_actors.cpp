#include "tests/support/fake_actors.hpp"

#include <algorithm>
#include <stdexcept>

#include "actors/model/volume_use.hpp"

namespace troupe::support {

using model::outcome;
using model::problem;

const model::timestamp start_of_time = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23);

actors::deployment_view_ptr publish(const world_ptr& w, const model::deployment& row, std::string detail) {
  if (!w->stored.save({{actors::save_deployment{row, std::move(detail), std::nullopt}}}, row.updated_at))
    throw std::logic_error("test row refused");
  auto view = std::make_shared<actors::deployment_view>();
  view->row = row;
  w->board->publish(actors::deployment_view_ptr(view));
  return view;
}

actors::environment_view_ptr publish(const world_ptr& w, const model::environment& row) {
  if (!w->stored.save({{actors::save_environment{row}}}, row.updated_at)) throw std::logic_error("test row refused");
  auto view = std::make_shared<actors::environment_view>();
  view->row = row;
  w->board->publish(actors::environment_view_ptr(view));
  return view;
}

model::deployment new_row(const world_ptr& w, const model::environment& in, model::deployment_id id, model::job_id job,
                          model::release_spec spec) {
  model::deployment row;
  row.id = std::move(id);
  row.job = std::move(job);
  row.environment = in.id;
  row.owner = in.owner;
  row.number = ++w->numbers;
  row.spec = std::move(spec);
  row.created_at = row.updated_at = start_of_time;
  return row;
}

actors::application_view_ptr new_application(const world_ptr& w, const model::operation_id& id,
                                             const model::environment_id& in, const model::user_id& owner) {
  model::application row;
  row.id = id;
  row.environment = in;
  row.owner = owner;
  row.status = model::apply_status::succeeded;
  row.created_at = row.updated_at = start_of_time;
  if (!w->stored.save({{actors::save_application{row}}}, row.updated_at)) throw std::logic_error("test row refused");
  return std::make_shared<const model::application>(row);
}

namespace {

problem not_found() {
  return {model::consequence::not_found, "something specific about it", {}, 0};
}
problem away() {
  return {model::consequence::unavailable, "The database does not answer.", {}, 0};
}

struct fake_state {
  world_ptr world;
  std::vector<caf::typed_response_promise<outcome<std::uint64_t>>> hanging;
};

template <class T>
outcome<T> if_up(const world_ptr& w, outcome<T> value) {
  ++w->database_questions;
  if (w->throws) throw std::runtime_error("SELECT secret FROM api_keys");
  return w->database_up ? value : outcome<T>(away());
}

actors::database_actor::behavior_type fake_database(actors::database_actor::stateful_pointer<fake_state> self,
                                                    world_ptr w) {
  using namespace actors;
  return {
      [w](const save& m) { return if_up<model::done>(w, w->stored.save(m, start_of_time)); },
      [w](const load_living&) { return if_up<living_rows>(w, w->stored.load_living()); },
      [w](const load_environment& m) {
        auto found = w->stored.load_environment(m.id, m.even_deleted);
        if (found && !m.owner.empty() && found.value().environments.front().owner != m.owner) found = not_found();
        return if_up<living_rows>(w, std::move(found));
      },
      [w](const find_deployment& m) { return if_up<stored_deployment>(w, w->stored.find(m)); },
      [w](const list_deployments& m) { return if_up<std::vector<stored_deployment>>(w, w->stored.list(m)); },
      [w](const list_recent_deployments& m) { return if_up<std::vector<stored_deployment>>(w, w->stored.list(m)); },
      [w](const list_own_deployments& m) { return if_up<std::vector<stored_deployment>>(w, w->stored.list(m)); },
      [w](const list_ended_services& m) { return if_up<std::vector<stored_deployment>>(w, w->stored.list(m)); },
      [w](const list_environments& m) { return if_up<std::vector<model::environment>>(w, w->stored.list(m)); },
      [w](const find_predecessor& m) { return if_up<stored_deployment>(w, w->stored.find(m)); },
      [w](const find_application& m) { return if_up<application_view_ptr>(w, w->stored.find(m)); },
      [w](const list_applications& m) { return if_up<std::vector<application_view_ptr>>(w, w->stored.list(m)); },
      [w](const list_dependencies& m) { return if_up<model::dependencies>(w, w->stored.list(m)); },
      [w](const list_lines& m) { return if_up<std::vector<model::transition>>(w, w->stored.list(m)); },
      [w](const list_transitions& m) { return if_up<std::vector<model::transition>>(w, w->stored.list(m)); },
      [w](const ensure_user& m) { return if_up<user_id>(w, w->stored.ensure(m)); },
      [w](const insert_key& m) { return if_up<model::done>(w, w->stored.insert(m)); },
      [w](const find_key& m) { return if_up<model::api_key>(w, w->stored.find(m)); },
      [w](const list_keys& m) { return if_up<std::vector<model::api_key>>(w, w->stored.list(m)); },
      [w](const revoke_key& m) { return if_up<model::done>(w, w->stored.revoke(m, start_of_time)); },
      [w](const touch_keys&) { return outcome<model::done>(model::done{}); },
      [w](const claim_idempotency& m) { return if_up<idempotency_claim>(w, w->stored.claim(m)); },
      [w](const store_idempotent_answer& m) { return if_up<model::done>(w, w->stored.store(m)); },
      [w](const release_idempotency& m) { return if_up<model::done>(w, w->stored.release(m)); },
      [w](const insert_magic_link& m) { return if_up<model::done>(w, w->stored.insert(m, start_of_time)); },
      [w](const find_magic_link& m) { return if_up<model::done>(w, w->stored.find(m, start_of_time)); },
      [w](const spend_magic_link& m) { return if_up<model::api_key>(w, w->stored.spend(m, start_of_time)); },
      [w](const put_registry_login& m) {
        w->logins->put(m.owner, m.login);
        return if_up<model::registry_login>(w, m.login);
      },
      [w](const delete_registry_login& m) {
        w->logins->erase(m.owner, m.registry);
        return if_up<model::done>(w, model::done{});
      },
      [self, w](const database_status&) -> caf::typed_response_promise<outcome<std::uint64_t>> {
        auto promise = self->make_response_promise<outcome<std::uint64_t>>();
        if (w->database_hangs)
          self->state.hanging.push_back(promise);
        else
          promise.deliver(if_up<std::uint64_t>(w, std::uint64_t{420}));
        return promise;
      },
      [](const describe&) { return actor_card{}; },
  };
}

using prospect = outcome<model::image_prospect, model::effect_error>;
struct engine_state {
  std::vector<caf::typed_response_promise<prospect>> hanging;
};

actors::engine_actor::behavior_type fake_engine(actors::engine_actor::stateful_pointer<engine_state> self,
                                                world_ptr w) {
  using namespace actors;
  const effect_error down{model::consequence::unavailable,
                          model::make_failure(model::failure_code::internal, "The Engine does not answer.")};
  return {
      [down](const resolve_image&) { return outcome<model::resolved_image, effect_error>(down); },
      [self, w, down](const look_up_image& m) -> caf::typed_response_promise<prospect> {
        w->looked_up.push_back(m);
        auto promise = self->make_response_promise<prospect>();
        const auto reference = m.image.text();
        if (w->silent.contains(reference)) {
          self->state.hanging.push_back(promise);
        } else if (!w->engine_up) {
          promise.deliver(prospect(down));
        } else if (const auto known = w->prospects.find(reference); known != w->prospects.end()) {
          promise.deliver(prospect(known->second));
        } else {
          model::image_prospect found;
          found.digest = "sha256:" + std::string(64, 'd');
          found.fits = true;
          promise.deliver(prospect(found));
        }
        return promise;
      },
      [w, down](const list_nodes&) -> outcome<std::vector<model::node_size>, effect_error> {
        if (!w->engine_up) return down;
        return w->nodes;
      },
      [w, down](const check_registry_login& m) -> outcome<model::done, effect_error> {
        if (!w->engine_up) return down;
        if (m.login.password != "wrong") return model::done{};
        return effect_error{model::consequence::rejected,
                            model::make_failure(model::failure_code::registry_denied, "The registry refused this.")};
      },
      [down](const ensure_network&) { return outcome<network_ready, effect_error>(down); },
      [down](const remove_network&) { return outcome<model::done, effect_error>(down); },
      [down](const ensure_volumes&) { return outcome<volumes_ready, effect_error>(down); },
      [down](const remove_volumes&) { return outcome<model::done, effect_error>(down); },
      [w, down](const list_volumes&) {
        if (!w->engine_up) return outcome<std::vector<engine_volume>, effect_error>(down);
        return outcome<std::vector<engine_volume>, effect_error>(w->volumes);
      },
      [down](const remove_volume&) { return outcome<model::done, effect_error>(down); },
      [down](const converge_service&) { return outcome<model::service_observation, effect_error>(down); },
      [down](const remove_service&) { return outcome<model::done, effect_error>(down); },
      [w, down](const read_logs& m) {
        w->asked = m;
        if (!w->engine_up) return outcome<log_page, effect_error>(down);
        const auto skip = w->lines.size() > m.tail ? w->lines.size() - m.tail : 0;
        return outcome<log_page, effect_error>(
            log_page{{w->lines.begin() + static_cast<std::ptrdiff_t>(skip), w->lines.end()}, skip > 0});
      },
      [w](const follow_logs& m) {
        w->asked = m.what;
        w->sink = m.sink;
      },
      [w, down](const engine_status&) {
        if (!w->engine_up) return outcome<engine_info, effect_error>(down);
        return outcome<engine_info, effect_error>(engine_info{"simulated", "1.41", true, 70});
      },
      [](const engine_observer&) {},
      [](const describe&) { return actor_card{}; },
  };
}

outcome<actors::deployment_view_ptr> make(const world_ptr& w, const model::user_id& owner,
                                          const model::environment_id& in, model::deployment_id id, model::job_id job,
                                          model::release_spec spec) {
  const auto environment = w->board->find(in);
  if (!environment || environment->row.owner != owner) return not_found();
  if (const auto made = w->board->find(id)) return made;
  w->specs.push_back(spec);
  return publish(w, new_row(w, environment->row, std::move(id), std::move(job), std::move(spec)));
}

actors::orchestrator_actor::behavior_type fake_orchestrator(actors::orchestrator_actor::pointer, world_ptr w) {
  using namespace actors;
  return {
      [](const service_touched&) {},
      [](const environment_touched&) {},
      [](const engine_listed&) {},
      [](const engine_reach&) {},
      [](const site_changed&) {},
      [](const open_house&) { return outcome<model::done>(model::done{}); },
      [w](const create_environment& m) -> outcome<environment_view_ptr> {
        if (w->orchestrator_fails) return away();
        for (const auto& [id, row] : w->stored.environments())
          if (row.owner == m.owner && row.name == m.name && id != m.id)
            return problem{
                model::consequence::conflict, "You have an environment of that name.", {{"/name", "is taken"}}, 0};
        if (const auto made = w->board->find(m.id)) return made;
        model::environment row{m.id, m.owner,       m.name,       "net1", model::environment_status::active,
                               1,    start_of_time, start_of_time};
        return publish(w, row);
      },
      [w](const delete_environment& m) -> outcome<environment_view_ptr> {
        const auto view = w->board->find(m.id);
        if (!view || view->row.owner != m.owner) return not_found();
        auto row = view->row;
        row.status = model::environment_status::deleting;
        ++row.revision;
        return publish(w, row);
      },
      [w](const create_deployment& m) -> outcome<deployment_view_ptr> {
        if (w->orchestrator_fails) return away();
        auto made = make(w, m.owner, m.environment, m.id, m.job, m.spec);
        if (w->orchestrator_loses_answers) return away();
        return made;
      },
      [w](const change_service& m) -> outcome<deployment_view_ptr> {
        if (w->orchestrator_fails) return away();
        if (const auto made = w->board->find(m.id)) return made;
        const auto rows = w->stored.list(list_deployments{m.owner, m.environment, {}, 100, m.service});
        if (!rows) return not_found();
        const auto& all = rows.value();
        auto from = std::find_if(all.begin(), all.end(), [](const auto& one) { return model::stands(one.row); });
        if (from == all.end()) from = all.begin();
        if (from == all.end()) return not_found();
        if (m.if_number && *m.if_number != from->row.number)
          return problem{model::consequence::outdated, "It is another one by now.", {}, 0};
        auto spec = m.change(from->row.spec);
        if (!spec) return spec.error();
        return make(w, m.owner, m.environment, m.id, m.job, std::move(spec.value()));
      },
      [w](const apply_application& m) -> outcome<application_view_ptr> {
        if (w->orchestrator_fails) return away();
        if (w->refuses_with) return *w->refuses_with;
        ++w->commands;
        return new_application(w, m.id, m.environment, m.owner);
      },
      [w](const cancel_application& m) -> outcome<application_view_ptr> {
        ++w->commands;
        return w->stored.find(find_application{m.id, m.owner});
      },
      [w](const rollback_deployment& m) -> outcome<deployment_view_ptr> {
        if (w->refuses_with) return *w->refuses_with;
        const auto from = w->board->find(m.deployment);
        if (!from || from->row.owner != m.owner) return not_found();
        const auto to = m.to ? w->board->find(*m.to) : from;
        if (!to || to->row.owner != m.owner) return not_found();
        return make(w, m.owner, from->row.environment, m.id, m.job, to->row.spec);
      },
      [w](const command_deployment& m) -> outcome<deployment_view_ptr> {
        const auto view = w->board->find(m.deployment);
        if (!view || view->row.owner != m.owner) return not_found();
        if (m.command.what == model::verb::scale && m.command.replicas > 1)  // as the deployment's own actor would
          if (auto why = model::reason_for_one_container(view->row.spec, view->row.image))
            return model::problem{model::consequence::conflict, std::move(*why), {}, 0};
        ++w->commands;
        return view;
      },
      [w](const delete_volume& m) -> outcome<model::done> {
        const auto view = w->board->find(m.environment);
        if (!view || view->row.owner != m.owner) return not_found();
        if (std::erase_if(w->volumes, [&](const auto& v) { return v.name == m.name; }) == 0) return not_found();
        ++w->commands;
        return model::done{};
      },
      [](const describe&) { return actor_card{}; },
      [](const describe_some&) { return outcome<described>(described{}); },
  };
}

actors::edge_actor::behavior_type fake_edge(actors::edge_actor::pointer, world_ptr w) {
  using namespace actors;
  return {
      [](const edge_touched&) {},
      [w](const publish_site& m) -> outcome<site_view_ptr> {
        ++w->commands;
        auto view = std::make_shared<site_view>();
        view->row.id = {"dom_" + (m.domain + std::string(16, 'a')).substr(0, 16)};
        if (m.wishes) {
          view->row.paths = m.wishes->paths;
          view->row.settings = m.wishes->settings;
        }
        view->row.pinned = !m.service.empty();
        view->row.service = m.service;
        view->row.port = m.port;
        view->row.environment = m.environment;
        view->row.owner = m.owner;
        view->row.domain = m.domain;
        w->board->publish(site_view_ptr(view));
        return site_view_ptr(view);
      },
      [w](const release_site& m) -> outcome<model::done> {
        ++w->commands;
        if (const auto all = w->board->find_sites(m.environment))
          for (const auto& site : *all)
            if (m.domain.empty() || site->row.domain == m.domain) w->board->withdraw(m.environment, site->row.id);
        return model::done{};
      },
      [](const environment_touched&) {},
      [](const site_observer&) {},
      [](const telegram_actor&) {},
      [](const edge_status&) { return edge_condition{}; },
      [](const describe&) { return actor_card{}; },
  };
}

actors::identity_actor::behavior_type fake_identity(actors::identity_actor::pointer self, world_ptr w) {
  using namespace actors;
  using promised_caller = caf::typed_response_promise<outcome<model::caller>>;
  const auto find = [w](const std::string& presented) -> outcome<model::caller> {
    if (presented == "busy") return problem{model::consequence::retry, "Too many failures.", {}, 7};
    const auto found = w->valid.find(presented);
    if (found == w->valid.end()) return problem{model::consequence::rejected, "no such key id", {}, 0};
    return found->second;
  };
  return {
      [self, w, find, hanging = std::make_shared<std::vector<promised_caller>>()](const authenticate& m) {
        ++w->authentications;
        auto promise = self->make_response_promise<outcome<model::caller>>();
        if (w->database_hangs)
          hanging->push_back(promise);
        else
          promise.deliver(find(m.presented));
        return promise;
      },
      [](const create_key&) { return outcome<created_key>(created_key{}); },
      [](const issue_magic_link&) { return outcome<issued_magic_link>(issued_magic_link{"token"}); },
      [w](const redeem_magic_link& m) -> outcome<created_key> {
        w->redeemers.push_back(m.peer_address);
        if (w->throws) throw std::runtime_error("SELECT secret FROM magic_links");
        const auto link = w->links.find(m.token);
        if (link == w->links.end()) return problem{model::consequence::not_found, "This link is no good.", {}, 0};
        auto made = link->second;
        w->links.erase(link);
        return made;
      },
      [w](const revoke_key& m) -> outcome<model::done> {
        for (auto i = w->valid.begin(); i != w->valid.end(); ++i)
          if (i->second.key_id == m.key_id && i->second.user == m.owner) {
            w->valid.erase(i);
            w->keys->forget(m.key_id);
            return model::done{};
          }
        return not_found();
      },
      [](const describe&) { return actor_card{}; },
  };
}

}  // namespace

desk::parts spawn_fakes(caf::actor_system& system, const world_ptr& w) {
  desk::parts out;
  out.board = w->board;
  out.logins = w->logins;
  out.database = system.spawn(fake_database, w);
  out.engine = system.spawn(fake_engine, w);
  out.orchestrator = system.spawn(fake_orchestrator, w);
  out.identity = system.spawn(fake_identity, w);
  out.edge = system.spawn(fake_edge, w);
  return out;
}

void end_fakes(desk::parts& parts) {
  for (const auto& actor : {caf::actor_cast<caf::actor>(parts.database), caf::actor_cast<caf::actor>(parts.engine),
                            caf::actor_cast<caf::actor>(parts.orchestrator),
                            caf::actor_cast<caf::actor>(parts.identity), caf::actor_cast<caf::actor>(parts.edge)})
    caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
  parts = {};
}

}  // namespace troupe::support
