#include "tests/identity/identity_fixture.hpp"

namespace troupe::actors::test {

namespace {

TEST_F(IdentityActor, RightKeyIsAcceptedAndThenPassesWithoutTheActor) {
  const auto key = add_key('a');
  EXPECT_FALSE(keys->find(key));
  const auto answer = ask(key);
  ASSERT_TRUE(*answer && **answer);
  EXPECT_EQ((*answer)->value().user.text, "usr_aaaaaaaaaaaaaaaa");
  EXPECT_EQ((*answer)->value().scopes, model::scope_set::user());
  const auto found = keys->find(key);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->key_id, std::string(16, 'a'));
  EXPECT_EQ(checks, 1);
}

TEST_F(IdentityActor, UnknownWrongRevokedAndExpiredKeysGetOneAnswerForOneCheckEach) {
  add_key('b');
  const auto revoked = add_key('c');
  row('c').revoked_at = wall;
  const auto expired = add_key('d');
  row('d').expires_at = wall;
  const std::string wrong = "rw_test_" + std::string(16, 'b') + "." + std::string(43, 'x');
  const std::string unknown = "rw_test_" + std::string(16, 'e') + "." + secret;
  std::set<std::string> details;
  for (const auto& key : {wrong, unknown, revoked, expired}) {
    const auto before = checks;
    const auto answer = ask(key);
    ASSERT_TRUE(*answer);
    ASSERT_FALSE(**answer);
    EXPECT_EQ((*answer)->error().kind, consequence::rejected);
    EXPECT_EQ((*answer)->error().retry_after_seconds, 0);
    details.insert((*answer)->error().detail);
    EXPECT_EQ(checks, before + 1);
    EXPECT_FALSE(keys->find(key));
  }
  EXPECT_EQ(details.size(), 1u);
}

TEST_F(IdentityActor, MalformedKeyCostsNeitherDatabaseNorBcrypt) {
  const auto good = add_key('a');
  const std::string id(16, 'a');
  for (const auto& key : std::vector<std::string>{
           "", "rw_test_", "rw_test_" + id, "rw_test_" + id + ".", "rw_test_" + id + "." + secret + "." + secret,
           "rw_prod_" + id + "." + secret, "rw_test_" + id + "." + std::string(73, 'a'),
           "rw_test_" + id + "." + std::string(10'000, 'a'), good + std::string(1, '\0'),
           "rw_test_" + id + "." + secret.substr(1) + "\xc3\xa9", " " + good, good + " ",
           "rw_test_AAAAAAAAAAAAAAAA." + secret}) {
    const auto answer = ask(key);
    ASSERT_TRUE(*answer && !**answer) << key;
    EXPECT_EQ((*answer)->error().kind, consequence::rejected) << key;
  }
  EXPECT_EQ(checks, 0);
  EXPECT_EQ(store->finds, 0);
}

TEST_F(IdentityActor, TriesOfOneKeyAtOnceAreOneCheck) {
  const auto key = add_key('a');
  store->hold = true;
  std::vector<std::shared_ptr<std::optional<outcome<caller>>>> answers;
  for (int i = 0; i < 100; ++i) answers.push_back(ask(key));
  EXPECT_EQ(store->finds, 1);
  store->hold = false;
  release();
  scheduler.run();
  for (const auto& answer : answers) EXPECT_TRUE(*answer && **answer);
  EXPECT_EQ(checks, 1);
}

TEST_F(IdentityActor, TenThousandBadTriesOfOneAddressCostFewChecks) {
  int limited = 0;
  for (unsigned i = 0; i < 10'000; ++i) {
    const auto answer = ask(numbered_key(i));
    ASSERT_TRUE(*answer && !**answer);
    if ((*answer)->error().kind != consequence::retry) continue;
    ++limited;
    EXPECT_GE((*answer)->error().retry_after_seconds, 1);
    EXPECT_LE((*answer)->error().retry_after_seconds, 3);
  }
  EXPECT_EQ(checks, 20);
  EXPECT_EQ(limited, 9'980);
  advance(3s);
  ask(numbered_key(20'000));
  ask(numbered_key(20'001));
  EXPECT_EQ(checks, 21);
}

TEST_F(IdentityActor, BadTriesOfOneKeyFromManyAddressesCostFewChecks) {
  add_key('a');
  for (int i = 0; i < 1'000; ++i) {
    auto wrong = std::string(43, 'w');
    wrong.replace(0, 4, std::to_string(1'000 + i));
    ask("rw_test_" + std::string(16, 'a') + "." + wrong,
        "192.0.2." + std::to_string(i % 250) + ":" + std::to_string(i));
  }
  EXPECT_EQ(checks, 10);
}

TEST_F(IdentityActor, AddressesOfOneIpv6NetworkShareTheirTries) {
  for (unsigned i = 0; i < 100; ++i) {
    std::array<char, 64> address{};
    std::snprintf(address.data(), address.size(), "2001:db8:0:7::%x", i + 1);
    ask(numbered_key(i), address.data());
  }
  EXPECT_EQ(checks, 20);
  ask(numbered_key(1'000), "2001:db8:0:8::1");
  EXPECT_EQ(checks, 21);
}

TEST_F(IdentityActor, SuccessesCostNoTries) {
  const auto key = add_key('a');
  for (int i = 0; i < 200; ++i) {
    keys->clear();
    const auto answer = ask(key);
    ASSERT_TRUE(*answer && **answer) << i;
  }
  EXPECT_EQ(checks, 200);
}

TEST_F(IdentityActor, FullQueueAnswersAtOnceWhenToRetry) {
  store->hold = true;
  std::vector<std::shared_ptr<std::optional<outcome<caller>>>> waiting;
  for (unsigned i = 0; i < 34; ++i) waiting.push_back(ask(numbered_key(i), "192.0.2." + std::to_string(i)));
  for (const auto& answer : waiting) EXPECT_FALSE(*answer);
  const auto refused = ask(numbered_key(99), "192.0.2.99");
  ASSERT_TRUE(*refused && !**refused);
  EXPECT_EQ((*refused)->error().kind, consequence::retry);
  EXPECT_GT((*refused)->error().retry_after_seconds, 0);
  const auto no_key = ask<created_key>(create_key{user_id{"usr_x"}, "n", {}, std::nullopt});
  ASSERT_TRUE(*no_key && !**no_key);
  EXPECT_EQ((*no_key)->error().kind, consequence::retry);
  store->hold = false;
  release();
  scheduler.run();
  for (const auto& answer : waiting) EXPECT_TRUE(*answer);
  EXPECT_TRUE(*ask(numbered_key(98), "192.0.2.98"));
  EXPECT_EQ(checks, 35);
}

TEST_F(IdentityActor, NoKeyIsAnAdminsAndLimited) {
  const auto refused = ask<created_key>(
      create_key{user_id{"usr_x"}, "n", {model::scope::admin}, std::nullopt, {model::environment_id{"env_a"}}});
  ASSERT_TRUE(*refused && !**refused);
  EXPECT_EQ((*refused)->error().kind, consequence::rejected);
  EXPECT_NE((*refused)->error().detail.find("ADMIN"), std::string::npos);
}

TEST_F(IdentityActor, RevokedKeyFailsFromTheNextRequestOnAndItsStreamsEnd) {
  const auto key = add_key('a');
  ask(key);
  int ended = 0;
  const auto stream = keys->on_revoked(std::string(16, 'a'), [&] { ++ended; });
  auto dropped = keys->on_revoked(std::string(16, 'a'), [&] { ADD_FAILURE(); });
  dropped.reset();
  const auto foreign = ask<model::done>(revoke_key{user_id{"usr_other"}, std::string(16, 'a')});
  ASSERT_TRUE(*foreign && !**foreign);
  EXPECT_EQ((*foreign)->error().kind, consequence::not_found);
  EXPECT_TRUE(keys->find(key));
  const auto revoked = ask<model::done>(revoke_key{row('a').owner, std::string(16, 'a')});
  ASSERT_TRUE(*revoked && **revoked);
  EXPECT_FALSE(keys->find(key));
  EXPECT_EQ(ended, 1);
  const auto again = ask(key);
  ASSERT_TRUE(*again && !**again);
  EXPECT_EQ((*again)->error().kind, consequence::rejected);
  EXPECT_EQ(ended, 1);
}

TEST_F(IdentityActor, RowReadBeforeARevocationDoesNotReviveTheKey) {
  const auto key = add_key('a');
  store->hold = true;
  const auto answer = ask(key);
  release();  // the first look: bcrypt follows, then the second look is held with a row that still stands
  scheduler.run();
  ASSERT_EQ(store->held.size(), 1u);
  const auto revoked = ask<model::done>(revoke_key{row('a').owner, std::string(16, 'a')});
  ASSERT_TRUE(*revoked && **revoked);
  release();
  scheduler.run();
  ASSERT_TRUE(*answer && !**answer);
  EXPECT_EQ((*answer)->error().kind, consequence::rejected);
  EXPECT_FALSE(keys->find(key));
}

TEST_F(IdentityActor, RevocationByAnotherProcessIsSeenWithinTwoSeconds) {
  const auto used = add_key('a');
  const auto idle = add_key('b');
  ask(used);
  ask(idle);
  int ended = 0;
  const auto stream = keys->on_revoked(std::string(16, 'b'), [&] { ++ended; });
  for (int i = 0; i < 600; ++i) {  // a minute of use, never a mailbox
    ASSERT_TRUE(keys->find(used)) << i;
    advance(100ms);
  }
  row('a').revoked_at = row('b').revoked_at = wall;
  advance(2s);
  EXPECT_FALSE(keys->find(used));
  EXPECT_FALSE(keys->find(idle));
  EXPECT_EQ(ended, 1);
  for (const auto& key : {used, idle}) {
    const auto answer = ask(key);
    ASSERT_TRUE(*answer && !**answer);
  }
}

TEST_F(IdentityActor, KeyLongUnusedIsConfirmedByItsRowWithoutBcrypt) {
  const auto kept = add_key('a');
  const auto gone = add_key('b');
  ask(kept);
  ask(gone);
  advance(10s);
  const auto finds = store->finds;
  advance(60s);
  EXPECT_EQ(store->finds, finds) << "an unused key's row is looked at";
  row('b').revoked_at = wall;
  EXPECT_FALSE(keys->find(kept));
  EXPECT_FALSE(keys->find(gone));
  const auto yes = ask(kept);
  EXPECT_TRUE(*yes && **yes);
  EXPECT_EQ(seen.back(), authentication::confirmed);
  EXPECT_EQ(checks, 2);
  const auto no = ask(gone);
  EXPECT_TRUE(*no && !**no);
  EXPECT_FALSE(keys->find_unconfirmed(gone));
}

TEST_F(IdentityActor, RememberedKeyExpiresByTheWallClock) {
  const auto key = add_key('a');
  row('a').expires_at = wall + 10s;
  int ended = 0;
  const auto stream = keys->on_revoked(std::string(16, 'a'), [&] { ++ended; });
  ask(key);
  advance(9900ms);
  EXPECT_TRUE(keys->find(key));
  advance(100ms);
  EXPECT_FALSE(keys->find(key));
  advance(1s);
  EXPECT_EQ(ended, 1);
  const auto answer = ask(key);
  EXPECT_TRUE(*answer && !**answer);
}

TEST_F(IdentityActor, WallClockThatGoesBackProlongsNoKey) {
  const auto key = add_key('a');
  row('a').expires_at = wall + 1h;
  ask(key);
  wall -= 2h;
  EXPECT_FALSE(keys->find(key));
}

TEST_F(IdentityActor, KeyIsVerifiedAgainAfterFiveMinutesOfUse) {
  const auto key = add_key('a');
  ask(key);
  for (int i = 0; i < 299; ++i) {
    ASSERT_TRUE(keys->find(key)) << i;
    advance(1s);
  }
  advance(1s);
  EXPECT_FALSE(keys->find(key));
  EXPECT_EQ(checks, 1);
  const auto answer = ask(key);
  EXPECT_TRUE(*answer && **answer);
  EXPECT_EQ(checks, 2);
}

TEST_F(IdentityActor, RememberedKeysPassForFiveMinutesWithoutADatabase) {
  for (const bool frozen : {false, true}) {
    const auto used = add_key('a');
    const auto idle = add_key('b');
    keys->clear();
    store->down = store->silent = false;
    ask(used);
    ask(idle);
    (frozen ? store->silent : store->down) = true;
    for (int i = 0; i < 200; ++i) {
      ASSERT_TRUE(keys->find(used)) << i;
      advance(100ms);
    }
    const auto confirmed = ask(idle);
    advance(1s);
    EXPECT_TRUE(*confirmed && **confirmed);
    const auto fresh = ask(add_key('c'));
    advance(2s);
    ASSERT_TRUE(*fresh && !**fresh);
    EXPECT_EQ((*fresh)->error().kind, consequence::unavailable);
    for (int i = 0; i < 300; ++i) {
      advance(1s);
      keys->find(used);
    }
    EXPECT_FALSE(keys->find(used));
    const auto late = ask(used);
    advance(2s);
    ASSERT_TRUE(*late && !**late);
    EXPECT_EQ((*late)->error().kind, consequence::unavailable);
  }
}

TEST_F(IdentityActor, OutageOfTheDatabaseCostsNoTries) {
  store->down = true;
  for (unsigned i = 0; i < 100; ++i) {
    const auto answer = ask(numbered_key(i));
    ASSERT_TRUE(*answer && !**answer);
    EXPECT_EQ((*answer)->error().kind, consequence::unavailable);
  }
}

TEST_F(IdentityActor, LastUsesAreWrittenEachMinuteAndAtTheEnd) {
  const auto key = add_key('a');
  ask(key);
  advance(30s);
  ask(key);
  const auto used_at = wall;
  EXPECT_TRUE(store->touches.empty());
  advance(31s);
  ASSERT_EQ(store->touches.size(), 1u);
  ASSERT_EQ(store->touches[0].last_used.size(), 1u);
  EXPECT_EQ(store->touches[0].last_used[0], std::make_pair(std::string(16, 'a'), used_at));
  advance(60s);
  EXPECT_EQ(store->touches.size(), 1u) << "written without a use";

  ask(key);
  store->down = true;
  advance(60s);
  store->down = false;
  const auto last = wall - 60s;
  caf::anon_send_exit(identity, caf::exit_reason::user_shutdown);
  scheduler.run();
  ASSERT_EQ(store->touches.size(), 2u) << "a use that could not be written is kept";
  EXPECT_EQ(store->touches[1].last_used[0].second, last);
}

TEST_F(IdentityActor, EndAnswersWhoeverWaits) {
  store->silent = true;
  const auto waiting = ask(numbered_key(1));
  EXPECT_FALSE(*waiting);
  caf::anon_send_exit(identity, caf::exit_reason::user_shutdown);
  scheduler.run();
  ASSERT_TRUE(*waiting && !**waiting);
  EXPECT_EQ((*waiting)->error().kind, consequence::unavailable);
}

TEST_F(IdentityActor, CreatedKeyPassesAndItsSecretIsNotStored) {
  const auto made = ask<created_key>(create_key{user_id{"usr_x"}, "laptop", {model::scope::logs_read}, 90s});
  ASSERT_TRUE(*made && **made);
  const auto& key = (*made)->value();
  const auto parsed = model::parse_key("rw_test_", key.text);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->secret.size(), 43u);
  const auto& stored = store->rows.at(parsed->key_id);
  EXPECT_EQ(stored.secret_hash, "hash of " + parsed->secret);
  EXPECT_EQ(stored.name, "laptop");
  EXPECT_EQ(stored.expires_at, wall + 90s);
  const auto answer = ask(key.text);
  ASSERT_TRUE(*answer && **answer);
  EXPECT_EQ((*answer)->value().scopes, model::scope_set{model::scope::logs_read});
}

TEST_F(IdentityActor, KeyThatWasNotStoredIsNotHandedOut) {
  store->down = true;
  const auto made = ask<created_key>(create_key{user_id{"usr_x"}, "laptop", {}, std::nullopt});
  ASSERT_TRUE(*made && !**made);
  EXPECT_EQ((*made)->error().kind, consequence::unavailable);
}

TEST_F(IdentityActor, LostWorkersAreReplaced) {
  const auto key = add_key('a');
  lost_checks = 5;
  for (int i = 0; i < 5; ++i) {
    const auto answer = ask(key);
    ASSERT_TRUE(*answer && !**answer);
    EXPECT_EQ((*answer)->error().kind, consequence::unavailable);
  }
  const auto answer = ask(key);
  EXPECT_TRUE(*answer && **answer);
}

TEST_F(IdentityActor, CardTellsWhatItDoes) {
  ask(add_key('a'));
  auto card = std::make_shared<std::optional<actor_card>>();
  system.spawn([card, to = identity](caf::event_based_actor* self) {
    self->request(to, 1s, describe{}).then([card](actor_card& what) { *card = what; });
  });
  scheduler.run();
  ASSERT_TRUE(*card);
  EXPECT_EQ((*card)->kind, "identity");
  EXPECT_EQ((*card)->state, "active");
  EXPECT_EQ((*card)->last_message, "authenticate");
  EXPECT_EQ((*card)->messages_handled, 1u);
}

}  // namespace

}  // namespace troupe::actors::test
