// Content-Type and Accept, as far as this API needs them.
#pragma once

#include <string_view>

namespace troupe::http::api {

enum class media { json, text, events };

// The one that the header ranks first of the three; JSON where it names none of them. Ties go to the one named first.
media preferred_media(std::string_view accept);

// Which of text/html and application/json the header names and ranks higher (json on a tie); wildcards name neither.
enum class ranked { neither, page, json };
ranked page_or_json(std::string_view accept);

// application/json, with no charset but UTF-8.
bool is_json_type(std::string_view content_type);
bool is_merge_patch_type(std::string_view content_type);  // application/merge-patch+json, likewise
bool is_yaml_type(std::string_view content_type);         // application/yaml, or what it was called before RFC 9512
bool is_form_type(std::string_view content_type);

}  // namespace troupe::http::api
