#pragma once
// Texts with {{names}} in them.

#include <map>
#include <string>
#include <string_view>

namespace troupe::nginx {

using template_values = std::map<std::string, std::string, std::less<>>;

/// Each {{name}} becomes its value, which may hold anything. Throws std::out_of_range for an unknown name.
std::string fill_template(std::string_view text, const template_values& values);

}  // namespace troupe::nginx
