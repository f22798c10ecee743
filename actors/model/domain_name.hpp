// Public domain names. One form for each name, so that equal names are equal texts; and a grammar so strict that no
// name can say anything to nginx, a shell or a file system.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace troupe::model {

// Lower case, without the root's dot: letters, digits and inner hyphens in labels of 1-63, two labels at least, 253
// characters at most, the last label no number (RFC 1123, RFC 5891). Nothing where it is none: a wildcard, an address,
// a single label, a U-label (those become A-labels before).
std::optional<std::string> canonical_domain(std::string_view text);

// `name` is `zone` or lies below it; both canonical.
bool is_within(std::string_view name, std::string_view zone);

}  // namespace troupe::model
