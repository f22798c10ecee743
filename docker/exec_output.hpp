// What a program that was run in a container wrote.
#pragma once

#include <string>
#include <string_view>

namespace troupe::docker {

// The standard output out of the Engine's framed stream (see log_frames.hpp); a frame that is cut short counts as far
// as it goes.
std::string standard_output(std::string_view stream);

}  // namespace troupe::docker
