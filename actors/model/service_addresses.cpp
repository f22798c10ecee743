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

std::vector<service_address> addresses_of(const release_spec& spec, std::string_view host, const site* site) {
  std::vector<service_address> out;
  for (const auto& p : spec.ports) out.push_back({address_kind::internal, at(spec.service, p.container, p.protocol)});
  for (const auto& p : spec.ports)
    if (p.host) out.push_back({address_kind::published, at(host, *p.host, p.protocol)});
  if (site && site->service == spec.service) out.push_back({address_kind::domain, "https://" + site->domain});
  return out;
}

}  // namespace troupe::model
