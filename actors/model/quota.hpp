// So many in any window of time, per key: an exact sliding window.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>

namespace troupe::model {

class quota {
public:
  using moment = std::chrono::nanoseconds;  // since any fixed point; never goes back

  quota(std::uint32_t limit, moment window) : limit_(limit), window_(window) {}

  struct decision {
    bool allowed = false;
    std::uint32_t limit = 0;
    std::uint32_t remaining = 0;
    moment reset{};  // until the oldest use leaves the window: one more is allowed then
  };
  decision take(const std::string& key, moment now);
  // What take() would find, without taking.
  decision look(const std::string& key, moment now) const;
  // Undoes one take at that moment, which turned out to cost nothing.
  void give_back(const std::string& key, moment taken_at);

  std::size_t keys() const { return uses_.size(); }
  std::chrono::seconds window() const { return std::chrono::ceil<std::chrono::seconds>(window_); }

private:
  void forget_old(std::deque<moment>& uses, moment now) const;
  decision stand(const std::deque<moment>& uses, moment now) const;

  std::uint32_t limit_;
  moment window_;
  std::unordered_map<std::string, std::deque<moment>> uses_;
  std::size_t sweep_at_ = 1024;
};

}  // namespace troupe::model
