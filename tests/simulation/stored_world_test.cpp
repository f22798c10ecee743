#include "tests/support/stored_world.hpp"

#include <gtest/gtest.h>

#include "tests/support/builders.hpp"

namespace troupe::support {
namespace {

using model::consequence;

struct StoredWorld : ::testing::Test {
  stored_world store;
  model::environment e = environment();

  StoredWorld() { EXPECT_TRUE(put(e).ok()); }
  model::outcome<model::done> put(const model::environment& row) {
    return store.save({{actors::save_environment{row}}}, {});
  }
  model::outcome<model::done> put(const model::deployment& row) {
    return store.save({{actors::save_deployment{row, "", {}}}}, {});
  }
};

TEST_F(StoredWorld, TakesTheSameRevisionAgainButNoStaleOne) {
  auto d = deployment();
  EXPECT_TRUE(put(d).ok());
  EXPECT_TRUE(put(d).ok());
  EXPECT_EQ(store.writes(), 2U);
  auto other = d;
  other.spec.replicas = 9;
  EXPECT_EQ(put(other).error().kind, consequence::conflict);
  other.revision = 3;
  EXPECT_EQ(put(other).error().kind, consequence::conflict);
  other.revision = 2;
  EXPECT_TRUE(put(other).ok());
  EXPECT_EQ(put(d).error().kind, consequence::conflict);
  EXPECT_EQ(store.list(actors::list_transitions{d.id, 0}).size(), 2U);
}

TEST_F(StoredWorld, SavesAllOrNothing) {
  auto stale = deployment(2, e);
  stale.revision = 5;
  EXPECT_FALSE(
      store.save({{actors::save_deployment{deployment(1, e), "", {}}, actors::save_deployment{stale, "", {}}}}, {})
          .ok());
  EXPECT_TRUE(store.deployments().empty());
}

TEST_F(StoredWorld, KeepsANameForItsOwnerUntilTheEnvironmentIsDeleted) {
  EXPECT_EQ(put(environment(2, e.name)).error().kind, consequence::conflict);
  auto foreign = environment(3, e.name);
  foreign.owner = id<model::user_id>(2);
  EXPECT_TRUE(put(foreign).ok());
  e.status = model::environment_status::deleted;
  e.revision = 2;
  EXPECT_TRUE(put(e).ok());
  EXPECT_TRUE(put(environment(2, e.name)).ok());
}

TEST_F(StoredWorld, LeasesAHostPortToOneEnvironment) {
  auto web = deployment(1, e, spec("web"));
  web.spec.ports = {host_port(80, 20080)};
  auto next_web = deployment(2, e, web.spec);
  const auto other = environment(2, "other");
  EXPECT_TRUE(put(other).ok());
  auto api = deployment(3, other, web.spec);
  EXPECT_TRUE(put(web).ok());
  EXPECT_TRUE(put(next_web).ok());
  const auto refused = put(api);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().violations.front().pointer, "/ports/0/host");
  for (auto* d : {&web, &next_web}) {
    d->revision = 2;
    d->status = model::deployment_status::removed;
    EXPECT_TRUE(put(*d).ok());
  }
  EXPECT_TRUE(put(api).ok());
}

TEST_F(StoredWorld, LoadsWhatLives) {
  auto over = deployment(1, e);
  EXPECT_TRUE(put(over).ok());
  over.revision = 2;
  over.status = model::deployment_status::failed;
  EXPECT_TRUE(put(over).ok());
  EXPECT_TRUE(put(deployment(2, e)).ok());
  const auto rows = store.load_living();
  EXPECT_EQ(rows.environments.size(), 1U);
  ASSERT_EQ(rows.deployments.size(), 1U);
  EXPECT_EQ(rows.deployments.front().id, id<model::deployment_id>(2));
}

TEST_F(StoredWorld, FindsThePredecessorThatHasRun) {
  auto first = deployment(1, e), second = deployment(2, e);
  EXPECT_TRUE(put(first).ok());
  EXPECT_TRUE(put(second).ok());
  EXPECT_FALSE(store.find(actors::find_predecessor{e.id, "web", 2}).ok());
  first.revision = 2;
  first.running_since = model::timestamp{};
  EXPECT_TRUE(put(first).ok());
  EXPECT_EQ(store.find(actors::find_predecessor{e.id, "web", 2}).value().row.id, first.id);
}

TEST_F(StoredWorld, GivesTheFirstClaimOfAnIdempotencyKeyAgain) {
  const auto owner = id<model::user_id>(1);
  EXPECT_TRUE(store.claim({owner, "k", "f", "dep_1"}).fresh);
  const auto again = store.claim({owner, "k", "g", "dep_2"});
  EXPECT_FALSE(again.fresh);
  EXPECT_EQ(again.planned, "dep_1");
  EXPECT_EQ(again.fingerprint, "f");
}

}  // namespace
}  // namespace troupe::support
