// Text from outside, made fit to store and show: valid UTF-8 without control characters.
#pragma once

#include <string>
#include <string_view>

namespace troupe::docker {

// A terminal's escape sequences, such as colours: left out whole, or kept as they are.
enum class escapes { strip, keep };

// Keeps newlines and tabs; whatever is not UTF-8 becomes '?', other control characters vanish. At most `limit` bytes,
// the last ones.
std::string clean_text(std::string_view text, std::size_t limit = 16'384, escapes treatment = escapes::strip);

// How many bytes at the end of the text are the beginning of a character whose rest is missing.
std::size_t unfinished_character(std::string_view text);

}  // namespace troupe::docker
