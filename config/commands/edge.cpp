#include "config/commands/edge.hpp"

#include "actors/model/domain_name.hpp"

namespace troupe::commands {

std::string platform_domain(const config::settings& settings) {
  std::string_view rest = settings.public_base_url;
  rest.remove_prefix(rest.find("://") + 3);
  return model::canonical_domain(rest.substr(0, rest.find_first_of(":/"))).value_or("");
}

}  // namespace troupe::commands
