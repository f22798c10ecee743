// Answers of the Engine that go on for ever, many of them on one thread: its events, and the logs of containers.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "docker/api_client.hpp"

namespace troupe::docker {

class open_connections {
public:
  using id = void*;  // CURL*; null: none
  struct ending {
    int status = 0;      // HTTP's; 0: there was no answer
    bool whole = false;  // the answer came to its end
  };

  explicit open_connections(api_client& api);
  ~open_connections();  // nobody is told
  open_connections(const open_connections&) = delete;
  open_connections& operator=(const open_connections&) = delete;

  // A GET of `path` (without the version). `bytes` gets those of a 2xx answer, and ends it by returning false; `ended`
  // is called once afterwards, on the thread of turn(). More than `bytes_per_second` is left with the Engine for a
  // while; 0: no limit. Null where it cannot be begun: nothing is called then.
  id open(const std::string& path, std::function<bool(std::string_view)> bytes, std::function<void(ending)> ended,
          std::size_t bytes_per_second = 0);
  void close(id which);  // `ended` is called
  std::size_t size() const { return transfers_.size(); }

  // Does what there is to do and waits for more, for so long at most, or until wake().
  void turn(std::chrono::milliseconds longest_wait);
  void wake();  // from any thread

private:
  struct transfer;
  static std::size_t on_bytes(char* data, std::size_t one, std::size_t size, void* user);
  void finish(id which, ending how);
  void refill();

  api_client& api_;
  void* multi_;  // CURLM*
  std::map<id, std::unique_ptr<transfer>> transfers_;
  std::vector<id> paused_;
  std::chrono::steady_clock::time_point refilled_{};
};

}  // namespace troupe::docker
