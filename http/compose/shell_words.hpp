// A command line as an argument list.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::http::compose {

// Split as a POSIX shell splits words: blanks, quotes and backslashes, and nothing expanded, no operator known. Nothing
// where a quote is not closed or a backslash ends the text.
std::optional<std::vector<std::string>> split_words(std::string_view text);

}  // namespace troupe::http::compose
