#include "http/request_path.hpp"

namespace troupe::http {
namespace {

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_dot_segment(std::string_view segment) {
  return segment == "." || segment == "..";
}

}  // namespace

bool is_plain_path(std::string_view path) {
  if (path.empty() || path.front() != '/') return false;
  std::size_t segment = 1;
  for (std::size_t i = 1; i < path.size(); ++i) {
    const char c = path[i];
    if (c == '/') {
      if (i == segment || is_dot_segment(path.substr(segment, i - segment))) return false;
      segment = i + 1;
    } else if (c == '%') {
      if (i + 2 >= path.size()) return false;
      const int high = hex(path[i + 1]);
      const int low = hex(path[i + 2]);
      if (high < 0 || low < 0) return false;
      const int byte = high * 16 + low;
      if (byte < 0x20 || byte == 0x7f || byte == '.' || byte == '/' || byte == '\\') return false;
      i += 2;
    } else if (c <= ' ' || c == 0x7f || std::string_view("\"#<>\\^`{|}").find(c) != std::string_view::npos) {
      return false;
    }
  }
  return !is_dot_segment(path.substr(segment));
}

}  // namespace troupe::http
