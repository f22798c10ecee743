// What a program wrote before it ended, as the one field of a release that mends it. Pure; the words are those of the C
// library, of shells and of the entrypoints of much used images.
#pragma once

#include <optional>
#include <string>

#include "actors/model/failure.hpp"

namespace troupe::docker {

// What is known of the container in which it ended.
struct container_rights {
  bool images_user = false;   // it ran as a user of the image's own, and not as root
  bool changes_user = false;  // it was granted what it takes to step down from root
};

// Nothing where the lines (oldest first) name no cause that is known. `fatal` where another try ends alike.
struct told_cause {
  model::failure what;
  bool fatal = false;
};
std::optional<told_cause> find_cause(int exit_code, const std::string& lines, const container_rights& rights);

// Where a program has file capabilities that its container was not granted, the kernel does not run it at all.
model::failure program_lacks_capabilities(const container_rights& rights);

}  // namespace troupe::docker
