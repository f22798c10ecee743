// Who waits for whom, who runs, and what runs to its end.
#include <gmock/gmock.h>

#include "tests/compose/compose_file.hpp"

using namespace troupe::test;
using namespace troupe::http::compose;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

std::string wrong_with(const std::string& text, const std::set<std::string>& profiles = {}) {
  return told(outcome_of(text, {}, profiles).wrong);
}

const std::string with_job =
    "services:\n  web:\n    image: a\n    depends_on:\n      init: {condition: service_completed_successfully}\n  "
    "init:\n    image: b\n";

}  // namespace

TEST(ComposeDependencies, AreListsOrMaps) {
  const auto app = read_well(
      "services:\n  one: {image: a, depends_on: [two, three]}\n"
      "  two:\n    image: a\n    depends_on:\n      three: {condition: service_healthy, required: false}\n      four:\n"
      "  three: {image: a}\n  four: {image: a}\n");
  EXPECT_THAT(app.services[0].after, ElementsAre(dependency{"two"}, dependency{"three"}));
  EXPECT_THAT(app.services[1].after, ElementsAre(dependency{"three", condition::healthy, false}, dependency{"four"}));
}

TEST(ComposeDependencies, FollowTheNameThatAServiceHasHere) {
  const auto app = read_well("services: {my_web: {image: a, depends_on: [My.Db]}, My.Db: {image: b}}");
  EXPECT_EQ(app.services[0].name, "my-web");
  EXPECT_THAT(app.services[0].after, ElementsAre(dependency{"my-db"}));
  EXPECT_THAT(told(app.ignored), HasSubstr("services.my_web is called my-web here: a name has only a-z, 0-9 and -; "
                                           "write that where others reach it by its name"));
}

TEST(ComposeDependencies, ThatCannotBeAreToldWithTheWayRound) {
  EXPECT_THAT(wrong_with("services: {a: {image: x, depends_on: [b]}}"),
              HasSubstr("1:39 services.a.depends_on[0] waits for b, which is no service of this file"));
  EXPECT_THAT(wrong_with("services: {a: {image: x, depends_on: [a]}}"), HasSubstr("waits for itself"));
  EXPECT_THAT(wrong_with("services:\n  a: {image: x, depends_on: [b]}\n  b: {image: x, depends_on: [c]}\n  c: {image: "
                         "x, depends_on: [b]}\n"),
              HasSubstr("4:30 services.c.depends_on[0] closes a circle in which nothing can start: b -> c -> b"));
  EXPECT_THAT(wrong_with("services: {a: {image: x, depends_on: {b: {condition: ready}}}, b: {image: x}}"),
              HasSubstr("services.a.depends_on.b.condition must be service_started, service_healthy or"));
  EXPECT_THAT(wrong_with("services: {a_b: {image: x}, a-b: {image: x}}"),
              HasSubstr("becomes a-b here, as \"a_b\" does: rename one"));
}

TEST(ComposeProfiles, SayWhoRuns) {
  const std::string text =
      "services:\n  web: {image: a}\n  debug: {image: b, profiles: [dev, test], pid: no matter}\n  more: {image: c, "
      "profiles: [\"${P:-dev}\"]}\n";
  EXPECT_EQ(read_well(text).services.size(), 1u);
  EXPECT_EQ(outcome_of(text, {}, {"dev"}).wrong.size(), 1u);  // now what it says counts
  EXPECT_EQ(read_well(text, {{"P", "x"}}, {"x"}).services.size(), 2u);
  EXPECT_THAT(wrong_with("services: {a: {image: x, profiles: [p]}}"), HasSubstr("has no service that runs"));
}

TEST(ComposeProfiles, LeaveNobodyWaiting) {
  const std::string text =
      "services:\n  a:\n    image: x\n    depends_on:\n      b: {condition: service_started, required: REQUIRED}\n  b: "
      "{image: y, profiles: [p]}\n";
  const auto with = [&](const std::string& required) {
    auto out = text;
    return out.replace(out.find("REQUIRED"), 8, required);
  };
  EXPECT_THAT(wrong_with(with("true")), HasSubstr("waits for b, which does not run: name one of its profiles"));
  EXPECT_EQ(wrong_with(with("true"), {"p"}), "");
  const auto app = read_well(with("false"));
  EXPECT_TRUE(app.services.at(0).after.empty());
  EXPECT_THAT(told(app.ignored), HasSubstr("b does not run"));
}

TEST(ComposeJobs, AreWhatOthersAwaitTheEndOf) {
  const auto app = read_well(with_job + "    restart: on-failure:3\n    expose: [80]\n    deploy: {replicas: 1}\n");
  EXPECT_EQ(app.services[1].body, json({{"name", "init"}, {"image", "b"}, {"kind", "job"}, {"backoffLimit", 3}}));
  EXPECT_EQ(place_of(app.services[1], "/kind").line, 5u);
  EXPECT_EQ(app.services[0].body.count("kind"), 0u);
  EXPECT_EQ(read_well(with_job + "    ports: []\n").services[1].body.count("ports"), 0u);
  EXPECT_EQ(read_well(with_job + "    restart: no\n").services[1].body["backoffLimit"], 0);
  EXPECT_EQ(read_well(with_job + "    deploy: {restart_policy: {condition: on-failure, max_attempts: 2}}\n")
                .services[1]
                .body["backoffLimit"],
            2);
  EXPECT_EQ(read_well("services: {a: {image: x, restart: on-failure:2, x-troupe: {kind: job, deadlineSeconds: 60}}}")
                .services[0]
                .body,
            json({{"name", "a"}, {"image", "x"}, {"kind", "job"}, {"backoffLimit", 2}, {"deadlineSeconds", 60}}));
}

TEST(ComposeJobs, HaveNeitherPortsNorReplicasNorARestartWithoutEnd) {
  const std::pair<const char*, const char*> cases[] = {
      {"    restart: always\n", "services.init.restart is refused for a service that runs to its end"},
      {"    restart: unless-stopped\n", "services.init.restart is refused"},
      {"    ports: [\"1:2\"]\n", "services.init.ports is refused: a service that runs to its end has no ports"},
      {"    scale: 2\n", "services.init.scale must be 1"},
      {"    deploy: {restart_policy: {condition: any}}\n", "services.init.deploy.restart_policy.condition is refused"},
      {"    x-troupe: {kind: service}\n", "services.init.x-troupe.kind must be job"},
  };
  for (const auto& [line, holds] : cases) EXPECT_THAT(wrong_with(with_job + line), HasSubstr(holds)) << line;
}
