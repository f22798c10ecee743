#include "http/api/front.hpp"

#include <set>

#include <gtest/gtest.h>

#include "tests/http_api/api_world.hpp"

using namespace troupe;
using namespace troupe::http::api;
using namespace troupe::http::api::test;
using model::deployment_status;
using nlohmann::json;
using namespace std::chrono_literals;

namespace {
struct Front : ::testing::Test {
  api_world world;
  model::environment environment = world.add_environment(world.alice, "staging");
};
struct Idempotency : Front {};
struct RateLimit : Front {};
struct Wait : Front {};
struct Logs : Front {};
struct Events : Front {};
struct Lists : Front {};
struct Health : Front {};
}  // namespace

TEST_F(Front, ADeploymentIsAcceptedWithItsDefaults) {
  const auto way = world.post("/deployments", {{"environmentId", environment.id.text},
                                               {"image", "nginx"},
                                               {"tag", "1.25"},
                                               {"envVars", {{"A", "b"}}},
                                               {"ports", {{{"container", 80}, {"host", 8080}}}},
                                               {"healthCheck", {{"http", {{"port", 80}}}}}});
  ASSERT_EQ(way->got.status, 202) << way->body();
  EXPECT_EQ(way->json()["status"], "PENDING");
  ASSERT_EQ(world.shared->specs.size(), 1U);
  const auto& spec = world.shared->specs[0];
  EXPECT_EQ(spec.service, "nginx");
  EXPECT_EQ(spec.image.text(), "docker.io/library/nginx:1.25");
  EXPECT_EQ(spec.replicas, 1U);
  EXPECT_EQ(spec.limits.memory_mb, world.settings.default_memory_mb);
  EXPECT_EQ(spec.ports.at(0).host, 8080);
  EXPECT_EQ(spec.health->http->path, "/");
  EXPECT_EQ(spec.env.at("A"), "b");
  const auto shown = world.get("/deployments/" + way->json()["deploymentId"].get<std::string>())->json()["deployment"];
  EXPECT_EQ(shown["jobId"], way->json()["jobId"]);
  EXPECT_EQ(shown["envVars"], json::array({"A"}));
  EXPECT_EQ(shown["ports"][0]["host"], 8080);
  for (const char* field : {"status", "health", "containers", "error", "errorMessage", "image", "replicas", "ports",
                            "rolledBackTo", "createdAt"})
    EXPECT_TRUE(shown.contains(field)) << field;
}

TEST_F(Front, WhatWasBegunSaysWhereToLook) {
  const auto deploy = [&] {
    return world.post("/deployments", minimal_deployment(environment.id.text), {{"idempotency-key", "k"}});
  };
  const auto made = deploy();
  EXPECT_EQ(made->header("Location"), "/deployments/job/" + made->json()["jobId"].get<std::string>());
  EXPECT_EQ(deploy()->header("Location"), made->header("Location")) << "the first answer again";
  const auto other = world.post("/environments", {{"name", "other"}});
  EXPECT_EQ(other->header("Location"), "/environments/" + other->json()["environment"]["id"].get<std::string>());
  for (const auto& answer : {made, other})
    EXPECT_EQ(std::count_if(answer->got.headers.begin(), answer->got.headers.end(),
                            [](const auto& h) { return h.first == "Location"; }),
              1);
  EXPECT_EQ(world.get(made->header("Location"))->got.status, 200);
  EXPECT_EQ(world.get(other->header("Location"))->got.status, 200);
  const auto gone = world.call({.method = "DELETE", .path = other->header("Location")});
  EXPECT_EQ(gone->header("Location"), other->header("Location"));
  EXPECT_EQ(world.post("/environments", {{"name", "other"}, {"x", 1}})->header("Location"), "");
}

TEST_F(Front, TheWallsRefusalsBearTheCallersRequestId) {
  const auto id_of = [](std::string_view sent) {
    for (const auto& [name, value] : front::error_answer(413, "x", sent).headers)
      if (name == "X-Request-Id") return value;
    return std::string();
  };
  EXPECT_EQ(id_of("mine-1:2"), "mine-1:2");
  EXPECT_TRUE(id_of("").starts_with("req_"));
  EXPECT_TRUE(id_of("bad id").starts_with("req_"));
}

TEST_F(Front, ReadingWhatIsOnTheBoardTakesNoActorHop) {
  const auto d = world.add_deployment(environment, deployment_status::running);
  for (const auto& path :
       {"/environments/" + environment.id.text, "/deployments/" + d.id.text, "/deployments/job/" + d.job.text}) {
    const auto first = world.start({.path = path});
    EXPECT_TRUE(first->answered) << path;
    EXPECT_EQ(first->got.status, 200);
    EXPECT_EQ(world.start({.path = path})->got.shared_body, first->got.shared_body) << "rendered once";
  }
}

TEST_F(Front, WhatLeftTheBoardComesFromTheDatabase) {
  const auto d = world.add_deployment(environment, deployment_status::failed, false);
  EXPECT_EQ(world.get("/deployments/" + d.id.text)->json()["deployment"]["status"], "FAILED");
  EXPECT_EQ(world.get("/deployments/job/" + d.job.text)->json()["deployment"]["id"], d.id.text);
}

TEST_F(Front, ProblemsSayWhichRequestAndNothingOfTheInside) {
  auto way = world.call({.path = "/environments/env_zzzzzzzzzzzzzzzz", .headers = {{"x-request-id", "abc-1"}}});
  EXPECT_EQ(way->got.content_type, "application/problem+json");
  EXPECT_EQ(way->json()["requestId"], "abc-1");
  for (const char* field : {"type", "title", "status", "detail"}) EXPECT_TRUE(way->json().contains(field));
  way = world.call({.path = "/nowhere", .headers = {{"x-request-id", "bad id\x01"}}});
  EXPECT_EQ(way->got.status, 404);
  EXPECT_TRUE(way->header("X-Request-Id").starts_with("req_"));
  world.shared->database_up = false;
  way = world.get("/auth/keys");
  EXPECT_EQ(way->got.status, 503);
  EXPECT_EQ(way->header("Retry-After"), "1");
}

TEST_F(Front, APathMayEndInASlashAndBeEncodedMoreThanNeeded) {
  const auto d = world.add_deployment(environment, deployment_status::running);
  const auto plain = world.get("/deployments/" + d.id.text)->body();
  EXPECT_EQ(world.get("/deployments/" + d.id.text + "/")->body(), plain);
  EXPECT_EQ(world
                .get("/%64eployments/%"
                     "64ep" +
                     d.id.text.substr(3))
                ->body(),
            plain);
  EXPECT_EQ(world.get("/deployments/" + d.id.text + "%2F")->got.status, 404) << "a slash that is encoded is none";
  const auto empty = world.get("/deployments//logs");
  EXPECT_EQ(empty->got.status, 404);
  EXPECT_NE(empty->json()["detail"].get<std::string>().find("an id may be missing"), std::string::npos);
}

TEST_F(Front, WhatWasInADeletedEnvironmentIsGoneWithIt) {
  const auto d = world.add_deployment(environment, deployment_status::removed, false);
  environment.status = model::environment_status::deleted;
  ++environment.revision;
  support::publish(world.shared, environment);
  world.shared->board->withdraw(environment.id);
  const auto path = "/deployments/" + d.id.text;
  EXPECT_EQ(world.get(path)->got.status, 404);
  EXPECT_EQ(world.get("/deployments/job/" + d.job.text)->got.status, 404);
  EXPECT_EQ(world.call({.method = "DELETE", .path = path})->got.status, 404);
}

TEST_F(Front, TheBareAddressLeadsBrowsersToTheDocsAndProgramsToTheirLinks) {
  const auto ask = [&](const std::string& accept) {
    return world.call({.path = "/", .headers = {{"accept", accept}}, .key = ""});
  };
  const auto browser = ask("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");
  EXPECT_EQ(browser->got.status, 303);
  EXPECT_EQ(browser->header("Location"), "/docs");
  for (const auto* accept : {"*/*", "application/json", "application/json, text/html;q=0.5"}) {
    const auto program = ask(accept);
    EXPECT_EQ(program->got.status, 200) << accept;
    const auto answer = program->json();
    EXPECT_EQ(answer["links"]["openapi"], "/openapi.json");
    EXPECT_EQ(answer["links"]["docs"], "/docs");
    EXPECT_EQ(answer["links"]["mcp"], "/mcp");
    EXPECT_EQ(program->header("Vary"), "Accept");
  }
}

TEST_F(Front, WhatStaysTheSameIsSentOnceToWhoKeepsIt) {
  for (const std::string path : {"/docs", "/openapi.json"}) {
    const auto first = world.call({.path = path, .key = ""});
    const auto etag = first->header("ETag");
    ASSERT_TRUE(etag.size() > 10 && etag.starts_with('"') && etag.ends_with('"')) << etag;
    EXPECT_EQ(first->header("Cache-Control"), "no-cache");
    for (const auto& known : {etag, "W/" + etag, "\"other\", " + etag, std::string("*")}) {
      const auto again = world.call({.path = path, .headers = {{"if-none-match", known}}, .key = ""});
      EXPECT_EQ(again->got.status, 304) << known;
      EXPECT_EQ(again->header("ETag"), etag);
      EXPECT_EQ(again->body(), "");
    }
    EXPECT_EQ(world.call({.path = path, .headers = {{"if-none-match", "\"other\""}}, .key = ""})->got.status, 200);
  }
  EXPECT_EQ(world.get("/auth/keys")->header("Cache-Control"), "no-store");
}

TEST_F(Front, ACompressedBodyIsRefusedByName) {
  for (const std::string path : {"/environments", "/mcp", "/mcp/tools/create_environment"}) {
    const auto way = world.post(path, {{"name", "packed"}}, {{"content-encoding", "gzip"}});
    EXPECT_EQ(way->got.status, 415) << path;
    EXPECT_NE(way->json()["detail"].get<std::string>().find("Content-Encoding"), std::string::npos);
    EXPECT_EQ(way->header("Accept-Encoding"), "identity");
  }
  EXPECT_EQ(world.post("/environments", {{"name", "plain"}}, {{"content-encoding", "identity"}})->got.status, 201);
}

TEST_F(Front, ConflictsKeepTheirViolations) {
  const auto way = world.post("/environments", {{"name", "staging"}});
  EXPECT_EQ(way->got.status, 409);
  EXPECT_EQ(way->json()["errors"][0]["pointer"], "/name");
}

TEST_F(Front, AllViolationsOfABodyComeAtOnce) {
  const auto way = world.post("/deployments", {{"environmentId", "x"},
                                               {"image", "a;b"},
                                               {"replicas", 0},
                                               {"nonsense", 1},
                                               {"ports", {{{"container", "80"}, {"host", 22}}}},
                                               {"envVars", {{"A=B", "c"}}}});
  EXPECT_EQ(way->got.status, 400);
  std::set<std::string> pointers;
  const auto answer = way->json();
  for (const auto& e : answer["errors"]) pointers.insert(e["pointer"]);
  EXPECT_EQ(pointers, (std::set<std::string>{"/environmentId", "/image", "/replicas", "/nonsense", "/ports/0/container",
                                             "/ports/0/host", "/envVars/A=B"}));
}

TEST_F(Front, KeysInBothHeadersMustAgree) {
  const auto key = world.add_key("second", world.alice, model::scope_set::user());
  EXPECT_EQ(world.call({.path = "/auth/keys", .headers = {{"authorization", "Bearer " + key}}, .key = ""})->got.status,
            200);
  EXPECT_EQ(
      world.call({.path = "/auth/keys", .headers = {{"authorization", "Bearer " + key}}, .key = "second"})->got.status,
      200);
  EXPECT_EQ(
      world.call({.path = "/auth/keys", .headers = {{"authorization", "Bearer " + key}}, .key = "alice"})->got.status,
      401);
  EXPECT_EQ(
      world.call({.path = "/auth/keys", .headers = {{"authorization", "Basic " + key}}, .key = "alice"})->got.status,
      401);
}

TEST_F(Front, TooManyFailuresAre429) {
  const auto way = world.call({.path = "/auth/keys", .key = "busy"});
  EXPECT_EQ(way->got.status, 429);
  EXPECT_EQ(way->header("Retry-After"), "7");
}

TEST_F(Front, ARevokedKeyFailsFromTheNextRequestOn) {
  const auto text = world.add_key("old", world.alice, model::scope_set::user());
  const auto id = world.shared->valid.at(text).key_id;
  EXPECT_EQ(world.call({.path = "/auth/keys", .key = "old"})->got.status, 200);
  EXPECT_EQ(world.post("/auth/revoke", {{"keyId", id}})->got.status, 200);
  EXPECT_EQ(world.call({.path = "/auth/keys", .key = "old"})->got.status, 401);
}

TEST_F(Front, ScalingAHostPortBeyondOneIsRefusedWithAHint) {
  const auto way = world.post(
      "/deployments",
      {{"environmentId", environment.id.text}, {"image", "nginx"}, {"ports", {{{"container", 80}, {"host", 8081}}}}});
  const auto path = "/deployments/" + way->json()["deploymentId"].get<std::string>() + "/scale";
  EXPECT_EQ(world.post(path, {{"replicas", 2}})->got.status, 409);
  EXPECT_EQ(world.post(path, {{"replicas", 1}})->got.status, 202);
}

TEST_F(Front, RollingBackToAnothersReleaseIsNotFound) {
  const auto mine = world.add_deployment(environment, deployment_status::running);
  const auto theirs = world.add_deployment(world.add_environment(world.bob, "staging"), deployment_status::running);
  EXPECT_EQ(world.post("/deployments/" + mine.id.text + "/rollback", {{"to", theirs.id.text}})->got.status, 404);
  EXPECT_EQ(world.call({.method = "POST", .path = "/deployments/" + mine.id.text + "/rollback"})->got.status, 202);
}

// ---- idempotency
// -------------------------------------------------------------------------------------------------------

TEST_F(Idempotency, TheSameKeyAndBodyGiveTheFirstAnswerAgain) {
  const auto body = minimal_deployment(environment.id.text);
  const auto first = world.post("/deployments", body, {{"idempotency-key", "k1"}});
  const auto second = world.post("/deployments", body, {{"idempotency-key", "k1"}});
  EXPECT_EQ(first->got.status, 202);
  EXPECT_EQ(second->got.status, 202);
  EXPECT_EQ(first->body(), second->body());
  EXPECT_EQ(second->header("Idempotency-Replayed"), "true");
  EXPECT_EQ(world.shared->specs.size(), 1U);
}

TEST_F(Idempotency, AnotherBodyUnderTheKeyIs422) {
  auto body = minimal_deployment(environment.id.text);
  world.post("/deployments", body, {{"idempotency-key", "k1"}});
  body["replicas"] = 2;
  EXPECT_EQ(world.post("/deployments", body, {{"idempotency-key", "k1"}})->got.status, 422);
  EXPECT_EQ(world.post("/environments", {{"name", "x"}}, {{"idempotency-key", "k1"}})->got.status, 422);
  EXPECT_EQ(world.shared->specs.size(), 1U);
}

TEST_F(Idempotency, KeysOfDifferentUsersDoNotMeet) {
  const auto theirs = world.add_environment(world.bob, "staging");
  EXPECT_EQ(world.post("/deployments", minimal_deployment(environment.id.text), {{"idempotency-key", "k"}})->got.status,
            202);
  const auto way = world.call({.method = "POST",
                               .path = "/deployments",
                               .body = minimal_deployment(theirs.id.text).dump(),
                               .headers = {{"idempotency-key", "k"}},
                               .key = "bob"});
  EXPECT_EQ(way->got.status, 202);
}

TEST_F(Idempotency, InParallelOneIsDoneAndTheOthersAreToldToWait) {
  std::vector<recorded_ptr> ways;
  for (int i = 0; i < 4; ++i)
    ways.push_back(world.start({.method = "POST",
                                .path = "/deployments",
                                .body = minimal_deployment(environment.id.text).dump(),
                                .headers = {{"idempotency-key", "k1"}}}));
  world.run();
  int done = 0;
  for (const auto& way : ways) {
    ASSERT_TRUE(way->answered);
    if (way->got.status == 202)
      ++done;
    else {
      EXPECT_EQ(way->got.status, 409);
      EXPECT_EQ(way->header("Retry-After"), "1");
    }
  }
  EXPECT_GE(done, 1);
  EXPECT_EQ(world.shared->specs.size(), 1U);
}

TEST_F(Idempotency, AClaimLeftByACrashIsFinishedWithItsPlannedIds) {
  const auto body = minimal_deployment(environment.id.text);
  world.shared->orchestrator_loses_answers = true;  // the work is done, and its answer neither kept nor sent
  EXPECT_EQ(world.post("/deployments", body, {{"idempotency-key", "k1"}})->got.status, 503);
  EXPECT_EQ(world.shared->specs.size(), 1U);
  world.shared->orchestrator_loses_answers = false;
  world.restart_front();
  const auto first = world.post("/deployments", body, {{"idempotency-key", "k1"}});
  const auto again = world.post("/deployments", body, {{"idempotency-key", "k1"}});
  EXPECT_EQ(first->got.status, 202);
  EXPECT_EQ(first->body(), again->body());
  EXPECT_EQ(world.shared->specs.size(), 1U);
}

TEST_F(Idempotency, AConflictFreesTheKey) {
  const auto make = [&](const char* name) {
    return world.post("/environments", {{"name", name}}, {{"idempotency-key", "k"}});
  };
  EXPECT_EQ(make("staging")->got.status, 409);
  const auto made = make("other");
  EXPECT_EQ(made->got.status, 201) << "nothing was done under the key: " << made->body();
  EXPECT_EQ(make("other")->header("Idempotency-Replayed"), "true");
}

TEST_F(Idempotency, KeysMustBePrintableAndShort) {
  for (const std::string& bad : {std::string(256, 'k'), std::string("a b"), std::string("\xc3\xa4"), std::string()})
    EXPECT_EQ(world.post("/environments", {{"name", "x"}}, {{"idempotency-key", bad}})->got.status, 400);
  EXPECT_EQ(world.post("/environments", {{"name", "x"}}, {{"idempotency-key", std::string(255, '~')}})->got.status,
            201);
}

// ---- rate limit
// --------------------------------------------------------------------------------------------------------

TEST_F(RateLimit, TheSixthDeploymentInAMinuteIsRefused) {
  const auto body = minimal_deployment(environment.id.text);
  for (int left = 4; left >= 0; --left) {
    const auto way = world.post("/deployments", body);
    EXPECT_EQ(way->got.status, 202);
    EXPECT_EQ(way->header("RateLimit-Limit"), "5");
    EXPECT_EQ(way->header("RateLimit-Remaining"), std::to_string(left));
  }
  const auto refused = world.post("/deployments", body);
  EXPECT_EQ(refused->got.status, 429);
  EXPECT_EQ(refused->header("Retry-After"), "60");
  EXPECT_EQ(refused->header("RateLimit-Reset"), "60");
  const auto theirs = world.add_environment(world.bob, "staging");
  EXPECT_EQ(world
                .call({.method = "POST",
                       .path = "/deployments",
                       .body = minimal_deployment(theirs.id.text).dump(),
                       .key = "bob"})
                ->got.status,
            202);
  world.advance(60s);
  EXPECT_EQ(world.post("/deployments", body)->got.status, 202);
}

TEST_F(RateLimit, WhatIsUsedIsShownWithTheAccount) {
  const auto account = [&] { return world.get("/auth/me")->json()["account"]; };
  EXPECT_EQ(account()["user"], world.alice.text);
  EXPECT_EQ(account()["keyName"], "alice");
  EXPECT_EQ(account()["scopes"].size(), 6U);
  EXPECT_EQ(account()["deploymentsPerMinute"], (json{{"limit", 5}, {"used", 0}}));
  world.post("/deployments", minimal_deployment(environment.id.text));
  EXPECT_EQ(account()["deploymentsPerMinute"], (json{{"limit", 5}, {"used", 1}})) << "and looking takes nothing";
  world.advance(60s);
  EXPECT_EQ(account()["deploymentsPerMinute"]["used"], 0);
}

TEST_F(RateLimit, BadBodiesAndRepeatedAnswersCostNothing) {
  const auto body = minimal_deployment(environment.id.text);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(world.post("/deployments", {{"image", "nginx"}})->got.status, 400);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(world.post("/deployments", body, {{"idempotency-key", "k"}})->got.status, 202);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(world.post("/deployments", body)->got.status, 202);
  EXPECT_EQ(world.post("/deployments", body)->got.status, 429);
}

// ---- wait
// --------------------------------------------------------------------------------------------------------------

TEST_F(Wait, AnswersWhenTheStatusSettles) {
  const auto d = world.add_deployment(environment, deployment_status::pulling_image);
  const auto way = world.get("/deployments/job/" + d.job.text, "wait=30s");
  EXPECT_FALSE(way->answered);
  world.change(d.id, deployment_status::starting_containers);
  EXPECT_FALSE(way->answered);
  world.change(d.id, deployment_status::running);
  ASSERT_TRUE(way->answered);
  EXPECT_EQ(way->json()["deployment"]["status"], "RUNNING");
}

TEST_F(Wait, AnswersWhenTheTimeIsUp) {
  const auto d = world.add_deployment(environment, deployment_status::pulling_image);
  const auto way = world.get("/deployments/" + d.id.text, "wait=2s");
  world.advance(1900ms);
  EXPECT_FALSE(way->answered);
  world.advance(600ms);
  ASSERT_TRUE(way->answered);
  EXPECT_EQ(way->json()["deployment"]["status"], "PULLING_IMAGE");
}

TEST_F(Wait, SettledOnesAnswerAtOnceAndLongOnesAreRefused) {
  const auto d = world.add_deployment(environment, deployment_status::failed, false);
  EXPECT_TRUE(world.get("/deployments/" + d.id.text, "wait=60s")->answered);
  for (const std::string bad : {"wait=61s", "wait=30", "wait=-1s", "wait=", "wait=1s&wait=2s"})
    EXPECT_EQ(world.get("/deployments/" + d.id.text, bad)->got.status, 400) << bad;
}

TEST_F(Wait, WaitersAreBoundedAndForgottenWhenTheyLeave) {
  const auto d = world.add_deployment(environment, deployment_status::pulling_image);
  std::vector<recorded_ptr> ways;
  for (int i = 0; i < 3; ++i) ways.push_back(world.get("/deployments/" + d.id.text, "wait=30s"));
  EXPECT_EQ(world.get("/deployments/" + d.id.text, "wait=30s")->got.status, 429);
  ways[0]->leave();
  const auto next = world.get("/deployments/" + d.id.text, "wait=30s");
  EXPECT_FALSE(next->answered);
  world.front().close();
  EXPECT_TRUE(next->answered) << "a closing front answers whoever waits";
  EXPECT_FALSE(ways[0]->answered);
}

// ---- lists
// -------------------------------------------------------------------------------------------------------------

TEST_F(Lists, PagesHoldEachOnceInOrder) {
  std::vector<std::string> want;
  for (int i = 0; i < 7; ++i)
    want.insert(want.begin(), world.add_deployment(environment, deployment_status::running, i % 2 == 0).id.text);
  std::vector<std::string> got;
  std::string cursor;
  for (int page = 0; page < 10; ++page) {
    const auto answer = world.get("/deployments/environment/" + environment.id.text, "limit=3" + cursor)->json();
    for (const auto& d : answer["deployments"]) got.push_back(d["id"]);
    if (answer["nextCursor"].is_null()) break;
    cursor = "&cursor=" + answer["nextCursor"].get<std::string>();
  }
  EXPECT_EQ(got, want);
}

TEST_F(Lists, EnvironmentsArePagedAndNobodyElses) {
  world.add_environment(world.bob, "theirs");
  for (int i = 0; i < 4; ++i) world.add_environment(world.alice, "e" + std::to_string(i));
  std::set<std::string> names;
  std::string cursor;
  do {
    const auto answer = world.get("/environments", "limit=2" + cursor)->json();
    EXPECT_LE(answer["environments"].size(), 2U);
    for (const auto& e : answer["environments"]) EXPECT_TRUE(names.insert(e["name"]).second);
    cursor = answer["nextCursor"].is_null() ? "" : "&cursor=" + answer["nextCursor"].get<std::string>();
  } while (!cursor.empty());
  EXPECT_EQ(names, (std::set<std::string>{"staging", "e0", "e1", "e2", "e3"}));
}

TEST_F(Lists, BadLimitsAndCursorsAreRefused) {
  for (const std::string bad : {"limit=0", "limit=201", "limit=x", "limit=1.5", "limit=-1", "limit=99999999999",
                                "cursor=", "cursor=%00", "cursor=AAAA", "cursor=ZHh4eA", "limit=1&limit=2"}) {
    EXPECT_EQ(world.get("/environments", bad)->got.status, 400) << bad;
    EXPECT_EQ(world.get("/deployments/environment/" + environment.id.text, bad)->got.status, 400) << bad;
  }
}

// ---- logs
// --------------------------------------------------------------------------------------------------------------

TEST_F(Logs, ComeAsJsonOrPlainLines) {
  const auto d = world.add_deployment(environment, deployment_status::running);
  world.shared->lines = {{{}, false, "web.1", "hello"}, {{}, true, "web.1", std::string("a\0b\xff\x1b[31m", 9)}};
  const auto lines = world.get("/deployments/" + d.id.text + "/logs")->json()["lines"];
  EXPECT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[1]["stream"], "stderr");
  EXPECT_EQ(world.get("/deployments/" + d.id.text + "/logs", "tail=1")->json()["lines"].size(), 1U);
  const auto plain = world.call({.path = "/deployments/" + d.id.text + "/logs", .headers = {{"accept", "text/plain"}}});
  EXPECT_EQ(plain->got.content_type, "text/plain; charset=utf-8");
  EXPECT_EQ(plain->body(), "hello\nab\xff\x1b[31m\n");
  for (const std::string bad : {"tail=0", "tail=10001", "tail=all", "since=yesterday", "follow=maybe"})
    EXPECT_EQ(world.get("/deployments/" + d.id.text + "/logs", bad)->got.status, 400) << bad;
  for (const std::string good :
       {"since=", "since=10m", "since=2026-01-31T12:00:00Z", "since=2026-01-31T12:00:00%2B01:00"})
    EXPECT_EQ(world.get("/deployments/" + d.id.text + "/logs", good)->got.status, 200) << good;
}

TEST_F(Logs, EscapeSequencesAreAskedForByName) {
  const auto d = world.add_deployment(environment, deployment_status::running);
  const auto kept = [&](const std::string& query) {
    EXPECT_EQ(world.get("/deployments/" + d.id.text + "/logs", query)->got.status, 200) << query;
    return world.shared->asked.keep_escapes;
  };
  EXPECT_FALSE(kept(""));
  EXPECT_FALSE(kept("ansi=strip"));
  EXPECT_TRUE(kept("ansi=keep"));
  EXPECT_EQ(world.get("/deployments/" + d.id.text + "/logs", "ansi=yes")->got.status, 400);
}

TEST_F(Logs, AreAskedForByTimeTextReleaseAndPage) {
  const auto d = world.add_deployment(environment, deployment_status::running);
  const auto asked = [&](const std::string& query) {
    EXPECT_EQ(world.get("/deployments/" + d.id.text + "/logs", query)->got.status, 200) << query;
    return world.shared->asked;
  };
  EXPECT_EQ(asked("").deployment, d.id) << "its own lines, unless others are asked for";
  EXPECT_TRUE(asked("deployment=all").deployment.empty());
  EXPECT_EQ(asked("deployment=dep_bbbbbbbbbbbbbbbb").deployment.text, "dep_bbbbbbbbbbbbbbbb");
  EXPECT_EQ(asked("contains=no%20space").contains, "no space");
  const auto span = asked("since=10m&until=5m");
  ASSERT_TRUE(span.since && span.until);
  EXPECT_EQ(*span.until - *span.since, 5min);
  for (const std::string& bad :
       std::vector<std::string>{"deployment=web", "until=never", "since=5m&until=10m", "follow=true&until=5m",
                                "cursor=x", "contains=" + std::string(257, 'x')})
    EXPECT_EQ(world.get("/deployments/" + d.id.text + "/logs", bad)->got.status, 400) << bad;

  world.shared->lines = {{{}, false, "web.1", "one", d.id, 41}, {{}, false, "web.1", "two", d.id, 42}};
  const auto newest = world.get("/deployments/" + d.id.text + "/logs", "tail=1")->json();
  EXPECT_EQ(newest["lines"][0]["message"], "two");
  EXPECT_EQ(newest["lines"][0]["deploymentId"], d.id.text);
  EXPECT_EQ(asked("cursor=" + newest["nextCursor"].get<std::string>()).before, 42U);
  EXPECT_TRUE(world.get("/deployments/" + d.id.text + "/logs")->json()["nextCursor"].is_null());
}

TEST_F(Logs, AGapIsToldAsOne) {
  const auto d = world.add_deployment(environment, deployment_status::running);
  world.shared->lines = {{{}, false, "", "3 lines are missing here", {}, 7, true}};
  const auto line = world.get("/deployments/" + d.id.text + "/logs")->json()["lines"][0];
  EXPECT_EQ(line["stream"], "gap");
  EXPECT_TRUE(line["deploymentId"].is_null());
}

TEST_F(Logs, AStreamGoesOnBehindItsLastEvent) {
  const auto d = world.add_deployment(environment, deployment_status::running);
  const auto open = [&](const std::string& last) {
    return world.call({.path = "/deployments/" + d.id.text + "/logs",
                       .headers = {{"accept", "text/event-stream"}, {"last-event-id", last}}});
  };
  const auto way = open("41");
  ASSERT_TRUE(way->streaming);
  EXPECT_EQ(world.shared->asked.after, 41U);
  world.shared->sink->line({{}, false, "web.1", "one", d.id, 42});
  EXPECT_TRUE(way->got.body.starts_with("id: 42\nevent: line\n")) << way->got.body;
  EXPECT_EQ(open("4x")->got.status, 400);
}

TEST_F(Logs, AStreamOfWhatIsOverEnds) {
  const auto d = world.add_deployment(environment, deployment_status::failed);
  world.shared->lines = {{{}, true, "web.1", "I have failed", d.id, 42}};
  const auto way = world.get("/deployments/" + d.id.text + "/logs", "follow=true");
  EXPECT_NE(way->got.body.find("I have failed"), std::string::npos);
  EXPECT_TRUE(way->closed);
  world.shared->lines.clear();
  EXPECT_EQ(world
                .call({.path = "/deployments/" + d.id.text + "/logs",
                       .query = "follow=true",
                       .headers = {{"last-event-id", "42"}}})
                ->got.status,
            204)
      << "an EventSource need not come back";
}

TEST_F(Logs, StreamUntilTheClientLeavesOrTheKeyIsRevoked) {
  const auto d = world.add_deployment(environment, deployment_status::running);
  const auto text = world.add_key("streamer", world.alice, {model::scope::logs_read});
  const auto open = [&] {
    return world.call({.path = "/deployments/" + d.id.text + "/logs", .query = "follow=true", .key = "streamer"});
  };
  const auto left = open();
  ASSERT_TRUE(left->streaming);
  EXPECT_EQ(left->header("Content-Type"), "text/event-stream");
  EXPECT_TRUE(world.shared->sink->line({{}, false, "web.1", "one\ntwo"}));
  EXPECT_NE(left->got.body.find("\"message\":\"one\\ntwo\""), std::string::npos);
  left->leave();
  EXPECT_FALSE(world.shared->sink->line({{}, false, "web.1", "three"}));

  const auto revoked = open();
  const auto sink = world.shared->sink;
  world.shared->keys->forget(world.shared->valid.at(text).key_id);
  EXPECT_TRUE(revoked->closed);
  EXPECT_FALSE(sink->line({{}, false, "web.1", "four"}));
}

TEST_F(Logs, StreamsAreBoundedPerUser) {
  const auto d = world.add_deployment(environment, deployment_status::running);
  const auto open = [&] { return world.get("/deployments/" + d.id.text + "/logs", "follow=true"); };
  const auto first = open();
  open();
  EXPECT_EQ(open()->got.status, 429);
  first->leave();
  EXPECT_TRUE(open()->streaming);
}

TEST_F(Logs, NoUserTakesTheStreamsThatOthersNeed) {
  world.limit_streams(4, 4);
  const auto mine = world.add_deployment(environment, deployment_status::running);
  const auto theirs = world.add_deployment(world.add_environment(world.bob, "theirs"), deployment_status::running);
  const auto open = [&](const model::deployment& d, const std::string& key) {
    return world.call({.path = "/deployments/" + d.id.text + "/logs", .query = "follow=true", .key = key});
  };
  EXPECT_TRUE(open(mine, "alice")->streaming);
  EXPECT_TRUE(open(mine, "alice")->streaming);
  EXPECT_EQ(open(mine, "alice")->got.status, 429) << "as many as are left for others";
  EXPECT_TRUE(open(theirs, "bob")->streaming);
}

TEST_F(Logs, AQuietStreamIsKeptAlive) {
  const auto d = world.add_deployment(environment, deployment_status::running);
  const auto way = world.get("/deployments/" + d.id.text + "/logs", "follow=true");
  world.advance(20s);
  EXPECT_EQ(way->got.body, ": still here\n\n");
}

TEST_F(Logs, ADeadEngineIs503) {
  const auto d = world.add_deployment(environment, deployment_status::running);
  world.shared->engine_up = false;
  EXPECT_EQ(world.get("/deployments/" + d.id.text + "/logs")->got.status, 503);
}

// ---- events
// ------------------------------------------------------------------------------------------------------------

TEST_F(Events, TheTimelineTellsHowLongEachTook) {
  const auto d = world.add_deployment(environment, deployment_status::pending);
  world.change(d.id, deployment_status::pulling_image, "pulling acme/web:1");
  const auto events = world.get("/deployments/" + d.id.text + "/events")->json()["events"];
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0]["durationMs"], 0);
  EXPECT_EQ(events[1]["id"], 2);
  EXPECT_EQ(events[1]["status"], "PULLING_IMAGE");
  EXPECT_EQ(events[1]["durationMs"], 1500);
  EXPECT_EQ(events[1]["detail"], "pulling acme/web:1");
}

TEST_F(Events, TheStreamGoesOnFromTheLastOneSeenUntilTheEnd) {
  const auto d = world.add_deployment(environment, deployment_status::pending);
  world.change(d.id, deployment_status::pulling_image);
  const auto way = world.call({.path = "/deployments/" + d.id.text + "/events",
                               .headers = {{"accept", "text/event-stream"}, {"last-event-id", "1"}}});
  ASSERT_TRUE(way->streaming);
  EXPECT_TRUE(way->got.body.starts_with("id: 2\nevent: transition\ndata: {")) << way->got.body;
  world.change(d.id, deployment_status::starting_containers);
  EXPECT_NE(way->got.body.find("id: 3\n"), std::string::npos);
  EXPECT_FALSE(way->closed);
  world.change(d.id, deployment_status::failed);
  EXPECT_NE(way->got.body.find("id: 4\n"), std::string::npos);
  EXPECT_TRUE(way->closed);
  const auto nothing = world.call({.path = "/deployments/" + d.id.text + "/events",
                                   .headers = {{"accept", "text/event-stream"}, {"last-event-id", "4"}}});
  EXPECT_EQ(nothing->got.status, 204);
  for (const auto* wrong : {"x", "-1", "9223372036854775808", "18446744073709551616"})
    EXPECT_EQ(world.call({.path = "/deployments/" + d.id.text + "/events", .headers = {{"last-event-id", wrong}}})
                  ->got.status,
              400)
        << wrong;
}

// ---- health
// ------------------------------------------------------------------------------------------------------------

TEST_F(Health, TellsOfEachPartAndThatTheEngineIsSimulated) {
  auto all = model::scope_set::user();
  all.add(model::scope::admin);
  world.add_key("operator", world.alice, all);
  const auto way = world.call({.path = "/health", .key = "operator"});
  EXPECT_EQ(way->got.status, 200);
  const auto health = way->json();
  EXPECT_EQ(health["status"], "ok");
  EXPECT_EQ(health["simulated"], true);
  EXPECT_EQ(health["checks"]["database"]["latencyMs"], 0.42);
  for (const char* part : {"database", "engine", "memory", "disk"})
    EXPECT_TRUE(health["checks"][part].contains("status")) << part;
}

TEST_F(Health, TellsTheWorldWhetherItWorksAndUsersWhichPartDoesNot) {
  const auto anybody = world.call({.path = "/health", .key = ""});
  EXPECT_EQ(anybody->got.status, 200);
  EXPECT_EQ(anybody->json(), (json{{"status", "ok"}}));
  for (const bool remembered : {true, false}) {
    if (!remembered) world.shared->keys->clear();
    const auto user = world.call({.path = "/health", .key = "alice"})->json();
    EXPECT_EQ(user["simulated"], true);
    EXPECT_EQ(user["checks"], (json{{"database", {{"status", "ok"}}}, {"engine", {{"status", "ok"}}}}));
    EXPECT_FALSE(user.contains("uptimeSeconds"));
  }
  EXPECT_EQ(world.call({.path = "/health", .key = "nonsense"})->got.status, 401);
}

TEST_F(Health, IsDegradedWithinASecondWhenTheDatabaseHangs) {
  world.shared->database_hangs = true;
  const auto way = world.start({.path = "/health", .key = ""});
  const auto second = world.start({.path = "/health", .key = ""});
  world.advance(900ms);
  ASSERT_TRUE(way->answered);
  ASSERT_TRUE(second->answered);
  EXPECT_EQ(way->got.status, 503);
  EXPECT_EQ(way->json(), (json{{"status", "degraded"}}));
  const auto user = world.call({.path = "/health"});
  EXPECT_EQ(user->json()["checks"]["database"]["status"], "down");
  EXPECT_EQ(user->json()["checks"]["engine"]["status"], "ok");
}

TEST_F(Health, WithAKeyIsDegradedWithinASecondToo) {
  world.shared->keys->clear();  // the database must say whether it is good
  world.shared->database_hangs = true;
  const auto way = world.start({.path = "/health"});
  EXPECT_FALSE(way->answered);
  world.advance(900ms);
  ASSERT_TRUE(way->answered) << "the key and the parts are asked about at the same time";
  EXPECT_EQ(way->got.status, 503);
}
