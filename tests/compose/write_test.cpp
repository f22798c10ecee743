// Applications as Compose files, and back.
#include "http/compose/write.hpp"

#include <gmock/gmock.h>

#include "http/compose/emit.hpp"
#include "tests/compose/compose_file.hpp"
#include "tests/compose/random_bodies.hpp"

using namespace troupe::test;
using namespace troupe::http::compose;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

namespace {

// As read() leaves a body: each volume has a name, and each check a test.
void settle(json& body) {
  int n = 0;
  if (body.contains("volumes"))
    for (auto& volume : body["volumes"])
      if (!volume.contains("name") && !volume.value("ephemeral", false)) volume["name"] = "v" + std::to_string(++n);
  if (!body.contains("healthCheck")) return;
  auto& check = body["healthCheck"];
  if (!check.contains("command") && !check.contains("http")) check["command"] = {"/check"};
}

application random_application(random_bodies& bodies) {
  application app;
  app.name = bodies.below(2) == 0 ? "" : "shop $1";
  const auto count = bodies.below(4) + 1;
  for (unsigned i = 0; i < count; ++i) {
    auto& one = app.services.emplace_back();
    one.name = "s" + std::to_string(i);
    one.body = bodies.next();
    one.body["name"] = one.name;
    settle(one.body);
    const auto kind = bodies.below(6);
    if (kind < 2) one.body["kind"] = kind == 0 ? "job" : "service";
    if (kind == 0) one.body["backoffLimit"] = bodies.below(3);
    for (unsigned j = 0; j < i; ++j) {
      if (bodies.below(3) != 0) continue;
      const auto until = static_cast<condition>(bodies.below(3));
      one.after.push_back({app.services[j].name, until, bodies.below(4) != 0});
      if (until == condition::completed) app.services[j].body["kind"] = "job";
    }
  }
  return app;
}

// An image and its tag are one in Compose.
void join_tag(json& body) {
  const auto image = body.value("image", "");
  const auto slash = image.rfind('/');
  if (!body.contains("tag") || image.find_first_of(":@", slash == std::string::npos ? 0 : slash) != std::string::npos)
    return;
  body["image"] = image + ':' + body.value("tag", "");
  body.erase("tag");
}

}  // namespace

TEST(ComposeWrite, IsReadBackAsTheSame) {
  random_bodies bodies(7);
  for (int i = 0; i < 1500; ++i) {
    auto app = random_application(bodies);
    const auto text = write(app);
    const auto back = outcome_of(text);
    ASSERT_EQ(told(back.wrong), "") << text;
    EXPECT_EQ(back.app.name, app.name);
    ASSERT_EQ(back.app.services.size(), app.services.size()) << text;
    for (std::size_t s = 0; s < app.services.size(); ++s) {
      join_tag(app.services[s].body);
      EXPECT_EQ(back.app.services[s].name, app.services[s].name);
      ASSERT_EQ(back.app.services[s].body, app.services[s].body) << text;
      EXPECT_EQ(back.app.services[s].after, app.services[s].after) << text;
    }
  }
}

TEST(ComposeWrite, SaysAllInComposesWordsThatItHas) {
  application app;
  app.name = "shop";
  app.services.push_back(
      {"web",
       json::parse(
           R"({"name": "web", "image": "nginx", "tag": "1.27", "replicas": 2, "command": ["/run.sh"], "args": ["-x", "a b"],
         "envVars": {"PRICE": "5$", "VERSION": "1.10"},
         "ports": [{"container": 80, "host": 8080, "mode": "ingress"}, {"container": 9000}],
         "volumes": [{"name": "data", "mountPath": "/data", "shared": true}, {"name": "conf", "mountPath": "/conf", "readOnly": true}],
         "healthCheck": {"command": ["/bin/sh", "-c", "test -f /up"], "intervalSeconds": 5},
         "resources": {"cpus": 0.5, "memoryMb": 256}, "security": {"user": "1000:1000", "preset": "drops-root"}})"),
       {{"init", condition::completed}, {"db", condition::healthy, false}},
       {}});
  app.services.push_back(
      {"init", json::parse(R"({"name": "init", "image": "a/b", "kind": "job", "backoffLimit": 3})"), {}, {}});
  app.services.push_back(
      {"db",
       json::parse(R"({"name": "db", "image": "mariadb@sha256:00", "healthCheck": {"http": {"port": 80}}})"),
       {},
       {}});
  EXPECT_EQ(write(app), R"(name: shop
services:
  web:
    image: nginx:1.27
    entrypoint:
      - /run.sh
    command:
      - "-x"
      - "a b"
    user: "1000:1000"
    environment:
      PRICE: "5$$"
      VERSION: "1.10"
    depends_on:
      init:
        condition: service_completed_successfully
      db:
        condition: service_healthy
        required: false
    ports:
      - target: 80
        published: "8080"
        mode: ingress
    expose:
      - "9000"
    volumes:
      - type: volume
        source: data
        target: /data
      - type: volume
        source: conf
        target: /conf
        read_only: true
    healthcheck:
      test:
        - CMD-SHELL
        - "test -f /up"
      interval: "5s"
    deploy:
      replicas: 2
      resources:
        limits:
          cpus: "0.5"
          memory: "256m"
    x-troupe:
      security:
        preset: drops-root
      volumes:
        - name: data
          shared: true
  init:
    image: a/b
    restart: on-failure:3
  db:
    image: mariadb@sha256:00
    x-troupe:
      healthCheck:
        http:
          port: 80
volumes:
  conf: {}
  data: {}
)");
}

TEST(ComposeWrite, LeavesOutWhatIsOnlyShown) {
  application app;
  app.services.push_back({"web",
                          json::parse(R"({"name": "web", "image": "a", "ports": [{"container": 80, "bound": true}],
                            "security": {"effective": {"preset": "restricted"}}})"),
                          {},
                          {}});
  EXPECT_EQ(write(app), "services:\n  web:\n    image: a\n    expose:\n      - \"80\"\n");
}

TEST(ComposeWrite, QuotesWhatOthersTakeForSomethingElse) {
  for (const auto* text :
       {"yes", "No", "null", "y", "1.10", "0x1", "1:30", "~", "", " a", "a ", "a: b", "a #b", "-", "<<", "a:"}) {
    EXPECT_THAT(emit({{"k", text}}), HasSubstr("\"")) << text;
    EXPECT_THAT(emit({{text, 1}}), HasSubstr("\"")) << text;
  }
  for (const auto* text : {"nginx:1.27", "/a/b", "service_healthy", "a-b.c=d"})
    EXPECT_THAT(emit({{"k", text}}), Not(HasSubstr("\""))) << text;
}
