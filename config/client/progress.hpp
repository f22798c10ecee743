// A deployment's way to its end, as a person watches it.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include <nlohmann/json.hpp>

#include "config/client/commands.hpp"

namespace troupe::client {

// Each step is a line with its time and phase. In a terminal a last line tells what goes on, and is redrawn.
class progress {
public:
  progress(std::ostream& out, bool redraws) : out_(out), redraws_(redraws) {}

  // What is no news: steps from before the command. Times count from the first that is told.
  void leave_out(const nlohmann::json& events);
  // The timeline so far: steps that were told are not told again.
  void tell_steps(const nlohmann::json& events);
  // What goes on now; nothing where lines are not redrawn.
  void tell_present(const nlohmann::json& deployment, std::int64_t seconds);
  void end();

private:
  std::ostream& out_;
  bool redraws_, is_drawn_ = false;
  std::set<std::uint64_t> told_;
  std::optional<std::int64_t> began_;  // ms on the timeline
};

// Why a deployment failed: the cause first, then what may mend it.
std::string cause_of(const nlohmann::json& deployment);

}  // namespace troupe::client
