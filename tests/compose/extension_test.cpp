// `extends` within one file.
#include <gmock/gmock.h>

#include "tests/compose/compose_file.hpp"

using namespace troupe::test;
using nlohmann::json;
using testing::HasSubstr;

namespace {

json body_of(const std::string& own, const std::string& base) {
  return read_well("services:\n  base: {image: a, " + base + "}\n  web: {extends: base, " + own + "}\n")
      .services.at(1)
      .body;
}

std::string wrong_with(const std::string& text) {
  return told(outcome_of(text).wrong);
}

}  // namespace

TEST(ComposeExtends, MergesAsComposeDoes) {
  EXPECT_EQ(body_of("image: b", "init: true"), json({{"name", "web"}, {"image", "b"}, {"init", true}}));
  EXPECT_EQ(body_of("command: c d", "command: [a, b]")["args"], json({"c", "d"}));
  EXPECT_EQ(body_of("environment: [B=3, C=4]", "environment: {A: 1, B: 2}")["envVars"],
            json({{"A", "1"}, {"B", "3"}, {"C", "4"}}));
  EXPECT_EQ(
      body_of("volumes: [\"y:/a\", \"z:/c\"]", "volumes: [\"x:/a:ro\", \"x2:/b\"]")["volumes"],
      json::parse(
          R"([{"name": "x2", "mountPath": "/b"}, {"name": "y", "mountPath": "/a"}, {"name": "z", "mountPath": "/c"}])"));
  EXPECT_EQ(body_of("ports: [\"1:2\"]", "ports: [\"1:2\", \"3:4\"]")["ports"].size(), 2u);
  EXPECT_EQ(body_of("healthcheck: {test: [CMD, b]}", "healthcheck: {test: [CMD, a], retries: 5}")["healthCheck"],
            json({{"command", {"b"}}, {"retries", 5}}));
  EXPECT_EQ(
      body_of("deploy: {replicas: 2}", "deploy: {replicas: 1, resources: {limits: {pids: 5}}}")["resources"]["pids"],
      5);
}

TEST(ComposeExtends, GoesOverSeveralSteps) {
  const auto app =
      read_well("services:\n  c: {extends: {service: b}, tty: true}\n  b: {extends: a, init: true}\n  a: {image: x}\n");
  EXPECT_EQ(app.services[0].body, json({{"name", "c"}, {"image", "x"}, {"init", true}, {"tty", true}}));
}

TEST(ComposeExtends, TellsWhatCannotBe) {
  EXPECT_THAT(wrong_with("services: {a: {image: x, extends: b}}"),
              HasSubstr("services.a.extends extends b, which is no service of this file"));
  EXPECT_THAT(wrong_with("services: {a: {extends: b}, b: {extends: a}}"), HasSubstr("extends itself, by way of"));
  EXPECT_THAT(wrong_with("services: {a: {extends: a}}"), HasSubstr("extends itself"));
  EXPECT_THAT(wrong_with("services: {a: {extends: {file: b.yml, service: c}}}"),
              HasSubstr("services.a.extends.file is refused"));
  EXPECT_THAT(wrong_with("services: {a: {extends: {}}}"), HasSubstr("names no service"));
  std::string many = "services:\n  base:\n    image: x\n    environment:\n";
  for (int i = 0; i < 1000; ++i) many += "      A" + std::to_string(i) + ": b\n";
  for (int i = 0; i < 20; ++i) many += "  s" + std::to_string(i) + ": {extends: base}\n";
  EXPECT_THAT(wrong_with(many), HasSubstr("what it extends followed"));
}
