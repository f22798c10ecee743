// Every route of the table x {no key, bad key, lacking scope, own, foreign, missing, another kind of id}.
#include <algorithm>
#include <cctype>
#include <cstring>
#include <set>
#include <type_traits>

#include <gtest/gtest.h>

#include "http/api/openapi.hpp"
#include "http/api/routes.hpp"
#include "http/api/schema_texts.hpp"
#include "tests/http_api/api_world.hpp"

using namespace troupe;
using namespace troupe::http::api;
using namespace troupe::http::api::test;
using nlohmann::json;
using namespace std::chrono_literals;

// A route leads to a command, or says who may call it; nothing else makes one.
static_assert(!std::is_default_constructible_v<route> && !std::is_constructible_v<route, route_text>);

namespace {

struct objects {
  std::string environment, deployment, job, key_id, service, operation;
};

std::string fill(std::string_view path, const objects& with) {
  std::string out(path);
  const auto replace = [&](const char* name, const std::string& value) {
    if (const auto at = out.find(name); at != std::string::npos) out.replace(at, std::strlen(name), value);
  };
  replace(":jobId", with.job);
  replace(":domain", "shop.example.org");
  replace(":registry", "ghcr.io");
  replace(":name", out.starts_with("/environments") ? "data" : "list_environments");
  replace(":envId", with.environment);
  replace(":id", out.starts_with("/environments") ? with.environment
                 : out.starts_with("/services")   ? with.service
                 : out.starts_with("/operations") ? with.operation
                                                  : with.deployment);
  return out;
}

std::string query_for(const route& r) {
  return r.operation == "deleteVolume" ? "confirm=data" : "";
}

std::string body_for(const route& r, const objects& with) {
  if (r.body == "create_deployment") return minimal_deployment(with.environment).dump();
  if (r.operation == "postMcp") return R"({"jsonrpc":"2.0","id":1,"method":"ping"})";
  if (r.body == "create_environment") return R"({"name":"fresh"})";
  if (r.body == "verify_link") return R"({"token":"good"})";
  if (r.body == "publish_environment") return R"({"domain":"shop.example.org"})";
  if (r.body == "put_application") return R"({"compose":"services: {web: {image: nginx}}"})";
  if (r.body == "put_registry") return R"({"username":"alice","password":"s3cret"})";
  if (r.body == "put_domain") return R"({"service":"web"})";
  if (r.body == "update_service" || r.body == "deploy_service") return R"({"tag":"2"})";
  if (r.body == "scale_deployment") return R"({"replicas":2})";
  if (r.body == "revoke_key") return json{{"keyId", with.key_id}}.dump();
  return {};
}

// One that no route has at this path.
std::string unknown_method(const route& r) {
  const auto has = [&r](std::string_view method) {
    return std::any_of(routes().begin(), routes().end(),
                       [&](const auto& other) { return other.path == r.path && other.method == method; });
  };
  return has("PUT") ? "POST" : "PUT";
}

// A registry is the world's: a login to it is the caller's own, whoever else has one.
bool names_an_object(const route& r) {
  if (r.path.starts_with("/registries")) return false;
  return (r.path.find(':') != std::string_view::npos && !r.relay) || r.body == "create_deployment" ||
         r.body == "revoke_key";
}

struct RouteMatrix : ::testing::TestWithParam<std::size_t> {
  api_world world;
  const route& r = routes()[GetParam()];
  objects mine = make(world.alice), theirs = make(world.bob);
  const objects missing{"env_zzzzzzzzzzzzzzzz", "dep_zzzzzzzzzzzzzzzz",     "job_zzzzzzzzzzzzzzzz",
                        "zzzzzzzzzzzzzzzz",     "env_zzzzzzzzzzzzzzzz.web", "op_zzzzzzzzzzzzzzzz"};

  objects make(const model::user_id& owner) {
    const auto environment = world.add_environment(owner, "staging");
    const auto deployment = world.add_deployment(environment, model::deployment_status::running);
    world.add_key("spare of " + owner.text, owner, model::scope_set::user());
    std::string key_id;
    for (const auto& [text, who] : world.shared->valid)
      if (who.user == owner && text != world.shared->valid.begin()->first) key_id = who.key_id;
    return {environment.id.text,
            deployment.id.text,
            deployment.job.text,
            key_id,
            environment.id.text + '.' + deployment.spec.service,
            world.add_operation(environment.id.text, owner)};
  }
  void SetUp() override {
    // What is asked for many times is not to be refused for that.
    world.settings.deployments_per_minute = world.settings.plans_per_minute = 1000;
    world.restart_front();
  }
  recorded_ptr call(const objects& with, std::string key = "alice") {
    world.shared->links["good"] = {};
    world.shared->volumes = {{"data"}};
    if (r.operation == "deleteDomain") world.add_site(with.environment, "shop.example.org");
    auto way = world.call({.method = std::string(r.method),
                           .path = fill(r.path, with),
                           .query = query_for(r),
                           .body = body_for(r, with),
                           .headers = {{"x-request-id", "same"}},
                           .key = std::move(key)});
    EXPECT_TRUE(way->answered) << r.method << ' ' << r.path;
    return way;
  }
  std::uint64_t effects() const {
    return world.shared->stored.writes() + static_cast<std::uint64_t>(world.shared->commands) +
           world.shared->valid.size();
  }
};

}  // namespace

TEST_P(RouteMatrix, IsClosedWithoutAKeyThatIsValid) {
  const auto before = effects();
  for (const std::string key : {"", "nonsense", "rw_prod_aaaaaaaaaaaaaaaa.wrongwrongwrongwrongwrongwrongwrong"}) {
    const auto way = call(mine, key);
    if (r.who == access::open) {
      // Open to all, it says more to a key: one that is offered has to be good.
      const bool looks_at_keys = r.path == "/health" && !key.empty();
      EXPECT_EQ(way->got.status, looks_at_keys ? 401 : 200);
      continue;
    }
    EXPECT_EQ(way->got.status, 401);
    EXPECT_EQ(way->header("WWW-Authenticate"), "Bearer");
    EXPECT_EQ(way->body(),
              world.call({.path = "/auth/keys", .headers = {{"x-request-id", "same"}}, .key = "unknown"})->body())
        << "one text for each cause";
  }
  EXPECT_EQ(effects(), before);
}

TEST_P(RouteMatrix, NeedsExactlyItsScope) {
  if (r.who != access::scope) return;
  const auto before = effects();
  for (const bool remembered : {true, false}) {
    model::scope_set others;
    for (std::size_t i = 0; i < model::scope_texts.texts.size(); ++i)
      if (static_cast<model::scope>(i) != r.scope) others.add(static_cast<model::scope>(i));
    world.add_key("others", world.alice, others);
    world.add_key("none", world.alice, {});
    const auto with_keys = effects();
    if (!remembered) world.shared->keys->clear();
    EXPECT_EQ(call(mine, "others")->got.status, 403);
    EXPECT_EQ(call(mine, "none")->got.status, 403);
    EXPECT_EQ(effects(), with_keys) << "refused, and yet something was done";
  }
  EXPECT_GT(effects(), before);
  world.add_key("exactly", world.alice, {r.scope});
  EXPECT_EQ(call(mine, "exactly")->got.status, r.status);
}

TEST_P(RouteMatrix, AnswersForWhatIsTheCallersOwn) {
  if (r.who == access::telegram) return;
  const auto way = call(mine);
  EXPECT_EQ(way->got.status, r.status) << way->body();
  EXPECT_EQ(way->header("X-Request-Id"), "same");
  EXPECT_EQ(way->header("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(way->body().find("CANARY"), std::string::npos) << "a secret shows";
  // A key that nobody remembers takes the long way to the same answer.
  api_world other;
  if (r.writes() || r.path == "/auth/keys") return;
  world.shared->keys->clear();
  EXPECT_EQ(call(mine)->body(), way->body());
}

TEST_P(RouteMatrix, WhatIsAnothersIsAsIfItWereNot) {
  if (!names_an_object(r)) return;
  const auto before = effects();
  const auto foreign = call(theirs), unknown = call(missing);
  EXPECT_EQ(foreign->got.status, 404);
  EXPECT_EQ(foreign->body(), unknown->body());
  EXPECT_EQ(foreign->got.headers,
            unknown->got.headers.size() == foreign->got.headers.size() ? foreign->got.headers : unknown->got.headers);
  world.shared->board->withdraw(model::deployment_id{theirs.deployment});
  EXPECT_EQ(call(theirs)->body(), unknown->body()) << "off the board";
  EXPECT_EQ(effects(), before);
}

TEST_P(RouteMatrix, IdsOfAnotherKindOrFormAreNoIds) {
  if (r.path.find(':') == std::string_view::npos || r.relay) return;
  const auto expected = call(missing)->body();
  EXPECT_EQ(call({mine.deployment, mine.job, mine.environment, mine.key_id, mine.environment, mine.deployment})->body(),
            expected);
  for (const std::string bad : {"1", "dep_", "DEP_ZZZZZZZZZZZZZZZZ", "dep_zzzzzzzzzzzzzzzz%00",
                                "%64ep_zzzzzzzzzzzzzzzz", "dep_zzzzzzzzzzzzzzz;", "dep_zzzzzzzzzzzzzzzz'--", "*"})
    EXPECT_EQ(call({bad, bad, bad, bad, bad, bad})->body(), expected) << bad;
}

TEST_P(RouteMatrix, IsReachedByItsOwnPathHoweverItIsWritten) {
  const auto path = fill(r.path, mine);
  for (const std::string& other :
       std::vector<std::string>{path + "//", "/" + path, path + "/x", path + ";x", path + "%20", "/." + path}) {
    const auto status =
        world.call({.method = std::string(r.method), .path = other, .body = body_for(r, mine)})->got.status;
    // What makes a domain or a registry of a caller's own text says what is wrong with it.
    const bool tells = r.operation == "putDomain" || r.operation == "putRegistry";
    EXPECT_TRUE(status == 404 || status == 405 || (status == 400 && tells)) << other << ' ' << status;
  }
  auto encoded = path;
  if (path.size() > 1) encoded.replace(1, 1, path[1] == 'd' ? "%64" : std::string(1, path[1]));
  for (const auto& same : {path == "/" ? path : path + "/", encoded}) {
    world.shared->links["good"] = {};
    if (r.operation == "deleteDomain") world.add_site(mine.environment, "shop.example.org");
    const auto status =
        world.call({.method = std::string(r.method), .path = same, .body = body_for(r, mine)})->got.status;
    EXPECT_TRUE(status != 404 && status != 405) << same << ' ' << status;
  }
  const auto wrong = world.call({.method = unknown_method(r), .path = path});
  EXPECT_EQ(wrong->got.status, 405);
  EXPECT_NE(wrong->header("Allow").find(r.method), std::string::npos);
  const auto options = world.call({.method = "OPTIONS", .path = path, .key = ""});
  EXPECT_EQ(options->got.status, 204);
  EXPECT_EQ(options->header("Allow"), wrong->header("Allow"));
  EXPECT_EQ(options->header("Access-Control-Allow-Origin"), "");
  if (r.method == "GET") {
    EXPECT_EQ(world.call({.method = "HEAD", .path = path})->got.status, 200);
  }
}

TEST_P(RouteMatrix, UnknownQueryParametersAndStrayBodiesAreRefused) {
  if (r.who == access::open || r.who == access::telegram) return;
  const auto way = world.call(
      {.method = std::string(r.method), .path = fill(r.path, mine), .query = "nonsense=1", .body = body_for(r, mine)});
  EXPECT_EQ(way->got.status, 400);
  EXPECT_EQ(way->json()["errors"][0]["pointer"], "?nonsense");
  const auto stray = world.call(
      {.method = std::string(r.method), .path = fill(r.path, mine), .query = query_for(r), .body = R"({"stray":1})"});
  EXPECT_EQ(stray->got.status, 400) << stray->body();
  const auto untyped = world.call({.method = std::string(r.method),
                                   .path = fill(r.path, mine),
                                   .query = query_for(r),
                                   .body = "{}",
                                   .headers = {{"content-type", "text/plain"}}});
  EXPECT_EQ(untyped->got.status, 415);
}

TEST_P(RouteMatrix, ADeadDatabaseNeverShowsItsText) {
  world.shared->throws = true;
  const auto way = world.start(
      {.method = std::string(r.method), .path = fill(r.path, mine), .query = query_for(r), .body = body_for(r, mine)});
  world.advance(1s);  // an actor that died over a request may leave it unanswered: the time-out is ours
  ASSERT_TRUE(way->answered);
  EXPECT_EQ(way->body().find("SELECT"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(All, RouteMatrix, ::testing::Range<std::size_t>(0, routes().size()),
                         [](const auto& which) { return std::string(routes()[which.param].operation); });

// ---- the description
// ---------------------------------------------------------------------------------------------------

// The later of two would silently be the one that counts.
TEST(OpenApi, NoNameStandsTwiceInASchema) {
  for (const auto& [file, text] : schema_texts()) {
    std::vector<std::set<std::string>> open;
    const auto look = [&, &file = file](int, json::parse_event_t event, json& value) {
      if (event == json::parse_event_t::object_start) open.emplace_back();
      if (event == json::parse_event_t::object_end) open.pop_back();
      if (event == json::parse_event_t::key) {
        EXPECT_TRUE(open.back().insert(value.get<std::string>()).second) << file << ": " << value;
      }
      return true;
    };
    EXPECT_FALSE(json::parse(text, look).is_discarded());
  }
}

TEST(OpenApi, DescribesExactlyTheRoutes) {
  api_world world;
  const auto document = world.get("/openapi.json")->json();
  EXPECT_EQ(document["openapi"], "3.1.0");
  std::size_t operations = 0;
  for (const auto& [path, methods] : document["paths"].items()) operations += methods.size();
  EXPECT_EQ(operations, routes().size());
  std::set<std::string> names;
  for (const auto& r : routes()) {
    std::string path, method(r.method);
    for (const char c : std::string(r.path)) path += c == ':' ? '{' : c;
    for (auto at = path.find('{'); at != std::string::npos; at = path.find('{', at + 1))
      path.insert(std::min(path.find('/', at), path.size()), "}");
    for (auto& c : method) c = static_cast<char>(std::tolower(c));
    ASSERT_TRUE(document["paths"].contains(path)) << path;
    const auto& operation = document["paths"][path][method];
    EXPECT_EQ(operation["operationId"], r.operation);
    EXPECT_TRUE(names.insert(operation["operationId"]).second);
    EXPECT_TRUE(operation["responses"].contains(std::to_string(r.status)));
    EXPECT_EQ(operation.contains("requestBody"), !r.body.empty() || r.relay || r.who == access::telegram);
  }
}

namespace {
void collect_references(const json& node, std::vector<std::string>& out) {
  if (node.is_object() && node.contains("$ref")) out.push_back(node["$ref"]);
  if (node.is_structured())
    for (const auto& child : node) collect_references(child, out);
}
}  // namespace

TEST(OpenApi, EveryReferenceResolves) {
  api_world world;
  const auto document = world.get("/openapi.json")->json();
  std::vector<std::string> references;
  collect_references(document, references);
  EXPECT_GT(references.size(), 50U);
  for (const auto& one : references) {
    ASSERT_TRUE(one.starts_with("#/"));
    EXPECT_TRUE(document.contains(json::json_pointer(one.substr(1)))) << one;
  }
  for (const auto& [name, ignored] : document["components"]["schemas"].items())
    EXPECT_NE(std::find(references.begin(), references.end(), "#/components/schemas/" + name), references.end())
        << name << " is used nowhere";
}

TEST(OpenApi, EachOperationHasItsTagItsHeadersAndItsRefusals) {
  api_world world;
  const auto document = world.get("/openapi.json")->json();
  std::set<std::string> tags;
  for (const auto& tag : document["tags"]) tags.insert(tag["name"]);
  const auto of = [&](const char* method, const char* path) { return document["paths"][path][method]; };
  for (const auto& [path, methods] : document["paths"].items())
    for (const auto& [method, operation] : methods.items()) {
      ASSERT_EQ(operation["tags"].size(), 1U) << path;
      EXPECT_TRUE(tags.contains(operation["tags"][0])) << path;
      for (const auto& [status, answer] : operation["responses"].items()) {
        const auto whole = answer.contains("$ref")
                               ? document[json::json_pointer(answer["$ref"].get<std::string>().substr(1))]
                               : answer;
        EXPECT_TRUE(whole["headers"].contains("X-Request-Id")) << method << ' ' << path << ' ' << status;
      }
    }
  for (const auto& [method, path, status] : {std::tuple{"post", "/environments", "201"},
                                             {"post", "/deployments", "202"},
                                             {"delete", "/environments/{id}", "202"}})
    EXPECT_TRUE(of(method, path)["responses"][status]["headers"].contains("Location")) << path;
  EXPECT_TRUE(of("post", "/deployments")["responses"]["202"]["headers"].contains("RateLimit-Remaining"));
  EXPECT_FALSE(of("post", "/environments")["responses"]["201"]["headers"].contains("RateLimit-Remaining"));
  EXPECT_TRUE(of("get", "/services/{id}")["responses"]["200"]["headers"].contains("ETag"));
  EXPECT_TRUE(of("get", "/docs")["responses"].contains("304"));
  EXPECT_TRUE(of("get", "/")["responses"].contains("303"));
  for (const char* status : {"400", "401", "403", "404", "409", "412", "413", "415", "422", "429", "503"})
    EXPECT_TRUE(of("patch", "/services/{id}")["responses"].contains(status)) << status;
  for (const char* status : {"409", "413", "415", "422"})
    EXPECT_FALSE(of("get", "/environments")["responses"].contains(status)) << status;
}

TEST(OpenApi, EveryBodyHasAnExampleThatIsTaken) {
  api_world world;
  const auto document = world.get("/openapi.json")->json();
  const body_schemas schemas(world.settings);
  for (const auto& r : routes()) {
    if (r.body.empty() && !r.relay && r.who != access::telegram) continue;
    std::string path = std::string(r.path);
    for (const auto& [from, to] :
         {std::pair{":id", "{id}"}, {":name", "{name}"}, {":domain", "{domain}"}, {":registry", "{registry}"}})
      if (const auto at = path.find(from); at != std::string::npos) path.replace(at, std::strlen(from), to);
    std::string method(r.method);
    for (auto& c : method) c = static_cast<char>(std::tolower(c));
    for (const auto& [type, content] : document["paths"][path][method]["requestBody"]["content"].items()) {
      ASSERT_TRUE(content.contains("example")) << path << ' ' << type;
      if (type == "application/yaml") {
        EXPECT_TRUE(schemas.check(r.body, {{"compose", content["example"]}}).empty()) << r.body;
      } else if (!r.body.empty()) {
        EXPECT_TRUE(schemas.check(r.body, content["example"]).empty()) << r.body;
      }
    }
  }
}

TEST(OpenApi, SettingsShowInItsSchemas) {
  api_world world;
  world.settings.default_memory_mb = 333;
  world.settings.max_replicas = 7;
  world.restart_front();
  const auto schema = world.get("/openapi.json")->json()["components"]["schemas"]["CreateDeployment"]["properties"];
  EXPECT_EQ(schema["resources"]["properties"]["memoryMb"]["default"], 333);
  EXPECT_EQ(schema["replicas"]["maximum"], 7);
}

TEST(Docs, ThePageNamesEachRouteAndNeedsNoOtherHost) {
  api_world world;
  const auto way = world.get("/docs");
  for (const auto& r : routes())
    EXPECT_NE(way->body().find("id=\"" + std::string(r.operation) + '"'), std::string::npos);
  EXPECT_TRUE(way->header("Content-Security-Policy").starts_with("default-src 'none'"));
  for (const char* bad : {"http://", "https://", "<script", "src="})
    EXPECT_EQ(way->body().find(bad), std::string::npos) << bad;
}
