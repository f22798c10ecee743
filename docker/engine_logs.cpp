// Whose logs there are to keep.
#include "docker/engine.hpp"

namespace troupe::docker {

effect<std::vector<log_source>> engine::log_sources() {
  std::vector<log_source> sources;
  const auto all = api_.get_each(
      "/containers/json?all=1&" + filter_query({{"label", {label_filter(names::instance_label, options_.instance)}}}),
      [&](const json& container) {
        if (auto source = read_log_source(container, options_.instance)) sources.push_back(std::move(*source));
      });
  if (!all.ok()) return engine_fault(all);
  return sources;
}

}  // namespace troupe::docker
