// Plans: of an application, a deployment, a change of a service; what their images lead to, and what is in their way.
#include <gtest/gtest.h>

#include "tests/http_api/api_world.hpp"

using namespace troupe;
using namespace troupe::http::api::test;
using model::deployment_status;
using nlohmann::json;
using namespace std::chrono_literals;

namespace {

struct Plans : ::testing::Test {
  api_world world;
  model::environment environment = world.add_environment(world.alice, "shop");
  std::uint64_t last = 0;

  void SetUp() override {
    world.settings.plans_per_minute = 1000;
    world.settings.deployments_per_minute = 1000;
    world.restart_front();
  }

  model::deployment running(const model::environment& in, const std::string& service,
                            const std::function<void(model::deployment&)>& change = {}) {
    ++last;
    model::release_spec spec;
    spec.service = service;
    spec.image = model::parse_image("acme/" + service + ":1", "").reference.value();
    auto row = support::new_row(world.shared, in, model::deployment_id{model::id_text("dep", last, 7)},
                                model::job_id{model::id_text("job", last, 7)}, spec);
    row.status = deployment_status::running;
    if (change) change(row);
    support::publish(world.shared, row);
    return row;
  }
  std::string path() const { return "/environments/" + environment.id.text + "/application"; }
  static json body(const std::string& services, const json& more = json::object()) {
    json out{{"compose", "services:\n" + services}};
    out.update(more);
    return out;
  }
  json plan(const std::string& services, const json& more = json::object()) {
    const auto way = world.post(path() + "/plan", body(services, more));
    EXPECT_EQ(way->got.status, 200) << way->body();
    return way->json().value("plan", json());
  }
  recorded_ptr put(const std::string& services, const json& more = json::object(), std::string query = "") {
    return world.call(
        {.method = "PUT", .path = path(), .query = std::move(query), .body = body(services, more).dump()});
  }
  recorded_ptr patch(const std::string& service, const json& what, std::string query, http::header_list headers = {}) {
    return world.call({.method = "PATCH",
                       .path = "/services/" + environment.id.text + '.' + service,
                       .query = std::move(query),
                       .body = what.dump(),
                       .headers = std::move(headers)});
  }
  static json of(const json& plan, const std::string& service) {
    for (const auto& one : plan.at("changes"))
      if (one.at("service") == service) return one;
    return {};
  }
  static std::string told(const json& plan) {
    std::string out;
    for (const auto& one : plan.at("conflicts"))
      out += (out.empty() ? "" : "\n") + one.at("kind").get<std::string>() + ' ' + one.at("service").dump() +
             (one.at("certain") == true ? ": " : "? ") + one.at("detail").get<std::string>();
    return out;
  }
};

TEST_F(Plans, SayOfWhatIsStoppedThatItIsStarted) {
  const auto stop = [](model::deployment& row) {
    row.status = deployment_status::stopped;
    row.wanted = model::intent::stop;
    row.spec.env.clear();
  };
  running(environment, "web", stop);
  running(environment, "old", stop);
  const auto got = plan("  web: {image: \"acme/web:2\"}\n  new: {image: acme/new}\n", {{"prune", true}});
  const auto warnings = [&](const char* service) { return of(got, service)["warnings"]; };
  EXPECT_EQ(of(got, "old")["action"], "remove");
  EXPECT_EQ(warnings("web"), json::array({"It is stopped, and is started."}));
  EXPECT_EQ(warnings("old"), json::array()) << "it goes";
  EXPECT_EQ(warnings("new"), json::array()) << "there is nothing yet that could be stopped";
}

// ---- images

TEST_F(Plans, TellWhatTheImagesOfWhatChangesLeadTo) {
  running(environment, "same");
  model::image_prospect foreign;
  foreign.digest = "sha256:" + std::string(64, 'f');
  foreign.fits = false;
  foreign.here = true;
  foreign.fault = model::make_failure(model::failure_code::image_invalid, "It is of another platform.");
  world.shared->prospects["docker.io/acme/foreign:1"] = foreign;
  const auto got = plan("  a: {image: acme/web}\n  b: {image: acme/web}\n  c: {image: \"acme/foreign:1\"}\n");
  const auto a = of(got, "a")["image"];
  EXPECT_EQ(a, (json{{"reference", "docker.io/acme/web:latest"},
                     {"digest", "sha256:" + std::string(64, 'd')},
                     {"platformFits", true},
                     {"here", false},
                     {"error", nullptr},
                     {"unknown", nullptr}}));
  EXPECT_EQ(of(got, "b")["image"], a);
  const auto c = of(got, "c")["image"];
  EXPECT_EQ(c["platformFits"], false);
  EXPECT_EQ(c["here"], true);
  EXPECT_EQ(c["error"]["code"], "IMAGE_INVALID");
  EXPECT_EQ(c["error"]["retryable"], false);
  EXPECT_EQ(world.shared->looked_up.size(), 2U) << "each reference once";
}

TEST_F(Plans, LookNothingUpOfWhatStaysAsItIs) {
  put("  web: {image: \"acme/web:1\"}\n");
  const auto standing = of(plan("  web: {image: \"acme/web:1\"}\n"), "web");
  ASSERT_EQ(standing["action"], "create") << "the fake makes nothing of it";
  world.shared->looked_up.clear();
  running(environment, "web",
          [&](model::deployment& row) { row.image.emplace().digest = "sha256:" + std::string(64, 'e'); });
  const auto yaml = world.get(path())->body();
  const auto got = world.post(path() + "/plan", {{"compose", yaml}})->json()["plan"];
  EXPECT_EQ(of(got, "web")["action"], "unchanged") << got;
  EXPECT_EQ(of(got, "web")["image"]["digest"], "sha256:" + std::string(64, 'e')) << "what it runs with";
  EXPECT_TRUE(world.shared->looked_up.empty());
}

TEST_F(Plans, OfWhatIsNotKnownInTimeItIsSaid) {
  world.shared->silent = {"docker.io/acme/silent:latest"};
  const auto way = world.start({.method = "POST",
                                .path = path() + "/plan",
                                .body = body("  a: {image: acme/silent}\n  b: {image: acme/web}\n").dump()});
  world.run();
  EXPECT_FALSE(way->answered);
  world.advance(10'100ms);
  ASSERT_TRUE(way->answered);
  const auto got = way->json()["plan"];
  EXPECT_EQ(of(got, "a")["image"]["digest"], nullptr);
  EXPECT_EQ(of(got, "a")["image"]["error"], nullptr);
  EXPECT_NE(of(got, "a")["image"]["unknown"], nullptr);
  EXPECT_EQ(of(got, "b")["image"]["unknown"], nullptr);
}

TEST_F(Plans, AnEngineThatIsAwayKeepsNoPlanFromBeingMade) {
  world.shared->engine_up = false;
  EXPECT_EQ(of(plan("  web: {image: acme/web}\n"), "web")["image"]["unknown"], "The Engine does not answer.");
  world.shared->looked_up.clear();
  world.shared->board->set_engine({false, {}, {}});
  EXPECT_NE(of(plan("  web: {image: acme/web}\n"), "web")["image"]["unknown"], nullptr);
  EXPECT_TRUE(world.shared->looked_up.empty()) << "it is known to be away";
}

TEST_F(Plans, LookUpSoManyImagesAtMost) {
  std::string many;
  for (int i = 0; i < 130; ++i) many += "  s" + std::to_string(i) + ": {image: \"acme/s" + std::to_string(i) + "\"}\n";
  const auto got = plan(many);
  std::size_t known = 0;
  for (const auto& one : got["changes"]) known += one["image"]["digest"].is_string();
  EXPECT_EQ(known, 100U);
  EXPECT_EQ(world.shared->looked_up.size(), 100U);
  EXPECT_NE(got.dump().find("Only the first 100 images"), std::string::npos);
}

TEST_F(Plans, TakeTheirOwnShareOfAMinuteAndOfItsLookups) {
  world.settings.plans_per_minute = 2;
  world.restart_front();
  std::string many;
  for (int i = 0; i < 30; ++i) many += "  s" + std::to_string(i) + ": {image: \"acme/s" + std::to_string(i) + "\"}\n";
  const auto first = world.post(path() + "/plan", body(many));
  EXPECT_EQ(first->header("RateLimit-Limit"), "2");
  EXPECT_EQ(first->header("RateLimit-Remaining"), "1");
  EXPECT_EQ(world.shared->looked_up.size(), 20U) << "ten for each plan";
  EXPECT_EQ(world.post(path() + "/plan", body(many))->got.status, 200);
  EXPECT_EQ(world.shared->looked_up.size(), 20U);
  const auto third = world.post(path() + "/plan", body(many));
  EXPECT_EQ(third->got.status, 429);
  EXPECT_EQ(third->json()["detail"], "At most 2 plans a minute.");
  EXPECT_EQ(put(many)->got.status, 202) << "what is applied has a limit of its own";
  world.advance(60s);
  EXPECT_EQ(world.post(path() + "/plan", body(many))->got.status, 200);
}

// ---- a change of a service

TEST_F(Plans, OfAChangeTouchNothing) {
  const auto web = running(environment, "web", [](auto& row) { row.spec.env = {{"TOKEN", "CANARY"}}; });
  const auto way = patch("web", {{"tag", "2"}, {"envVars", {{"TOKEN", "CANARY2"}}}}, "dryRun=true");
  ASSERT_EQ(way->got.status, 200) << way->body();
  const auto change = of(way->json()["plan"], "web");
  EXPECT_EQ(change["action"], "update");
  EXPECT_EQ(change["image"]["reference"], "docker.io/acme/web:2");
  EXPECT_EQ(change["image"]["digest"], "sha256:" + std::string(64, 'd'));
  ASSERT_EQ(change["fields"].size(), 2U) << change;
  EXPECT_EQ(change["fields"][0]["field"], "/envVars/TOKEN");
  EXPECT_EQ(change["fields"][1], (json{{"field", "/tag"}, {"from", "1"}, {"to", "2"}}));
  EXPECT_EQ(change["deploymentId"], web.id.text);
  EXPECT_EQ(way->body().find("CANARY"), std::string::npos);
  EXPECT_EQ(way->header("ETag"), '"' + std::to_string(web.number) + '"');
  EXPECT_TRUE(world.shared->specs.empty());
  EXPECT_EQ(way->header("RateLimit-Limit"), "1000") << "of plans";
}

TEST_F(Plans, OfAChangeAreRefusedAsTheChangeWouldBe) {
  const auto web = running(environment, "web");
  EXPECT_EQ(patch("web", {{"tag", "2"}}, "dryRun=true", {{"if-match", "\"99\""}})->got.status, 412);
  EXPECT_EQ(
      patch("web", {{"tag", "2"}}, "dryRun=true", {{"if-match", '"' + std::to_string(web.number) + '"'}})->got.status,
      200);
  for (const json& wrong : {json{{"tag", "a b"}}, json{{"replicas", 0}}, json{{"nonsense", 1}}}) {
    const auto tried = patch("web", wrong, "dryRun=true");
    EXPECT_EQ(tried->got.status, 400) << wrong;
    EXPECT_EQ(tried->json()["errors"], patch("web", wrong, "")->json()["errors"]) << wrong;
  }
  EXPECT_EQ(patch("none", {{"tag", "2"}}, "dryRun=true")->got.status, 404);
  EXPECT_TRUE(world.shared->specs.empty());
}

TEST_F(Plans, WhatIsDeployedByItselfIsSoAsItIs) {
  running(environment, "web");
  const auto way = world.call(
      {.method = "POST", .path = "/services/" + environment.id.text + ".web/deploy", .query = "dryRun=true"});
  ASSERT_EQ(way->got.status, 200) << way->body();
  EXPECT_EQ(of(way->json()["plan"], "web")["action"], "update") << "the same, pulled anew";
  EXPECT_EQ(of(way->json()["plan"], "web")["fields"], json::array());
  EXPECT_TRUE(world.shared->specs.empty());
}

// ---- what is in the way

TEST_F(Plans, NameWhoHasAHostPortWhereItIsTheCallersOwn) {
  const auto other = world.add_environment(world.alice, "staging"), theirs = world.add_environment(world.bob, "hers");
  const auto at = [](std::uint16_t host) { return [host](model::deployment& row) { row.spec.ports = {{80, host}}; }; };
  running(environment, "old", at(8080));
  running(other, "api", at(8081));
  running(theirs, "hidden", at(8082));
  const auto got = plan(
      "  a: {image: acme/a, ports: [\"8080:80\"]}\n  b: {image: acme/b, ports: [\"8081:80\"]}\n"
      "  c: {image: acme/c, ports: [\"8082:80\"]}\n  d: {image: acme/d, ports: [\"8083:80\"]}\n");
  EXPECT_EQ(told(got),
            "port \"a\": The host port 8080/tcp is taken by the service \"old\".\n"
            "port \"b\": The host port 8081/tcp is taken by the service \"api\" of the environment \"staging\".\n"
            "port \"c\": The host port 8082/tcp is taken.");
  EXPECT_EQ(got["conflicts"][0]["field"], "/ports/0/host");
  EXPECT_EQ(got.dump().find("hidden"), std::string::npos);
  const auto text = world.add_key("limited", world.alice, model::scope_set::user());
  world.shared->valid[text].environments = {environment.id};
  world.shared->keys->clear();
  const auto limited = world.call({.method = "POST",
                                   .path = path() + "/plan",
                                   .body = body("  b: {image: acme/b, ports: [\"8081:80\"]}\n").dump(),
                                   .key = "limited"});
  EXPECT_EQ(told(limited->json()["plan"]), "port \"b\": The host port 8081/tcp is taken.")
      << "of another environment than the key's";
}

TEST_F(Plans, WhatIsCertainIsRefusedInTheSameWords) {
  running(environment, "old", [](model::deployment& row) { row.spec.ports = {{80, 8080}}; });
  running(environment, "db", [](model::deployment& row) { row.spec.volumes = {{"data", "/data"}}; });
  world.shared->nodes = {{2, 1024}};
  const std::string services =
      "  web: {image: acme/web, ports: [\"8080:80\"], volumes: [\"data:/x\"], cpus: 3}\nvolumes: {data: }\n";
  const auto got = plan(services);
  ASSERT_EQ(got["conflicts"].size(), 3U) << got["conflicts"];
  const auto refused = put(services);
  EXPECT_EQ(refused->got.status, 409);
  ASSERT_EQ(refused->json()["errors"].size(), 3U) << refused->body();
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(refused->json()["errors"][i]["detail"], got["conflicts"][i]["detail"]);
    EXPECT_EQ(refused->json()["errors"][i]["pointer"], "/web" + got["conflicts"][i]["field"].get<std::string>());
  }
  EXPECT_EQ(world.shared->commands, 0) << "its environment was not asked";
  EXPECT_EQ(refused->header("RateLimit-Remaining"), "1000") << "what is refused takes nothing";
}

TEST_F(Plans, WhatMayGoWellIsToldAndNotRefused) {
  world.shared->nodes = {{2, 256}};
  const std::string services = "  web: {image: acme/web}\n";
  const auto got = plan(services);
  ASSERT_EQ(got["conflicts"].size(), 2U) << got["conflicts"];
  EXPECT_EQ(got["conflicts"][0]["certain"], false);
  EXPECT_EQ(got["conflicts"][1]["service"], nullptr);
  EXPECT_EQ(put(services)->got.status, 202);
}

TEST_F(Plans, WhatHasToPassFirstIsTold) {
  world.settings.deployments_per_minute = 1;
  world.restart_front();
  const std::string services = "  web: {image: acme/web}\n";
  EXPECT_EQ(told(plan(services)), "");
  EXPECT_EQ(put(services)->got.status, 202);
  EXPECT_EQ(told(plan(services)), "quota null: At most 1 deployments a minute. The next one is possible in 60 s.");
  model::application row;
  row.id = {"op_aaaaaaaaaaaaaaaa"};
  row.environment = environment.id;
  world.shared->board->publish(std::make_shared<const model::application>(row));
  EXPECT_NE(told(plan(services)).find("operation null: The application op_aaaaaaaaaaaaaaaa is under way"),
            std::string::npos);
  world.shared->board->withdraw(row.id);
  EXPECT_EQ(told(plan(services)).find("operation"), std::string::npos);
}

TEST_F(Plans, AFullQueueIsInTheWayOfWhatIsDeployedByItself) {
  for (int i = 0; i < 100; ++i)
    running(environment, "s" + std::to_string(i),
            [](model::deployment& row) { row.status = deployment_status::pending; });
  const auto one = world.call({.method = "POST",
                               .path = "/deployments",
                               .query = "dryRun=true",
                               .body = minimal_deployment(environment.id.text).dump()});
  EXPECT_EQ(told(one->json()["plan"]), "queue null: Too many deployments of this environment are waiting.");
  EXPECT_EQ(told(plan("  web: {image: acme/web}\n")), "") << "those of an application do not queue";
}

// ---- a plan that is not true any more

TEST_F(Plans, OneThatIsNotTrueAnyMoreIsRefusedWithTheNewOne) {
  const std::string services = "  web: {image: acme/web}\n";
  const auto old = plan(services);
  running(environment, "web");
  world.shared->refuses_with =
      model::problem{model::consequence::conflict, "Plan it again.", {{"/plan", "is out of date"}}, 0};
  const auto refused = put(services, {{"plan", old["id"]}});
  ASSERT_EQ(refused->got.status, 409);
  const auto now = refused->json()["plan"];
  EXPECT_EQ(now, plan(services));
  EXPECT_NE(now["id"], old["id"]);
  EXPECT_EQ(of(now, "web")["action"], "update");
  world.shared->refuses_with = model::problem{model::consequence::conflict, "Something else.", {}, 0};
  EXPECT_FALSE(put(services)->json().contains("plan"));
}

TEST_F(Plans, WhoMayNotPlanIsRefusedWithoutOne) {
  world.add_key("writer", world.alice, {model::scope::deployments_write});
  world.shared->refuses_with =
      model::problem{model::consequence::conflict, "Plan it again.", {{"/plan", "is out of date"}}, 0};
  const auto refused = world.call({.method = "PUT",
                                   .path = path(),
                                   .body = body("  web: {image: acme/web}\n", {{"plan", "x-y"}}).dump(),
                                   .key = "writer"});
  EXPECT_EQ(refused->got.status, 409);
  EXPECT_FALSE(refused->json().contains("plan"));
}

}  // namespace
