#pragma once
// A public domain's nginx file as text. Pure; the same site gives the same text.

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "actors/model/site.hpp"
#include "actors/model/site_target.hpp"

namespace troupe::nginx {

/// The templates of edge/templates, by file name, as built in: the edge's image and this program are of one version.
const std::map<std::string, std::string_view, std::less<>>& site_templates();

/// Without a certificate: challenges, and a page that says so. With one: TLS, and for each path its target, or else a
/// page that says that nobody answers. A site without an environment is the platform's own name, which
/// `platform_upstream` (host:port) answers for. Throws invalid_argument for what would not be a site's text.
std::string render_site(const model::site& site, const model::site_targets& targets,
                        const std::string& platform_upstream);

}  // namespace troupe::nginx
