#include "docker/simulated_edge.hpp"

#include <map>

#include <nlohmann/json.hpp>

namespace troupe::docker {

namespace {

using nlohmann::json;
using namespace troupe::actors;

struct validity {
  std::string domain;
  std::int64_t from = 0, until = 0;
};

struct simulated_edge_data {
  static inline const char* name = "simulated_edge";

  model::wall_clock now;
  std::set<environment_id> networks;
  std::map<std::string, std::string> incoming, live;
  std::map<std::string, validity> certificates;  // by site
  std::uint64_t generation = 0;
};

using self_ptr = edge_host_actor::stateful_pointer<simulated_edge_data>;

json apply(simulated_edge_data& my) {
  json applied = json::array();
  for (auto& [file, content] : my.incoming) {
    const auto id = file.substr(0, file.rfind('.'));
    if (file.ends_with(".gone"))
      my.live.erase(id);
    else
      my.live[id] = content;
    applied.push_back(id);
  }
  my.incoming.clear();
  return {{"generation", ++my.generation}, {"applied", std::move(applied)}, {"refused", json::object()}};
}

json state_of(const simulated_edge_data& my) {
  json sites = json::object(), certificates = json::object();
  for (const auto& [id, content] : my.live) sites[id] = "";
  for (const auto& [id, c] : my.certificates)
    certificates[id] = {{"domain", c.domain}, {"notBefore", c.from}, {"notAfter", c.until}};
  return {{"generation", my.generation},
          {"sites", std::move(sites)},
          {"certificates", std::move(certificates)},
          {"excluded", json::object()}};
}

json order(simulated_edge_data& my, const std::string& id, const std::string& domain) {
  const auto now = std::chrono::floor<std::chrono::seconds>(my.now()).time_since_epoch().count();
  auto& c = my.certificates[id];
  c = {domain, now, now + 90 * 86'400};
  return {{"result", "issued"}, {"notBefore", c.from}, {"notAfter", c.until}};
}

json run(simulated_edge_data& my, const std::vector<std::string>& command) {
  const auto verb = command.size() > 1 ? command[1] : std::string();
  if (verb == "apply") return apply(my);
  if (verb == "check-domain") return {{"result", "ok"}, {"addresses", json::array()}, {"detail", ""}};
  if (verb == "request-certificate" && command.size() > 3) return order(my, command[2], command[3]);
  if (verb == "forget" && command.size() > 2) my.certificates.erase(command[2]);
  return state_of(my);
}

edge_host_actor::behavior_type simulated_edge(self_ptr self, model::wall_clock now) {
  self->state.now = std::move(now);
  return {
      [self](inspect_edge) -> outcome<edge_container, effect_error> {
        return edge_container{true, "simulated", "simulated", self->state.networks};
      },
      [self](const attach_edge& m) -> outcome<model::done, effect_error> {
        self->state.networks.insert(m.environment);
        return model::done{};
      },
      [self](const detach_edge& m) -> outcome<model::done, effect_error> {
        self->state.networks.erase(m.environment);
        return model::done{};
      },
      [self](const upload_to_edge& m) -> outcome<model::done, effect_error> {
        for (const auto& [file, content] : m.files) self->state.incoming[file] = content;
        return model::done{};
      },
      [self](const run_in_edge& m) -> outcome<edge_output, effect_error> {
        return edge_output{0, run(self->state, m.command).dump()};
      },
      [self](const edge_observer& keeper) { self->send(keeper, edge_touched{}); },
  };
}

}  // namespace

edge_host_actor spawn_simulated_edge(caf::actor_system& system, model::wall_clock now) {
  return system.spawn(simulated_edge, std::move(now));
}

}  // namespace troupe::docker
