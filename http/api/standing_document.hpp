// A text that stays the same until the next start: sent with its ETag, and not once more to who has it (RFC 9110, 13).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "http/api/call.hpp"

namespace troupe::http::api {

struct standing_document {
  std::shared_ptr<const std::string> text;
  std::string etag;  // with its quotes

  static standing_document of(std::string text);
};

// 304 where If-None-Match names it, else 200 with its text. `headers` go with both.
void send_standing(call& c, const standing_document& what, std::string content_type, header_list headers = {});

// Whether the header's list names the (strong) tag. The door weakens the tags of what it compresses, so W/ is no
// difference.
bool names_tag(std::string_view if_none_match, std::string_view etag);

}  // namespace troupe::http::api
