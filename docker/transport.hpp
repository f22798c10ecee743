// HTTP to the Engine's socket, over libcurl. Nothing throws; every call has a deadline and every answer a size limit.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::docker {

using milliseconds = std::chrono::milliseconds;

// Where the Engine listens: "unix:///path" or "tcp://host:port" (as in DOCKER_HOST).
struct endpoint {
  std::string socket;    // path of the unix socket, or ""
  std::string base_url;  // "http://host:port"; "http://engine" for a socket
};
endpoint parse_endpoint(std::string_view docker_host);

enum class transport_fault {
  none,
  unreachable,  // no connection
  timed_out,    // the deadline passed
  too_large,    // the answer was larger than allowed
  cancelled,    // `on_bytes` returned false, or the transport was stopped
  broken,       // the connection ended in the middle of the answer, or it was not HTTP
};

struct call {
  std::string method = "GET";
  std::string path;  // with query, percent-encoded
  std::string body = {};
  std::string content_type = "application/json";
  std::vector<std::string> headers = {};  // more of them, whole
  milliseconds deadline{10'000};
  std::size_t max_body = 32U << 20U;
  std::function<bool(std::string_view)> on_bytes = {};  // the bytes of a 2xx answer as they come; false ends the call
};

struct answer {
  transport_fault fault = transport_fault::none;
  int status = 0;
  std::string body;                            // empty where on_bytes took it
  std::map<std::string, std::string> headers;  // names in lower case

  bool ok() const { return fault == transport_fault::none && status >= 200 && status < 300; }
};

// Any thread may call; connections are kept and reused.
class transport {
public:
  explicit transport(std::string_view docker_host);
  ~transport();
  transport(const transport&) = delete;
  transport& operator=(const transport&) = delete;

  answer send(const call& what);
  void stop() { stopped_ = true; }  // ends all calls, within a second
  bool stopped() const { return stopped_; }
  const endpoint& where() const { return endpoint_; }

private:
  void* take();
  void give_back(void* handle);

  endpoint endpoint_;
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;
  std::vector<void*> idle_;  // CURL*
};

// For a path segment or a query's value: everything but letters, digits and -._~ is encoded.
std::string percent_encode(std::string_view text);

}  // namespace troupe::docker
