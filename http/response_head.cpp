#include "http/response_head.hpp"

#include <algorithm>
#include <charconv>

#include <boost/beast/http/status.hpp>

namespace troupe::http {
namespace {

bool is_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return (c >= ' ' && c != 0x7f) || c == '\t'; });
}

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
  });
}

void append_number(std::string& out, std::size_t number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

bool may_have_body(int status) {
  return status >= 200 && status != 204 && status != 304;
}

bool are_sendable(std::string_view content_type, const header_list& headers) {
  return is_value(content_type) && std::all_of(headers.begin(), headers.end(),
                                               [](const auto& h) { return is_name(h.first) && is_value(h.second); });
}

void append_head(std::string& out, int status, std::string_view content_type, const header_list& headers,
                 std::string_view date, const body_framing& framing) {
  out.append("HTTP/1.1 ");
  append_number(out, static_cast<std::size_t>(status));
  const auto reason = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status));
  out.append(" ").append(reason.data(), reason.size()).append("\r\n");
  append_field(out, "Date", date);
  if (!content_type.empty()) append_field(out, "Content-Type", content_type);
  for (const auto& [name, value] : headers) append_field(out, name, value);
  if (framing.length && may_have_body(status)) {
    out.append("Content-Length: ");
    append_number(out, *framing.length);
    out.append("\r\n");
  }
  if (framing.chunked) append_field(out, "Transfer-Encoding", "chunked");
  if (framing.close)
    append_field(out, "Connection", "close");
  else if (framing.keep_alive)
    append_field(out, "Connection", "keep-alive");
  out.append("\r\n");
}

}  // namespace troupe::http
