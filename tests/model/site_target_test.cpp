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
  EXPECT_EQ(choose_targets(asked(), {worker, web}).targets.root, (site_target{"web", 8080}));
}

TEST(SiteTarget, WhereItIsNotClearTheCallerIsAsked) {
  const auto services = choose_targets(asked(), {web, api});
  EXPECT_FALSE(services.targets.root);
  EXPECT_TRUE(services.ambiguous.size());
  const auto ports = choose_targets(asked("api", 0, true), {web, api});
  EXPECT_FALSE(ports.targets.root);
  EXPECT_TRUE(ports.ambiguous.size());
  EXPECT_EQ(choose_targets(asked("api", 9001, true), {web, api}).targets.root, (site_target{"api", 9001}));
}

TEST(SiteTarget, AChoiceIsKeptWhileItsServiceLives) {
  EXPECT_EQ(choose_targets(asked("web"), {web, {"other", {1}}}).targets.root, (site_target{"web", 8080}));
  EXPECT_EQ(choose_targets(asked("web"), {{"other", {1}}}).targets.root, (site_target{"other", 1}));
}

TEST(SiteTarget, ANamedServiceIsWaitedFor) {
  const auto none = choose_targets(asked("web", 0, true), {api});
  EXPECT_FALSE(none.targets.root);
  EXPECT_FALSE(none.ambiguous.size()) << "it may still come";
  EXPECT_FALSE(choose_targets(asked(), {}).ambiguous.size());
  EXPECT_FALSE(choose_targets(asked(), {worker}).targets.root);
}

TEST(SiteTarget, ANamedPortNeedsNoDeclaration) {
  EXPECT_EQ(choose_targets(asked("worker", 81, true), {worker}).targets.root, (site_target{"worker", 81}));
  EXPECT_EQ(choose_targets(asked("", 81), {worker}).targets.root, (site_target{"worker", 81}));
}

TEST(SiteTarget, APortThatWasChosenIsKeptWhileItIsThere) {
  auto s = asked("api", 0, true);
  s.chosen_port = 9001;
  EXPECT_EQ(choose_targets(s, {api}).targets.root, (site_target{"api", 9001}));
  s.chosen_port = 9002;
  EXPECT_EQ(choose_targets(s, {api}).ambiguous, "/port");
  EXPECT_EQ(choose_targets(s, {{"api", {7}}}).targets.root, (site_target{"api", 7})) << "its only one";
}

TEST(SiteTarget, PathsHaveServicesOfTheirOwnWhichDoNotAnswerForTheRest) {
  auto s = asked();
  s.paths = {{"/api", "api", 9001}, {"/w", "worker"}, {"/x", "x"}};
  const auto choice = choose_targets(s, {web, api, worker});
  EXPECT_EQ(choice.targets.root, (site_target{"web", 8080}));
  EXPECT_EQ(choice.targets.paths, (std::vector<std::optional<site_target>>{site_target{"api", 9001}, {}, {}}));
  EXPECT_EQ(choice.why_not, "The service worker has no TCP port; deploy it with one, or name `port`.");
  EXPECT_EQ(choice.ambiguous, "");
  keep_choice(s, choice.targets);
  EXPECT_EQ(s.chosen_port, 8080);
  EXPECT_EQ(s.paths[0].chosen_port, 9001);
  s.settings.redirect_to = "example.org";
  EXPECT_EQ(choose_targets(s, {web, api}).targets, site_targets{});
}

}  // namespace
}  // namespace troupe::model::testing
