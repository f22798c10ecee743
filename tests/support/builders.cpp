#include "tests/support/builders.hpp"

#include "docker/simulated_image.hpp"

namespace troupe::support {

model::image_reference image(std::string_view name, std::string_view tag) {
  return {"docker.io", "acme/" + std::string(name), std::string(tag), {}};
}

model::release_spec spec(std::string_view service, std::string_view image_name, std::uint32_t replicas) {
  model::release_spec s;
  s.service = service;
  s.image = image(image_name);
  s.replicas = replicas;
  return s;
}

model::port_mapping host_port(std::uint16_t container, std::uint16_t host) {
  return {container, host, model::port_protocol::tcp, model::port_mode::host};
}

model::environment environment(std::uint64_t n, std::string_view name) {
  model::environment e;
  e.id = id<model::environment_id>(n);
  e.owner = id<model::user_id>(1);
  e.name = name;
  e.status = model::environment_status::active;
  return e;
}

model::deployment deployment(std::uint64_t n, const model::environment& in, model::release_spec spec) {
  model::deployment d;
  d.id = id<model::deployment_id>(n);
  d.job = id<model::job_id>(n);
  d.environment = in.id;
  d.owner = in.owner;
  d.number = n;
  d.spec = std::move(spec);
  return d;
}

model::service_plan plan(const model::environment& in, std::uint64_t deployment, model::release_spec spec) {
  auto image = docker::resolve_simulated(spec);
  const auto replicas = spec.replicas;
  return {in.id,
          id<model::deployment_id>(deployment),
          0,
          std::move(spec),
          image ? image.value() : model::resolved_image{},
          replicas};
}

}  // namespace troupe::support
