// The environment's overlay network.
#include "config/failpoint.hpp"
#include "config/logging.hpp"
#include "docker/deadline.hpp"
#include "docker/engine.hpp"
#include "docker/labels.hpp"

namespace troupe::docker {

namespace {
using model::consequence;
using model::effect_error;
using model::failure_code;
using model::make_failure;

// The Engine answers 201 before there is a subnet, and also where there is none left.
bool is_allocated(const json& network) {
  return text_of(at(network, "Driver")) == "overlay" && !list_of(at(network, "IPAM", "Config")).empty();
}
}  // namespace

effect<json> engine::find_network(const model::environment_id& environment) {
  const auto found = api_.get("/networks?" + filter_query({{"label", label_filters(options_.instance, environment)}}));
  if (!found.ok()) return engine_fault(found);
  const auto name = names::network(environment);
  json mine;
  for (const auto& n : list_of(found.body))
    if (text_of(at(n, "Name")) == name && text_of(at(n, "Scope")) == "swarm" && (mine.is_null() || is_allocated(n)))
      mine = n;
  return mine;
}

effect<actors::network_ready> engine::ensure_network(const actors::ensure_network& wanted) {
  auto found = find_network(wanted.environment);
  if (!found) return found.error();
  if (found.value().is_null()) {
    config::failpoint("engine.before_ensure_network");
    const auto made = api_.post("/networks/create", {{"Name", names::network(wanted.environment)},
                                                     {"Driver", "overlay"},
                                                     {"Attachable", true},  // for the edge, which is no service
                                                     {"CheckDuplicate", true},
                                                     {"Labels", labels_of(options_.instance, wanted.environment)}});
    config::failpoint("engine.after_ensure_network");
    if (made.status == 409) {
      found = find_network(wanted.environment);  // somebody was quicker: this instance, or a stranger
      if (!found) return found.error();
      if (found.value().is_null())
        return effect_error{consequence::rejected, make_failure(failure_code::network_failed,
                                                                "A network of this name exists that is not Troupe's.")};
    } else if (!made.ok()) {
      return engine_fault(made);
    }
  }
  std::string id;
  const bool ready = wait_until(milliseconds{2000}, [&] {
    found = find_network(wanted.environment);
    if (!found) return true;
    id = text_of(at(found.value(), "Id"));
    return is_allocated(found.value());
  });
  if (!found) return found.error();
  if (ready) return actors::network_ready{id};
  log::error("a network got no subnet: the address pool is exhausted, or it overlaps",
             {{"environmentId", wanted.environment.text}});
  if (!id.empty()) api_.remove("/networks/" + percent_encode(id));
  return effect_error{consequence::retry,
                      make_failure(failure_code::network_failed, "No addresses are left for another network.")};
}

effect<model::done> engine::remove_network(const actors::remove_network& wanted) {
  const auto found = find_network(wanted.environment);
  if (!found) return found.error();
  if (!found.value().is_null()) {
    config::failpoint("engine.before_remove_network");
    const auto removed = api_.remove("/networks/" + percent_encode(text_of(at(found.value(), "Id"))));
    config::failpoint("engine.after_remove_network");
    if (removed.status == 400 || removed.status == 403 || removed.status == 409) {
      log::info("network still in use", {{"environmentId", wanted.environment.text}, {"message", removed.message}});
      return effect_error{consequence::retry,
                          make_failure(failure_code::network_failed, "The network is still in use.")};
    }
    if (!removed.ok() && !removed.absent()) return engine_fault(removed);
  }
  std::optional<effect_error> failed;
  const bool gone = wait_until(milliseconds{5000}, [&] {
    const auto left =
        api_.get("/networks?" + filter_query({{"label", label_filters(options_.instance, wanted.environment)}}));
    if (!left.ok()) failed = engine_fault(left);
    return failed || list_of(left.body).empty();
  });
  if (failed) return *failed;
  if (!gone)
    return effect_error{consequence::retry, make_failure(failure_code::network_failed, "The network is still in use.")};
  return model::done{};
}

}  // namespace troupe::docker
