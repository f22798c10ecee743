// Where a service is reached.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "actors/model/enum_text.hpp"
#include "actors/model/release_spec.hpp"
#include "actors/model/site.hpp"

namespace troupe::model {

// internal: by the services of its environment. published: at a port of the platform's host. domain: on the internet.
enum class address_kind { internal, published, domain };
inline constexpr enum_texts<address_kind, 3> address_kind_texts{{"internal", "published", "domain"}};

struct service_address {
  address_kind kind{};
  std::string text;  // "web:80", "web:53/udp", "deploy.example.org:8081", "https://shop.example.org"

  bool operator==(const service_address&) const = default;
};

// Those in the environment and of published ports that hold once a release of this spec runs. `host` is the platform's,
// as others reach it.
std::vector<service_address> addresses_of(const release_spec& spec, std::string_view host);
// Those at this domain: for all of it, and for its paths, where the service answers.
void add_addresses(std::string_view service, const site& of, std::vector<service_address>& out);

}  // namespace troupe::model
