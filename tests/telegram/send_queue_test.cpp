#include "telegram/send_queue.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

using namespace troupe::telegram;
using namespace std::chrono_literals;
using queue = send_queue<std::string>;

namespace {
const moment start{1000s};
void push(queue& q, std::int64_t chat, std::string what) {
  EXPECT_TRUE(q.push(chat, std::move(what)));
}
}  // namespace

TEST(SendQueue, OneChatGetsOneMessageASecondInOrder) {
  queue q;
  for (const auto* text : {"a", "b"}) push(q, 5, text);
  EXPECT_EQ(q.take(start)->second, "a");
  EXPECT_FALSE(q.take(start + 2s)) << "the first is still under way";
  q.sent(5, start + 2s);
  EXPECT_FALSE(q.take(start + 2999ms)) << "it may have arrived just before it was answered";
  EXPECT_EQ(q.take(start + 3s)->second, "b");
}

TEST(SendQueue, AGroupGetsTwentyAMinute) {
  queue q;
  int taken = 0;
  for (auto now = start; now < start + 60s; now += 100ms) {
    if (q.size() == 0) push(q, -5, "x");
    if (q.take(now)) ++taken, q.sent(-5, now);
  }
  EXPECT_EQ(taken, 20);
}

TEST(SendQueue, ThirtyCallsASecondInAllAndNoChatIsPassedOver) {
  queue q;
  for (int chat = 1; chat <= 100; ++chat) push(q, chat, "x");
  std::vector<int> a_second(4);
  std::vector<bool> served(101);
  for (int i = 0; i < 4000; i += 10)
    while (const auto next = q.take(start + std::chrono::milliseconds{i})) {
      ++a_second[static_cast<std::size_t>(i / 1000)];
      EXPECT_FALSE(served[static_cast<std::size_t>(next->first)]);
      served[static_cast<std::size_t>(next->first)] = true;
      q.sent(next->first, start + std::chrono::milliseconds{i});
    }
  EXPECT_EQ(a_second, (std::vector<int>{30, 30, 30, 10}));
}

TEST(SendQueue, NothingGoesWhileTelegramAsksForSilence) {
  queue q;
  push(q, 5, "a");
  auto first = q.take(start);
  q.be_quiet(start + 5s);
  q.be_quiet(start + 3s);  // never shortens
  q.put_back(5, std::move(first->second), start);
  push(q, 6, "b");
  push(q, queue::no_chat, "c");
  EXPECT_FALSE(q.take(start + 4999ms));
  EXPECT_TRUE(q.take(start + 5s));
}

TEST(SendQueue, WhatIsPutBackStaysFirst) {
  queue q;
  push(q, 5, "a");
  push(q, 5, "b");
  auto first = q.take(start);
  q.put_back(5, std::move(first->second), start);
  EXPECT_EQ(q.take(start + 1s)->second, "a");
}

TEST(SendQueue, IsBoundedInAllAndForEachChat) {
  send_limits limits;
  limits.overall = 5;
  limits.per_chat = 3;
  queue q(limits);
  for (int i = 0; i < 3; ++i) push(q, 5, "x");
  std::string kept = "kept";
  EXPECT_FALSE(q.push(5, std::move(kept)));
  EXPECT_EQ(kept, "kept");
  push(q, 6, "y");
  push(q, 7, "z");
  EXPECT_FALSE(q.push(8, "w"));
  EXPECT_EQ(q.forget(5).size(), 3U);
  EXPECT_EQ(q.size(), 2U);
  push(q, 8, "w");
}
