// What JSON may say and yaml-cpp does not take.
#pragma once

#include <string>
#include <string_view>

namespace troupe::http::compose {

// A text that is JSON has its surrogate pairs (\ud83d\ude00) as the characters that they stand for; any other is as it
// is. Lines stay lines.
std::string with_whole_characters(std::string_view text);

}  // namespace troupe::http::compose
