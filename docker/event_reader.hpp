// The Engine's event stream: one JSON object a line. An event only says where to look again.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "actors/model/ids.hpp"
#include "docker/json_reader.hpp"

namespace troupe::docker {

struct engine_event {
  std::int64_t nanoseconds = 0;       // since 1970; what `since` continues from
  model::environment_id environment;  // empty: none of ours
  std::string service;                // empty: the environment as such
  model::deployment_id deployment;
  std::string container;  // its id, of container events
  std::string task_name;  // "service.slot", likewise
  std::string action;     // start, die, remove, …
  bool of_service = false;
  bool of_edge = false;  // our edge's container
};

// Nothing where the line is not an event. Container events carry our labels; services and networks only have names, by
// which another instance's may be taken for ours: looking again then finds nothing.
std::optional<engine_event> read_event(std::string_view line, std::string_view instance);

// Of the environment's network, by its name.
std::optional<model::environment_id> environment_of_network(std::string_view name);

// The query that leaves out what is of no interest (exec_*, top, attach …). `since` in nanoseconds; 0: from now.
std::string event_query(std::int64_t since);

// "<environment>-<service>" as in object_names::service, taken apart.
struct service_name_parts {
  model::environment_id environment;
  std::string service;
};
std::optional<service_name_parts> split_service_name(std::string_view name);

// Cuts a stream into lines. One that is longer than `longest_line` is left out: an event bears all labels of its image,
// which may be any number, and the stream is everybody's.
class line_cutter {
public:
  static constexpr std::size_t longest_line = 1U << 20U;

  explicit line_cutter(std::function<void(std::string_view)> sink) : sink_(std::move(sink)) {}
  void feed(std::string_view bytes);

private:
  std::function<void(std::string_view)> sink_;
  std::string pending_;
  bool too_long_ = false;  // the line that is coming
};

}  // namespace troupe::docker
