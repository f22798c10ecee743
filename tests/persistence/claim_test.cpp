#include "tests/persistence/database_fixture.hpp"

namespace troupe::persistence::testing {
namespace {

struct Claim : DatabaseTest {
  // What another engine does that got the lock while ours was away.
  void take_over() { place->value("UPDATE engine_lease SET epoch = epoch + 1 RETURNING 1"); }
  bool eventually(const std::function<bool()>& condition) {
    for (const auto deadline = std::chrono::steady_clock::now() + 10s; std::chrono::steady_clock::now() < deadline;) {
      if (condition()) return true;
      std::this_thread::sleep_for(10ms);
    }
    return false;
  }
};

TEST_F(Claim, ASecondEngineIsRefused) {
  const auto second = claim_house(place->url());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, consequence::conflict);
  EXPECT_EQ(second.error().detail, "another troupe serves this database");
  stop();
  const auto third = claim_house(place->url());
  ASSERT_TRUE(third) << third.error().detail;
  EXPECT_EQ(third.value()->epoch(), 2U);
}

TEST_F(Claim, ASecondEngineIsRefusedHoweverShortItsDeadlineIs) {
  const auto second = claim_house(place->url(), 1s);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, consequence::conflict) << "unavailable would be waited for, for ever";
}

TEST_F(Claim, AFencedWriterStopsForGoodAndSaysSoOnce) {
  const auto env = saved_environment(make_user());
  take_over();
  for (int i = 1; i <= 3; ++i) {
    const auto saved = ask(one(deployment(env, i)));
    ASSERT_FALSE(saved);
    EXPECT_EQ(saved.error().kind, consequence::unavailable);
  }
  EXPECT_EQ(ask(actors::ensure_user{"late", {id("usr", 9)}}).error().kind, consequence::unavailable);
  EXPECT_EQ(fenced_calls, 1);
  EXPECT_EQ(ask(actors::describe{}).state, "fenced");
  EXPECT_TRUE(ask(actors::load_environment{env.id})) << "reading goes on";
  EXPECT_EQ(place->value("SELECT count(*) FROM deployments"), "0");
}

TEST_F(Claim, AnIdleEngineNoticesThatItIsFenced) {
  take_over();
  EXPECT_TRUE(eventually([this] { return fenced_calls == 1; }));
}

TEST_F(Claim, TheLockIsTakenAgainAfterTheConnectionWasLost) {
  const auto owner = make_user();
  ASSERT_GT(place->kill_backends(), 0U);
  EXPECT_TRUE(ask(actors::save{{actors::save_environment{environment(owner, 1, "shop")}}}));
  EXPECT_EQ(claim_house(place->url()).error().kind, consequence::conflict) << "the lock is held again";
  EXPECT_EQ(fenced_calls, 0);
}

TEST_F(Claim, AnEngineThatLostItsLockToAnotherIsFenced) {
  stop();
  auto mine = claim_house(place->url());
  ASSERT_TRUE(mine);
  claim = mine.value();
  database = spawn_database(system, options(), [this](const std::string&) { ++fenced_calls; });
  place->kill_backends();
  // Whichever of the two gets the lock: it is one alone, and the other knows.
  const auto other = claim_house(place->url());
  const auto saved = ask(actors::ensure_user{"operator", {id("usr", 1)}});
  EXPECT_NE(other.ok(), saved.ok());
  EXPECT_EQ(fenced_calls, other.ok() ? 1 : 0);
}

TEST_F(Claim, WithoutAClaimOnlyIdentityIsWritten) {
  claim.reset();
  const auto commands = spawn_database(system, options(), {});
  EXPECT_TRUE(ask(commands, actors::ensure_user{"operator", {id("usr", 1)}}));
  EXPECT_EQ(ask(commands, actors::save{{actors::save_environment{environment({"usr_x"}, 1, "shop")}}}).error().kind,
            consequence::rejected);
  self->send_exit(commands, caf::exit_reason::user_shutdown);
}

}  // namespace
}  // namespace troupe::persistence::testing
