#include "docker/simulated_faults.hpp"

namespace troupe::docker {

fault fault_plan::draw(std::string_view call) {
  if (const auto it = scripted_.find(call); it != scripted_.end()) {
    const auto f = it->second.front();
    it->second.pop_front();
    if (it->second.empty()) scripted_.erase(it);
    return f;
  }
  auto x = static_cast<double>(chance_.next() >> 11U) * 0x1.0p-53;
  for (const auto& [rate, f] : {std::pair{rates_.slow, fault::slow},
                                {rates_.refused, fault::refused},
                                {rates_.lost, fault::lost},
                                {rates_.late, fault::late},
                                {rates_.hang, fault::hang}}) {
    if (x < rate) return f;
    x -= rate;
  }
  return fault::none;
}

}  // namespace troupe::docker
