// HTTP to the Bot API, over libcurl. Nothing throws; every call has a deadline and every answer a size limit. The token
// is part of each URL, so no text of libcurl's ever leaves this file.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "config/secret.hpp"
#include "telegram/bot_api.hpp"

namespace troupe::telegram {

enum class transport_fault { none, unreachable, untrusted, timed_out, broken, stopped };

struct transport_answer {
  transport_fault fault = transport_fault::none;
  int status = 0;
  std::string body;
};
// For people: what is wrong with the way to Telegram.
std::string_view words_for(transport_fault fault);

// One thread at a time may call; connections are kept. `stop` may come from any.
class transport {
public:
  transport(const std::string& api_url, const config::secret& token);
  ~transport();
  transport(const transport&) = delete;
  transport& operator=(const transport&) = delete;

  transport_answer send(const api_request& what, std::chrono::milliseconds deadline);
  void stop() { stopped_ = true; }  // ends what is under way, within a second

private:
  config::secret base_;  // "https://host/bot<token>/"
  void* handle_;         // CURL*
  std::atomic<bool> stopped_{false};
};

}  // namespace troupe::telegram
