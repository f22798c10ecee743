// How a simulated image behaves: told by the end of its repository's last part, e.g. "acme/web-crash".
#pragma once

#include <chrono>
#include <optional>

#include "actors/messages.hpp"
#include "actors/model/enum_text.hpp"
#include "actors/model/failure.hpp"
#include "actors/model/problem.hpp"
#include "actors/model/registry_login.hpp"
#include "actors/model/release_spec.hpp"
#include "actors/model/resolved_image.hpp"

namespace troupe::docker {

enum class image_behaviour {
  runs,
  slow,         // pulled and started slowly, then runs
  missing,      // the registry knows no such tag
  denied,       // the registry wants credentials
  unreachable,  // the registry does not answer
  crash,        // exits 3 soon after each start
  once,         // exits 0 soon after each start
  twice,        // a job's: exits 3 in its first try, and 0 in each later one
  oom,          // killed for its memory soon after each start
  unhealthy,    // brings a health check that never passes
  readonly,     // exits 1, as its root is read-only
  nouser,       // its user is unknown: no task ever starts
  noroom,       // fits on no node
  flaky,        // runs for a while, then exits 1, again and again
};
inline constexpr model::enum_texts<image_behaviour, 14> image_behaviour_texts{
    {"runs", "slow", "missing", "denied", "unreachable", "crash", "once", "twice", "oom", "unhealthy", "readonly",
     "nouser", "noroom", "flaky"}};

image_behaviour behaviour_of(const model::image_reference& image);

// What the registry says to a pull.
model::outcome<model::resolved_image, model::effect_error> resolve_simulated(const model::release_spec& spec,
                                                                             std::chrono::seconds hold = {});

// The same without a pull; what the service was given before is here.
model::outcome<model::image_prospect, model::effect_error> look_up_simulated(const actors::look_up_image& wanted);

// What a registry says to a login: it takes all but the password "wrong".
model::outcome<model::done, model::effect_error> check_simulated(const model::registry_login& login);

// How a task of it ends by itself, if it does. `generation`: of its release.
struct simulated_end {
  std::chrono::milliseconds after;  // after it runs, or, for one that never runs, after it was started
  bool before_running = false;
  std::optional<int> exit_code;
  std::optional<model::failure> trouble;
  bool fatal = false;
};
std::optional<simulated_end> end_of(image_behaviour behaviour, const model::release_spec& spec,
                                    std::uint32_t generation = 0);

}  // namespace troupe::docker
