// What the front's threads and actors share.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "http/api/body_schemas.hpp"
#include "http/api/call.hpp"
#include "http/api/front_parts.hpp"
#include "http/api/standing_document.hpp"
#include "http/api/streams.hpp"

namespace troupe::http::mcp {
class catalogue;  // http/mcp/catalogue.hpp
std::shared_ptr<const catalogue> make_catalogue(const api::body_schemas& schemas);
}  // namespace troupe::http::mcp

namespace troupe::http::api {

struct api_state {
  explicit api_state(front_parts with);

  const front_parts parts;
  const std::string host;  // of the platform, as others reach it: PUBLIC_BASE_URL's
  const body_schemas schemas;
  const standing_document openapi, docs;
  const std::shared_ptr<const mcp::catalogue> tools;
  const std::string docs_policy;  // the page's Content-Security-Policy
  const std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();

  streams open_streams;
  std::atomic<bool> beating{false};  // a beat of the streams is due

  struct {
    std::mutex mutex;
    bool asking = false;
    int status = 0;                                           // 0: never asked
    std::array<std::shared_ptr<const std::string>, 3> texts;  // for anybody, for users, for operators
    std::chrono::steady_clock::time_point at;
    std::vector<call_ptr> asked_by;
  } health;
};

}  // namespace troupe::http::api
