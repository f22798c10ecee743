#include "docker/api_client.hpp"

#include "config/logging.hpp"

namespace troupe::docker {

std::optional<api_version> api_client::version() {
  {
    const std::lock_guard lock(mutex_);
    if (version_) return version_;
  }
  const auto ping = transport_.send({.path = "/_ping", .deadline = std::min(deadline_, milliseconds{5000})});
  const std::lock_guard lock(mutex_);
  last_fault_ = ping.fault;
  const auto offered = ping.headers.find("api-version");
  if (!ping.ok() || offered == ping.headers.end()) return std::nullopt;
  version_ = negotiate(offered->second);
  if (!version_) {
    last_fault_ = transport_fault::broken;
    log::error("the Engine's API is too old", {{"offered", offered->second}, {"needed", oldest_version.text()}});
  }
  return version_;
}

answer api_client::raw(call what) {
  const auto v = version();
  if (!v) {
    answer none;
    const std::lock_guard lock(mutex_);
    none.fault = last_fault_ == transport_fault::none ? transport_fault::broken : last_fault_;
    return none;
  }
  what.path = "/v" + v->text() + what.path;
  auto result = transport_.send(what);
  if (result.fault == transport_fault::unreachable) {  // another Engine may answer next time
    const std::lock_guard lock(mutex_);
    version_.reset();
  }
  return result;
}

reply api_client::send(call what) {
  auto got = raw(std::move(what));
  reply r{got.fault, got.status, nullptr, {}, std::move(got.headers)};
  if (auto body = parse_json(got.body)) r.body = std::move(*body);
  if (r.status >= 400) r.message = text_of(at(r.body, "message"));
  return r;
}

reply api_client::get_each(const std::string& path, const std::function<void(const json&)>& element) {
  array_cutter elements([&](std::string_view text) {
    if (const auto parsed = parse_json(text)) element(*parsed);
  });
  const auto got = raw({.path = path, .deadline = deadline_, .on_bytes = [&](std::string_view bytes) {
                          elements.feed(bytes);
                          return true;
                        }});
  reply r{got.fault, got.status, nullptr, {}, got.headers};
  if (r.status >= 400)
    if (const auto body = parse_json(got.body)) r.message = text_of(at(*body, "message"));
  if (r.ok() && !elements.complete()) r.fault = transport_fault::broken;
  return r;
}

model::effect_error engine_fault(const reply& r) {
  using model::consequence;
  using model::failure_code;
  switch (r.fault) {
    case transport_fault::none: break;
    case transport_fault::cancelled:
      return {consequence::unavailable, model::make_failure(failure_code::internal, "The server is stopping.")};
    case transport_fault::unreachable:
    case transport_fault::broken:
      return {consequence::unavailable,
              model::make_failure(failure_code::internal, "The container engine is not reachable.")};
    case transport_fault::timed_out:
      return {consequence::unavailable,
              model::make_failure(failure_code::timed_out, "The container engine did not answer in time.")};
    case transport_fault::too_large:
      return {consequence::retry,
              model::make_failure(failure_code::internal, "The container engine's answer was too large.")};
  }
  log::warn("unexpected answer of the Engine", {{"status", r.status}, {"message", r.message}});
  const bool down = r.status == 503 || r.message.find("not a swarm manager") != std::string::npos ||
                    r.message.find("lost leader") != std::string::npos ||
                    r.message.find("does not have a leader") != std::string::npos;
  if (down)
    return {consequence::unavailable,
            model::make_failure(failure_code::internal, "The cluster has no working manager.")};
  return {r.status == 400 ? consequence::rejected : consequence::retry,
          model::make_failure(failure_code::internal, "The container engine refused the request.")};
}

std::string filter_query(const filters& wanted) {
  json all = json::object();
  for (const auto& [name, values] : wanted) all[name] = values;
  return "filters=" + percent_encode(dump(all));
}

}  // namespace troupe::docker
