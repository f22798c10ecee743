#include <fstream>
#include <iterator>

#include "config/commands/edge.hpp"
#include "nginx/edge_actor.hpp"

namespace troupe::commands {

namespace {

std::string content_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

actors::edge_actor start_edge(caf::actor_system& system, const config::settings& settings,
                              std::shared_ptr<actors::board> board, actors::site_rows_actor rows,
                              actors::edge_host_actor host, model::wall_clock now, model::random_source random) {
  nginx::edge_options o;
  o.acme_directory = settings.acme_directory_url;
  o.acme_email = settings.acme_email;
  if (!settings.acme_ca_bundle.empty()) o.acme_ca = content_of(settings.acme_ca_bundle);
  o.addresses = settings.edge_addresses;
  o.domains_per_environment = settings.domains_per_environment;
  o.platform_domain = platform_domain(settings);
  if (settings.public_base_url.starts_with("https://")) o.platform_upstream = settings.edge_upstream;
  o.database_timeout = settings.database_timeout * 3;
  return nginx::spawn_edge(
      system, {std::move(o), std::move(rows), std::move(host), std::move(board), std::move(now), std::move(random)});
}

}  // namespace troupe::commands
