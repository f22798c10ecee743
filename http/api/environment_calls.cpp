#include "config/logging.hpp"
#include "http/api/answer.hpp"
#include "http/api/handlers.hpp"
#include "http/api/listing.hpp"
#include "http/api/render.hpp"

namespace troupe::http::api {

bool quick_environment(api_state& api, call& c) {
  const auto id = model::parse_id<model::environment_id>(c.parameters[0]);
  const auto view = id && c.asked.query.empty() ? api.parts.board->find(*id) : nullptr;
  if (!view || view->row.owner != c.who.user) return false;
  send_json(c, answer_of(*view));
  return true;
}

void get_environment(front_pointer self, const call_ptr& c) {
  with_environment(self, c, [c](const actors::environment_view_ptr& view) { send_json(*c, answer_of(*view)); });
}

void create_environment(front_pointer self, const call_ptr& c) {
  auto& parts = self->state.api->parts;
  actors::create_environment wanted{c->who.user, model::environment_id{c->planned}, c->body.at("name")};
  log::info("environment asked for", {{"requestId", c->request_id}, {"environmentId", c->planned}});
  ask(self, c, parts.orchestrator, parts.orchestrator_timeout, std::move(wanted),
      [self, c](const actors::environment_view_ptr& view) {
        c->extra.emplace_back("Location", "/environments/" + view->row.id.text);
        reply(self, c, {{"environment", render(view->row, view->site)}});
      });
}

void delete_environment(front_pointer self, const call_ptr& c) {
  auto& parts = self->state.api->parts;
  const auto id = model::parse_id<model::environment_id>(c->parameters[0]);
  if (!id) return refuse(self, c, no_such_object());
  ask(self, c, parts.orchestrator, parts.orchestrator_timeout, actors::delete_environment{c->who.user, *id},
      [self, c](const actors::environment_view_ptr& view) {
        reply(self, c, {{"environment", render(view->row, view->site)}});
      });
}

void list_environments(front_pointer self, const call_ptr& c) {
  auto& parts = self->state.api->parts;
  auto asked = query_of(*c);
  actors::list_environments wanted{c->who.user, {}, 0, c->who.environments};
  const auto limit = page_limit(asked);
  wanted.limit = limit + 1;  // one more tells whether there is a next page
  if (const auto position = asked.cursor("cursor", 'e')) {
    wanted.after = model::parse_id<model::environment_id>(*position);
    if (!wanted.after) return refuse_query(*c, {{"?cursor", "must be the nextCursor of the page before"}});
  }
  if (!asked.violations().empty()) return refuse_query(*c, asked.violations());
  ask(self, c, parts.database, parts.database_timeout, std::move(wanted),
      [self, c, limit](const std::vector<model::environment>& rows) {
        auto list = nlohmann::json::array();
        for (const auto& row : first(rows, limit))
          list.push_back(render(row, self->state.api->parts.board->find_site(row.id)));
        reply(self, c,
              {{"environments", std::move(list)},
               {"nextCursor",
                rows.size() > limit ? nlohmann::json(make_cursor('e', rows[limit - 1].id.text)) : nlohmann::json()}});
      });
}

}  // namespace troupe::http::api
