#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "actors/secrets/bcrypt.hpp"
#include "actors/secrets/constant_time.hpp"
#include "actors/secrets/key_text.hpp"
#include "actors/secrets/try_limits.hpp"
#include "actors/secrets/verified_keys.hpp"

namespace troupe::secrets {

namespace {

using namespace std::chrono_literals;

TEST(Bcrypt, HashIsSaltedOfCostTenAndMatchesItsSecretAlone) {
  const std::string secret(43, 's');
  const auto hash = bcrypt_hash(secret);
  EXPECT_TRUE(hash.starts_with("$2b$10$")) << hash;
  EXPECT_EQ(hash.size(), 60u);
  EXPECT_NE(hash, bcrypt_hash(secret));
  EXPECT_TRUE(bcrypt_matches(secret, hash));
  EXPECT_FALSE(bcrypt_matches(std::string(42, 's') + 't', hash));
  EXPECT_FALSE(bcrypt_matches("", hash));
}

TEST(Bcrypt, KnownVectorMatches) {
  EXPECT_TRUE(bcrypt_matches("U*U", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"));
}

TEST(Bcrypt, WhatBcryptWouldCutIsRefused) {
  EXPECT_THROW(bcrypt_hash(std::string(73, 'a')), std::invalid_argument);
  EXPECT_THROW(bcrypt_hash(std::string("a\0b", 3)), std::invalid_argument);
  const auto hash = bcrypt_hash(std::string(72, 'a'), fill_random, 4);
  EXPECT_TRUE(bcrypt_matches(std::string(72, 'a'), hash));
  EXPECT_FALSE(bcrypt_matches(std::string(73, 'a'), hash));
}

TEST(Bcrypt, WhatIsNoBcryptHashMatchesNothing) {
  for (const auto* hash : {"", "*0", "*1", "secret", "$6$salt$abc", "$2b$10$short",
                           "$2b$99$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"})
    EXPECT_FALSE(bcrypt_matches("secret", hash)) << hash;
}

TEST(Bcrypt, UnmatchedHashCostsWhatARealOneCosts) {
  EXPECT_EQ(unmatched_bcrypt_hash().substr(0, 7), bcrypt_hash("x").substr(0, 7));
  EXPECT_EQ(unmatched_bcrypt_hash().size(), 60u);
}

TEST(KeyText, NewKeysParseAndDiffer) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const auto key = new_key();
    EXPECT_TRUE(model::parse_key("rw_prod_", "rw_prod_" + key.key_id + "." + key.secret));
    EXPECT_EQ(key.secret.size(), 43u);
    EXPECT_TRUE(seen.insert(key.key_id).second);
    EXPECT_TRUE(seen.insert(key.secret).second);
  }
}

TEST(KeyText, BytesAreEncodedAsRfc4648Says) {
  const auto key = new_key([](std::span<unsigned char> bytes) { std::fill(bytes.begin(), bytes.end(), 0xff); });
  EXPECT_EQ(key.key_id, std::string(16, '7'));
  EXPECT_EQ(key.secret, std::string(42, '_') + '8');
}

TEST(ConstantTime, ComparesWholeTexts) {
  EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abcd"));
  EXPECT_TRUE(equal_in_constant_time("", ""));
}

TEST(TryLimits, BurstThenOneEachRefill) {
  try_limits limits(3, 10s, "seed");
  const try_limits::time_point start{};
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(limits.take("a", start));
  EXPECT_EQ(limits.take("a", start), 10s);
  EXPECT_EQ(limits.take("a", start + 4s), 6s);
  EXPECT_FALSE(limits.take("b", start));
  EXPECT_FALSE(limits.take("a", start + 10s));
  EXPECT_TRUE(limits.take("a", start + 10s));
  limits.give_back("a");
  EXPECT_FALSE(limits.take("a", start + 10s));
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(limits.take("a", start + 1h));
  EXPECT_TRUE(limits.take("a", start + 1h)) << "never more than the burst";
}

TEST(TryLimits, GivingBackLongAgoTriesAddsNone) {
  try_limits limits(2, 10s, "seed");
  const try_limits::time_point start{};
  limits.give_back("a");
  EXPECT_FALSE(limits.take("a", start));
  limits.give_back("a");
  limits.give_back("a");
  EXPECT_FALSE(limits.take("a", start + 1h));
  EXPECT_FALSE(limits.take("a", start + 1h));
  EXPECT_TRUE(limits.take("a", start + 1h));
}

TEST(AddressGroup, Ipv6GoesByItsNetwork) {
  EXPECT_EQ(address_group("2001:db8:1:2:3:4:5:6"), address_group("2001:db8:1:2::"));
  EXPECT_NE(address_group("2001:db8:1:2::1"), address_group("2001:db8:1:3::1"));
  EXPECT_EQ(address_group("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(address_group("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(address_group("unix"), "unix");
}

struct VerifiedKeys : ::testing::Test {
  steady_time now{};
  model::timestamp wall{1h};
  verified_keys keys{{.capacity = 160, .clock = [this] { return now; }, .wall = [this] { return wall; }}};
  static model::caller caller(const std::string& id) { return {model::user_id{"usr_" + id}, id, {}}; }
};

TEST_F(VerifiedKeys, AreBoundedAndKeepTheUsed) {
  keys.remember("used", caller("used"), std::nullopt, now);
  for (int i = 0; i < 10'000; ++i) {
    keys.remember("text" + std::to_string(i), caller(std::to_string(i)), std::nullopt, now);
    ASSERT_TRUE(keys.find("used"));
    ASSERT_LE(keys.size(), 160u);
  }
  EXPECT_FALSE(keys.find("text0"));
  EXPECT_TRUE(keys.find("text9999"));
}

TEST_F(VerifiedKeys, EvictedUsesAreStillTold) {
  keys.remember("first", caller("first"), std::nullopt, now);
  for (int i = 0; i < 2'000; ++i)
    keys.remember("text" + std::to_string(i), caller(std::to_string(i)), std::nullopt, now);
  ASSERT_FALSE(keys.find("first"));
  EXPECT_EQ(keys.take_uses().size(), 2'001u);
  EXPECT_TRUE(keys.take_uses().empty());
}

TEST_F(VerifiedKeys, OnlyTheWholeTextIsKnown) {
  keys.remember("presented", caller("k"), std::nullopt, now);
  EXPECT_FALSE(keys.find("presente"));
  EXPECT_FALSE(keys.find("presented "));
  EXPECT_FALSE(keys.find("k"));
  EXPECT_FALSE(keys.find(""));
}

TEST_F(VerifiedKeys, ForgottenFromOneThreadIsNeverFoundAfterwardsFromAnother) {
  for (int round = 0; round < 200; ++round) {
    const auto id = std::to_string(round);
    keys.remember(id, caller(id), std::nullopt, now);
    std::atomic<bool> forgotten = false;
    std::atomic<int> late = 0;
    std::thread reader([&] {
      for (bool last = false; !last;) {
        last = forgotten;
        if (keys.find(id) && last) ++late;
      }
    });
    keys.forget(id);
    forgotten = true;
    reader.join();
    ASSERT_EQ(late, 0);
  }
}

TEST_F(VerifiedKeys, HandleMayOutliveThemAndACallbackMayDropIt) {
  std::shared_ptr<void> handle;
  int ended = 0;
  {
    verified_keys some;
    handle = some.on_revoked("k", [&] {
      ++ended;
      handle.reset();
    });
    some.forget("k");
    some.forget("k");
    handle = some.on_revoked("k", [&] { ++ended; });
  }
  handle.reset();
  EXPECT_EQ(ended, 1);
}

TEST_F(VerifiedKeys, HeldKeysAreActiveAndUsedOnesOnceEach) {
  keys.remember("a", caller("a"), std::nullopt, now);
  const auto handle = keys.on_revoked("held", [] {});
  EXPECT_EQ(keys.take_active(10), (std::vector<std::string>{"a", "held"}));
  EXPECT_EQ(keys.take_active(10), (std::vector<std::string>{"held"}));
  keys.find("a");
  EXPECT_EQ(keys.take_active(0), (std::vector<std::string>{"held"}));
}

}  // namespace

}  // namespace troupe::secrets
