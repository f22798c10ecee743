#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace troupe::http {

/// How the body's end shows on the wire.
struct body_framing {
  std::optional<std::size_t> length;  ///< Content-Length
  bool chunked = false;
  bool close = false;       ///< Connection: close
  bool keep_alive = false;  ///< Connection: keep-alive, which HTTP/1.0 clients must read
};

bool may_have_body(int status);

/// Whether every header can stand in a head: names are tokens, no value holds a control character.
bool are_sendable(std::string_view content_type, const header_list& headers);

/// `date`: an IMF-fixdate.
void append_head(std::string& out, int status, std::string_view content_type, const header_list& headers,
                 std::string_view date, const body_framing& framing);

}  // namespace troupe::http
