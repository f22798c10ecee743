// What a key that is limited to some environments meets, over every route of the table; and magic links at the front.
#include <gtest/gtest.h>

#include "http/api/routes.hpp"
#include "tests/http_api/api_world.hpp"

using namespace troupe;
using namespace troupe::http::api;
using namespace troupe::http::api::test;
using nlohmann::json;
using troupe::http::header_list;

namespace {

struct LimitedKey : ::testing::TestWithParam<std::size_t> {
  api_world world;
  const route& r = routes()[GetParam()];
  model::environment inside = world.add_environment(world.alice, "inside"),
                     outside = world.add_environment(world.alice, "outside");
  model::deployment in = world.add_deployment(inside, model::deployment_status::running),
                    out = world.add_deployment(outside, model::deployment_status::running);
  std::string applied_in = world.add_operation(inside.id.text, world.alice),
              applied_out = world.add_operation(outside.id.text, world.alice);

  void SetUp() override {
    const auto text = world.add_key("limited", world.alice, model::scope_set::user());
    auto& who = world.shared->valid.at(text);
    who.environments = {inside.id};
    world.shared->keys->remember(text, who, std::nullopt, secrets::steady_time{});
  }
  recorded_ptr call(const model::environment& e, const model::deployment& d) {
    std::string path(r.path);
    const auto replace = [&](const std::string& name, const std::string& value) {
      if (const auto at = path.find(name); at != std::string::npos) path.replace(at, name.size(), value);
    };
    replace(":jobId", d.job.text);
    replace(":envId", e.id.text);
    replace(":name", "old");
    replace(":domain", "shop.example.org");
    replace(":registry", "ghcr.io");
    if (r.operation == "deleteDomain") world.add_site(e.id.text, "shop.example.org");
    world.shared->volumes = {{"old"}};
    replace(":id", path.starts_with("/environments") ? e.id.text
                   : path.starts_with("/services")   ? e.id.text + '.' + d.spec.service
                   : path.starts_with("/operations") ? (e.id == inside.id ? applied_in : applied_out)
                                                     : d.id.text);
    std::string body;
    if (r.body == "create_deployment") body = minimal_deployment(e.id.text).dump();
    if (r.body == "create_environment") body = R"({"name":"fresh"})";
    if (r.body == "publish_environment") body = R"({"domain":"shop.example.org"})";
    if (r.body == "put_domain") body = "{}";
    if (r.body == "update_service") body = R"({"tag":"2"})";
    if (r.body == "scale_deployment") body = R"({"replicas":2})";
    if (r.body == "put_application") body = R"({"compose":"services: {web: {image: nginx}}"})";
    if (r.body == "put_registry") body = R"({"username":"alice","password":"s3cret"})";
    return world.call({.method = std::string(r.method),
                       .path = path,
                       .query = r.operation == "deleteVolume" ? "confirm=old" : "",
                       .body = body,
                       .headers = {{"x-request-id", "same"}},
                       .key = "limited"});
  }
};

}  // namespace

TEST_P(LimitedKey, FindsNothingOutsideItsEnvironments) {
  if (r.who != access::scope) return;
  for (const bool remembered : {true, false}) {
    if (!remembered) world.shared->keys->clear();
    if (r.plans == planning::environment) {
      EXPECT_EQ(call(inside, in)->got.status, 403);
      continue;
    }
    if (r.path.starts_with("/registries")) {  // of the account: to be seen, and not to be changed
      EXPECT_EQ(call(inside, in)->got.status, r.method == "GET" ? 200 : 403);
      continue;
    }
    if (r.path == "/deployments" && r.method == "GET") {
      const auto list = call(inside, in)->json()["deployments"];
      ASSERT_EQ(list.size(), 1U);
      EXPECT_EQ(list[0]["id"], in.id.text);
      continue;
    }
    if (r.path == "/environments") {
      const auto list = call(inside, in)->json()["environments"];
      ASSERT_EQ(list.size(), 1U);
      EXPECT_EQ(list[0]["id"], inside.id.text);
      continue;
    }
    const auto before = world.shared->stored.writes() + static_cast<std::uint64_t>(world.shared->commands);
    const auto hidden = call(outside, out);
    EXPECT_EQ(hidden->got.status, 404) << r.operation;
    EXPECT_EQ(hidden->json()["detail"], "There is no such object.");
    EXPECT_EQ(world.shared->stored.writes() + static_cast<std::uint64_t>(world.shared->commands), before);
    EXPECT_EQ(call(inside, in)->got.status, r.status) << r.operation;
  }
}

INSTANTIATE_TEST_SUITE_P(All, LimitedKey, ::testing::Range<std::size_t>(0, routes().size()),
                         [](const auto& which) { return std::string(routes()[which.param].operation); });

TEST(MagicLinkRoute, IsSpentByGetOnlyWhereJsonIsAskedForByName) {
  api_world world;
  const auto get = [&](header_list headers, std::string method = "GET") {
    return world.call({.method = std::move(method),
                       .path = "/auth/verify",
                       .query = "token=good",
                       .headers = std::move(headers),
                       .key = ""});
  };
  world.shared->links["good"].text = "rw_prod_SHOWN";
  for (const header_list& headers :
       std::vector<header_list>{{},
                                {{"accept", "*/*"}},
                                {{"accept", "application/*"}},
                                {{"accept", "application/json;q=0"}},
                                {{"accept", "text/html,application/json;q=0.9"}},
                                {{"accept", "application/json"}, {"sec-purpose", "prefetch"}},
                                {{"accept", "application/json"}, {"purpose", "preview"}},
                                {{"accept", "application/json"}, {"x-moz", "prefetch"}}}) {
    const auto page = get(headers);
    EXPECT_EQ(page->got.status, 200);
    EXPECT_EQ(page->body().find("SHOWN"), std::string::npos);
    EXPECT_NE(page->body().find("<form method=\"post\""), std::string::npos);
  }
  get({{"accept", "application/json"}}, "HEAD");
  EXPECT_TRUE(world.shared->redeemers.empty());
  const auto spent = get({{"accept", "application/json"}, {"x-real-ip", "203.0.113.9"}});
  EXPECT_EQ(spent->json()["apiKey"], "rw_prod_SHOWN");
  EXPECT_EQ(world.shared->redeemers, std::vector<std::string>{"203.0.113.9"});
  EXPECT_EQ(get({{"accept", "application/json"}})->got.status, 404);
}

TEST(MagicLinkRoute, ThePagesFormGetsAPage) {
  api_world world;
  auto& made = world.shared->links["good"];
  made.text = "rw_prod_SHOWN";
  made.row.name = "<b>mine</b>";
  const auto post = [&](std::string body, std::string accept) {
    return world.call(
        {.method = "POST",
         .path = "/auth/verify",
         .body = std::move(body),
         .headers = {{"content-type", "application/x-www-form-urlencoded"}, {"accept", std::move(accept)}},
         .key = ""});
  };
  const auto page = post("token=good", "text/html,*/*;q=0.8");
  EXPECT_EQ(page->got.status, 200);
  EXPECT_NE(page->body().find("rw_prod_SHOWN"), std::string::npos);
  EXPECT_EQ(page->body().find("<b>mine"), std::string::npos) << "a name is text";
  EXPECT_TRUE(page->header("Content-Security-Policy").starts_with("default-src 'none'"));
  const auto again = post("token=good", "text/html");
  EXPECT_EQ(again->got.status, 404);
  EXPECT_EQ(again->body().find("SHOWN"), std::string::npos);
  EXPECT_EQ(post("nonsense=1", "text/html")->got.status, 400);
  EXPECT_EQ(world.call({.method = "GET", .path = "/auth/verify", .query = "token=%22%3E%3Cscript%3E", .key = ""})
                ->body()
                .find("<script>"),
            std::string::npos);
}
