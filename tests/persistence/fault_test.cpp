#include <random>
#include <thread>

#include "tests/persistence/database_fixture.hpp"

namespace troupe::persistence::testing {
namespace {

using model::deployment_status;
struct Fault : DatabaseTest {};

TEST_F(Fault, BackendsKilledAroundCommitsLoseAndDoubleNothing) {
  constexpr int savers = 40, rounds = 60;
  const auto env = saved_environment(make_user());
  std::atomic<bool> stop_killing{false};
  std::size_t killed = 0;
  std::atomic<int> rounds_done{0};
  // At a random moment of each round: oftener, and a slow machine would never get through one.
  std::thread killer([&] {
    std::mt19937 random{42};
    for (int last = -1; !stop_killing; std::this_thread::sleep_for(1ms)) {
      if (rounds_done == last) continue;
      last = rounds_done;
      std::this_thread::sleep_for(std::chrono::microseconds{random() % 15'000});
      killed += place->kill_backends();
    }
  });
  std::vector<model::deployment> rows;
  for (int i = 1; i <= savers; ++i) rows.push_back(deployment(env, i, "s" + std::to_string(i)));
  int repeated = 0, refused = 0;
  for (int round = 1; round <= rounds; ++round) {
    std::vector<std::size_t> open(rows.size());
    for (std::size_t i = 0; i < open.size(); ++i) open[i] = i;
    while (!open.empty() && refused == 0) {
      std::vector<actors::save> saves;
      for (const auto i : open) saves.push_back(one(rows[i]));
      const auto outcomes = save_all(saves);
      std::vector<std::size_t> again;
      for (std::size_t k = 0; k < open.size(); ++k) {
        if (outcomes[k]) continue;
        if (outcomes[k].error().kind != consequence::unavailable) {
          ++refused;
          ADD_FAILURE() << outcomes[k].error().detail;
        }
        again.push_back(open[k]);
      }
      repeated += static_cast<int>(again.size());
      open = again;
    }
    if (refused > 0) break;
    ++rounds_done;
    if (round < rounds)
      for (auto& d : rows) d = next(d, deployment_status::pulling_image);
  }
  stop_killing = true;
  killer.join();
  std::cout << killed << " backends killed, " << repeated << " saves repeated by the asker\n";
  EXPECT_GT(killed, 10U);
  for (const auto& d : rows) EXPECT_EQ(stored(d), d);
  EXPECT_EQ(place->value("SELECT sum(count) FROM transitions"), std::to_string(savers * rounds));
  EXPECT_EQ(fenced_calls, 0);
}

TEST_F(Fault, AFrozenServerIsAnsweredForInTimeAndServesAgainAfterwards) {
  const auto env = saved_environment(make_user());
  ASSERT_TRUE(ask(actors::database_status{}));
  if (!place->freeze()) GTEST_SKIP() << "the server's processes are not ours to stop";
  const auto start = std::chrono::steady_clock::now();
  const auto d = deployment(env, 1);
  const auto outcomes = save_all({one(d), one(deployment(env, 2)), one(deployment(env, 3))});
  for (const auto& saved : outcomes) {
    ASSERT_FALSE(saved);
    EXPECT_EQ(saved.error().kind, consequence::unavailable);
    EXPECT_EQ(saved.error().retry_after_seconds, 2);
  }
  EXPECT_EQ(ask(actors::database_status{}).error().kind, consequence::unavailable);
  EXPECT_EQ(ask(actors::describe{}).id, "database");
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s) << "two timeouts of 2 s";
  place->thaw();
  for (const auto deadline = std::chrono::steady_clock::now() + 10s;;) {
    const auto saved = ask(one(d));
    if (saved) break;
    ASSERT_EQ(saved.error().kind, consequence::unavailable) << saved.error().detail;
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "it does not recover";
  }
  EXPECT_EQ(stored(d), d);
  EXPECT_EQ(fenced_calls, 0);
}

struct SmallQueue : DatabaseTest {
  database_options options() override {
    auto o = DatabaseTest::options();
    o.queue_limit = 10;
    return o;
  }
};

TEST_F(SmallQueue, AFullQueueSaysSoAtOnce) {
  const auto env = saved_environment(make_user());
  if (!place->freeze()) GTEST_SKIP() << "the server's processes are not ours to stop";
  std::vector<actors::save> saves;
  for (int i = 1; i <= 30; ++i) saves.push_back(one(deployment(env, i)));
  int full = 0;
  for (const auto& saved : save_all(saves)) {
    ASSERT_FALSE(saved);
    EXPECT_EQ(saved.error().kind, consequence::unavailable);
    full += saved.error().detail == "too much waits for the database";
  }
  EXPECT_GE(full, 19);
}

TEST(Unreachable, RequestsAreAnsweredAndTheActorEnds) {
  DatabaseTest::configuration config;
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  const auto database =
      spawn_database(system, {.url = "postgresql://nobody@127.0.0.1:1/none", .timeout = 1s, .claim = nullptr}, {});
  self->request(database, 5s, actors::find_key{"x"})
      .receive([](const outcome<model::api_key>& found) { EXPECT_EQ(found.error().kind, consequence::unavailable); },
               [](const caf::error&) { ADD_FAILURE() << "no answer"; });
  const auto claimed = claim_house("postgresql://nobody:sesame@127.0.0.1:1/none", 1s);
  ASSERT_FALSE(claimed);
  EXPECT_EQ(claimed.error().kind, consequence::unavailable);
  EXPECT_EQ(claimed.error().detail.find("sesame"), std::string::npos);
  self->send_exit(database, caf::exit_reason::user_shutdown);
}

}  // namespace
}  // namespace troupe::persistence::testing
