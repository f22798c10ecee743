#include <array>
#include <fstream>
#include <sstream>
#include <sys/statvfs.h>

#include "http/api/answer.hpp"
#include "http/api/api_state.hpp"
#include "http/api/carry.hpp"
#include "http/api/handlers.hpp"
#include "http/api/json_decode.hpp"
#include "http/api/key_header.hpp"

namespace troupe::http::api {

namespace {

using nlohmann::json;
using namespace std::chrono_literals;
constexpr auto remembered_for = 1s;
constexpr double low_disk = 0.05, low_memory = 0.03;

json check_memory() {
  std::ifstream in("/proc/meminfo");
  std::string name;
  std::uint64_t kilobytes = 0, total = 0, available = 0;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    words >> name >> kilobytes;
    if (name == "MemTotal:") total = kilobytes;
    if (name == "MemAvailable:") available = kilobytes;
  }
  std::uint64_t pages = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  const bool low = total > 0 && static_cast<double>(available) < low_memory * static_cast<double>(total);
  return {{"status", low ? "low" : "ok"},
          {"availableMb", available / 1024},
          {"totalMb", total / 1024},
          {"residentMb", resident * 4 / 1024}};
}

json check_disk(const std::string& directory) {
  struct statvfs disk {};
  if (statvfs(directory.c_str(), &disk) != 0 && statvfs("/", &disk) != 0) return {{"status", "down"}};
  const double block = static_cast<double>(disk.f_frsize) / (1024 * 1024);
  const double free = static_cast<double>(disk.f_bavail) * block, total = static_cast<double>(disk.f_blocks) * block;
  return {{"status", free < low_disk * total ? "low" : "ok"},
          {"freeMb", static_cast<std::uint64_t>(free)},
          {"totalMb", static_cast<std::uint64_t>(total)}};
}

struct probe {
  json database{{"status", "down"}, {"latencyMs", nullptr}};
  json engine{{"status", "down"}, {"latencyMs", nullptr}};
  json telegram;  // null: no bot
  json edge;      // null: no public domain
  bool database_up = false, engine_up = false, simulated = false;
  int outstanding = 2;
};

// The world learns whether it works; users, which part does not; operators all.
std::size_t level_of(const call& c) {
  return c.who.scopes.has(model::scope::admin) ? 2 : c.who.key_id.empty() ? 0 : 1;
}

void send_health(call& c, int status, const std::shared_ptr<const std::string>& text) {
  response out;
  out.status = status;
  out.content_type = "application/json";
  out.shared_body = text;
  if (status == 503) out.headers.emplace_back("Retry-After", "1");
  send(c, std::move(out));
}

json checks_for_users(const json& checks) {
  auto out = json::object();
  for (const auto& [part, found] : checks.items())
    if (part != "memory" && part != "disk") out[part] = {{"status", found.at("status")}};
  return out;
}

void conclude(api_state& api, const probe& p) {
  const bool ok = p.database_up && p.engine_up;
  const auto uptime =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - api.started).count();
  json checks{{"database", p.database},
              {"engine", p.engine},
              {"memory", check_memory()},
              {"disk", check_disk(api.parts.settings.state_dir)}};
  if (!p.telegram.is_null()) checks["telegram"] = p.telegram;  // nothing else needs it: without it the platform works
  if (!p.edge.is_null()) checks["edge"] = p.edge;              // likewise: what it serves it serves by itself
  const json anybody{{"status", ok ? "ok" : "degraded"}};
  auto users = anybody;
  users["version"] = TROUPE_VERSION;
  users["simulated"] = p.simulated;
  users["checks"] = checks_for_users(checks);
  auto operators = users;
  operators["uptimeSeconds"] = uptime;
  operators["checks"] = std::move(checks);
  decltype(api.health.texts) texts;
  const std::array<const json*, 3> all{&anybody, &users, &operators};
  for (std::size_t i = 0; i < all.size(); ++i) texts[i] = std::make_shared<const std::string>(encode_json(*all[i]));
  std::vector<call_ptr> asked_by;
  const int status = ok ? 200 : 503;
  {
    const std::lock_guard lock(api.health.mutex);
    api.health.asking = false;
    api.health.status = status;
    api.health.texts = texts;
    api.health.at = std::chrono::steady_clock::now();
    asked_by.swap(api.health.asked_by);
  }
  for (const auto& c : asked_by) send_health(*c, status, texts[level_of(*c)]);
}

// A key that is known to be bad is told so. While the database is away, one that was good lately is good enough to be
// told so; where nothing is known of it, the answer is the one for anybody.
void learn_who_asks(desk::clerk self, const call_ptr& c, const std::function<void()>& then) {
  const auto presented = presented_key_of(c->asked);
  if (!presented || !c->who.key_id.empty()) return then();
  const auto& api = *c->api;
  const auto nobody_tells = [c, then, key = std::string(*presented)] {
    if (auto known = c->api->parts.keys->find_unconfirmed(key)) c->who = std::move(*known);
    then();
  };
  self->request(api.parts.behind().identity, api.parts.health_timeout,
                actors::authenticate{std::string(*presented), address_of(c->asked)})
      .then(
          [c, then, nobody_tells](const model::outcome<model::caller>& who) {
            guarded(c, [&] {
              if (!who && who.error().kind == model::consequence::rejected) return send_problem(*c, unauthorised());
              if (!who) return nobody_tells();
              c->who = who.value();
              then();
            });
          },
          [nobody_tells](const caf::error&) { nobody_tells(); });
}

}  // namespace

bool quick_health(api_state& api, call& c) {
  if (const auto presented = presented_key_of(c.asked)) {
    auto who = api.parts.keys->find(*presented);
    if (!who) return false;
    c.who = std::move(*who);
  }
  int status = 0;
  std::shared_ptr<const std::string> text;
  {
    const std::lock_guard lock(api.health.mutex);
    if (api.health.status == 0 || std::chrono::steady_clock::now() - api.health.at > remembered_for) return false;
    status = api.health.status;
    text = api.health.texts[level_of(c)];
  }
  send_health(c, status, text);
  return true;
}

namespace {

void look_at_parts(desk::clerk self, const std::shared_ptr<api_state>& held) {
  auto& api = *held;
  {
    const std::lock_guard lock(api.health.mutex);
    if (std::exchange(api.health.asking, true)) return;  // whoever asks answers all
  }
  const auto p = std::make_shared<probe>();
  const auto finished = [held, p] {
    if (--p->outstanding == 0) conclude(*held, *p);
  };
  if (api.parts.telegram) {
    ++p->outstanding;
    p->telegram = {{"status", "degraded"}, {"detail", "the bot does not answer"}};
    self->request(api.parts.telegram, api.parts.health_timeout, actors::bot_status{})
        .then(
            [p, finished](const actors::bot_condition& bot) {
              p->telegram = {{"status", bot.works ? "ok" : "degraded"}, {"waiting", bot.waiting}};
              if (!bot.works) p->telegram["detail"] = bot.detail;
              finished();
            },
            [finished](const caf::error&) { finished(); });
  }
  if (api.parts.behind().edge) {
    ++p->outstanding;
    self->request(api.parts.behind().edge, api.parts.health_timeout, actors::edge_status{})
        .then(
            [p, finished](const actors::edge_condition& edge) {
              if (!edge.sites.empty()) {
                p->edge = {{"status", edge.works && edge.at_risk.empty() ? "ok" : "degraded"}, {"domains", edge.sites}};
                if (!edge.works) p->edge["detail"] = edge.detail;
                if (!edge.at_risk.empty()) p->edge["certificatesAtRisk"] = edge.at_risk.size();
              }
              finished();
            },
            [p, finished](const caf::error&) {
              p->edge = {{"status", "degraded"}, {"detail", "the edge's actor does not answer"}};
              finished();
            });
  }
  const auto as_ms = [](std::uint64_t microseconds) { return static_cast<double>(microseconds) / 1000.0; };
  self->request(api.parts.behind().database, api.parts.health_timeout, actors::database_status{})
      .then(
          [p, finished, as_ms](const model::outcome<std::uint64_t>& trip) {
            if ((p->database_up = trip.ok())) p->database = {{"status", "ok"}, {"latencyMs", as_ms(trip.value())}};
            finished();
          },
          [finished](const caf::error&) { finished(); });
  self->request(api.parts.behind().engine, api.parts.health_timeout, actors::engine_status{})
      .then(
          [p, finished, as_ms](const model::outcome<actors::engine_info, model::effect_error>& info) {
            if ((p->engine_up = info.ok())) {
              const auto& e = info.value();
              p->simulated = e.simulated;
              p->engine = {{"status", "ok"},
                           {"latencyMs", as_ms(e.latency_us)},
                           {"version", e.version},
                           {"apiVersion", e.api_version},
                           {"simulated", e.simulated}};
            }
            finished();
          },
          [finished](const caf::error&) { finished(); });
}

// What the look finds that was begun for it.
void answer_with_look(const call_ptr& c) {
  int status = 0;
  std::shared_ptr<const std::string> text;
  {
    auto& known = c->api->health;
    const std::lock_guard lock(known.mutex);
    if (known.asking) return known.asked_by.push_back(c);
    status = known.status;
    text = known.texts[level_of(*c)];
  }
  send_health(*c, status, text);
}

}  // namespace

// Both at the same time: where the database is away, each waits for it in vain.
void get_health(desk::clerk self, const call_ptr& c) {
  look_at_parts(self, c->api);
  learn_who_asks(self, c, [c] { answer_with_look(c); });
}

}  // namespace troupe::http::api
