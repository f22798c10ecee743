#include <atomic>
#include <mutex>

#include "http/mcp/plain_text.hpp"
#include "http/mcp/relay.hpp"
#include "http/mcp/tool.hpp"

namespace troupe::http::mcp {

namespace {

using nlohmann::json;

// Two calls at once: the timeline, whose events are the steps, and the route that waits, whose answer is the result.
class watched_wait : public std::enable_shared_from_this<watched_wait> {
public:
  watched_wait(const tool_run& run, std::shared_ptr<progress> to) : run_(run), to_(std::move(to)) {}

  void begin() {
    const std::weak_ptr weak = weak_from_this();
    keep(follow_route(run_.at, *run_.outer, about("getEvents", true),
                      {.opened = [self = shared_from_this()] { self->opened(); },
                       .event =
                           [weak](const json& event) {
                             if (const auto self = weak.lock()) self->tell(event);
                           },
                       .beat =
                           [weak] {
                             if (const auto self = weak.lock()) self->to_->beat();
                           },
                       .ended =
                           [weak](std::optional<response> refusal) {
                             if (const auto self = weak.lock()) self->ended(std::move(refusal));
                           }}));
  }

private:
  inner_request about(std::string_view operation, bool as_stream = false) const {
    return {.of = &route_of(operation), .parameter = text_of(run_.arguments, run_.what->id), .as_stream = as_stream};
  }

  void opened() {
    to_->begin([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->leave();
    });
    auto patient = run_;
    patient.done = [self = shared_from_this()](tool_result got) { self->settled(std::move(got)); };
    keep(call_twin(patient));
  }
  void tell(const json& event) {
    const std::lock_guard lock(mutex_);
    const auto number = event.at("id").get<std::uint64_t>();
    if (number <= last_ || done_) return;
    last_ = number;
    const auto detail = event.at("detail").get<std::string>();
    to_->step(number, plain_text(event.at("status").get<std::string>() + (detail.empty() ? "" : ": " + detail)));
  }
  // The stream may lag behind the answer: what it has not told yet is told first.
  void settled(tool_result got) {
    if (settled_.exchange(true)) return;
    ask_route(run_.at, *run_.outer, about("getEvents"),
              [self = shared_from_this(), got = std::move(got)](const response& what) mutable {
                if (what.status == 200) {
                  const auto timeline = json::parse(body_of(what));
                  for (const auto& event : timeline.at("events")) self->tell(event);
                }
                {
                  const std::lock_guard lock(self->mutex_);
                  self->done_ = true;
                }
                self->run_.done(std::move(got));
                self->leave();
              });
  }
  void ended(std::optional<response> refusal) {
    if (refusal) {  // no stream came of it
      run_.done(result_of(std::move(*refusal)));
      return leave();
    }
    // The timeline is over, or the key is: the status now is the result, if it may still be seen.
    ask_route(run_.at, *run_.outer, about("getDeployment"),
              [self = shared_from_this()](response what) { self->settled(result_of(std::move(what))); });
  }

  void keep(std::shared_ptr<asker> one) {
    {
      const std::lock_guard lock(mutex_);
      if (!left_) return askers_.push_back(std::move(one));
    }
    one->leave();
  }
  void leave() {
    std::vector<std::shared_ptr<asker>> all;
    {
      const std::lock_guard lock(mutex_);
      left_ = done_ = true;
      all.swap(askers_);
    }
    for (const auto& one : all) one->leave();
  }

  const tool_run run_;
  const std::shared_ptr<progress> to_;
  std::atomic<bool> settled_{false};
  std::mutex mutex_;
  std::vector<std::shared_ptr<asker>> askers_;  // of the routes
  std::uint64_t last_ = 0;                      // the newest event told
  bool done_ = false, left_ = false;
};

}  // namespace

void wait_with_progress(const tool_run& run, std::shared_ptr<progress> to) {
  std::make_shared<watched_wait>(run, std::move(to))->begin();
}

}  // namespace troupe::http::mcp
