#include "actors/model/port_claims.hpp"

namespace troupe::model {

std::string told_taken(const port_mapping& port, const std::string& by) {
  return "The host port " + std::to_string(*port.host) + '/' + std::string(port_protocol_texts[port.protocol]) +
         " is taken" + (by.empty() ? "." : " by " + by + '.');
}

void port_claims::hold(const deployment_id& release, const std::string& service,
                       const std::vector<port_mapping>& ports) {
  held_.let_go(release);
  for (const auto& p : ports)
    if (p.host) held_.hold({*p.host, p.protocol}, release, {service, {}});
}

std::vector<violation> port_claims::conflicts(const std::string& service, const std::vector<port_mapping>& ports,
                                              const std::set<std::string>& yielding) const {
  std::vector<violation> out;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    if (!ports[i].host) continue;
    const auto* other = held_.find({*ports[i].host, ports[i].protocol}, [&](const auto& holder) {
      return holder.service != service && !yielding.contains(holder.service);
    });
    if (other)
      out.push_back(
          {"/ports/" + std::to_string(i) + "/host", told_taken(ports[i], "the service \"" + other->service + '"')});
  }
  return out;
}

}  // namespace troupe::model
