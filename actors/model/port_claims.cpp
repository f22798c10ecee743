#include "actors/model/port_claims.hpp"

#include <algorithm>

namespace troupe::model {

std::string told_taken(const port_mapping& port, const std::string& by) {
  return "The host port " + std::to_string(*port.host) + '/' + std::string(port_protocol_texts[port.protocol]) +
         " is taken" + (by.empty() ? "." : " by " + by + '.');
}

void port_claims::hold(const deployment_id& release, const std::string& service,
                       const std::vector<port_mapping>& ports) {
  let_go(release);
  for (const auto& p : ports) {
    if (!p.host) continue;
    of_port_[{*p.host, p.protocol}].emplace(release, service);
    of_release_[release].emplace_back(*p.host, p.protocol);
  }
}

void port_claims::let_go(const deployment_id& release) {
  const auto held = of_release_.find(release);
  if (held == of_release_.end()) return;
  for (const auto& port : held->second) {
    const auto holders = of_port_.find(port);
    if (holders == of_port_.end()) continue;
    holders->second.erase(release);
    if (holders->second.empty()) of_port_.erase(holders);
  }
  of_release_.erase(held);
}

std::vector<violation> port_claims::conflicts(const std::string& service, const std::vector<port_mapping>& ports,
                                              const std::set<std::string>& yielding) const {
  std::vector<violation> out;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    if (!ports[i].host) continue;
    const auto holders = of_port_.find({*ports[i].host, ports[i].protocol});
    if (holders == of_port_.end()) continue;
    const auto other = std::find_if(holders->second.begin(), holders->second.end(), [&](const auto& holder) {
      return holder.second != service && !yielding.contains(holder.second);
    });
    if (other != holders->second.end())
      out.push_back(
          {"/ports/" + std::to_string(i) + "/host", told_taken(ports[i], "the service \"" + other->second + '"')});
  }
  return out;
}

}  // namespace troupe::model
