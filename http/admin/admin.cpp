#include "http/admin/admin.hpp"

#include <array>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>
#include <openssl/opensslv.h>

#include "config/logging.hpp"
#include "http/admin/admin_json.hpp"
#include "http/admin/process_figures.hpp"
#include "http/api/answer.hpp"
#include "http/api/json_decode.hpp"
#include "http/api/key_header.hpp"
#include "http/api/problem_answer.hpp"
#include "http/api/query.hpp"

namespace troupe::http::admin {

namespace {

using actors::outcome;
using api::call_ptr;
using nlohmann::json;

struct admin_state {
  static inline const char* name = "admin";
  admin_parts parts;
  std::optional<std::chrono::steady_clock::time_point> gauges_set_at;
};
using self_ptr = admin_actor::stateful_pointer<admin_state>;

void with_survey(self_ptr self, std::function<void(survey)> then) {
  take_survey(self, self->state.parts.actors, self->state.parts.patience, std::move(then));
}

void send(const call_ptr& c, const json& body) {
  api::send_json(*c, 200, api::encode_json(body));
}
void send(const call_ptr& c, model::problem why) {
  api::send_problem(*c, api::refusal_of(std::move(why)));
}
void send_not_found(const call_ptr& c) {
  api::send_problem(*c, {404, "There is no such object.", {}, 0});
}

void list_actors(self_ptr self, const call_ptr& c) {
  with_survey(self, [c](const survey& s) { send(c, json{{"actors", supervision_tree(s.cards).roots()}}); });
}

void show_actor(self_ptr self, const call_ptr& c, const std::string& id) {
  with_survey(self, [c, id](const survey& s) {
    const auto found = supervision_tree(s.cards).of(id);
    if (found.is_null()) return send_not_found(c);
    send(c, json{{"actor", found}});
  });
}

json system_of(self_ptr self, const survey& s) {
  const auto process = read_process_figures();
  json queues = json::object();
  for (const auto& card : s.cards)
    if (card.kind != "environment" && card.kind != "deployment") queues[card.kind] = card.mailbox_depth;
  const auto& config = self->system().config();
  const auto up = std::chrono::steady_clock::now() - self->state.parts.started_at;
  return {{"version", TROUPE_VERSION},
          {"uptimeSeconds", std::chrono::duration_cast<std::chrono::seconds>(up).count()},
          {"process",
           {{"residentBytes", process.resident_bytes},
            {"openDescriptors", process.open_descriptors},
            {"threads", process.threads},
            {"cpuSeconds", process.cpu_seconds}}},
          {"scheduler",
           {{"policy", to_string(caf::get_or(config, "scheduler.policy", caf::atom("stealing")))},
            {"workers", self->system().scheduler().num_workers()},
            {"runningActors", self->system().registry().running()}}},
          {"queueDepths", queues},
          {"environments", s.count("environment")},
          {"deployments", s.count("deployment")},
          {"rememberedKeys", self->state.parts.keys->size()},
          {"versions",
           {{"caf", std::to_string(CAF_MAJOR_VERSION) + '.' + std::to_string(CAF_MINOR_VERSION) + '.' +
                        std::to_string(CAF_PATCH_VERSION)},
            {"openssl", OPENSSL_VERSION_TEXT},
            {"compiler", "GCC " __VERSION__}}}};
}

void show_system(self_ptr self, const call_ptr& c) {
  with_survey(self, [self, c](const survey& s) {
    const auto& parts = self->state.parts;
    auto body = std::make_shared<json>(system_of(self, s));
    const auto with_database = [self, c, body] {
      const auto answered = [c, body](outcome<std::uint64_t>& microseconds) {
        (*body)["database"] = {{"status", microseconds ? "up" : "down"}};
        if (microseconds) (*body)["database"]["latencyMs"] = static_cast<double>(microseconds.value()) / 1000;
        send(c, *body);
      };
      self->request(self->state.parts.actors.database, self->state.parts.patience, actors::database_status{})
          .then(answered, [c, body](caf::error&) {
            (*body)["database"] = {{"status", "down"}};
            send(c, *body);
          });
    };
    const auto engine = [body, with_database](outcome<actors::engine_info, model::effect_error>& info) {
      auto& out = (*body)["engine"] = {{"status", info ? "up" : "down"}};
      if (info) {
        out["version"] = info.value().version;
        out["apiVersion"] = info.value().api_version;
        out["simulated"] = info.value().simulated;
        out["latencyMs"] = static_cast<double>(info.value().latency_us) / 1000;
      }
      with_database();
    };
    self->request(parts.actors.engine, parts.patience, actors::engine_status{})
        .then(engine, [body, with_database](caf::error&) {
          (*body)["engine"] = {{"status", "down"}};
          with_database();
        });
  });
}

void list_deployments(self_ptr self, const call_ptr& c) {
  static constexpr std::array<std::string_view, 1> known{"limit"};
  api::query query(c->asked.query, known);
  const auto limit = query.whole("limit", 1, 1'000, 100);
  if (!query.violations().empty())
    return api::send_problem(*c, {400, "The query is not valid.", query.violations(), 0});
  with_survey(self, [self, c, limit](const survey& s) {
    auto living = json::object();
    const auto counts = s.deployments_by_status();
    for (std::size_t i = 0; i < counts.size(); ++i)
      if (counts[i] > 0) living[std::string(model::deployment_status_texts.texts[i])] = counts[i];
    const auto answered = [c, living](outcome<std::vector<actors::stored_deployment>>& rows) {
      if (!rows) return send(c, std::move(rows.error()));
      auto list = json::array();
      for (const auto& row : rows.value()) list.push_back(render(row));
      send(c, json{{"living", living}, {"deployments", std::move(list)}});
    };
    self->request(self->state.parts.actors.database, self->state.parts.patience, actors::list_recent_deployments{limit})
        .then(answered, [c](caf::error&) {
          send(c, model::problem{model::consequence::unavailable, "The database does not answer.", {}, 2});
        });
  });
}

void show_metrics(self_ptr self, const call_ptr& c) {
  const auto scraped = [self, c] {
    auto& m = *self->state.parts.metrics;
    m.set_process(read_process_figures());
    response out;
    out.content_type = "text/plain; version=0.0.4; charset=utf-8";
    out.body = m.text();
    api::send(*c, std::move(out));
  };
  const auto now = self->clock().now();
  if (self->state.gauges_set_at && now - *self->state.gauges_set_at < self->state.parts.scrape_reuses) return scraped();
  with_survey(self, [self, now, scraped](const survey& s) {
    set_gauges(*self->state.parts.metrics, s);
    self->state.gauges_set_at = now;
    scraped();
  });
}

void route(self_ptr self, const call_ptr& c) {
  const std::string_view path = c->asked.path;
  constexpr std::string_view actor_prefix = "/admin/actors/";
  const bool is_actor = path.starts_with(actor_prefix) && path.find('/', actor_prefix.size()) == std::string_view::npos;
  const bool is_known = is_actor || path == "/admin/actors" || path == "/admin/system" ||
                        path == "/admin/deployments" || path == "/metrics";
  if (!is_known) return send_not_found(c);
  if (c->asked.method != "GET" && c->asked.method != "HEAD") {
    c->extra.emplace_back("Allow", "GET, HEAD");
    return api::send_problem(*c, {405, "Only GET and HEAD are allowed here.", {}, 0});
  }
  if (is_actor) return show_actor(self, c, std::string(path.substr(actor_prefix.size())));
  if (path == "/admin/actors") return list_actors(self, c);
  if (path == "/admin/system") return show_system(self, c);
  if (path == "/admin/deployments") return list_deployments(self, c);
  show_metrics(self, c);
}

void admit(self_ptr self, const call_ptr& c, model::caller who) {
  c->who = std::move(who);
  if (!c->who.scopes.has(model::scope::admin))
    return api::send_problem(*c, {403, "The API key lacks the scope ADMIN.", {}, 0});
  route(self, c);
}

void authenticate(self_ptr self, const call_ptr& c) {
  const auto presented = api::presented_key_of(c->asked);
  if (!presented) return api::send_problem(*c, api::unauthorised());
  if (auto who = self->state.parts.keys->find(*presented)) {
    self->state.parts.metrics->authenticated_from_memory();
    return admit(self, c, std::move(*who));
  }
  const auto answered = [self, c](outcome<model::caller>& who) {
    if (who) return admit(self, c, std::move(who.value()));
    if (who.error().kind == model::consequence::rejected) return api::send_problem(*c, api::unauthorised());
    send(c, std::move(who.error()));
  };
  self->request(self->state.parts.actors.identity, self->state.parts.identity_timeout,
                actors::authenticate{std::string(*presented), c->asked.peer_address})
      .then(answered, [c](caf::error&) {
        send(c, model::problem{model::consequence::unavailable, "API keys cannot be verified at the moment.", {}, 2});
      });
}

admin_actor::behavior_type answering(self_ptr self, admin_parts parts) {
  self->state.parts = std::move(parts);
  self->set_exception_handler(
      [](std::exception_ptr& thrown) -> caf::error {  // the request it was about gets the wall's 500
        try {
          std::rethrow_exception(thrown);
        } catch (const std::exception& why) {
          log::error("an admin request failed", {{"error", std::string_view(why.what())}});
        }
        return caf::none;
      });
  return {[self](const admin_call& m) { authenticate(self, m.c); }};
}

}  // namespace

admin::admin(caf::actor_system& system, admin_parts parts)
    : random_(parts.random), actor_(system.spawn(answering, std::move(parts))) {}

admin::~admin() {
  close();
}

void admin::close() {
  caf::anon_send_exit(actor_, caf::exit_reason::user_shutdown);
}

void admin::handle(request&& asked, std::shared_ptr<exchange> way) {
  auto c = std::make_shared<api::call>();
  c->request_id = api::request_id_of(asked, random_);
  c->asked = std::move(asked);
  c->way = std::move(way);
  c->arrived = std::chrono::steady_clock::now();
  caf::anon_send(actor_, admin_call{std::move(c)});
}

}  // namespace troupe::http::admin
