#include "actors/model/service_addresses.hpp"

namespace troupe::model {

namespace {

std::string at(std::string_view host, std::uint16_t port, port_protocol protocol) {
  std::string out(host);
  (out += ':') += std::to_string(port);
  if (protocol == port_protocol::udp) out += "/udp";
  return out;
}

}  // namespace

std::vector<service_address> addresses_of(const release_spec& spec, std::string_view host) {
  std::vector<service_address> out;
  for (const auto& p : spec.ports) out.push_back({address_kind::internal, at(spec.service, p.container, p.protocol)});
  for (const auto& p : spec.ports)
    if (p.host) out.push_back({address_kind::published, at(host, *p.host, p.protocol)});
  return out;
}

void add_addresses(std::string_view service, const site& of, std::vector<service_address>& out) {
  if (!of.settings.redirect_to.empty()) return;
  const auto url = "https://" + of.domain;
  if (of.service == service) out.push_back({address_kind::domain, url});
  for (const auto& path : of.paths)
    if (path.service == service) out.push_back({address_kind::domain, url + path.path});
}

}  // namespace troupe::model
