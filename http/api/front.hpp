// The API above the wire: a request and its exchange in, an answer out.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include <caf/all.hpp>

#include "http/api/front_actor.hpp"
#include "http/api/front_parts.hpp"
#include "http/exchange.hpp"
#include "http/message.hpp"

namespace troupe::http::api {

class front {
public:
  // Listens to the board (board::on_change): make it before anything is published, and hand out requests only once what
  // lives is on the board.
  front(caf::actor_system& system, front_parts parts);
  ~front();
  front(const front&) = delete;
  front& operator=(const front&) = delete;

  // For http::server: any thread, never blocks. What the board and the remembered keys can answer is answered at once.
  void handle(request&& asked, std::shared_ptr<exchange> way);

  // For server_options::error_answer: what the wall refuses looks like everything else.
  static response error_answer(int status, std::string_view detail);

  // Ends streams, answers whoever waits with what is known, and ends the actors. The destructor does it too.
  void close();

private:
  std::shared_ptr<api_state> api_;
  std::vector<front_actor> actors_;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> closed_{false};
};

}  // namespace troupe::http::api
