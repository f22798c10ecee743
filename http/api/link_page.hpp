// The pages behind a magic link.
#pragma once

#include <string>
#include <string_view>

#include "actors/model/identity.hpp"

namespace troupe::http::api {

// The question, which spends nothing: its button posts the token. A token that has no token's form gets no button.
std::string link_page(std::string_view token);
// The key, this once.
std::string new_key_page(const std::string& key, const model::api_key& row, const std::string& base_url);
std::string refused_link_page(const std::string& why);

std::string link_page_policy();  // Content-Security-Policy of all three

}  // namespace troupe::http::api
