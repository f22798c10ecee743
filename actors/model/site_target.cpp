#include "actors/model/site_target.hpp"

#include <algorithm>

namespace troupe::model {

namespace {

std::string list_of(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

target_choice port_of(const candidate_service& s, std::uint16_t wanted) {
  if (wanted != 0) return {site_target{s.name, wanted}, {}, false};
  if (s.ports.size() == 1) return {site_target{s.name, s.ports.front()}, {}, false};
  if (s.ports.empty())
    return {{}, "The service " + s.name + " has no TCP port; deploy it with one, or name `port`.", false};
  std::vector<std::string> ports;
  for (const auto port : s.ports) ports.push_back(std::to_string(port));
  return {{}, "The service " + s.name + " has several ports (" + list_of(ports) + "): name `port`.", true};
}

}  // namespace

target_choice choose_target(const site& s, const std::vector<candidate_service>& services) {
  const auto named =
      std::find_if(services.begin(), services.end(), [&](const auto& one) { return one.name == s.service; });
  if (!s.service.empty() && named != services.end()) return port_of(*named, s.port);
  if (s.pinned) return {{}, "There is no service " + s.service + " in this environment yet.", false};
  std::vector<std::string> fit;
  const candidate_service* last = nullptr;
  for (const auto& one : services) {
    if (one.ports.empty() && s.port == 0) continue;
    fit.push_back(one.name);
    last = &one;
  }
  if (fit.empty()) return {{}, "No service with a port is in this environment yet.", false};
  if (fit.size() > 1) return {{}, "Several services could answer (" + list_of(fit) + "): name `service`.", true};
  return port_of(*last, s.port);
}

}  // namespace troupe::model
