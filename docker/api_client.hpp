// The Engine's API over a transport: negotiates the version at the first call, prefixes paths, reads JSON.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "actors/model/problem.hpp"
#include "docker/api_version.hpp"
#include "docker/json_reader.hpp"
#include "docker/transport.hpp"

namespace troupe::docker {

struct reply {
  transport_fault fault = transport_fault::none;
  int status = 0;
  json body;            // null where there was none, or it was not JSON
  std::string message;  // the Engine's words where status >= 400: for the log and for classification, never for tenants
  std::map<std::string, std::string> headers = {};

  bool ok() const { return fault == transport_fault::none && status >= 200 && status < 300; }
  bool absent() const { return fault == transport_fault::none && status == 404; }
};

class api_client {
public:
  api_client(transport& over, milliseconds deadline) : transport_(over), deadline_(deadline) {}

  reply get(const std::string& path) { return send({.method = "GET", .path = path, .deadline = deadline_}); }
  reply post(const std::string& path, const json& body = nullptr) {
    return send(
        {.method = "POST", .path = path, .body = body.is_null() ? std::string() : dump(body), .deadline = deadline_});
  }
  // The elements of a list, one by one as they come; the reply has no body. A list has no size limit, its elements do.
  reply get_each(const std::string& path, const std::function<void(const json&)>& element);
  reply remove(const std::string& path) { return send({.method = "DELETE", .path = path, .deadline = deadline_}); }
  reply send(call what);  // `path` without the version
  answer raw(call what);  // likewise, the answer's bytes as they are

  // The version in use; asks the Engine where not known yet. Nothing: unreachable or too old.
  std::optional<api_version> version();
  milliseconds deadline() const { return deadline_; }
  transport& over() { return transport_; }

private:
  transport& transport_;
  milliseconds deadline_;
  std::mutex mutex_;
  std::optional<api_version> version_;
  transport_fault last_fault_ = transport_fault::unreachable;
};

// Effects fail alike when the Engine does not answer, or answers nonsense: what is told to the actor that asked.
model::effect_error engine_fault(const reply& r);

using filters = std::vector<std::pair<std::string, std::vector<std::string>>>;
// "filters=…" for a query.
std::string filter_query(const filters& wanted);

}  // namespace troupe::docker
