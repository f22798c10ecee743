#include "http/admin/admin.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include <nlohmann/json.hpp>
#include <openssl/opensslv.h>

#include "actors/codec/timestamp_text.hpp"
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

// Some of the tree, or a problem: what did not answer does not vanish.
void with_tree(self_ptr self, const call_ptr& c, const actors::describe_some& wanted,
               std::function<void(actors::described)> then) {
  const auto& parts = self->state.parts;
  self->request(parts.actors.orchestrator, parts.patience, wanted)
      .then(
          [c, then](outcome<actors::described>& page) {
            page ? then(std::move(page.value())) : send(c, std::move(page.error()));
          },
          [c](caf::error&) {
            send(c, model::problem{model::consequence::unavailable,
                                   "The orchestrator does not answer in time; /metrics counts without it.",
                                   {},
                                   2});
          });
}

// Whether the query is valid; where it is not, that has been sent.
template <std::size_t N, class Read>
bool read_query(const call_ptr& c, const std::array<std::string_view, N>& known, const Read& read) {
  api::query query(c->asked.query, known);
  read(query);
  if (query.violations().empty()) return true;
  api::send_problem(*c, {400, "The query is not valid.", query.violations(), 0});
  return false;
}

void list_actors(self_ptr self, const call_ptr& c) {
  static constexpr std::array<std::string_view, 2> known{"limit", "cursor"};
  actors::describe_some wanted;
  if (!read_query(c, known, [&](api::query& q) {
        wanted.limit = q.whole("limit", 1, 1'000, 100);
        if (auto position = q.cursor("cursor", 'a')) wanted.after = actors::environment_id{std::move(*position)};
      }))
    return;
  with_survey(self, [self, c, wanted](const survey& s) {
    with_tree(self, c, wanted, [c, all = s.cards](actors::described page) {
      auto cards = all;
      std::move(page.cards.begin(), page.cards.end(), std::back_inserter(cards));
      send(c, json{{"actors", supervision_tree(cards).roots()},
                   {"nextCursor", page.next ? json(api::make_cursor('a', page.next->text)) : json()}});
    });
  });
}

// The environment in whose part of the tree the actor is; none: it is one of the few.
std::optional<actors::environment_id> environment_of(self_ptr self, const std::string& id) {
  if (id.starts_with("env_")) return actors::environment_id{id};
  const auto view = self->state.parts.actors.board->find(actors::deployment_id{id});
  return view ? std::optional(view->row.environment) : std::nullopt;
}

void show_actor(self_ptr self, const call_ptr& c, const std::string& id) {
  const auto show = [c, id](const std::vector<actors::actor_card>& cards) {
    const auto found = supervision_tree(cards).of(id);
    if (found.is_null()) return send_not_found(c);
    send(c, json{{"actor", found}});
  };
  if (const auto within = environment_of(self, id))
    return with_tree(self, c, {{}, 1, *within}, [show](const actors::described& page) { show(page.cards); });
  with_survey(self, [show](const survey& s) { show(s.cards); });
}

json system_of(self_ptr self, const survey& s) {
  const auto process = read_process_figures();
  json queues = json::object();
  for (const auto& card : s.cards) queues[card.kind] = card.mailbox_depth;
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
          {"environments", self->state.parts.actors.board->environments()},
          {"deployments", self->state.parts.actors.board->deployments()},
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
    // Why it is down, and since when, as the engine's actor has told it.
    const auto engine_is_down = [self, body](const std::string& otherwise) {
      const auto reach = self->state.parts.actors.board->engine();
      (*body)["engine"] = {{"status", "down"},
                           {"since", reach.answers ? json() : json(codec::timestamp_text(reach.since))},
                           {"detail", reach.answers ? otherwise : reach.last_answer}};
    };
    const auto engine = [body, engine_is_down, with_database](outcome<actors::engine_info, model::effect_error>& info) {
      if (!info) {
        engine_is_down(info.error().what.message);
      } else {
        auto& out = (*body)["engine"] = {{"status", "up"}};
        out["version"] = info.value().version;
        out["apiVersion"] = info.value().api_version;
        out["simulated"] = info.value().simulated;
        out["latencyMs"] = static_cast<double>(info.value().latency_us) / 1000;
      }
      with_database();
    };
    self->request(parts.actors.engine, parts.patience, actors::engine_status{})
        .then(engine, [engine_is_down, with_database](caf::error&) {
          engine_is_down("The engine's actor does not answer in time.");
          with_database();
        });
  });
}

// Which deployments an operator wants to see.
struct wanted_deployments {
  std::uint32_t limit = 100;
  std::optional<model::deployment_status> status{};
  std::optional<bool> degraded{};                        // of those that run
  std::optional<std::chrono::milliseconds> stuck_for{};  // in a status that is to pass, without a change

  // What is final is on no board.
  bool of_rows() const { return status ? model::is_final(*status) : !degraded && !stuck_for; }
  bool fits(const model::deployment& row, model::timestamp now) const {
    if (status && row.status != *status) return false;
    if (degraded && (row.status != model::deployment_status::running || row.health.degraded != *degraded)) return false;
    return !stuck_for || (!model::is_settled(row.status) && now - row.updated_at >= *stuck_for);
  }
};

void read(api::query& q, wanted_deployments& out) {
  out.limit = q.whole("limit", 1, 1'000, 100);
  if (const auto text = q.text("status")) {
    out.status = model::deployment_status_texts.parse(*text);
    if (!out.status) q.refuse("status", "must be a deployment's status, such as RUNNING");
  }
  if (const auto text = q.text("health")) {
    if (*text != "ok" && *text != "degraded") q.refuse("health", "must be ok or degraded");
    out.degraded = *text == "degraded";
  }
  constexpr std::chrono::milliseconds longest = std::chrono::hours(24 * 365);
  out.stuck_for = q.duration("stuckFor", longest);
  if (out.status && model::is_final(*out.status) && (out.degraded || out.stuck_for))
    q.refuse("status", "must not be final: nothing that is over is healthy or stuck");
}

// The newest of those on the board that fit, one more than may be shown.
std::vector<actors::deployment_view_ptr> find_living(const actors::board& board, const wanted_deployments& wanted,
                                                     model::timestamp now) {
  std::vector<actors::deployment_view_ptr> found;
  board.each_deployment([&](const actors::deployment_view_ptr& view) {
    if (wanted.fits(view->row, now)) found.push_back(view);
  });
  const auto count = std::min<std::size_t>(found.size(), wanted.limit + std::size_t{1});
  std::partial_sort(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(count), found.end(),
                    [](const auto& a, const auto& b) {
                      return std::tie(a->row.created_at, a->row.id) > std::tie(b->row.created_at, b->row.id);
                    });
  found.resize(count);
  return found;
}

// `found` has one more where there are more.
template <class Found, class Row>
json shown(const json& living, const Found& found, std::uint32_t limit, Row row) {
  auto list = json::array();
  for (const auto& one : found)
    if (list.size() < limit) list.push_back(render(row(one)));
  return {{"living", living}, {"deployments", std::move(list)}, {"more", found.size() > limit}};
}

void list_deployments(self_ptr self, const call_ptr& c) {
  static constexpr std::array<std::string_view, 4> known{"limit", "status", "health", "stuckFor"};
  wanted_deployments wanted;
  if (!read_query(c, known, [&](api::query& q) { read(q, wanted); })) return;
  const auto& parts = self->state.parts;
  auto living = json::object();
  const auto counts = parts.actors.board->deployments_by_status();
  for (std::size_t i = 0; i < counts.size(); ++i)
    if (counts[i] > 0) living[std::string(model::deployment_status_texts.texts[i])] = counts[i];
  if (!wanted.of_rows()) {
    const auto row_of = [](const auto& view) { return actors::stored_deployment{view->row, view->containers}; };
    return send(c, shown(living, find_living(*parts.actors.board, wanted, parts.now()), wanted.limit, row_of));
  }
  const auto answered = [c, living, limit = wanted.limit](outcome<std::vector<actors::stored_deployment>>& rows) {
    if (!rows) return send(c, std::move(rows.error()));
    send(c, shown(living, rows.value(), limit, [](const auto& row) { return row; }));
  };
  self->request(parts.actors.database, parts.patience, actors::list_recent_deployments{wanted.limit + 1, wanted.status})
      .then(answered, [c](caf::error&) {
        send(c, model::problem{model::consequence::unavailable, "The database does not answer.", {}, 2});
      });
}

void show_metrics(self_ptr self, const call_ptr& c) {
  const auto scraped = [self, c] {
    auto& m = *self->state.parts.metrics;
    m.set_process(read_process_figures());
    m.set_disk(read_disk_figures(self->state.parts.state_dir));
    response out;
    out.content_type = "text/plain; version=0.0.4; charset=utf-8";
    out.body = m.text();
    api::send(*c, std::move(out));
  };
  const auto now = self->clock().now();
  if (self->state.gauges_set_at && now - *self->state.gauges_set_at < self->state.parts.scrape_reuses) return scraped();
  with_survey(self, [self, now, scraped](const survey& s) {
    const auto& parts = self->state.parts;
    set_gauges(*parts.metrics, s, *parts.actors.board, parts.now());
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
