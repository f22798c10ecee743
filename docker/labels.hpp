// The labels by which Troupe knows its own objects.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "actors/model/ids.hpp"
#include "actors/model/object_names.hpp"
#include "docker/json_reader.hpp"

namespace troupe::docker {

namespace names = model::object_names;

inline json labels_of(std::string_view instance, const model::environment_id& environment) {
  return {{std::string(names::instance_label), instance}, {std::string(names::environment_label), environment.text}};
}

inline json volume_labels(std::string_view instance, const model::environment_id& environment,
                          std::string_view volume) {
  auto labels = labels_of(instance, environment);
  labels[std::string(names::volume_label)] = volume;
  return labels;
}

// Made by this instance for this environment: what bears other labels is never touched.
inline bool is_ours(const json& labels, std::string_view instance, const model::environment_id& environment) {
  return text_of(at(labels, names::instance_label)) == instance &&
         text_of(at(labels, names::environment_label)) == environment.text;
}

// What the names of tasks' tmpfs volumes begin with.
inline constexpr std::string_view scratch_volumes = "troupe-scratch-";

inline std::string label_filter(std::string_view label, std::string_view value) {
  return std::string(label) + '=' + std::string(value);
}
inline std::vector<std::string> label_filters(std::string_view instance, const model::environment_id& environment) {
  return {label_filter(names::instance_label, instance), label_filter(names::environment_label, environment.text)};
}
inline std::vector<std::string> label_filters(std::string_view instance, const model::environment_id& environment,
                                              std::string_view service) {
  auto all = label_filters(instance, environment);
  all.push_back(label_filter(names::service_label, service));
  return all;
}

}  // namespace troupe::docker
