#include "persistence/migrations.hpp"

#include <thread>

#include "persistence/house_claim.hpp"
#include "tests/persistence/scratch_database.hpp"

namespace troupe::persistence::testing {
namespace {

using model::consequence;

constexpr migration one{1, "V001__one", "c1", "CREATE TABLE one (id integer)"};
constexpr migration two{2, "V002__two", "c2", "CREATE TABLE two (id integer)"};

struct Migrations : ::testing::Test {
  void SetUp() override {
    if (!server_url()) GTEST_SKIP() << "TROUPE_TEST_DATABASE_URL is not set";
    place = std::make_unique<scratch_database>();
  }
  std::unique_ptr<scratch_database> place;
};

TEST_F(Migrations, AreAppliedOnceInOrder) {
  const std::vector first{one}, both{one, two};
  EXPECT_EQ(migrations::pending(place->url(), both).value(), (migrations::names{"V001__one", "V002__two"}));
  EXPECT_EQ(migrations::apply(place->url(), first).value(), migrations::names{"V001__one"});
  EXPECT_EQ(migrations::pending(place->url(), both).value(), migrations::names{"V002__two"});
  EXPECT_EQ(migrations::apply(place->url(), both).value(), migrations::names{"V002__two"});
  EXPECT_TRUE(migrations::apply(place->url(), both).value().empty());
}

TEST_F(Migrations, AChangedStepIsRefused) {
  ASSERT_TRUE(migrations::apply(place->url(), std::vector{one}));
  auto changed = one;
  changed.checksum = "other";
  for (const auto& result : {migrations::pending(place->url(), std::vector{changed}),
                             migrations::apply(place->url(), std::vector{changed, two})}) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, consequence::conflict);
    EXPECT_EQ(result.error().detail, "V001__one was changed after it was applied to this database");
  }
}

TEST_F(Migrations, ANewerDatabaseIsRefused) {
  ASSERT_TRUE(migrations::apply(place->url(), std::vector{one, two}));
  const auto result = migrations::apply(place->url(), std::vector{one});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, consequence::conflict);
  EXPECT_EQ(result.error().detail,
            "the database is newer than this program: it has V002__two, which is not known here");
}

TEST_F(Migrations, AFailingStepLeavesNothingBehind) {
  const migration broken{2, "V002__broken", "c2", "CREATE TABLE half (id integer); SELECT nonsense"};
  const auto result = migrations::apply(place->url(), std::vector{one, broken});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, consequence::rejected);
  EXPECT_TRUE(result.error().detail.starts_with("V002__broken failed: ")) << result.error().detail;
  EXPECT_EQ(place->value("SELECT to_regclass('half')"), "");
  EXPECT_EQ(migrations::apply(place->url(), std::vector{one, two}).value(), migrations::names{"V002__two"});
}

TEST_F(Migrations, SeveralProcessesAtOnceApplyEachStepOnce) {
  std::vector<std::thread> threads;
  std::atomic<std::size_t> applied{0};
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      const auto result = migrations::apply(place->url());
      EXPECT_TRUE(result) << result.error().detail;
      if (result) applied += result.value().size();
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(applied, known_migrations().size());
}

TEST_F(Migrations, AnEngineNeedsThem) {
  const auto claimed = claim_house(place->url());
  ASSERT_FALSE(claimed);
  EXPECT_EQ(claimed.error().kind, consequence::rejected);
}

}  // namespace
}  // namespace troupe::persistence::testing
