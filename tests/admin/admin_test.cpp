#include "http/admin/admin.hpp"

#include <map>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/admin/fake_company.hpp"

namespace troupe::http::admin::test {

namespace {

using namespace std::chrono_literals;
using nlohmann::json;

struct kept_exchange : exchange {
  std::optional<response> answered;
  int answers = 0;
  void answer(response what) override {
    if (++answers == 1) answered = std::move(what);
  }
  void open_stream(int, header_list) override { ADD_FAILURE(); }
  bool write(std::string) override { return false; }
  void close() override {}
  void on_gone(std::function<void()>) override {}
};

const std::vector<std::string> paths{"/admin/actors", "/admin/actors/engine", "/admin/system", "/admin/deployments",
                                     "/metrics"};

struct AdminRoutes : ::testing::Test {
  struct testing_config : caf::actor_system_config {
    testing_config() { set("scheduler.policy", caf::atom("testing")); }
  } config;
  caf::actor_system system{config};
  caf::scheduler::test_coordinator& scheduler = dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  company_ptr all = std::make_shared<company>();
  model::timestamp now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 29);
  std::shared_ptr<actors::board> board = std::make_shared<actors::board>();
  std::shared_ptr<metrics> counted = std::make_shared<metrics>();
  std::shared_ptr<verified_keys> keys = std::make_shared<verified_keys>();
  std::optional<surveyed_actors> asked;
  std::optional<admin> subject;

  void SetUp() override {
    all->cards = {card("orchestrator", "orchestrator"),
                  card("env_a", "environment", "orchestrator"),
                  card("dep_1", "deployment", "env_a", "RUNNING"),
                  card("dep_2", "deployment", "env_a", "PULLING_IMAGE"),
                  card("env_b", "environment", "orchestrator"),
                  card("dep_3", "deployment", "env_b", "RUNNING")};
    const auto put = [&](const std::string& id, const std::string& in, model::deployment_status status) {
      auto view = std::make_shared<deployment_view>();
      view->row.id = {id};
      view->row.job = {"job_" + id};
      view->row.environment = {in};
      view->row.status = status;
      view->row.created_at = view->row.updated_at = now;
      board->publish(deployment_view_ptr(view));
    };
    for (const auto* id : {"env_a", "env_b"}) {
      auto view = std::make_shared<environment_view>();
      view->row.id = {id};
      board->publish(environment_view_ptr(view));
    }
    put("dep_1", "env_a", model::deployment_status::running);
    put("dep_2", "env_a", model::deployment_status::pulling_image);
    put("dep_3", "env_b", model::deployment_status::running);
    all->cards[2].restarts = 3;
    all->cards[2].last_error = "it fell";
    all->cards[3].deadline_ms = 1'234;
    all->cards[5].quarantined = true;
    asked = surveyed_actors{system.spawn(fake_orchestrator, all),
                            system.spawn(fake_engine, all),
                            system.spawn(fake_database, all),
                            system.spawn(fake_identity, all),
                            {},
                            board};
    admin_parts parts;
    parts.now = [this] { return now; };
    parts.actors = *asked;
    parts.keys = keys;
    parts.metrics = counted;
    parts.random = [n = std::uint64_t{1}]() mutable { return n++; };
    subject.emplace(system, std::move(parts));
    scheduler.run();
  }
  void TearDown() override {
    subject.reset();
    caf::anon_send_exit(asked->orchestrator, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(asked->engine, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(asked->database, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(asked->identity, caf::exit_reason::user_shutdown);
    asked.reset();
    scheduler.run();
  }

  std::optional<response> ask(const std::string& target, const std::string& key = "operator-key",
                              const std::string& method = "GET") {
    request r;
    r.method = method;
    const auto query = target.find('?');
    r.path = target.substr(0, query);
    if (query != std::string::npos) r.query = target.substr(query + 1);
    if (!key.empty()) r.headers.emplace_back("x-api-key", key);
    r.headers.emplace_back("x-request-id", "mine");
    r.peer_address = "127.0.0.1";
    const auto way = std::make_shared<kept_exchange>();
    subject->handle(std::move(r), way);
    scheduler.run();
    for (int i = 0; i < 30 && !way->answered; ++i) {
      scheduler.clock().advance_time(1s);
      scheduler.run();
    }
    EXPECT_EQ(way->answers, 1) << target;
    return way->answered;
  }
  json ask_json(const std::string& target) {
    const auto answer = ask(target);
    if (!answer || answer->status != 200) {
      ADD_FAILURE() << target << " " << (answer ? answer->status : 0);
      return {};
    }
    EXPECT_EQ(answer->content_type, "application/json");
    return json::parse(answer->body);
  }
};

std::string header_of(const response& r, const std::string& name) {
  for (const auto& [key, value] : r.headers)
    if (key == name) return value;
  return {};
}

TEST_F(AdminRoutes, WithoutAValidKeyAllAre401WithOneText) {
  std::set<std::string> bodies;
  for (const auto& path : paths)
    for (const auto* key : {"", "wrong-key"}) {
      const auto answer = ask(path, key);
      ASSERT_TRUE(answer);
      EXPECT_EQ(answer->status, 401) << path;
      EXPECT_EQ(answer->content_type, "application/problem+json");
      EXPECT_EQ(header_of(*answer, "WWW-Authenticate"), "Bearer");
      EXPECT_EQ(header_of(*answer, "X-Request-Id"), "mine");
      bodies.insert(answer->body);
    }
  EXPECT_EQ(bodies.size(), 1u);
  EXPECT_EQ(all->described, 0);
}

TEST_F(AdminRoutes, WithoutTheScopeAllAre403) {
  for (const auto& path : paths) {
    const auto answer = ask(path, "tenant-key");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 403) << path;
  }
  EXPECT_EQ(all->described, 0);
}

TEST_F(AdminRoutes, RememberedKeyNeedsNoIdentity) {
  keys->remember("known", {user_id{"usr_op"}, "k", {model::scope::admin}}, std::nullopt,
                 std::chrono::steady_clock::now());
  EXPECT_EQ(ask("/admin/actors", "known")->status, 200);
  EXPECT_NE(counted->text().find("troupe_authentications_total{outcome=\"remembered\"} 1"), std::string::npos);
}

TEST_F(AdminRoutes, LimitedAndUnavailableIdentityAreToldApart) {
  all->identity_problem = model::problem{model::consequence::retry, "Too many.", {}, 7};
  const auto limited = ask("/metrics", "other");
  EXPECT_EQ(limited->status, 429);
  EXPECT_EQ(header_of(*limited, "Retry-After"), "7");
  all->identity_problem = down;
  EXPECT_EQ(ask("/metrics", "other")->status, 503);
}

TEST_F(AdminRoutes, UnknownPathIs404AndOtherMethodsAre405) {
  for (const auto* path : {"/", "/admin", "/admin/", "/admin/actors/", "/admin/actors/nobody",
                           "/admin/actors/env_a/more", "/metrics/", "/health"})
    EXPECT_EQ(ask(path)->status, 404) << path;
  for (const auto& path : paths)
    for (const auto* method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"}) {
      const auto answer = ask(path, "operator-key", method);
      EXPECT_EQ(answer->status, 405) << method << ' ' << path;
      EXPECT_EQ(header_of(*answer, "Allow"), "GET, HEAD");
    }
  for (const auto& path : paths) EXPECT_EQ(ask(path, "operator-key", "HEAD")->status, 200);
}

TEST_F(AdminRoutes, ActorsAreATree) {
  const auto body = ask_json("/admin/actors");
  ASSERT_EQ(body["actors"].size(), 4u);
  std::map<std::string, json> roots;
  for (const auto& root : body["actors"]) roots[root["id"]] = root;
  ASSERT_TRUE(roots.contains("orchestrator") && roots.contains("engine") && roots.contains("database") &&
              roots.contains("identity"));
  EXPECT_EQ(roots["engine"]["mailboxDepth"], 7);
  const auto& environments = roots["orchestrator"]["children"];
  ASSERT_EQ(environments.size(), 2u);
  EXPECT_EQ(environments[0]["id"], "env_a");
  ASSERT_EQ(environments[0]["children"].size(), 2u);
  const auto& first = environments[0]["children"][0];
  for (const auto* field :
       {"id", "kind", "state", "mailboxDepth", "messagesHandled", "lastMessage", "lastMessageAgeMs", "step",
        "deadlineMs", "restarts", "lastError", "lastErrorAgeMs", "quarantined", "parent", "children"})
    EXPECT_TRUE(first.contains(field)) << field;
  EXPECT_EQ(first["restarts"], 3);
  EXPECT_EQ(first["lastError"], "it fell");
  EXPECT_TRUE(first["deadlineMs"].is_null());
  EXPECT_EQ(environments[0]["children"][1]["deadlineMs"], 1'234);
}

TEST_F(AdminRoutes, OneActorComesWithItsChildren) {
  const auto body = ask_json("/admin/actors/env_a");
  EXPECT_EQ(body["actor"]["parent"], "orchestrator");
  EXPECT_EQ(body["actor"]["children"].size(), 2u);
  EXPECT_EQ(ask_json("/admin/actors/dep_3")["actor"]["quarantined"], true);
}

TEST_F(AdminRoutes, ActorsComeAPageAtATime) {
  EXPECT_TRUE(ask_json("/admin/actors")["nextCursor"].is_null());
  EXPECT_EQ(all->asked_for.limit, 100U);
  all->next = environment_id{"env_a"};
  const auto first = ask_json("/admin/actors?limit=1");
  EXPECT_EQ(all->asked_for.limit, 1U);
  EXPECT_FALSE(all->asked_for.after);
  ask_json("/admin/actors?limit=1&cursor=" + first["nextCursor"].get<std::string>());
  EXPECT_EQ(all->asked_for.after, environment_id{"env_a"});
  for (const auto* bad : {"limit=0", "limit=1001", "cursor=x", "page=2"})
    EXPECT_EQ(ask(std::string("/admin/actors?") + bad)->status, 400) << bad;
}

TEST_F(AdminRoutes, WhoDoesNotAnswerIsCountedAllTheSame) {
  caf::anon_send_exit(asked->orchestrator, caf::exit_reason::kill);
  scheduler.run();
  const auto text = ask("/metrics")->body;
  EXPECT_NE(text.find("troupe_deployments{status=\"RUNNING\"} 2\n"), std::string::npos);
  EXPECT_NE(text.find("troupe_environments 2\n"), std::string::npos);
  EXPECT_EQ(ask_json("/admin/system")["deployments"], 3);
  EXPECT_EQ(ask_json("/admin/deployments")["living"]["RUNNING"], 2);
  EXPECT_EQ(ask("/admin/actors")->status, 503) << "and no tree without its environments";
}

TEST_F(AdminRoutes, CountsVisitNobody) {
  for (int i = 0; i < 100'000; ++i) {
    auto view = std::make_shared<deployment_view>();
    view->row.id = {"dep_x" + std::to_string(i)};
    view->row.job = {"job_x" + std::to_string(i)};
    view->row.status = model::deployment_status::pending;
    board->publish(deployment_view_ptr(view));
    auto later = std::make_shared<deployment_view>(*view);
    later->row.status = i % 4 == 0 ? model::deployment_status::stopped : model::deployment_status::running;
    board->publish(deployment_view_ptr(later));
    if (i % 4 == 0) board->withdraw(later->row.id);
  }
  const auto described = all->described;
  EXPECT_NE(ask("/metrics")->body.find("troupe_deployments{status=\"RUNNING\"} 75002\n"), std::string::npos);
  EXPECT_EQ(ask_json("/admin/deployments")["living"], (json{{"RUNNING", 75'002}, {"PULLING_IMAGE", 1}}));
  EXPECT_EQ(all->described, described + 1) << "the orchestrator's own card";
  EXPECT_EQ(all->trees, 0) << "no environment was asked";
}

TEST_F(AdminRoutes, DeploymentsAreFilteredByStatusHealthAndHowLongTheyAreStuck) {
  const auto ids = [&](const std::string& query) {
    std::vector<std::string> out;
    const auto body = ask_json("/admin/deployments?" + query);
    for (const auto& d : body["deployments"]) out.push_back(d["id"]);
    return out;
  };
  auto ill = std::make_shared<deployment_view>();
  ill->row.id = {"dep_4"};
  ill->row.job = {"job_4"};
  ill->row.status = model::deployment_status::running;
  ill->row.health.degraded = true;
  ill->row.created_at = now + 1s;
  board->publish(deployment_view_ptr(ill));
  EXPECT_EQ(ids("status=PULLING_IMAGE"), std::vector<std::string>{"dep_2"});
  EXPECT_EQ(ids("status=RUNNING"), (std::vector<std::string>{"dep_4", "dep_3", "dep_1"})) << "the newest first";
  EXPECT_EQ(ids("status=RUNNING&limit=1"), std::vector<std::string>{"dep_4"});
  EXPECT_EQ(ids("health=degraded"), std::vector<std::string>{"dep_4"});
  EXPECT_EQ(ids("health=ok"), (std::vector<std::string>{"dep_3", "dep_1"}));
  EXPECT_TRUE(ids("stuckFor=10m").empty());
  now += 11min;
  EXPECT_EQ(ids("stuckFor=10m"), std::vector<std::string>{"dep_2"}) << "what runs is where it shall be";
  all->deployments.resize(1);
  EXPECT_EQ(ids("status=FAILED").size(), 1U) << "what is over is a row";
  EXPECT_EQ(all->status_asked, model::deployment_status::failed);
  for (const auto* bad : {"status=BROKEN", "health=ill", "stuckFor=soon", "status=FAILED&stuckFor=1m"})
    EXPECT_EQ(ask(std::string("/admin/deployments?") + bad)->status, 400) << bad;
}

TEST_F(AdminRoutes, SystemTellsSinceWhenAndWhyTheEngineIsDown) {
  all->engine_down = true;
  board->set_engine({false, now, "The container engine did not answer in time."});
  const auto engine = ask_json("/admin/system")["engine"];
  EXPECT_EQ(engine["status"], "down");
  EXPECT_EQ(engine["since"], "2026-11-29T00:00:00.000000Z");
  EXPECT_EQ(engine["detail"], "The container engine did not answer in time.");
}

TEST_F(AdminRoutes, CardsThatNameEachOtherAsParentsEndNothing) {
  all->cards = {card("a", "environment", "b"), card("b", "environment", "a"), card("c", "environment", "c"),
                card("", "environment", "")};
  EXPECT_EQ(ask("/admin/actors")->status, 200);
  EXPECT_EQ(ask("/admin/actors/a")->status, 200);
}

TEST_F(AdminRoutes, ActorThatDoesNotAnswerIsShownAsSuch) {
  all->engine_down = true;
  ask("/admin/actors");
  const auto engine = ask_json("/admin/actors/engine")["actor"];
  EXPECT_EQ(engine["state"], "does not answer");
  EXPECT_NE(engine["lastError"], "");
}

TEST_F(AdminRoutes, SystemTellsTheProcessAndItsParts) {
  const auto body = ask_json("/admin/system");
  EXPECT_EQ(body["version"], TROUPE_VERSION);
  EXPECT_GE(body["uptimeSeconds"], 0);
  EXPECT_GT(body["process"]["residentBytes"], 1'000'000);
  EXPECT_GT(body["process"]["openDescriptors"], 2);
  EXPECT_GE(body["process"]["threads"], 1);
  EXPECT_EQ(body["scheduler"]["policy"], "testing");
  EXPECT_EQ(body["queueDepths"]["engine"], 7);
  EXPECT_EQ(body["engine"], (json{{"status", "up"},
                                  {"version", "20.10.24"},
                                  {"apiVersion", "1.41"},
                                  {"simulated", false},
                                  {"latencyMs", 1.5}}));
  EXPECT_EQ(body["database"], (json{{"status", "up"}, {"latencyMs", 0.25}}));
  EXPECT_EQ(body["deployments"], 3);
  EXPECT_EQ(body["environments"], 2);
  EXPECT_EQ(body["versions"]["caf"], "0.17.6");
  all->database_down = all->engine_down = true;
  const auto broken = ask_json("/admin/system");
  EXPECT_EQ(broken["engine"]["status"], "down");
  EXPECT_EQ(broken["database"]["status"], "down");
}

TEST_F(AdminRoutes, DeploymentsAreTheNewestOfAllUsersWithCountsOfTheLiving) {
  stored_deployment one;
  one.row.id = {"dep_1"};
  one.row.owner = {"usr_t"};
  one.row.spec.image = {"docker.io", "library/nginx", "1.25", ""};
  one.row.spec.env["SECRET"] = "canary";
  one.row.status = model::deployment_status::failed;
  one.row.error = model::make_failure(model::failure_code::exited, "It exited.", "canary line of log");
  all->deployments = {one};
  const auto body = ask_json("/admin/deployments");
  EXPECT_EQ(body["living"], (json{{"RUNNING", 2}, {"PULLING_IMAGE", 1}}));
  ASSERT_EQ(body["deployments"].size(), 1u);
  EXPECT_EQ(body["deployments"][0]["owner"], "usr_t");
  EXPECT_EQ(body["deployments"][0]["status"], "FAILED");
  EXPECT_EQ(body["deployments"][0]["error"]["code"], "EXITED");
  EXPECT_EQ(body.dump().find("canary"), std::string::npos);
  EXPECT_EQ(body["more"], false);
  EXPECT_EQ(all->limit_asked, 101u) << "one more tells whether there are more";
  all->deployments = {one, one};
  const auto cut = ask_json("/admin/deployments?limit=1");
  EXPECT_EQ(cut["deployments"].size(), 1u);
  EXPECT_EQ(cut["more"], true);
  EXPECT_EQ(ask_json("/admin/deployments?status=RUNNING&limit=1")["more"], true);
  EXPECT_EQ(ask_json("/admin/deployments?status=RUNNING&limit=2")["more"], false);
  for (const auto* query : {"limit=0", "limit=1001", "limit=x", "limit=-1", "other=1", "limit=1&limit=2"})
    EXPECT_EQ(ask(std::string("/admin/deployments?") + query)->status, 400) << query;
  all->database_down = true;
  const auto no = ask("/admin/deployments");
  EXPECT_EQ(no->status, 503);
  EXPECT_EQ(header_of(*no, "Retry-After"), "3");
}

TEST_F(AdminRoutes, MetricsShowASurveyThatIsReused) {
  board->note_restart(actors::board::kind::deployment);
  const auto held = quarantine(board, actors::board::kind::deployment);
  const auto answer = ask("/metrics");
  ASSERT_EQ(answer->status, 200);
  EXPECT_EQ(answer->content_type, "text/plain; version=0.0.4; charset=utf-8");
  for (const auto* line : {"troupe_deployments{status=\"RUNNING\"} 2\n", "troupe_deployments{status=\"FAILED\"} 0\n",
                           "troupe_environments 2\n", "troupe_queue_depth{actor=\"engine\"} 7\n",
                           "troupe_actor_restarts{kind=\"deployment\"} 1\n", "troupe_actors_quarantined 1\n"})
    EXPECT_NE(answer->body.find(line), std::string::npos) << line;
  ask("/metrics");
  EXPECT_EQ(all->described, 1);
  scheduler.clock().advance_time(6s);
  for (const auto* id : {"dep_1", "dep_3"}) board->withdraw(deployment_id{id});
  EXPECT_NE(ask("/metrics")->body.find("troupe_deployments{status=\"RUNNING\"} 0\n"), std::string::npos);
  EXPECT_EQ(all->described, 2);
}

TEST_F(AdminRoutes, MetricsTellOfEachPartThatIsUsedAndOfTrouble) {
  auto ill = std::make_shared<deployment_view>();
  ill->row.id = {"dep_4"};
  ill->row.job = {"job_4"};
  ill->row.status = model::deployment_status::running;
  ill->row.health.degraded = true;
  board->publish(deployment_view_ptr(ill));
  now += 90s;  // dep_2 pulls its image all the while
  auto text = ask("/metrics")->body;
  const auto has = [&](const std::string& line) { return text.find(line + '\n') != std::string::npos; };
  for (const auto* line : {"troupe_part_up{part=\"database\"} 1", "troupe_part_up{part=\"engine\"} 1",
                           "troupe_deployments_degraded 1", "troupe_deployment_longest_unsettled_seconds 90"})
    EXPECT_TRUE(has(line)) << line << '\n' << text;
  for (const auto* unused : {"part=\"edge\"", "part=\"telegram\""}) EXPECT_EQ(text.find(unused), std::string::npos);
  EXPECT_FALSE(has("troupe_disk_size_bytes 0"));
  EXPECT_FALSE(has("troupe_disk_free_bytes 0"));
  all->database_down = true;
  board->set_engine({.answers = false, .since = now, .last_answer = "connection refused"});
  scheduler.clock().advance_time(6s);
  text = ask("/metrics")->body;
  EXPECT_TRUE(has("troupe_part_up{part=\"database\"} 0"));
  EXPECT_TRUE(has("troupe_part_up{part=\"engine\"} 0"));
}

TEST_F(AdminRoutes, AfterCloseARequestLosesItsExchangeInsteadOfHanging) {
  subject->close();
  scheduler.run();
  const auto way = std::make_shared<kept_exchange>();
  std::weak_ptr<kept_exchange> watched = way;
  subject->handle(request{"GET", "/metrics", "", {}, "", "127.0.0.1"}, way);
  scheduler.run();
  EXPECT_EQ(way.use_count(), 1) << "the wall answers 500 once nobody holds it";
}

}  // namespace

}  // namespace troupe::http::admin::test
