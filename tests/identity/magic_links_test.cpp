#include "actors/secrets/link_token.hpp"
#include "tests/identity/identity_fixture.hpp"

namespace troupe::actors::test {

namespace {

struct MagicLink : IdentityActor {
  issue_magic_link wanted{
      user_id{"usr_telegram"}, "laptop", {model::scope::logs_read}, 24h, {environment_id{"env_aaaaaaaaaaaaaaaa"}}};

  std::string issue() {
    const auto answer = ask<issued_magic_link>(wanted);
    EXPECT_TRUE(*answer && **answer);
    return (*answer)->value().token;
  }
  auto redeem(const std::string& token, const std::string& address = "192.0.2.1") {
    return ask<created_key>(redeem_magic_link{token, address});
  }
};

TEST_F(MagicLink, GivesAKeyAsItWasIssuedFor) {
  const auto token = issue();
  EXPECT_EQ(token.size(), 43U) << "256 bits as base64url";
  EXPECT_TRUE(store->rows.empty()) << "no key before the link is spent";
  const auto made = redeem(token);
  ASSERT_TRUE(*made && **made);
  const auto& row = (*made)->value().row;
  EXPECT_EQ(row.owner.text, "usr_telegram");
  EXPECT_EQ(row.name, "laptop");
  EXPECT_EQ(row.scopes, model::scope_set{model::scope::logs_read});
  EXPECT_EQ(row.expires_at, store->now + 24h);
  EXPECT_EQ(row.environments, wanted.environments);
  const auto who = ask((*made)->value().text);
  ASSERT_TRUE(*who && **who);
  EXPECT_EQ((*who)->value().environments, wanted.environments);
  EXPECT_FALSE((*who)->value().may_see(environment_id{"env_bbbbbbbbbbbbbbbb"}));
}

TEST_F(MagicLink, UnknownUsedAndExpiredAreOneAnswer) {
  const auto used = issue(), old = issue();
  ASSERT_TRUE(**redeem(used));
  store->now += 15min;
  std::set<std::string> answers;
  for (const auto& token : {used, old, std::string(43, 'x'), std::string(), std::string("\0", 1)}) {
    const auto answer = redeem(token);
    ASSERT_TRUE(*answer && !**answer);
    EXPECT_EQ((*answer)->error().kind, consequence::not_found);
    answers.insert((*answer)->error().detail);
  }
  EXPECT_EQ(answers.size(), 1U);
  EXPECT_EQ(store->rows.size(), 1U);
}

TEST_F(MagicLink, ManyAtOnceGetOneKey) {
  const auto token = issue();
  std::vector<decltype(redeem(token))> answers;
  for (int i = 0; i < 50; ++i) {
    auto slot = std::make_shared<std::optional<outcome<created_key>>>();
    system.spawn([this, slot, token, i](caf::event_based_actor* self) {
      self->request(identity, 10min, redeem_magic_link{token, "192.0.2." + std::to_string(i)})
          .then([slot](outcome<created_key>& answer) { *slot = answer; },
                [](caf::error&) { ADD_FAILURE() << "no answer"; });
    });
    answers.push_back(slot);
  }
  scheduler.run();
  int keys_made = 0;
  for (const auto& answer : answers) {
    ASSERT_TRUE(*answer);
    keys_made += (*answer)->ok() ? 1 : 0;
  }
  EXPECT_EQ(keys_made, 1);
  EXPECT_EQ(store->rows.size(), 1U);
}

TEST_F(MagicLink, NeverCarriesAdminNorNothing) {
  wanted.scopes.add(model::scope::admin);
  const auto refused = ask<issued_magic_link>(wanted);
  ASSERT_TRUE(*refused && !**refused);
  EXPECT_EQ((*refused)->error().kind, consequence::rejected);
  wanted.scopes = {};
  EXPECT_FALSE(**ask<issued_magic_link>(wanted));
}

TEST_F(MagicLink, BadTokensAreLimitedByAddressAndCostNoBcrypt) {
  for (int i = 0; i < 20; ++i) EXPECT_EQ((*redeem(std::string(43, 'x')))->error().kind, consequence::not_found);
  const auto limited = redeem(std::string(43, 'x'));
  EXPECT_EQ((*limited)->error().kind, consequence::retry);
  EXPECT_GT((*limited)->error().retry_after_seconds, 0);
  const auto token = issue();
  EXPECT_EQ((*redeem(token))->error().kind, consequence::retry) << "whatever the token";
  EXPECT_TRUE(**redeem(token, "198.51.100.1")) << "others do not suffer";
}

TEST_F(MagicLink, SpendsNothingWhileTheDatabaseIsAway) {
  const auto token = issue();
  store->down = true;
  EXPECT_EQ((*redeem(token))->error().kind, consequence::unavailable);
  store->down = false;
  EXPECT_TRUE(**redeem(token));
}

TEST(LinkToken, IsStoredAsItsHash) {
  EXPECT_EQ(secrets::link_token_hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_NE(secrets::new_link_token(), secrets::new_link_token());
}

}  // namespace

}  // namespace troupe::actors::test
