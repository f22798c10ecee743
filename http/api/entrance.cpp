// GET /: who types the address alone is led on.
#include "http/api/accept.hpp"
#include "http/api/answer.hpp"
#include "http/api/handlers.hpp"
#include "http/api/routes.hpp"

namespace troupe::http::api {

namespace {

std::string links_text() {
  nlohmann::json links;
  for (const auto& [name, operation] : {std::pair{"docs", "getDocs"},
                                        {"openapi", "getOpenapi"},
                                        {"health", "getHealth"},
                                        {"account", "getAccount"},
                                        {"environments", "listEnvironments"},
                                        {"deployments", "listOwnDeployments"},
                                        {"mcp", "postMcp"}})
    links[name] = route_of(operation).path;
  return nlohmann::json{{"name", "Troupe"}, {"links", std::move(links)}}.dump();
}

}  // namespace

bool get_entrance(api_state&, call& c) {
  static const auto links = std::make_shared<const std::string>(links_text());
  const auto* accept = c.asked.header("accept");
  c.extra.emplace_back("Vary", "Accept");
  if (!accept || page_or_json(*accept) != ranked::page) {
    send_json(c, links);
    return true;
  }
  response out;
  out.status = 303;
  out.headers.emplace_back("Location", route_of("getDocs").path);
  send(c, std::move(out));
  return true;
}

}  // namespace troupe::http::api
