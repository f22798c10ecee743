// Docker objects with this instance's label that the database does not know: after an older backup was restored, say.
#include <map>

#include "config/commands/finding.hpp"
#include "docker/api_client.hpp"
#include "docker/labels.hpp"
#include "persistence/unknown_ids.hpp"

namespace troupe::commands {

namespace {

namespace names = model::object_names;
using docker::at;
using docker::json;
using docker::text_of;

struct shown_object {
  std::string kind, name, environment, deployment;  // deployment: of services alone
};

std::vector<shown_object> objects_of(docker::api_client& api, const std::string& instance) {
  const auto ours = docker::filter_query({{"label", {docker::label_filter(names::instance_label, instance)}}});
  std::vector<shown_object> out;
  const auto add = [&](const char* kind, const std::string& name, const json& labels, const json& made_for) {
    out.push_back(
        {kind, name, text_of(at(labels, names::environment_label)), text_of(at(made_for, names::deployment_label))});
  };
  const auto services = api.get("/services?" + ours), networks = api.get("/networks?" + ours),
             volumes = api.get("/volumes?" + ours);
  for (const auto& s : docker::list_of(services.body))
    add("service", text_of(at(s, "Spec", "Name")), at(s, "Spec", "Labels"),
        at(s, "Spec", "TaskTemplate", "ContainerSpec", "Labels"));
  for (const auto& n : docker::list_of(networks.body)) add("network", text_of(at(n, "Name")), at(n, "Labels"), {});
  for (const auto& v : docker::list_of(at(volumes.body, "Volumes")))
    add("volume", text_of(at(v, "Name")), at(v, "Labels"), {});
  std::erase_if(out, [](const auto& o) { return o.environment.empty(); });
  return out;
}

}  // namespace

findings examine_unknown_objects(const config::settings& settings) {
  if (settings.docker_host.starts_with("simulated:")) return {};
  docker::transport transport(settings.docker_host);
  docker::api_client api(transport, settings.engine_timeout);
  const auto objects = objects_of(api, settings.instance);
  persistence::borne_ids shown;
  for (const auto& o : objects) {
    shown.environments.insert(o.environment);
    if (!o.deployment.empty()) shown.deployments.insert(o.deployment);
  }
  const auto unknown = persistence::find_unknown_ids(settings.database_url.reveal(), shown, settings.database_timeout);
  if (!unknown) return {};                  // told by the database's own examination
  std::map<std::string, std::string> left;  // by environment
  for (const auto& o : objects)
    if (unknown.value().environments.contains(o.environment) || unknown.value().deployments.contains(o.deployment))
      (left[o.environment] += left[o.environment].empty() ? "" : ", ") += o.kind + ' ' + o.name;
  findings out;
  for (const auto& [environment, list] : left)
    out.push_back({severity::warning, "unknown objects",
                   "left alone, as no row knows them: " + list + " of environment " + environment,
                   "see whether anybody needs them; `docker service rm`, `docker network rm` and `docker volume rm` "
                   "remove them"});
  if (out.empty())
    out.push_back(
        {severity::ok, "unknown objects", "none of " + std::to_string(objects.size()) + " with this instance's label"});
  return out;
}

}  // namespace troupe::commands
