// What waits to be sent, and when it may go: 30 calls a second overall, one message a second to a chat (one in three
// seconds to a group), in order per chat, and nothing at all while Telegram asks for silence
// (core.telegram.org/bots/faq, "My bot is hitting limits"). Pure: the time is given.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>

namespace troupe::telegram {

using moment = std::chrono::steady_clock::time_point;

struct send_limits {
  std::size_t overall = 1'000;  // waiting in all
  std::size_t per_chat = 50;    // waiting for one chat
  std::size_t calls_a_second = 30;
  std::chrono::milliseconds chat_gap{1'000}, group_gap{3'000};  // groups have negative ids
};

template <class Payload>
class send_queue {
public:
  static constexpr std::int64_t no_chat = 0;  // calls that are no messages: only the overall rate holds

  explicit send_queue(send_limits limits = {}) : limits_(limits) {}

  // False: full, and the payload is untouched.
  bool push(std::int64_t chat, Payload&& what) {
    if (size_ >= limits_.overall) return false;
    if (const auto found = lanes_.find(chat);
        found != lanes_.end() && chat != no_chat && found->second.waiting.size() >= limits_.per_chat)
      return false;
    lanes_[chat].waiting.push_back(std::move(what));
    ++size_;
    return true;
  }

  // The next one that may go now; its chat is busy until `sent` or `put_back`.
  std::optional<std::pair<std::int64_t, Payload>> take(moment now) {
    forget_old(now);
    if (now < quiet_until_ || recent_.size() >= limits_.calls_a_second || lanes_.empty()) return std::nullopt;
    auto next = lanes_.upper_bound(last_);  // in turn, so that no chat keeps the others waiting
    for (std::size_t i = 0; i < lanes_.size(); ++i, ++next) {
      if (next == lanes_.end()) next = lanes_.begin();
      auto& [chat, l] = *next;
      if (l.waiting.empty() || (chat != no_chat && (l.busy || now < l.next))) continue;
      auto what = std::move(l.waiting.front());
      l.waiting.pop_front();
      l.busy = true;
      --size_;
      last_ = chat;
      recent_.push_back(now);
      return std::pair{chat, std::move(what)};
    }
    return std::nullopt;
  }

  // It was answered, well or not. From now the chat's gap counts: when it arrived over there nobody knows, but it was
  // before its answer.
  void sent(std::int64_t chat, moment now) {
    if (const auto found = lanes_.find(chat); found != lanes_.end()) free(*found, now);
  }
  void put_back(std::int64_t chat, Payload&& what, moment now) {
    const auto found = lanes_.try_emplace(chat).first;
    free(*found, now);
    auto& l = found->second;
    l.waiting.push_front(std::move(what));
    ++size_;
  }
  // Nothing goes before `until`.
  void be_quiet(moment until) { quiet_until_ = std::max(quiet_until_, until); }

  // Drops what waits for this chat and gives it back.
  std::deque<Payload> forget(std::int64_t chat) {
    const auto found = lanes_.find(chat);
    if (found == lanes_.end()) return {};
    auto out = std::move(found->second.waiting);
    found->second.waiting.clear();
    size_ -= out.size();
    return out;
  }

  std::size_t size() const { return size_; }
  bool is_quiet(moment now) const { return now < quiet_until_; }

private:
  struct lane {
    std::deque<Payload> waiting;
    moment next{};
    bool busy = false;
  };

  void free(std::pair<const std::int64_t, lane>& of, moment now) const {
    of.second.busy = false;
    of.second.next = now + (of.first < 0 ? limits_.group_gap : limits_.chat_gap);
  }

  void forget_old(moment now) {
    while (!recent_.empty() && now - recent_.front() >= std::chrono::seconds{1}) recent_.pop_front();
    for (auto i = lanes_.begin(); i != lanes_.end();)
      i = i->second.waiting.empty() && !i->second.busy && now >= i->second.next ? lanes_.erase(i) : std::next(i);
  }

  send_limits limits_;
  std::map<std::int64_t, lane> lanes_;
  std::deque<moment> recent_;  // of the last second
  moment quiet_until_{};
  std::int64_t last_ = no_chat;
  std::size_t size_ = 0;
};

}  // namespace troupe::telegram
