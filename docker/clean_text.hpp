// Text from outside, made fit to store and show: valid UTF-8 without control characters.
#pragma once

#include <string>
#include <string_view>

namespace troupe::docker {

// Keeps newlines and tabs; whatever is not UTF-8 becomes '?', other control characters vanish. At most `limit` bytes,
// the last ones.
std::string clean_text(std::string_view text, std::size_t limit = 16'384);

}  // namespace troupe::docker
