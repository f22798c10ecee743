#include "docker/event_reader.hpp"

#include "docker/api_client.hpp"
#include "docker/labels.hpp"
#include "docker/log_source.hpp"

namespace troupe::docker {

namespace {
constexpr std::size_t bare_id = 16;

std::optional<model::environment_id> environment_of(std::string_view bare) {
  return model::parse_id<model::environment_id>(std::string(model::environment_tag::prefix) + '_' + std::string(bare));
}
}  // namespace

std::optional<model::environment_id> environment_of_network(std::string_view name) {
  constexpr std::string_view prefix = "troupe-";
  if (!name.starts_with(prefix)) return std::nullopt;
  return environment_of(name.substr(prefix.size()));
}

std::optional<service_name_parts> split_service_name(std::string_view name) {
  if (name.size() < bare_id + 2 || name[bare_id] != '-') return std::nullopt;
  auto environment = environment_of(name.substr(0, bare_id));
  if (!environment) return std::nullopt;
  return service_name_parts{*environment, std::string(name.substr(bare_id + 1))};
}

std::optional<engine_event> read_event(std::string_view line, std::string_view instance) {
  const auto body = parse_json(line);
  if (!body || !body->is_object()) return std::nullopt;
  engine_event e;
  e.nanoseconds = number_of(at(*body, "timeNano"));
  e.action = text_of(at(*body, "Action"));
  const auto type = text_of(at(*body, "Type"));
  const auto& facts = at(*body, "Actor", "Attributes");
  const auto name = text_of(at(facts, "name"));
  if (type == "container") {
    e.of_edge = text_of(at(facts, names::edge_label)) == instance;
    if (text_of(at(facts, names::instance_label)) != instance) return e;
    if (auto id = model::parse_id<model::environment_id>(text_of(at(facts, names::environment_label))))
      e.environment = *id;
    if (auto id = model::parse_id<model::deployment_id>(text_of(at(facts, names::deployment_label))))
      e.deployment = *id;
    e.service = text_of(at(facts, names::service_label));
    e.container = text_of(at(*body, "Actor", "ID"));
    e.task_name = slot_name(e.service, text_of(at(facts, "com.docker.swarm.task.name")));
  } else if (type == "service") {
    if (auto parts = split_service_name(name)) {
      e.environment = parts->environment;
      e.service = parts->service;
      e.of_service = true;
    }
  } else if (type == "network") {
    if (auto id = environment_of_network(name)) e.environment = *id;
  }
  return e;
}

std::string event_query(std::int64_t since) {
  std::string query = "/events?";
  if (since > 0) {
    auto nanos = std::to_string(since % 1'000'000'000);
    query += "since=" + std::to_string(since / 1'000'000'000) + '.' + std::string(9 - nanos.size(), '0') + nanos + '&';
  }
  return query +
         filter_query({{"type", {"container", "service", "network"}},
                       {"event", {"create", "start", "die", "oom", "destroy", "health_status", "update", "remove"}}});
}

void line_cutter::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const auto part = bytes.substr(0, end);
    too_long_ = too_long_ || pending_.size() + part.size() > longest_line;
    if (too_long_)
      std::string().swap(pending_);
    else
      pending_ += part;
    if (end == std::string_view::npos) return;
    bytes.remove_prefix(end + 1);
    if (!pending_.empty()) sink_(pending_);
    pending_.clear();
    too_long_ = false;
  }
}

}  // namespace troupe::docker
