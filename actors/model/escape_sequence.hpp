// A terminal's escape sequences (ECMA-48) in what programs write.
#pragma once

#include <cstddef>
#include <string_view>

namespace troupe::model {

inline constexpr char escape = '\x1b';

// Behind the sequence that begins with the escape character at `at`: a control sequence ends with its final byte, a
// string with its terminator; either with its line where it is not complete.
std::size_t behind_escape(std::string_view text, std::size_t at);

}  // namespace troupe::model
