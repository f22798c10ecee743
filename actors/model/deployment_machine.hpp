// A deployment's life as a pure function: what happened + what is known -> the row to save, and then what to do about
// it. The order is always decide, save, act; so that after a crash, loading the row and calling resume() goes on along
// the same path.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "actors/model/deployment.hpp"
#include "actors/model/observation.hpp"
#include "actors/model/problem.hpp"
#include "actors/model/verdict.hpp"

namespace troupe::model {

// deadline: the phase takes too long. retry: do the phase's effect again. stability: it stayed good for the window.
// patience: a task has found no node for long enough. next_try: a job waits before it is tried again.
enum class timer { deadline, retry, stability, patience, next_try };
inline constexpr std::size_t timer_kinds = 5;

struct machine_timings {
  duration pull{600'000};
  duration volumes{60'000};
  duration start{120'000};  // a health check's start period and tries come on top
  duration undo{60'000};
  duration stability{5'000};
  duration crash{0};         // for what ends by itself and is started again, where that harms nobody
  duration poll{200};        // between looks while something is awaited; Docker's events are quicker
  duration watch{2'000};     // between looks while degraded
  duration next_try{1'000};  // between the end of a job's container and the start of its next
  duration patience{3'000};  // for a task without a node; where something older must leave first, undo's time
  duration backoff{200};     // doubles with each try, up to backoff_limit
  duration backoff_limit{10'000};
  unsigned tries = 3;  // of an effect that fails in a way that may pass
};

// ---- events
struct resumed {};  // (again) entitled to act: after a start from the row, or when the turn came back
struct yielded {};  // another release of the service has the turn; keep still
struct turn_granted {
  std::optional<deployment> former;  // the release that serves now
};
struct image_resolved {
  resolved_image image;
};
struct volumes_made {
  std::vector<std::string> created;
};
struct service_seen {
  service_observation seen;
};
struct service_gone {};
struct effect_failed {
  effect_error error;
};
struct answered_late {};  // the effect of an earlier phase has ended, somehow
struct timer_fired {
  timer kind{};
  std::uint64_t arming = 0;
};                       // stale unless it is the newest arming
struct looked_again {};  // something may have changed; look
struct commanded {
  model::command command;
};
struct superseded {  // a newer one runs; or, while this one waits, is there to run
  deployment_id by;
};
struct replacement_looked {  // the release that has the turn instead looked at the service
  service_observation seen;
};
using event =
    std::variant<resumed, yielded, turn_granted, image_resolved, volumes_made, service_seen, service_gone,
                 effect_failed, answered_late, timer_fired, looked_again, commanded, superseded, replacement_looked>;

// ---- effects
struct resolve_image_of {
  release_spec spec;
};
struct make_volumes {
  std::vector<std::string> names;
};
struct converge {
  service_plan plan;
  bool confirm = false;  // the answer decides: what Swarm says of the containers is to be confirmed
};
struct tear_down {
  std::string service;
};
struct start_timer {
  timer kind{};
  std::uint64_t arming = 0;
  duration after{};
};
using effect = std::variant<resolve_image_of, make_volumes, converge, tear_down, start_timer>;

// What an actor knows of its deployment. Only `row` is saved; the rest is found again by looking.
struct deployment_state {
  deployment row;
  std::optional<deployment> former;  // while undoing means going back to it
  bool active = false;               // holds the turn, or is current and undisturbed
  std::uint64_t phase = 0;           // answers and timers of an earlier phase are stale
  bool busy = false;                 // an effect on the service is outstanding, perhaps an earlier phase's
  bool look_when_free = false;
  bool expects_change = false;  // the next look will find our own command's change, which is not drift
  bool engine_away = false;     // the last effect found no Engine: deadlines wait for it
  unsigned tries = 0;           // of the phase's effect, in a row
  unsigned soft_failures = 0;   // of these, the ones with an Engine that answered
  std::array<std::uint64_t, timer_kinds> armed{};  // the arming that counts, 0: none
  std::uint64_t armings = 0;
  model::ended_tasks ended_tasks;
  std::set<std::string> steady_tasks;  // what ran at the last good look
  bool window_over = false;            // the stability window is; a look begun since then decides
  bool decides = false;                // the look under way, or the last one, is such a look
  bool stirred = false;                // something was told of a job's containers: Swarm may say it a moment later
  bool told_stopping = false;          // the timeline says that what runs is being stopped first
  service_observation seen;
  std::optional<failure> last_trouble;  // of an effect that failed in a way that may pass
};

struct decision {
  deployment_state next;
  bool save = false;            // next.row differs and must be stored before the effects
  std::string detail;           // the timeline's sentence for it
  std::optional<verb> asked;    // as of its transition
  std::optional<ending> ended;  // likewise
  std::vector<effect> effects;
};

decision step(const deployment_state& state, const event& e, timestamp now, const machine_timings& timings);

// What readers are to be told of its health: as saved, or why it does not serve while another release takes its place.
health shown_health(const deployment_state& state);

// Whether a command may be given now; otherwise why not (conflict).
std::optional<problem> refusal(const deployment_state& state, const command& command);

}  // namespace troupe::model
