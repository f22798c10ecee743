// A file of variables, as Compose reads .env.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace troupe::client {

// NAME=VALUE, a line each: `export` before it, blank lines and comments are left out; 'as it stands', or "with \n, \t,
// \r, \\, \" and \$"; without quotes up to a blank and #. Throws failure (wrong_usage) naming the line that is none.
std::map<std::string, std::string> read_variables(std::string_view text, std::string_view path);

}  // namespace troupe::client
