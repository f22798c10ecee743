#pragma once
// A request as the wall lets it through, and the answer to it. No HTTP library shows here.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe::http {

using header_list = std::vector<std::pair<std::string, std::string>>;

/// Framed strictly (RFC 9112), so: the path is origin-form, holds no empty, `.` or `..` segment and no encoded slash,
/// dot or NUL; Host is there exactly once in HTTP/1.1; header values hold no control character but HTAB.
struct request {
  std::string method;
  std::string path;     ///< as sent, still percent-encoded, without the query
  std::string query;    ///< as sent, without the `?`
  header_list headers;  ///< names in lower case, in the order sent; trailers are dropped
  std::string body;
  std::string peer_address;  ///< the TCP peer's (behind the door always loopback)

  /// The first header of that (lower-case) name, or null.
  const std::string* header(std::string_view name) const {
    for (const auto& [key, value] : headers)
      if (key == name) return &value;
    return nullptr;
  }
};

/// Content-Length, Connection and Date are the wall's to write: do not set them.
struct response {
  int status = 200;
  std::string content_type;  ///< none is sent where it is empty
  header_list headers;
  std::string body;
  std::shared_ptr<const std::string> shared_body;  ///< sent instead of `body` where set: a big text without a copy
};

}  // namespace troupe::http
