// A container whose log is one of ours.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "actors/model/ids.hpp"
#include "docker/labels.hpp"

namespace troupe::docker {

struct log_source {
  std::string container;  // its id
  std::string name;       // "service.slot"
  model::environment_id environment;
  std::string service;
  model::deployment_id deployment;
  bool running = false;

  std::pair<model::environment_id, std::string> place() const { return {environment, service}; }
};

// "<service>.<slot>" of a task's name, "<Docker's service>.<slot>.<task id>".
inline std::string slot_name(const std::string& service, const std::string& task) {
  const auto slot = task.find('.');
  const auto rest = slot == std::string::npos ? slot : task.find('.', slot + 1);
  return service + (slot == std::string::npos ? std::string() : task.substr(slot, rest - slot));
}

// Of an element of /containers/json; nothing where it is none of ours, or has not been started yet.
inline std::optional<log_source> read_log_source(const json& container, std::string_view instance) {
  const auto& labels = at(container, "Labels");
  const auto state = text_of(at(container, "State"));
  const auto environment = model::parse_id<model::environment_id>(text_of(at(labels, names::environment_label)));
  const auto deployment = model::parse_id<model::deployment_id>(text_of(at(labels, names::deployment_label)));
  const auto service = text_of(at(labels, names::service_label));
  if (text_of(at(labels, names::instance_label)) != instance || !environment || !deployment || service.empty() ||
      state == "created")
    return std::nullopt;
  return log_source{text_of(at(container, "Id")),
                    slot_name(service, text_of(at(labels, "com.docker.swarm.task.name"))),
                    *environment,
                    service,
                    *deployment,
                    state == "running" || state == "paused"};
}

}  // namespace troupe::docker
