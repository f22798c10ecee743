#include "persistence/registry_logins.hpp"

#include "tests/persistence/database_fixture.hpp"

namespace troupe::persistence::testing {
namespace {

struct RegistryLogins : DatabaseTest {
  registry_book_ptr book = std::make_shared<actors::registry_book>();

  database_options options() override {
    auto out = DatabaseTest::options();
    out.logins = book;
    return out;
  }
  registry_book_ptr loaded() {
    const auto all = load_registry_logins(place->url(), house_keys, 2s);
    EXPECT_TRUE(all) << all.error().detail;
    return all.value();
  }
  static model::registry_login login_to(const std::string& registry, const std::string& password = "hunter2-planted") {
    return {registry, "al\"ice", password, "", {}};
  }
};

TEST_F(RegistryLogins, OneIsInTheBookOnceItIsSavedAndAgainAfterARestart) {
  const auto alice = make_user(), bob = make_user("bob", 2);
  const auto saved = ask(actors::put_registry_login{alice, login_to("ghcr.io")});
  ASSERT_TRUE(saved) << saved.error().detail;
  EXPECT_GT(saved.value().updated_at, model::timestamp{});
  EXPECT_EQ(book->find(alice, "ghcr.io"), saved.value());
  ASSERT_TRUE(ask(actors::put_registry_login{alice, {"quay.io", "", "", "to\nken", {}}}));
  ASSERT_TRUE(ask(actors::put_registry_login{bob, login_to("ghcr.io", "bobs")}));
  for (const auto& owner : {alice, bob}) EXPECT_EQ(loaded()->of(owner), book->of(owner));
  EXPECT_EQ(loaded()->of(alice).size(), 2U);
  EXPECT_EQ(loaded()->find(bob, "ghcr.io")->password, "bobs");
}

TEST_F(RegistryLogins, ASecondReplacesTheFirstAndADeletedOneIsGone) {
  const auto alice = make_user();
  ASSERT_TRUE(ask(actors::put_registry_login{alice, login_to("ghcr.io", "first")}));
  ASSERT_TRUE(ask(actors::put_registry_login{alice, login_to("ghcr.io", "second")}));
  EXPECT_EQ(loaded()->find(alice, "ghcr.io")->password, "second");
  ASSERT_TRUE(ask(actors::delete_registry_login{alice, "ghcr.io"}));
  EXPECT_FALSE(book->find(alice, "ghcr.io"));
  EXPECT_TRUE(loaded()->of(alice).empty());
  EXPECT_EQ(ask(actors::delete_registry_login{alice, "ghcr.io"}).error().kind, consequence::not_found);
}

TEST_F(RegistryLogins, TheDatabaseHoldsNeitherNameNorPassword) {
  const auto alice = make_user();
  ASSERT_TRUE(ask(actors::put_registry_login{alice, login_to("ghcr.io")}));
  const auto row = place->value("SELECT row_to_json(r)::text FROM registry_logins r");
  EXPECT_EQ(row.find("hunter2"), std::string::npos);
  EXPECT_EQ(row.find("ice"), std::string::npos);
}

TEST_F(RegistryLogins, OneThatWasMovedToAnotherUserDoesNotOpenAndStopsNobody) {
  const auto alice = make_user(), bob = make_user("bob", 2);
  ASSERT_TRUE(ask(actors::put_registry_login{alice, login_to("ghcr.io")}));
  ASSERT_TRUE(ask(actors::put_registry_login{alice, login_to("quay.io")}));
  place->value("UPDATE registry_logins SET owner_id = '" + bob.text + "' WHERE registry = 'ghcr.io' RETURNING 1");
  EXPECT_TRUE(loaded()->of(bob).empty());
  EXPECT_EQ(loaded()->of(alice).size(), 1U);
}

TEST_F(RegistryLogins, AUserHasAtMostFifty) {
  const auto alice = make_user();
  for (std::size_t i = 0; i < model::most_registry_logins; ++i)
    ASSERT_TRUE(ask(actors::put_registry_login{alice, login_to("r" + std::to_string(i) + ".example.org")}));
  EXPECT_EQ(ask(actors::put_registry_login{alice, login_to("one.example.org")}).error().kind, consequence::conflict);
  EXPECT_TRUE(ask(actors::put_registry_login{alice, login_to("r0.example.org", "new")})) << "replacing adds none";
  EXPECT_TRUE(ask(actors::put_registry_login{make_user("bob", 2), login_to("one.example.org")}));
}

}  // namespace
}  // namespace troupe::persistence::testing
