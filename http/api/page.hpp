// What the pages for people share.
#pragma once

#include <string>
#include <string_view>

namespace troupe::http::api {

extern const std::string_view page_style;

std::string escaped(std::string_view text);  // for HTML, in attributes too

// 'sha256-…', what a Content-Security-Policy allows an inline style or script by.
std::string source_hash(std::string_view source);

}  // namespace troupe::http::api
