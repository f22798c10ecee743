#include "docker/image_limits.hpp"

#include <gtest/gtest.h>

#include "tests/docker/declared_image.hpp"

namespace troupe::docker::tests {
namespace {

using model::failure_code;

TEST(ImageLimits, WhatDeclaresTooMuchIsRefusedWithTheFigure) {
  EXPECT_FALSE(find_image_fault(declared("{}")));
  json many = json::object();
  for (std::size_t i = 0; i <= most_declared_volumes; ++i) many["/v" + std::to_string(i)] = json::object();
  const struct {
    std::string config, word;
  } cases[] = {
      {json{{"Volumes", many}}.dump(), "33 volumes"},
      {json{{"Labels", {{"a", std::string(most_label_bytes, 'x')}}}}.dump(), "bytes of labels"},
      {json{{"Env", {"A=" + std::string(most_environment_bytes, 'x')}}}.dump(), "environment"},
      {json{{"Cmd", {std::string(most_command_bytes, 'x')}}}.dump(), "commands"},
      {json{{"Healthcheck", {{"Test", {"CMD", std::string(most_command_bytes, 'x')}}}}}.dump(), "commands"},
  };
  for (const auto& c : cases) {
    const auto fault = find_image_fault(declared(c.config));
    ASSERT_TRUE(fault) << c.word;
    EXPECT_EQ(fault->code, failure_code::image_invalid);
    EXPECT_NE(fault->message.find(c.word), std::string::npos) << fault->message;
  }
}

TEST(ImageLimits, LabelsThatTroupeAndSwarmKnowTheirOwnByAreRefused) {
  for (const auto* name : {"com.troupe.environment", "com.troupe.anything", "com.docker.swarm.task.name"}) {
    const auto fault = find_image_fault(declared(json{{"Labels", {{"maintainer", "me"}, {name, "x"}}}}.dump()));
    ASSERT_TRUE(fault) << name;
    EXPECT_NE(fault->message.find(name), std::string::npos) << fault->message;
  }
  EXPECT_FALSE(find_image_fault(declared(R"({"Labels":{"com.docker.compose.project":"x","com.troupes":"y"}})")));
}

}  // namespace
}  // namespace troupe::docker::tests
