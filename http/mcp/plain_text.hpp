// Text that a program wrote, before an agent reads it: what it cannot see, or would be moved by, is taken out.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace troupe::http::mcp {

// Without control characters (but tab and line feed), terminal escapes, zero-width, bidirectional and tag characters;
// images of Markdown are broken up, as some hosts would fetch them. Valid UTF-8 in, valid UTF-8 out.
std::string plain_text(std::string_view text);

// The same for each text in it, names of members too.
void make_plain(nlohmann::json& value);

// The same for a JSON text, which comes back as it is where nothing in it can need it.
std::string plain_json(std::string text);

}  // namespace troupe::http::mcp
