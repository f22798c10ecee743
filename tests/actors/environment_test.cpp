// What an environment's actor keeps of its releases: by the piece, so that a change costs what its release has.
#include <ctime>

#include "actors/environment/children.hpp"
#include "actors/environment/contents.hpp"
#include "tests/actors/house_under_test.hpp"

namespace troupe::actors {
namespace {

using environment::children;
using environment::contents;
using model::deployment_status;

TEST(Children, AreFoundByServiceAndCountedAsTheyChange) {
  children all;
  for (int n = 1; n <= 3; ++n) {
    auto& c = all.add(support::id<deployment_id>(n), n < 3 ? "web" : "db");
    c.brief.status = deployment_status::pending;
    all.note(c);
  }
  EXPECT_EQ(all.of("web"), (children::ids{support::id<deployment_id>(1), support::id<deployment_id>(2)}));
  EXPECT_TRUE(all.of("none").empty());
  EXPECT_EQ(all.pending(), 3U);
  auto& second = all.at(support::id<deployment_id>(2));
  second.brief.status = deployment_status::running;
  all.note(second);
  EXPECT_EQ(all.pending(), 2U);
  EXPECT_EQ(&all.add(support::id<deployment_id>(2), "web"), &second) << "the same once more";
  all.erase(support::id<deployment_id>(3));
  EXPECT_EQ(all.pending(), 1U);
  EXPECT_EQ(all.by_service().size(), 1U);
  EXPECT_FALSE(all.contains(support::id<deployment_id>(3)));
  EXPECT_FALSE(all.await_docker()) << "none of them was told to act";
}

deployment_view_ptr with_volumes(int n, std::vector<std::string> names) {
  auto view = std::make_shared<deployment_view>();
  view->row.id = support::id<deployment_id>(n);
  view->row.spec = support::spec();
  for (auto& name : names) view->row.spec.volumes.push_back({std::move(name), "/data"});
  return view;
}

model::release_brief brief_of(const deployment_view_ptr& view, deployment_status status) {
  return {view->row.id, 1, view->row.spec.service, status};
}

TEST(Contents, AVolumeIsShownAsLongAsAReleaseMountsIt) {
  contents shown;
  const auto show = [&](int n, std::vector<std::string> names) {
    const auto view = with_volumes(n, std::move(names));
    shown.show(brief_of(view, deployment_status::running), view);
  };
  const auto volumes = [&] {
    environment_view out;
    shown.fill(out);
    return out.volumes;
  };
  show(1, {"a", "b"});
  show(2, {"b"});
  EXPECT_EQ(volumes(), (std::vector<std::string>{"a", "b"}));
  show(1, {"a", "c"});
  EXPECT_EQ(volumes(), (std::vector<std::string>{"a", "b", "c"}));
  shown.drop(support::id<deployment_id>(2));
  EXPECT_EQ(volumes(), (std::vector<std::string>{"a", "c"}));
  shown.drop(support::id<deployment_id>(2));
  EXPECT_EQ(volumes().size(), 2U);
}

TEST(Contents, WhatIsNotOnTheBoardStaysAsItWasShown) {
  contents shown;
  const auto view = with_volumes(1, {"data"});
  shown.show(brief_of(view, deployment_status::running), view);
  shown.show(brief_of(view, deployment_status::removing), nullptr);
  environment_view out;
  shown.fill(out);
  ASSERT_EQ(out.deployments.size(), 1U);
  EXPECT_EQ(out.deployments.front().status, deployment_status::removing);
  EXPECT_EQ(out.deployments.front().image, view->row.spec.image.text());
  EXPECT_EQ(out.volumes, std::vector<std::string>{"data"});
}

struct large_environment : house_under_test {
  const environment_id id = support::id<environment_id>(1);
  int made = 0;

  large_environment() { ask<environment_view_ptr>(create_environment{owner, id, "staging"}); }
  void add_services(int count) {
    for (const int end = made + count; made < end;) {
      ++made;
      release(made, 1, support::spec("s" + std::to_string(made)));
    }
  }
};

TEST(ALargeEnvironment, IsShownWholeAMomentAfterAChange) {
  large_environment house;
  house.add_services(130);
  house.run_for(120s);
  const auto view = house.process->board().find(house.id);
  ASSERT_EQ(view->deployments.size(), 130U);
  for (const auto& one : view->deployments) EXPECT_EQ(one.status, deployment_status::running) << one.service;
}

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// Processor time of ten more releases, until they run. The quietest of a few tries: other programs disturb it, too.
double cost_of_ten_among(int services) {
  large_environment house;
  house.add_services(services);
  house.run_for(60s);
  double least = 1e9;
  for (int round = 0; round < 3; ++round) {
    const auto began = processor_seconds();
    house.add_services(10);
    house.run_for(10s);
    least = std::min(least, processor_seconds() - began);
  }
  return least;
}

// Where each change looks at all releases it is more than ten times.
TEST(ALargeEnvironment, AReleaseCostsAboutAsMuchAsInASmallOne) {
  EXPECT_LT(cost_of_ten_among(600), 4 * cost_of_ten_among(5));
}

}  // namespace
}  // namespace troupe::actors
