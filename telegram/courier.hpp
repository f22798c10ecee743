// A detached actor that makes blocking calls, so that the bot need not.
#pragma once

#include <functional>
#include <memory>

#include <caf/all.hpp>

#include "telegram/transport.hpp"

namespace troupe::telegram {

struct errand {
  api_request what;
  std::chrono::milliseconds deadline{};
  std::function<void(transport_answer)> done;  // on the courier's thread
};
using courier_actor = caf::typed_actor<caf::reacts_to<errand>>;

struct courier {
  courier_actor actor;
  std::shared_ptr<transport> way;
  bool busy = false;
};

inline courier_actor::behavior_type courier_behavior(courier_actor::pointer, const std::shared_ptr<transport>& way) {
  return {[way](const errand& e) { e.done(way->send(e.what, e.deadline)); }};
}

}  // namespace troupe::telegram

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::telegram::errand)
