// A domain as people write it, in its one form.
#pragma once

#include <optional>
#include <string>

namespace troupe::http::api {

// model::canonical_domain of it, its U-labels as A-labels (IDNA 2008, by libidn2). Nothing where it is no public
// domain.
std::optional<std::string> domain_of(const std::string& text);

}  // namespace troupe::http::api
