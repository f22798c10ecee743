#include "actors/model/site_target.hpp"

#include <gtest/gtest.h>

namespace troupe::model::testing {
namespace {

site asked(std::string service = "", std::uint16_t port = 0, bool pinned = false) {
  site s;
  s.service = std::move(service);
  s.port = port;
  s.pinned = pinned;
  return s;
}

const candidate_service web{"web", {8080}}, api{"api", {9000, 9001}}, worker{"worker", {}};

TEST(SiteTarget, TheOnlyServiceWithAPortAnswers) {
  EXPECT_EQ(choose_target(asked(), {worker, web}).target, (site_target{"web", 8080}));
}

TEST(SiteTarget, WhereItIsNotClearTheCallerIsAsked) {
  const auto services = choose_target(asked(), {web, api});
  EXPECT_FALSE(services.target);
  EXPECT_TRUE(services.ambiguous);
  const auto ports = choose_target(asked("api", 0, true), {web, api});
  EXPECT_FALSE(ports.target);
  EXPECT_TRUE(ports.ambiguous);
  EXPECT_EQ(choose_target(asked("api", 9001, true), {web, api}).target, (site_target{"api", 9001}));
}

TEST(SiteTarget, AChoiceIsKeptWhileItsServiceLives) {
  EXPECT_EQ(choose_target(asked("web"), {web, {"other", {1}}}).target, (site_target{"web", 8080}));
  EXPECT_EQ(choose_target(asked("web"), {{"other", {1}}}).target, (site_target{"other", 1}));
}

TEST(SiteTarget, ANamedServiceIsWaitedFor) {
  const auto none = choose_target(asked("web", 0, true), {api});
  EXPECT_FALSE(none.target);
  EXPECT_FALSE(none.ambiguous) << "it may still come";
  EXPECT_FALSE(choose_target(asked(), {}).ambiguous);
  EXPECT_FALSE(choose_target(asked(), {worker}).target);
}

TEST(SiteTarget, ANamedPortNeedsNoDeclaration) {
  EXPECT_EQ(choose_target(asked("worker", 81, true), {worker}).target, (site_target{"worker", 81}));
  EXPECT_EQ(choose_target(asked("", 81), {worker}).target, (site_target{"worker", 81}));
}

}  // namespace
}  // namespace troupe::model::testing
