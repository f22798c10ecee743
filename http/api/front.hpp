// The API above the wire: a request and its exchange in, an answer out.
#pragma once

#include <atomic>
#include <memory>
#include <string_view>

#include "http/api/front_parts.hpp"
#include "http/exchange.hpp"
#include "http/message.hpp"

namespace troupe::http::api {

class front {
public:
  // Hand out requests only once what lives is on the board.
  explicit front(front_parts parts);
  ~front();
  front(const front&) = delete;
  front& operator=(const front&) = delete;

  // For http::server: any thread, never blocks. What the board and the remembered keys can answer is answered at once.
  void handle(request&& asked, std::shared_ptr<exchange> way);

  // For server_options::error_answer: what the wall refuses looks like everything else.
  static response error_answer(int status, std::string_view detail, std::string_view request_id);

  // Refuses what comes from now on, answers whoever waits with what is known, and ends streams. The destructor does it
  // too.
  void close();

private:
  static void let_in(call_ptr c);

  std::shared_ptr<api_state> api_;
  std::atomic<bool> closed_{false};
};

}  // namespace troupe::http::api
