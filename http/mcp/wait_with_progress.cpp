#include <mutex>
#include <utility>

#include "http/api/ask.hpp"
#include "http/mcp/plain_text.hpp"
#include "http/mcp/tool.hpp"

namespace troupe::http::mcp {

namespace {

using view_ptr = actors::deployment_view_ptr;
constexpr model::duration between_words{10'000};

// Two commands at once: the timeline, whose transitions are the steps, and the one that waits, whose answer is the
// result.
class watched_wait : public std::enable_shared_from_this<watched_wait> {
public:
  watched_wait(const tool_run& run, std::shared_ptr<progress> to)
      : run_(run), to_(std::move(to)), id_(id_of<model::deployment_id>(run, run.what->id)) {}

  void begin() {
    const auto self = shared_from_this();
    ask_desk<desk::follow_timeline>(*run_.outer, {id_, 0, [self] { return self->open(); }},
                                    [self](const desk::outcome<bool>& following) {
                                      if (!following)
                                        return self->finish(result_of(following.error(), *self->run_.outer));
                                      self->wait();
                                    });
  }

private:
  // Alive as long as the stream is, and no longer.
  struct listener {
    listener() = default;
    ~listener() {
      if (of) of->leave();
    }
    listener(const listener&) = delete;
    listener& operator=(const listener&) = delete;
    std::shared_ptr<watched_wait> of;
    std::mutex mutex;
    std::shared_ptr<void> follower;
  };

  desk::timeline_sink_ptr open() {
    const auto listening = std::make_shared<listener>();
    const std::weak_ptr weak = weak_from_this();
    const auto on_end = [weak](api::stream_end why) {
      if (const auto self = weak.lock()) self->end(why);
    };
    if (!to_->begin(on_end, listening)) return nullptr;
    listening->of = shared_from_this();
    auto sink = std::make_shared<desk::timeline_sink>();
    sink->event = [weak](const model::transition& one, std::int64_t) {
      const auto self = weak.lock();
      return self && self->tell(one);
    };
    sink->ended = [] {};  // the wait's answer comes whether or not the steps could be told
    sink->keep = [kept = std::weak_ptr(listening)](std::shared_ptr<void> what) {
      const auto one = kept.lock();
      if (!one) return;
      const std::lock_guard lock(one->mutex);
      one->follower = std::move(what);
    };
    return sink;
  }

  void wait() {
    const auto q = question_of(run_);
    desk::get_deployment what;
    api::read(*q, what);
    if (const auto fault = api::find_fault(*q)) return finish(result_of(*fault, *run_.outer));
    what.on_wait = [weak = weak_from_this()](std::function<void()> leave) {
      if (const auto self = weak.lock()) self->keep(std::move(leave));
    };
    ask_desk(*run_.outer, what, [self = shared_from_this()](const desk::outcome<view_ptr>& got) {
      got ? self->settled(got.value()) : self->finish(result_of(got.error(), *self->run_.outer));
    });
    say_again();
  }

  bool tell(const model::transition& one) {
    const std::lock_guard lock(mutex_);
    if (done_) return false;
    if (one.revision <= last_) return true;
    last_ = one.revision;
    doing_ = plain_text(std::string(model::deployment_status_texts[one.status]) +
                        (one.detail.empty() ? "" : ": " + one.detail));
    to_->step(++steps_, doing_);
    return true;
  }

  // Hosts give up on what is quiet for long.
  void say_again() {
    run_.outer->api->parts.admission->post_later(between_words, [weak = weak_from_this()](desk::clerk) {
      const auto self = weak.lock();
      if (!self) return;
      {
        const std::lock_guard lock(self->mutex_);
        if (self->done_) return;
        self->to_->step(++self->steps_, "Still " + self->doing_);
      }
      self->say_again();
    });
  }

  tool_result shown(const view_ptr& view) const {
    return result_of(api::shown(*question_of(run_), desk::get_deployment{}, view));
  }

  // The timeline may lag behind the answer: what it has not told yet is told first.
  void settled(const view_ptr& view) {
    ask_desk<desk::list_transitions>(
        *run_.outer, {id_, 0},
        [self = shared_from_this(), view](const desk::outcome<std::vector<model::transition>>& got) {
          if (got)
            for (const auto& one : got.value()) self->tell(one);
          self->finish(self->shown(view));
        });
  }

  // The key is no good any more, or the house closes: the status now is the result, if it may still be seen.
  void end(api::stream_end why) {
    const auto& outer = *run_.outer;
    if (why == api::stream_end::revoked) return finish(result_of(api::unauthorised(), outer));
    const auto view = outer.api->parts.admission->find_on_board(outer.who, desk::get_deployment{id_});
    finish(view ? shown(view) : result_of(api::refusal{503, "The platform is restarting; try again.", {}, 1}, outer));
  }

  void finish(tool_result got) {
    {
      const std::lock_guard lock(mutex_);
      if (std::exchange(done_, true)) return;
    }
    run_.done(std::move(got));
  }

  void keep(std::function<void()> leave_the_wait) {
    {
      const std::lock_guard lock(mutex_);
      if (!left_) {
        leave_ = std::move(leave_the_wait);
        return;
      }
    }
    leave_the_wait();
  }
  void leave() {
    std::function<void()> leave_the_wait;
    {
      const std::lock_guard lock(mutex_);
      left_ = done_ = true;
      leave_the_wait.swap(leave_);
    }
    if (leave_the_wait) leave_the_wait();
  }

  const tool_run run_;
  const std::shared_ptr<progress> to_;
  const model::deployment_id id_;
  std::mutex mutex_;
  std::function<void()> leave_;
  std::uint64_t last_ = 0;   // the newest transition told
  std::uint64_t steps_ = 0;  // told so far
  std::string doing_ = "waiting";
  bool done_ = false, left_ = false;
};

}  // namespace

void wait_with_progress(const tool_run& run, std::shared_ptr<progress> to) {
  std::make_shared<watched_wait>(run, std::move(to))->begin();
}

}  // namespace troupe::http::mcp
