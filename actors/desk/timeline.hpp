// Timelines that are being followed: asked for anew each time their deployment changes. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "actors/desk/clerk.hpp"
#include "actors/desk/parts.hpp"
#include "actors/desk/timeline_sink.hpp"
#include "actors/model/deployment.hpp"

namespace troupe::desk {

class timelines {
public:
  // Tells what `known` (the whole timeline) has after `seen`, and from now on what comes.
  void follow(clerk self, const parts& with, const model::deployment_id& which, std::uint64_t seen,
              const std::vector<model::transition>& known, timeline_sink_ptr to);
  // The deployment changed. Any thread.
  void wake(const model::deployment_id& which);

private:
  struct follower;
  static void tell(const std::shared_ptr<follower>& f, const std::vector<model::transition>& some);
  static void pump(clerk self, const std::shared_ptr<follower>& f);

  std::mutex mutex_;
  std::unordered_multimap<model::deployment_id, std::weak_ptr<follower>> followers_;
};

// Whether nothing can come after these.
bool is_over(const std::vector<model::transition>& all);

// Between a transition and the one before it; 0 for the first.
std::int64_t milliseconds_since(const std::optional<model::timestamp>& before, model::timestamp at);

}  // namespace troupe::desk
