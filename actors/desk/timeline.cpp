#include "actors/desk/timeline.hpp"

#include <chrono>
#include <utility>
#include <vector>

namespace troupe::desk {

using transitions = std::vector<model::transition>;

struct timelines::follower {
  actors::database_actor database;
  model::duration timeout;
  model::deployment_id deployment;
  timeline_sink_ptr to;
  clerk_actor owner;
  std::uint64_t last = 0;                             // the newest one told or skipped
  std::optional<model::timestamp> last_at{};          // its time
  bool asking = false, again = false, ended = false;  // touched by the owner alone
};

bool is_over(const transitions& all) {
  return !all.empty() && model::is_final(all.back().status);
}

std::int64_t milliseconds_since(const std::optional<model::timestamp>& before, model::timestamp at) {
  return before ? std::chrono::duration_cast<std::chrono::milliseconds>(at - *before).count() : 0;
}

void timelines::tell(const std::shared_ptr<follower>& f, const transitions& some) {
  for (const auto& t : some) {
    if (t.revision > f->last) {
      if (!f->to->event(t, milliseconds_since(f->last_at, t.at))) {
        f->ended = true;
        return;
      }
      f->last = t.revision;
    }
    f->last_at = t.at;
  }
  if (!is_over(some)) return;
  f->ended = true;
  f->to->ended();
}

void timelines::pump(clerk self, const std::shared_ptr<follower>& f) {
  if (f->ended) return;
  if (f->asking) {
    f->again = true;
    return;
  }
  f->asking = true;
  const auto done = [self, f] {
    f->asking = false;
    if (std::exchange(f->again, false)) pump(self, f);
  };
  ask(
      self, f->database, f->timeout, actors::list_transitions{f->deployment, f->last},
      [f, done](const transitions& more) {
        tell(f, more);
        done();
      },
      [f](const refusal&) {
        f->ended = true;
        f->to->ended();
      });
}

void timelines::follow(clerk self, const parts& with, const model::deployment_id& which, std::uint64_t seen,
                       const transitions& known, timeline_sink_ptr to) {
  const auto f = std::make_shared<follower>(
      follower{with.database, with.database_timeout, which, std::move(to), caf::actor_cast<clerk_actor>(self), seen});
  tell(f, known);
  if (f->ended) return;
  {
    const std::lock_guard lock(mutex_);
    followers_.emplace(which, f);
  }
  f->to->keep(f);
  pump(self, f);  // what happened between the listing and the registration
}

void timelines::wake(const model::deployment_id& which) {
  const std::lock_guard lock(mutex_);
  auto [begin, end] = followers_.equal_range(which);
  for (auto i = begin; i != end;) {
    const auto one = i->second.lock();
    if (!one) {
      i = followers_.erase(i);
      continue;
    }
    caf::anon_send(one->owner, errand{[weak = i->second](clerk self) {
                     if (const auto still = weak.lock()) pump(self, still);
                   }});
    ++i;
  }
}

}  // namespace troupe::desk
