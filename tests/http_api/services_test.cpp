// Services: what is shown of them, and changing one without repeating all of it.
#include <algorithm>
#include <random>
#include <set>
#include <utility>

#include <gtest/gtest.h>

#include "http/api/release_patch.hpp"
#include "tests/http_api/api_world.hpp"

using namespace troupe;
using namespace troupe::http::api;
using namespace troupe::http::api::test;
using model::deployment_status;
using nlohmann::json;

namespace {

struct Services : ::testing::Test {
  api_world world;
  model::environment environment = world.add_environment(world.alice, "shop");
  std::uint64_t last = 0;

  model::deployment release(const std::string& service, deployment_status status,
                            const std::function<void(model::deployment&)>& change = {}) {
    ++last;
    model::release_spec spec;
    spec.service = service;
    spec.image = model::parse_image("acme/web:" + std::to_string(last), "").reference.value();
    auto row = support::new_row(world.shared, environment, model::deployment_id{model::id_text("dep", last, 7)},
                                model::job_id{model::id_text("job", last, 7)}, spec);
    row.status = status;
    row.created_at += std::chrono::seconds(last);
    if (change) change(row);
    support::publish(world.shared, row);
    if (model::is_final(status)) world.shared->board->withdraw(row.id);
    return row;
  }
  std::string id(const std::string& name) const { return environment.id.text + '.' + name; }
  json shown(const std::string& name) {
    const auto way = world.get("/services/" + id(name));
    EXPECT_EQ(way->got.status, 200) << way->body();
    return way->json().value("service", json());
  }
  recorded_ptr patch(const std::string& name, const json& what, http::header_list headers = {}) {
    if (std::none_of(headers.begin(), headers.end(), [](const auto& h) { return h.first == "content-type"; }))
      headers.emplace_back("content-type", "application/merge-patch+json");
    return world.call(
        {.method = "PATCH", .path = "/services/" + id(name), .body = what.dump(), .headers = std::move(headers)});
  }
  const model::release_spec& made() const { return world.shared->specs.back(); }
};

// ---- what is shown

TEST_F(Services, OneShowsWhatServesWhatWaitsAndItsPast) {
  release("web", deployment_status::superseded);
  const auto serves = release("web", deployment_status::running, [](model::deployment& row) {
    row.spec.ports = {{80, 8081}, {53, std::nullopt, model::port_protocol::udp}};
    row.spec.env = {{"TOKEN", "CANARY"}};
    row.spec.volumes = {{"data", "/data"}};
    row.spec.replicas = 1;
  });
  release("db", deployment_status::running);
  const auto waits = release("web", deployment_status::pending);
  const auto told = shown("web");
  EXPECT_EQ(told["id"], id("web"));
  EXPECT_EQ(told["name"], "web");
  EXPECT_EQ(told["environmentId"], environment.id.text);
  EXPECT_EQ(told["status"], "RUNNING");
  EXPECT_EQ(told["health"], "ok");
  EXPECT_EQ(told["current"]["id"], serves.id.text);
  EXPECT_EQ(told["current"]["number"], serves.number);
  EXPECT_EQ(told["latest"]["id"], waits.id.text);
  ASSERT_EQ(told["waiting"].size(), 1U);
  EXPECT_EQ(told["waiting"][0]["id"], waits.id.text);
  EXPECT_EQ(told["history"].size(), 3U);
  EXPECT_EQ(told["history"][0]["number"], waits.number);
  EXPECT_EQ(told["history"][2]["status"], "SUPERSEDED");
  EXPECT_EQ(told["replicas"], (json{{"wanted", 1}, {"running", 0}}));
  EXPECT_EQ(told["volumes"][0]["name"], "data");
  EXPECT_EQ(told["ports"][0]["host"], 8081);
  EXPECT_EQ(told["url"], nullptr);
  EXPECT_EQ(told["addresses"],
            json::parse(R"([{"kind":"internal","address":"web:80"},{"kind":"internal","address":"web:53/udp"},
                            {"kind":"published","address":"localhost:8081"}])"));
  EXPECT_EQ(told.dump().find("CANARY"), std::string::npos);
}

TEST_F(Services, ADomainIsTheAddressOfTheServiceThatAnswersForIt) {
  const auto d = release("web", deployment_status::running);
  release("db", deployment_status::running);
  EXPECT_EQ(world.get("/deployments/" + d.id.text)->json()["deployment"]["url"], nullptr);
  auto site = std::make_shared<actors::site_view>();
  site->row.environment = environment.id;
  site->row.domain = "shop.example.org";
  site->row.service = "web";
  world.shared->board->publish(actors::site_view_ptr(site));
  EXPECT_EQ(shown("web")["url"], "https://shop.example.org");
  EXPECT_EQ(shown("db")["url"], nullptr);
  EXPECT_EQ(world.get("/deployments/" + d.id.text)->json()["deployment"]["url"], "https://shop.example.org")
      << "what was rendered before the domain was there is made anew";
}

TEST_F(Services, AJobThatEndedIsShownAndItsNextRunKeepsWhatItIs) {
  const auto done = release("task", deployment_status::succeeded, [](auto& row) {
    row.spec.job = model::job_terms{1, 60};
    row.generation = 1;
  });
  const auto told = shown("task");
  EXPECT_EQ(told["status"], "SUCCEEDED");
  EXPECT_EQ(told["current"], nullptr);
  EXPECT_EQ(told["latest"]["id"], done.id.text);
  EXPECT_EQ(told["spec"]["kind"], "job");
  EXPECT_EQ(told["spec"]["deadlineSeconds"], 60);
  EXPECT_EQ(told["spec"]["restartPolicy"], nullptr);
  const auto one = world.get("/deployments/" + done.id.text)->json()["deployment"];
  EXPECT_EQ(one["settled"], true);
  EXPECT_EQ(one["restarts"], 1);
  ASSERT_EQ(patch("task", {{"backoffLimit", 4}})->got.status, 202);
  EXPECT_EQ(made().job, (model::job_terms{4, 60}));
  auto whole = told["spec"];
  whole.erase("name");
  ASSERT_EQ(patch("task", whole)->got.status, 202);
  EXPECT_EQ(made().job, (model::job_terms{1, 60})) << "what is shown can be sent back";
  for (const auto* field : {"restartPolicy", "healthCheck", "kind"}) {
    const auto refused = patch("task", {{field, field == std::string("kind") ? json("service") : json::object()}});
    EXPECT_EQ(refused->got.status, 400) << field;
    EXPECT_EQ(refused->json()["errors"][0]["pointer"], std::string("/") + field);
  }
}

TEST_F(Services, AJobThatRunsIsNotSettled) {
  const auto runs = release("task", deployment_status::running, [](auto& row) { row.spec.job = model::job_terms{}; });
  EXPECT_EQ(world.get("/deployments/" + runs.id.text)->json()["deployment"]["settled"], false);
  EXPECT_EQ(shown("task")["current"]["id"], runs.id.text);
  EXPECT_EQ(shown("task")["spec"]["kind"], "job");
}

TEST_F(Services, TheListHasEachByNameAndInPages) {
  release("web", deployment_status::running);
  release("api", deployment_status::failed,
          [](auto& row) { row.error = model::make_failure(model::failure_code::exited, "It ended."); });
  release("gone", deployment_status::removed);
  release("db", deployment_status::pending);
  const auto path = "/environments/" + environment.id.text + "/services";
  const auto names = [](const json& list) {
    std::vector<std::string> out;
    for (const auto& one : list["services"]) out.push_back(one["name"]);
    return out;
  };
  const auto all = world.get(path)->json();
  EXPECT_EQ(names(all), (std::vector<std::string>{"api", "db", "web"}));
  EXPECT_EQ(all["services"][0]["status"], "FAILED");
  EXPECT_EQ(all["services"][0]["current"], nullptr);
  EXPECT_EQ(all["services"][0]["latest"]["error"], "It ended.");
  EXPECT_EQ(all["nextCursor"], nullptr);
  const auto first = world.get(path, "limit=2")->json();
  EXPECT_EQ(names(first), (std::vector<std::string>{"api", "db"}));
  const auto second = world.get(path, "limit=2&cursor=" + first["nextCursor"].get<std::string>())->json();
  EXPECT_EQ(names(second), (std::vector<std::string>{"web"}));
  EXPECT_EQ(second["nextCursor"], nullptr);
  EXPECT_EQ(world.get("/services/" + id("gone"))->got.status, 404);
}

TEST_F(Services, AListShowsEachDeploymentAsItsOwnGetDoes) {
  EXPECT_EQ(world.get("/deployments")->body(), R"({"deployments":[],"nextCursor":null})");
  const auto over = release("db", deployment_status::failed,
                            [](auto& row) { row.error = model::make_failure(model::failure_code::exited, "x"); });
  const auto serves = release("web", deployment_status::running);
  const auto list = world.get("/deployments")->json();
  ASSERT_EQ(list["deployments"].size(), 2U);
  EXPECT_EQ(list["deployments"][0], world.get("/deployments/" + serves.id.text)->json()["deployment"]);
  EXPECT_EQ(list["deployments"][1], world.get("/deployments/" + over.id.text)->json()["deployment"]);
  EXPECT_EQ(list["nextCursor"], nullptr);
}

TEST_F(Services, DeploymentsAreFilteredAcrossEnvironments) {
  const auto here = release("web", deployment_status::running);
  release("db", deployment_status::failed,
          [](auto& row) { row.error = model::make_failure(model::failure_code::exited, "x"); });
  const auto home = std::exchange(environment, world.add_environment(world.alice, "test"));
  const auto there = release("web", deployment_status::running);
  environment = world.add_environment(world.bob, "his");
  const auto his = environment;
  release("web", deployment_status::running);
  const auto list = [&](const std::string& query) {
    std::vector<std::string> out;
    const auto way = world.get("/deployments", query)->json();
    for (const auto& one : way["deployments"]) out.push_back(one["id"]);
    return out;
  };
  using ids = std::vector<std::string>;
  EXPECT_EQ(list("").size(), 3U);
  EXPECT_EQ(list("service=web"), (ids{there.id.text, here.id.text}));
  EXPECT_EQ(list("service=web&environment=" + home.id.text), ids{here.id.text});
  EXPECT_EQ(list("status=FAILED").size(), 1U);
  EXPECT_EQ(list("environment=" + his.id.text), ids{});
  EXPECT_EQ(list("environment=nonsense"), ids{});
  const auto first = world.get("/deployments", "limit=2")->json();
  EXPECT_EQ(world.get("/deployments", "limit=2&cursor=" + first["nextCursor"].get<std::string>())
                ->json()["deployments"]
                .size(),
            1U);
  EXPECT_EQ(world.get("/deployments", "status=nonsense")->json()["errors"][0]["pointer"], "?status");
  EXPECT_EQ(
      world.get("/deployments/environment/" + home.id.text, "service=db&status=FAILED")->json()["deployments"].size(),
      1U);
}

// ---- changing one

TEST_F(Services, WhatAPatchDoesNotNameStays) {
  const auto former = release("web", deployment_status::running, [](model::deployment& row) {
    row.spec.ports = {{80, 8081}};
    row.spec.env = {{"TOKEN", "CANARY"}, {"MODE", "a"}};
    row.spec.health = model::health_check{{}, model::http_probe{80, "/"}, 7, 3, 3, 10};
    row.spec.limits.memory_mb = 64;
  });
  const auto way = patch("web", {{"tag", "9"}, {"envVars", {{"MODE", nullptr}, {"MORE", "b"}}}});
  ASSERT_EQ(way->got.status, 202) << way->body();
  auto wanted = former.spec;
  wanted.image.tag = "9";
  wanted.env = {{"TOKEN", "CANARY"}, {"MORE", "b"}};
  EXPECT_EQ(made(), wanted);
  EXPECT_EQ(way->json()["serviceId"], id("web"));
  EXPECT_EQ(way->body().find("CANARY"), std::string::npos);
  EXPECT_EQ(way->header("ETag"), '"' + std::to_string(way->json()["number"].get<int>()) + '"');
  EXPECT_EQ(way->header("RateLimit-Remaining"), "4") << "limited like any deployment";
  EXPECT_EQ(patch("web", {{"replicas", 2}}, {{"content-type", "application/json"}})->json()["errors"][0]["pointer"],
            "/replicas")
      << "the service's host port allows one";
  EXPECT_EQ(patch("web", {{"replicas", 2}}, {{"content-type", "text/plain"}})->got.status, 415);
}

TEST_F(Services, AChangeBuildsOnTheReleaseThatIsUnderWay) {
  release("web", deployment_status::running, [](auto& row) { row.spec.env = {{"A", "old"}}; });
  release("web", deployment_status::pulling_image, [](auto& row) { row.spec.env = {{"A", "new"}}; });
  release("web", deployment_status::failed, [](auto& row) {
    row.spec.env = {{"A", "bad"}};
    row.error = model::make_failure(model::failure_code::exited, "x");
  });
  ASSERT_EQ(patch("web", {{"args", {"x"}}})->got.status, 202);
  EXPECT_EQ(made().env.at("A"), "new");
  EXPECT_EQ(made().args, std::vector<std::string>{"x"});
}

TEST_F(Services, WhereAllFailedTheNewestIsChanged) {
  release("web", deployment_status::failed, [](auto& row) {
    row.spec.env = {{"A", "1"}};
    row.error = model::make_failure(model::failure_code::image_not_found, "x");
  });
  ASSERT_EQ(patch("web", {{"image", "acme/other:2"}})->got.status, 202);
  EXPECT_EQ(made().image.text(), "docker.io/acme/other:2");
  EXPECT_EQ(made().env.at("A"), "1");
}

TEST_F(Services, DeployTakesATagOrAnImageOrNothing) {
  release("web", deployment_status::running, [](auto& row) { row.spec.args = {"x"}; });
  const auto deploy = [&](const std::string& body) {
    return world.call({.method = "POST", .path = "/services/" + id("web") + "/deploy", .body = body})->got.status;
  };
  EXPECT_EQ(deploy(R"({"tag":"7"})"), 202);
  EXPECT_EQ(made().image.text(), "docker.io/acme/web:7");
  EXPECT_EQ(deploy(R"({"image":"acme/next"})"), 202);
  EXPECT_EQ(made().image.text(), "docker.io/acme/next:7") << "the tag was not named: it stays";
  EXPECT_EQ(deploy(""), 202);
  EXPECT_EQ(made().image.text(), "docker.io/acme/next:7");
  EXPECT_EQ(made().args, std::vector<std::string>{"x"});
  EXPECT_EQ(deploy(R"({"replicas":2})"), 400);
}

TEST_F(Services, WhoWasSlowerIsTold) {
  const auto former = release("web", deployment_status::running);
  const auto seen = world.get("/services/" + id("web"))->header("ETag");
  EXPECT_EQ(seen, '"' + std::to_string(former.number) + '"');
  EXPECT_EQ(patch("web", {{"args", {"first"}}}, {{"if-match", seen}})->got.status, 202);
  const auto slower = patch("web", {{"args", {"second"}}}, {{"if-match", seen}, {"idempotency-key", "k"}});
  EXPECT_EQ(slower->got.status, 412);
  EXPECT_EQ(made().args, std::vector<std::string>{"first"});
  const auto now = world.get("/services/" + id("web"))->header("ETag");
  EXPECT_EQ(patch("web", {{"args", {"second"}}}, {{"if-match", now}, {"idempotency-key", "k"}})->got.status, 202);
  EXPECT_EQ(patch("web", {{"args", {"third"}}}, {{"if-match", "*"}})->got.status, 202);
  EXPECT_EQ(patch("web", {{"args", {"x"}}}, {{"if-match", "abc"}})->got.status, 400);
}

TEST_F(Services, APatchUnderAKeyIsDoneOnce) {
  release("web", deployment_status::running);
  const auto first = patch("web", {{"tag", "2"}}, {{"idempotency-key", "k"}});
  const auto again = patch("web", {{"tag", "2"}}, {{"idempotency-key", "k"}});
  EXPECT_EQ(first->got.status, 202);
  EXPECT_EQ(again->body(), first->body());
  EXPECT_EQ(world.shared->specs.size(), 1U);
  EXPECT_EQ(patch("web", {{"tag", "3"}}, {{"idempotency-key", "k"}})->got.status, 422);
}

TEST_F(Services, ViolationsPointIntoThePatch) {
  world.settings.deployments_per_minute = world.settings.plans_per_minute = 100;
  world.restart_front();
  release("web", deployment_status::running, [](auto& row) { row.spec.volumes = {{"data", "/data"}}; });
  const auto pointers = [&](const json& what) {
    std::set<std::string> out;
    const auto way = patch("web", what);
    EXPECT_EQ(way->got.status, 400) << what;
    const auto answer = way->json();
    for (const auto& e : answer["errors"]) out.insert(e["pointer"]);
    return out;
  };
  using all = std::set<std::string>;
  EXPECT_EQ(pointers({{"replicas", 0}, {"ports", {{{"container", 0}}}}}), (all{"/replicas", "/ports/0/container"}));
  EXPECT_EQ(pointers({{"replicas", 2}, {"args", {"x"}}}), all{"/replicas"}) << "the service's volume has one writer";
  EXPECT_EQ(pointers({{"name", "other"}, {"nonsense", 1}}), (all{"/name", "/nonsense"}));
  EXPECT_EQ(pointers({{"image", nullptr}}), all{"/image"});
  EXPECT_EQ(pointers({{"resources", {{"memoryMb", "much"}}}}), all{"/resources/memoryMb"});
  EXPECT_EQ(pointers({{"envVars", {"NONE"}}}), all{"/envVars/0"});
  EXPECT_EQ(pointers(json::array()), all{""});
}

// ---- what is shown can be sent

struct Random {
  std::mt19937_64 bits;
  std::uint64_t below(std::uint64_t n) { return bits() % n; }
  bool happens() { return below(2) == 0; }
  std::string word() {
    std::string out;
    for (auto n = 1 + below(8); n > 0; --n) out += static_cast<char>('a' + below(26));
    return out;
  }
};

model::release_spec random_spec(Random& r, const std::string& service) {
  model::release_spec spec;
  spec.service = service;
  spec.image = model::parse_image("registry.example.com/" + r.word() + '/' + r.word(), r.happens() ? r.word() : "")
                   .reference.value();
  if (r.happens()) spec.image.digest = "sha256:" + std::string(64, 'a');
  spec.replicas = static_cast<std::uint32_t>(1 + r.below(3));
  for (auto n = r.below(3); n > 0; --n)
    spec.ports.push_back({static_cast<std::uint16_t>(80 + n), std::nullopt,
                          r.happens() ? model::port_protocol::tcp : model::port_protocol::udp});
  for (auto n = r.below(3); n > 0; --n) spec.env[r.word() + (r.happens() ? ".x-y" : "")] = r.word();
  for (auto n = r.below(3); n > 0; --n)
    spec.volumes.push_back({r.word() + std::to_string(n), "/v" + std::to_string(n), false, true});
  if (r.happens()) spec.ephemeral = {"/scratch"};
  if (r.happens()) spec.command = {"/bin/" + r.word()};
  if (r.happens()) spec.args = {r.word(), ""};
  if (r.happens())
    spec.health = r.happens() ? model::health_check{{r.word()}, std::nullopt, 7, 3, 3, 10}
                              : model::health_check{{}, model::http_probe{80, "/" + r.word()}, 5, 3, 3, 0};
  spec.limits = {r.happens() ? 0.5 : 2.0, static_cast<std::uint32_t>(64 + r.below(100)), 100};
  if (r.happens()) spec.restart = {model::restart_condition::on_failure, 3, 2};
  if (r.happens()) spec.security = {r.happens() ? "1000" : "", false, {"/tmp/x"}, {{"CHOWN"}}, {}};
  if (r.happens()) spec.security.capabilities.emplace();
  if (r.happens()) spec.security.preset = static_cast<model::security_preset>(r.below(3));
  if (r.happens())
    spec.update = {static_cast<model::update_order>(r.below(2)), static_cast<std::uint32_t>(1 + r.below(9)), 7};
  auto& s = spec.setup;
  if (r.happens()) s.init = r.happens();
  if (r.happens()) s.stop_grace_seconds = 77;
  if (r.happens()) s.stop_signal = "SIGINT";
  if (r.happens()) s.hostname = r.word();
  if (r.happens()) s.working_dir = '/' + r.word();
  s.tty = r.happens();
  if (r.happens()) s.ulimits = {{"nofile", {5, 6}}};
  if (r.happens()) s.extra_hosts = {{r.word(), "10.0.0.1"}};
  if (r.happens()) s.dns = {"1.1.1.1"};
  if (r.happens()) s.sysctls = {{"net.core.somaxconn", "5"}};
  if (r.happens()) s.labels = {{r.word(), r.word()}};
  if (r.happens()) s.shm_size_mb = 5;
  if (r.happens()) s.tmpfs = {{"/mem", 5, r.happens()}};
  if (r.happens()) s.logs = {5, 6};
  return spec;
}

TEST_F(Services, WhatIsShownOfASpecCanBeSentBack) {
  world.settings.deployments_per_minute = world.settings.plans_per_minute = 10'000;
  world.restart_front();
  const auto known = world.get("/openapi.json")->json()["components"]["schemas"]["CreateDeployment"]["properties"];
  Random r{std::mt19937_64(4711)};
  for (int i = 0; i < 60; ++i) {
    const auto name = "s" + std::to_string(i);
    const auto row = release(name, deployment_status::running, [&](auto& d) { d.spec = random_spec(r, name); });
    const auto whole = world.get("/deployments/" + row.id.text)->json()["deployment"];
    json body = json::object();
    for (const auto& [field, value] : whole.items())
      if (known.contains(field)) body[field] = value;
    body["envVars"] = row.spec.env;  // whose values are not shown
    auto way = world.post("/deployments", body);
    ASSERT_EQ(way->got.status, 202) << body << way->body();
    EXPECT_EQ(made(), row.spec) << body;

    const auto spec = shown(name)["spec"];
    auto patch_body = spec;
    patch_body.erase("name");
    way = patch(name, patch_body);
    ASSERT_EQ(way->got.status, 202) << patch_body << way->body();
    EXPECT_EQ(made(), row.spec) << "sending all of it back changes nothing";

    way = patch(name, {{"args", {"changed"}}});
    ASSERT_EQ(way->got.status, 202) << way->body();
    auto wanted = row.spec;
    wanted.args = {"changed"};
    EXPECT_EQ(made(), wanted) << "one field, and nothing else";
  }
}

TEST_F(Services, APresetIsShownAsAskedForAndWithWhatItAmountsTo) {
  const auto row = release("web", deployment_status::running, [](auto& d) {
    d.spec.security.preset = model::security_preset::drops_root;
    d.image = model::resolved_image{};
  });
  const auto security = world.get("/deployments/" + row.id.text)->json()["deployment"]["security"];
  EXPECT_EQ(security["preset"], "drops-root");
  EXPECT_EQ(security["capabilities"], nullptr);
  EXPECT_EQ(security["readOnlyRootFilesystem"], nullptr);
  EXPECT_EQ(security["effective"], json::parse(R"({"preset":"drops-root","user":"0:0","readOnlyRootFilesystem":true,
    "capabilities":["CHOWN","DAC_OVERRIDE","FOWNER","SETGID","SETUID","NET_BIND_SERVICE"]})"));
  auto way = patch("web", {{"security", {{"preset", "baseline"}, {"capabilities", {"KILL"}}}}});
  ASSERT_EQ(way->got.status, 202) << way->body();
  EXPECT_EQ(made().security.preset, model::security_preset::baseline);
  EXPECT_EQ(made().security.capabilities, std::vector<std::string>{"KILL"});
  EXPECT_FALSE(made().security.read_only_root);
}

TEST_F(Services, WhatWasOnceSaidIsUnsetWithNull) {
  release("web", deployment_status::running, [](auto& d) {
    d.spec.setup.hostname = "mail";
    d.spec.setup.ulimits = {{"nofile", {1, 2}}, {"core", {0, 0}}};
    d.spec.update.order = model::update_order::stop_first;
  });
  const auto way =
      patch("web", {{"hostname", nullptr}, {"ulimits", {{"core", nullptr}}}, {"update", {{"order", nullptr}}}});
  ASSERT_EQ(way->got.status, 202) << way->body();
  EXPECT_EQ(made().setup.hostname, "");
  EXPECT_EQ(made().setup.ulimits, (std::map<std::string, model::ulimit>{{"nofile", {1, 2}}}));
  EXPECT_FALSE(made().update.order);
}

TEST_F(Services, NullIsAsIfLeftOut) {
  const auto way = world.post(
      "/deployments", json::parse(R"({"environmentId":")" + environment.id.text + R"(","image":"nginx","tag":null,
    "healthCheck":null,"ports":[{"container":80.0,"host":null,"bound":true}],"replicas":1.0,"envVars":{"a.b-c d":"x","NONE":null}})"));
  ASSERT_EQ(way->got.status, 202) << way->body();
  EXPECT_FALSE(made().health);
  EXPECT_FALSE(made().ports.at(0).host);
  EXPECT_EQ(made().env, (std::map<std::string, std::string>{{"a.b-c d", "x"}}));
}

}  // namespace
