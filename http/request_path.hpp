#pragma once

#include <string_view>

namespace troupe::http {

/// Whether the path (origin-form, without query) means one thing to every component that reads it: only URI characters,
/// whole percent escapes, and nothing that normalises to another path (empty or dot segments, encoded dot, slash,
/// backslash or NUL).
bool is_plain_path(std::string_view path);

}  // namespace troupe::http
