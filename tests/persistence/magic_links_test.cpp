#include "tests/persistence/database_fixture.hpp"

namespace troupe::persistence::testing {
namespace {

using model::scope;

struct MagicLinkRows : DatabaseTest {
  void SetUp() override {
    DatabaseTest::SetUp();
    if (!IsSkipped()) owner = make_user();
  }
  void insert(const std::string& hash, std::optional<std::chrono::seconds> key_lifetime = {}) {
    actors::insert_magic_link link{
        hash,
        {owner, "laptop \"x\", {y}", {scope::logs_read, scope::deployments_read}, key_lifetime, {{"env_a"}, {"env_b"}}},
        15min};
    ASSERT_TRUE(ask(link));
    ASSERT_TRUE(ask(link)) << "repeated after a commit whose fate was unknown";
  }
  auto find(const std::string& hash) { return ask(actors::find_magic_link{hash}); }
  auto spend(const std::string& hash, const std::string& key) {
    return ask(actors::spend_magic_link{hash, key, "hash of " + key});
  }
  void age(const std::string& hash, const std::string& by) {
    place->value("UPDATE magic_links SET expires_at = expires_at - interval '" + by + "' WHERE token_hash = '" + hash +
                 "'");
  }

  model::user_id owner;
};

TEST_F(MagicLinkRows, AreSpentOnceForTheKeyTheyWereMadeFor) {
  insert("h1", 1h);
  EXPECT_TRUE(find("h1"));
  const auto made = spend("h1", "k1");
  ASSERT_TRUE(made) << made.error().detail;
  const auto& key = made.value();
  EXPECT_EQ(key.owner, owner);
  EXPECT_EQ(key.name, "laptop \"x\", {y}");
  EXPECT_EQ(key.scopes, (model::scope_set{scope::logs_read, scope::deployments_read}));
  EXPECT_EQ(key.environments, (std::vector<model::environment_id>{{"env_a"}, {"env_b"}}));
  EXPECT_EQ(key.expires_at, key.created_at + 1h);
  EXPECT_EQ(ask(actors::find_key{"k1"}).value().environments, key.environments);
  EXPECT_EQ(find("h1").error().kind, consequence::not_found);
  EXPECT_EQ(spend("h1", "k2").error().kind, consequence::not_found);
  EXPECT_EQ(ask(actors::list_keys{owner}).value().size(), 1U);
  EXPECT_EQ(spend("h1", "k1").value().key_id, "k1") << "the same spending again: its own key";
  EXPECT_EQ(ask(actors::spend_magic_link{"h1", "k1", "another hash"}).error().kind, consequence::not_found);
}

TEST_F(MagicLinkRows, OneThatReplacesAnotherMakesThatOneVoid) {
  insert("0123456789abcdef-first");
  const auto replacing = [&](const std::string& hash, const model::user_id& who, const std::string& which) {
    return actors::insert_magic_link{hash, {who, "n", {scope::logs_read}, {}, {}, which}, 15min};
  };
  EXPECT_EQ(ask(replacing("second", make_user("other", 2), "0123456789abcdef")).error().kind, consequence::not_found)
      << "another's";
  const auto second = replacing("second", owner, "0123456789abcdef");
  ASSERT_TRUE(ask(second));
  ASSERT_TRUE(ask(second)) << "repeated after a commit whose fate was unknown";
  EXPECT_FALSE(find("0123456789abcdef-first"));
  EXPECT_TRUE(find("second"));
  EXPECT_EQ(ask(replacing("third", owner, "0123456789abcdef")).error().kind, consequence::not_found);
  ASSERT_TRUE(spend("second", "k1"));
  EXPECT_EQ(ask(replacing("third", owner, "second")).error().kind, consequence::not_found) << "it was used";
  EXPECT_FALSE(find("third"));
}

TEST_F(MagicLinkRows, PassAt14m59AndNotAt15m01ByTheDatabasesClock) {
  insert("young");
  age("young", "14 minutes 59 seconds");
  insert("old");
  age("old", "15 minutes 1 second");
  EXPECT_TRUE(find("young"));
  EXPECT_TRUE(spend("young", "k1"));
  EXPECT_EQ(find("old").error().kind, consequence::not_found);
  EXPECT_EQ(spend("old", "k2").error().kind, consequence::not_found);
}

TEST_F(MagicLinkRows, ManyAtOnceInOneTransactionGiveOneKey) {
  insert("h1");
  std::vector<decltype(self->request(database, caf::infinite, actors::spend_magic_link{}))> pending;
  for (int i = 0; i < 50; ++i)
    pending.push_back(self->request(database, 20s, actors::spend_magic_link{"h1", "k" + std::to_string(i), "hash"}));
  int keys = 0;
  for (auto& one : pending)
    one.receive([&](const outcome<model::api_key>& made) { keys += made.ok() ? 1 : 0; },
                [&](const caf::error& e) { ADD_FAILURE() << system.render(e); });
  EXPECT_EQ(keys, 1);
  EXPECT_EQ(ask(actors::list_keys{owner}).value().size(), 1U);
}

TEST_F(MagicLinkRows, NeverHoldAdmin) {
  actors::insert_magic_link link{"h1", {owner, "n", {scope::admin}, {}, {}}, 15min};
  EXPECT_FALSE(ask(link));
  EXPECT_EQ(find("h1").error().kind, consequence::not_found);
}

TEST_F(MagicLinkRows, AreSweptADayAfterTheirTime) {
  insert("h1");
  age("h1", "2 days");
  insert("h2");
  EXPECT_EQ(place->value("SELECT count(*) FROM magic_links"), "1");
}

TEST_F(MagicLinkRows, AListLimitedToSomeEnvironmentsHoldsThemAlone) {
  for (int i = 1; i <= 3; ++i) saved_environment(owner, i, "e" + std::to_string(i));
  const auto all = ask(actors::list_environments{owner, {}, 10}).value();
  ASSERT_EQ(all.size(), 3U);
  actors::list_environments some{owner, {}, 10, {all[1].id, {"env_unknown"}}};
  EXPECT_EQ(ask(some).value(), std::vector{all[1]});
}

}  // namespace
}  // namespace troupe::persistence::testing
