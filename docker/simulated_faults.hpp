// What goes wrong between a caller and the simulated outside, scripted or drawn from a seed.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>

#include "actors/model/enum_text.hpp"
#include "docker/simulated_chance.hpp"

namespace troupe::docker {

enum class fault {
  none,
  slow,     // answered late; the effect may happen late too
  refused,  // an error, nothing done
  lost,     // done, never answered
  late,     // done, answered with an error
  hang,     // nothing done, never answered
};
inline constexpr model::enum_texts<fault, 6> fault_texts{{"none", "slow", "refused", "lost", "late", "hang"}};

// Probabilities per call; their sum is at most 1.
struct fault_rates {
  double slow = 0, refused = 0, lost = 0, late = 0, hang = 0;
  double event_dropped = 0;
};

enum class reach { up, down, frozen };  // down: refuses connections; frozen: accepts them and never says a word

class fault_plan {
public:
  fault_plan() = default;
  fault_plan(std::uint64_t seed, fault_rates rates) : rates_(rates), chance_(seed) {}

  // The next call of this name, e.g. "converge_service", meets `f`; further ones queue behind it.
  void next(std::string_view call, fault f) { scripted_[std::string(call)].push_back(f); }
  void set(reach r) { reach_ = r; }
  void set(fault_rates rates) { rates_ = rates; }
  // No faults from now on.
  void end() {
    rates_ = {};
    scripted_.clear();
    reach_ = reach::up;
  }

  reach state() const { return reach_; }
  fault draw(std::string_view call);
  bool drops_event() { return reach_ != reach::up || chance_.happens(rates_.event_dropped); }
  simulated_chance& chance() { return chance_; }

private:
  fault_rates rates_;
  simulated_chance chance_{0};
  std::map<std::string, std::deque<fault>, std::less<>> scripted_;
  reach reach_ = reach::up;
};

}  // namespace troupe::docker
