#include "actors/model/site_target.hpp"

#include <algorithm>

namespace troupe::model {

namespace {

struct one_choice {
  std::optional<site_target> target;
  std::string why_not;
  const char* unsaid = nullptr;  // what has to be named
};

std::string list_of(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

one_choice port_of(const candidate_service& s, std::uint16_t wanted, std::uint16_t before) {
  if (wanted != 0) return {site_target{s.name, wanted}, {}};
  if (s.ports.size() == 1) return {site_target{s.name, s.ports.front()}, {}};
  if (s.ports.empty()) return {{}, "The service " + s.name + " has no TCP port; deploy it with one, or name `port`."};
  if (std::find(s.ports.begin(), s.ports.end(), before) != s.ports.end()) return {site_target{s.name, before}, {}};
  std::vector<std::string> ports;
  for (const auto port : s.ports) ports.push_back(std::to_string(port));
  return {{}, "The service " + s.name + " has several ports (" + list_of(ports) + "): name `port`.", "/port"};
}

const candidate_service* find(const std::vector<candidate_service>& services, const std::string& name) {
  const auto found = std::find_if(services.begin(), services.end(), [&](const auto& one) { return one.name == name; });
  return found == services.end() ? nullptr : &*found;
}

std::string no_such(const std::string& service) {
  return "There is no service " + service + " in this environment yet.";
}

one_choice root_of(const site& s, const std::vector<candidate_service>& services) {
  const auto* named = s.service.empty() ? nullptr : find(services, s.service);
  if (named) return port_of(*named, s.port, s.chosen_port);
  if (s.pinned) return {{}, no_such(s.service)};
  std::vector<std::string> fit;
  const candidate_service* last = nullptr;
  for (const auto& one : services) {
    const bool has_path =
        std::any_of(s.paths.begin(), s.paths.end(), [&](const auto& p) { return p.service == one.name; });
    if (has_path || (one.ports.empty() && s.port == 0)) continue;
    fit.push_back(one.name);
    last = &one;
  }
  if (fit.empty()) return {{}, "No service with a port is in this environment yet."};
  if (fit.size() > 1) return {{}, "Several services could answer (" + list_of(fit) + "): name `service`.", "/service"};
  return port_of(*last, s.port, 0);
}

}  // namespace

target_choice choose_targets(const site& s, const std::vector<candidate_service>& services) {
  target_choice out;
  if (!s.settings.redirect_to.empty()) return out;
  const auto note = [&out](const one_choice& one, const std::string& where) {
    if (one.target || !out.why_not.empty()) return;
    out.why_not = one.why_not;
    if (one.unsaid) out.ambiguous = where + one.unsaid;
  };
  const auto root = root_of(s, services);
  out.targets.root = root.target;
  note(root, "");
  for (std::size_t i = 0; i < s.paths.size(); ++i) {
    const auto& path = s.paths[i];
    const auto* service = find(services, path.service);
    const auto one = service ? port_of(*service, path.port, path.chosen_port) : one_choice{{}, no_such(path.service)};
    out.targets.paths.push_back(one.target);
    note(one, "/paths/" + std::to_string(i));
  }
  return out;
}

void keep_choice(site& s, const site_targets& chosen) {
  if (chosen.root) {
    s.service = chosen.root->service;
    s.chosen_port = chosen.root->port;
  }
  for (std::size_t i = 0; i < s.paths.size() && i < chosen.paths.size(); ++i)
    if (chosen.paths[i]) s.paths[i].chosen_port = chosen.paths[i]->port;
}

}  // namespace troupe::model
