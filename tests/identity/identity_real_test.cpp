// Real bcrypt on real threads.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <random>

#include <gtest/gtest.h>

#include "actors/identity.hpp"
#include "tests/identity/key_store.hpp"

namespace troupe::actors::test {

namespace {

using namespace std::chrono_literals;
using model::caller;
using model::consequence;

struct IdentityWithBcrypt : ::testing::Test {
  struct sharing_config : caf::actor_system_config {
    sharing_config() { set("scheduler.policy", caf::atom("sharing")).set("scheduler.max-threads", 2); }
  } config;
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  key_store_ptr store = std::make_shared<key_store>();
  std::shared_ptr<verified_keys> keys = std::make_shared<verified_keys>();
  key_keeper database = system.spawn(keep_keys, store);
  identity_actor identity;

  void start(std::function<void(identity_options&)> with = [](identity_options&) {}) {
    identity_options options;
    options.key_prefix = "rw_test_";
    with(options);
    identity = spawn_identity(system, options, database, keys);
  }
  void TearDown() override {
    self->send_exit(identity, caf::exit_reason::user_shutdown);
    self->wait_for(identity);
    self->send_exit(database, caf::exit_reason::user_shutdown);
    identity = identity_actor{};
    database = key_keeper{};
  }

  outcome<caller> ask(const std::string& key, const std::string& address = "192.0.2.1") {
    outcome<caller> out;
    self->request(identity, 30s, authenticate{key, address})
        .receive([&](outcome<caller>& answer) { out = std::move(answer); },
                 [&](caf::error& why) { ADD_FAILURE() << system.render(why); });
    return out;
  }
  std::string make_key() {
    std::string text;
    self->request(identity, 30s, create_key{user_id{"usr_x"}, "n", model::scope_set::user(), std::nullopt})
        .receive([&](outcome<created_key>& made) { text = made ? made.value().text : ""; },
                 [&](caf::error& why) { ADD_FAILURE() << system.render(why); });
    return text;
  }
};

TEST_F(IdentityWithBcrypt, KeyIsMadeVerifiedRememberedAndRevoked) {
  start();
  const auto key = make_key();
  const auto parsed = model::parse_key("rw_test_", key);
  ASSERT_TRUE(parsed) << key;
  EXPECT_TRUE(store->rows.at(parsed->key_id).secret_hash.starts_with("$2b$10$"));
  EXPECT_TRUE(ask(key));
  EXPECT_TRUE(keys->find(key));
  auto wrong = key;
  wrong.back() = wrong.back() == 'a' ? 'b' : 'a';
  EXPECT_FALSE(ask(wrong));
  EXPECT_TRUE(keys->find(key)) << "a wrong secret does not disturb the right one";
  self->request(identity, 30s, revoke_key{user_id{"usr_x"}, parsed->key_id})
      .receive([](outcome<model::done>& revoked) { EXPECT_TRUE(revoked); },
               [&](caf::error& why) { FAIL() << system.render(why); });
  EXPECT_FALSE(keys->find(key));
  EXPECT_FALSE(ask(key));
}

TEST_F(IdentityWithBcrypt, FloodOfBadKeysLeavesRememberedKeysQuick) {
  start([](identity_options& with) { with.failures_per_address = 1'000'000; });
  const auto key = make_key();
  ASSERT_TRUE(ask(key));
  for (int i = 0; i < 200; ++i) {  // five seconds of bcrypt, were all of them taken
    auto bad = key;
    bad.replace(8, 2, {static_cast<char>('a' + i % 26), static_cast<char>('a' + i / 26)});
    caf::anon_send(identity, authenticate{bad, "192.0.2.7"});
  }
  const auto start_at = std::chrono::steady_clock::now();
  for (int i = 0; i < 10'000; ++i) ASSERT_TRUE(keys->find(key));
  EXPECT_LT(std::chrono::steady_clock::now() - start_at, 2s) << "10,000 requests during the flood";
}

// Welch's t over the times of answers to unknown key ids and to wrong secrets, drawn in random order so that whatever
// else the machine does meets both alike. One worker at cost 10; the slowest tenth of each is cut, as scheduling noise
// lives there. A missing bcrypt for unknown ids would differ by 50 ms against a deviation of a few ms: |t| in the
// hundreds.
TEST_F(IdentityWithBcrypt, UnknownIdTakesAsLongAsAWrongSecret) {
  constexpr int each = 60;
  constexpr double limit = 4.5;
  start([](identity_options& with) {
    with.workers = 1;
    with.failures_per_address = with.failures_per_key = 1'000'000;
  });
  const auto key = make_key();
  std::mt19937 random(20260101);
  const auto measure = [&] {
    std::vector<bool> order(2 * each);
    std::fill(order.begin(), order.begin() + each, true);
    std::shuffle(order.begin(), order.end(), random);
    std::vector<double> times[2];
    for (const bool unknown : order) {
      auto text = key;
      if (unknown)
        for (std::size_t i = 8; i < 24; ++i) text[i] = static_cast<char>('a' + random() % 26);
      for (std::size_t i = 30; i < 40; ++i) text[i] = static_cast<char>('a' + random() % 26);
      const auto begin = std::chrono::steady_clock::now();
      EXPECT_FALSE(ask(text));
      times[unknown].push_back(
          std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
    }
    double mean[2], variance[2], count = each * 9 / 10;
    for (int k : {0, 1}) {
      auto& t = times[k];
      std::sort(t.begin(), t.end());
      t.resize(static_cast<std::size_t>(count));
      mean[k] = std::accumulate(t.begin(), t.end(), 0.0) / count;
      variance[k] = std::accumulate(t.begin(), t.end(), 0.0,
                                    [&](double sum, double x) { return sum + (x - mean[k]) * (x - mean[k]); }) /
                    (count - 1);
    }
    const double t = (mean[1] - mean[0]) / std::sqrt((variance[0] + variance[1]) / count);
    std::printf("wrong secret %.2f ms (sd %.2f), unknown id %.2f ms (sd %.2f), n %d each, Welch t %.2f\n", mean[0],
                std::sqrt(variance[0]), mean[1], std::sqrt(variance[1]), static_cast<int>(count), t);
    EXPECT_GT(mean[0], 5) << "bcrypt ran";
    EXPECT_GT(mean[1], 5) << "bcrypt ran";
    return std::abs(t);
  };
  // A true difference shows in both runs; the machine's mood hardly does.
  EXPECT_TRUE(measure() < limit || measure() < limit);
}

}  // namespace

}  // namespace troupe::actors::test
