// So many tries at once, and one more each so often, by subject. Of a fixed size whatever the number of subjects:
// subjects share slots by a seeded hash, which an attacker would have to fill one by one.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::secrets {

class try_limits {
public:
  using time_point = std::chrono::steady_clock::time_point;

  // `seed`: secret text that keeps the slots of subjects unpredictable.
  try_limits(std::uint32_t burst, std::chrono::milliseconds refill, std::string seed, std::size_t slots = 16'384);

  // Takes one try; or how long until there is one.
  std::optional<std::chrono::milliseconds> take(std::string_view subject, time_point now);
  // Gives back a try that was no failure.
  void give_back(std::string_view subject);

private:
  time_point& slot(std::string_view subject);

  std::chrono::steady_clock::duration refill_;
  std::chrono::steady_clock::duration full_;
  std::string seed_;
  std::vector<time_point> refilled_at_;  // when a slot will have all its tries again
};

// What failures are counted by: an IPv4 address, an IPv6 /64, or the text itself where it is no address.
std::string address_group(std::string_view address);

}  // namespace troupe::secrets
