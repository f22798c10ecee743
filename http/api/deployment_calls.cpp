#include <algorithm>
#include <charconv>

#include "config/logging.hpp"
#include "http/api/answer.hpp"
#include "http/api/handlers.hpp"
#include "http/api/listing.hpp"
#include "http/api/release_rules.hpp"
#include "http/api/render.hpp"

namespace troupe::http::api {

namespace {

using namespace std::chrono_literals;

struct planned_ids {
  model::deployment_id deployment;
  model::job_id job;
};
planned_ids planned_of(const call& c) {
  const auto blank = c.planned.find(' ');
  return {{c.planned.substr(0, blank)}, {c.planned.substr(blank + 1)}};
}

nlohmann::json accepted(const model::deployment& row) {
  return {{"jobId", row.job.text},
          {"deploymentId", row.id.text},
          {"status", model::deployment_status_texts[row.status]},
          {"warnings", row.warnings}};
}

void reply_accepted(front_pointer self, const call_ptr& c, const actors::deployment_view_ptr& view) {
  log::info("deployment call accepted", {{"requestId", c->request_id},
                                         {"operation", c->matched->operation},
                                         {"environmentId", view->row.environment.text},
                                         {"deploymentId", view->row.id.text}});
  reply(self, c, accepted(view->row));
}

template <class Message>
void order(front_pointer self, const call_ptr& c, Message message) {
  auto& parts = self->state.api->parts;
  ask(self, c, parts.orchestrator, parts.orchestrator_timeout, std::move(message),
      [self, c](const actors::deployment_view_ptr& view) { reply_accepted(self, c, view); });
}

void command(front_pointer self, const call_ptr& c, model::command what) {
  const auto id = model::parse_id<model::deployment_id>(c->parameters[0]);
  if (!id) return refuse(self, c, no_such_object());
  order(self, c, actors::command_deployment{c->who.user, *id, what});
}

bool quick(call& c, const actors::deployment_view_ptr& view) {
  if (!view || view->row.owner != c.who.user) return false;
  send_json(c, answer_of(*view));
  return true;
}

void answer_or_wait(front_pointer self, const call_ptr& c) {
  auto asked = query_of(*c);
  const auto patience = asked.duration("wait", 60s);
  if (!asked.violations().empty()) return refuse_query(*c, asked.violations());
  with_deployment(self, c, [self, c, patience](const actors::deployment_view_ptr& view) {
    if (!patience || *patience == 0ms || model::is_settled(view->row.status)) return send_json(*c, answer_of(*view));
    auto& api = *self->state.api;
    const auto ticket = api.waiting.enter(view->row.id, c, self->clock().now() + *patience);
    if (ticket == 0) return send_problem(*c, {429, "Too many calls are waiting already.", {}, 5});
    c->way->on_gone([weak = std::weak_ptr(self->state.api), ticket] {
      if (const auto state = weak.lock()) state->waiting.leave(ticket);
    });
    keep_time(self);
    // It may have settled before the waiter was there to be told.
    const auto now = api.parts.board->find(view->row.id);
    if (now && model::is_settled(now->row.status) && api.waiting.leave(ticket)) send_json(*c, answer_of(*now));
  });
}

}  // namespace

bool quick_deployment(api_state& api, call& c) {
  const auto id = c.asked.query.empty() ? model::parse_id<model::deployment_id>(c.parameters[0]) : std::nullopt;
  return id && quick(c, api.parts.board->find(*id));
}

bool quick_job(api_state& api, call& c) {
  const auto id = c.asked.query.empty() ? model::parse_id<model::job_id>(c.parameters[0]) : std::nullopt;
  return id && quick(c, api.parts.board->find(*id));
}

void get_deployment(front_pointer self, const call_ptr& c) {
  answer_or_wait(self, c);
}
void get_job(front_pointer self, const call_ptr& c) {
  answer_or_wait(self, c);
}

void create_deployment(front_pointer self, const call_ptr& c) {
  const auto ids = planned_of(*c);
  order(self, c,
        actors::create_deployment{c->who.user,
                                  model::environment_id{c->body.at("environmentId")},
                                  ids.deployment,
                                  ids.job,
                                  release_of(c->body),
                                  {}});
}

void rollback_deployment(front_pointer self, const call_ptr& c) {
  const auto id = model::parse_id<model::deployment_id>(c->parameters[0]);
  if (!id) return refuse(self, c, no_such_object());
  const auto ids = planned_of(*c);
  actors::rollback_deployment wanted{c->who.user, *id, {}, ids.deployment, ids.job};
  if (c->body.contains("to")) wanted.to = model::deployment_id{c->body.at("to")};
  order(self, c, std::move(wanted));
}

void cancel_deployment(front_pointer self, const call_ptr& c) {
  command(self, c, {model::verb::cancel, 0});
}
void stop_deployment(front_pointer self, const call_ptr& c) {
  command(self, c, {model::verb::stop, 0});
}
void start_deployment(front_pointer self, const call_ptr& c) {
  command(self, c, {model::verb::start, 0});
}
void restart_deployment(front_pointer self, const call_ptr& c) {
  command(self, c, {model::verb::restart, 0});
}
void delete_deployment(front_pointer self, const call_ptr& c) {
  command(self, c, {model::verb::remove, 0});
}

void scale_deployment(front_pointer self, const call_ptr& c) {
  const auto replicas = c->body.at("replicas").get<std::uint32_t>();
  command(self, c, {model::verb::scale, replicas});
}

void list_deployments(front_pointer self, const call_ptr& c) {
  auto& parts = self->state.api->parts;
  auto asked = query_of(*c);
  actors::list_deployments wanted{c->who.user, {}, {}, 0};
  const auto limit = page_limit(asked);
  wanted.limit = limit + 1;
  if (const auto position = asked.cursor("cursor", 'd')) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(position->data(), position->data() + position->size(), number);
    if (error != std::errc{} || end != position->data() + position->size())
      return refuse_query(*c, {{"?cursor", "must be the nextCursor of the page before"}});
    wanted.before_number = number;
  }
  if (!asked.violations().empty()) return refuse_query(*c, asked.violations());
  const auto id = model::parse_id<model::environment_id>(c->parameters[0]);
  if (!id) return refuse(self, c, no_such_object());
  wanted.environment = *id;
  ask(self, c, parts.database, parts.database_timeout, std::move(wanted),
      [self, c, limit](const std::vector<actors::stored_deployment>& rows) {
        auto list = nlohmann::json::array();
        for (const auto& stored : first(rows, limit)) {
          // The board is at least as new as the row, and knows how far a pull is.
          const auto view = self->state.api->parts.board->find(stored.row.id);
          list.push_back(view && view->row.owner == c->who.user ? render(*view) : render(stored));
        }
        reply(self, c,
              {{"deployments", std::move(list)},
               {"nextCursor", rows.size() > limit
                                  ? nlohmann::json(make_cursor('d', std::to_string(rows[limit - 1].row.number)))
                                  : nlohmann::json()}});
      });
}

}  // namespace troupe::http::api
