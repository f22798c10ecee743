#include "config/commands/edge.hpp"
#include "config/commands/finding.hpp"
#include "docker/engine.hpp"

namespace troupe::commands {

namespace {

constexpr std::chrono::seconds patience{10};
const std::string mend = "start it: `nginx/edge/container start`, `./run --edge` or deploy.sh";

}  // namespace

// Never a failure: without the edge the server works, and no domain is public.
findings examine_edge(const config::settings& settings) {
  if (settings.docker_host.starts_with("simulated:")) return {{severity::ok, "edge", "simulated"}};
  docker::engine_options options;
  options.docker_host = settings.docker_host;
  options.instance = settings.instance;
  options.call_timeout = settings.engine_timeout;
  options.edge_container = settings.edge_container;
  docker::engine engine(options);
  const auto found = engine.inspect_edge();
  if (!found) return {{severity::warning, "edge", found.error().what.message, mend}};
  if (found.value().id.empty())
    return {{severity::warning, "edge",
             "there is no container " + settings.edge_container + ": no domain can be public", mend}};
  if (!found.value().running)
    return {{severity::warning, "edge", "the container " + settings.edge_container + " does not run", mend}};
  const auto state = engine.run_in_edge({{"edge", "state"}, patience});
  if (!state || state.value().exit_code != 0)
    return {{severity::warning, "edge", "the container " + settings.edge_container + " does not do what it is told",
             "look at its log, and start it anew"}};
  findings out{{severity::ok, "edge",
                settings.edge_container + " runs, on the networks of " + std::to_string(found.value().networks.size()) +
                    " environments"}};
  if (settings.public_base_url.starts_with("https://") && !platform_domain(settings).empty() &&
      settings.edge_upstream.empty())
    out.push_back({severity::warning, "edge",
                   "PUBLIC_BASE_URL names a domain, and the edge is not told where this server is",
                   "set EDGE_UPSTREAM, or serve the name by a proxy of your own"});
  return out;
}

}  // namespace troupe::commands
