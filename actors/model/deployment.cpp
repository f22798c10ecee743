#include "actors/model/deployment.hpp"

namespace troupe::model {

service_plan plan_of(const deployment& d) {
  return {d.environment,
          d.id,
          d.generation,
          d.spec,
          d.image.value_or(resolved_image{}),
          d.wanted == intent::stop ? 0 : d.spec.replicas,
          d.begun};
}

}  // namespace troupe::model
