#include "docker/event_stream.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "config/logging.hpp"

namespace troupe::docker {

namespace {
using steady = std::chrono::steady_clock;
}

struct event_stream::loop {
  event_stream& owner;
  open_connections::id events = nullptr;
  std::int64_t since = 0;
  steady::time_point next_try{};
  steady::time_point opened{};
  std::chrono::milliseconds backoff{100};
  bool told_of_loss = false;

  void open();
  void ended();
  void on_event(std::string_view line);
  void turn();
};

void event_stream::loop::open() {
  auto lines = std::make_shared<line_cutter>([this](std::string_view line) { on_event(line); });
  opened = steady::now();
  if (since == 0)
    since = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
                .count();
  events = owner.connections_.open(
      event_query(since), [lines](std::string_view bytes) { return lines->feed(bytes), true; },
      [this](open_connections::ending) { ended(); });
  if (events == nullptr) return ended();
  owner.listener_.connected();
}

void event_stream::loop::ended() {
  events = nullptr;
  if (owner.stopping_) return;
  if (steady::now() - opened > std::chrono::seconds{5}) {
    backoff = std::chrono::milliseconds{100};
    told_of_loss = false;
  }
  if (!std::exchange(told_of_loss, true)) log::warn("the Engine's events ended; connecting again");
  next_try = steady::now() + backoff;
  backoff = std::min(backoff * 2, std::chrono::milliseconds{5000});
  if (owner.listener_.lost) owner.listener_.lost();
}

void event_stream::loop::on_event(std::string_view line) {
  const auto e = read_event(line, owner.instance_);
  if (!e) return;
  since = std::max(since, e->nanoseconds);
  if (!e->environment.empty() || e->of_edge) owner.listener_.event(*e);
}

void event_stream::loop::turn() {
  if (events == nullptr && steady::now() >= next_try) open();
  const auto longest = std::chrono::milliseconds{1000};
  owner.connections_.turn(
      events != nullptr ? longest
                        : std::min(longest, std::chrono::ceil<std::chrono::milliseconds>(next_try - steady::now())));
}

event_stream::event_stream(api_client& api, std::string instance, event_listener listener)
    : instance_(std::move(instance)), listener_(std::move(listener)), connections_(api), thread_([this] { run(); }) {}

event_stream::~event_stream() {
  stopping_ = true;
  connections_.wake();
  thread_.join();
}

void event_stream::run() {
  loop all{*this};
  while (!stopping_) {
    try {
      all.turn();
    } catch (const std::exception& e) {  // the listener's; the stream goes on
      log::error("event stream", {{"error", std::string_view(e.what())}});
    }
  }
}

}  // namespace troupe::docker
