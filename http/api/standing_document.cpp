#include "http/api/standing_document.hpp"

#include <utility>

#include "http/api/answer.hpp"
#include "http/api/page.hpp"

namespace troupe::http::api {

standing_document standing_document::of(std::string text) {
  auto hash = source_hash(text);  // 'sha256-…'
  hash.front() = hash.back() = '"';
  return {std::make_shared<const std::string>(std::move(text)), std::move(hash)};
}

bool names_tag(std::string_view list, std::string_view etag) {
  while (!list.empty()) {
    const auto end = std::min(list.find(','), list.size());
    auto one = list.substr(0, end);
    list.remove_prefix(std::min(end + 1, list.size()));
    one.remove_prefix(std::min(one.find_first_not_of(" \t"), one.size()));
    one = one.substr(0, one.find_last_not_of(" \t") + 1);
    if (one == "*") return true;
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == etag) return true;
  }
  return false;
}

void send_standing(call& c, const standing_document& what, std::string content_type, header_list headers) {
  response out;
  out.headers = std::move(headers);
  out.headers.emplace_back("ETag", what.etag);
  out.headers.emplace_back("Cache-Control", "no-cache");  // kept, and asked about each time
  const auto* known = c.asked.header("if-none-match");
  if (known && names_tag(*known, what.etag)) {
    out.status = 304;
  } else {
    out.content_type = std::move(content_type);
    out.shared_body = what.text;
  }
  send(c, std::move(out));
}

}  // namespace troupe::http::api
