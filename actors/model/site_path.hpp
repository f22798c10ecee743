// A path of a public domain for which a service of its own answers: "/api", "/shop/v2".
#pragma once

#include <string_view>

namespace troupe::model {

constexpr std::size_t longest_site_path = 200;

// One to many segments of letters, digits, - _ . ~ without a slash at the end; none of them "." or "..", as clients
// take those away, and none that begins like ACME's challenges.
bool is_site_path(std::string_view path);

}  // namespace troupe::model
