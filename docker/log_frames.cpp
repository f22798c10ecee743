#include "docker/log_frames.hpp"

#include <algorithm>

#include "docker/clean_text.hpp"
#include "docker/json_reader.hpp"

namespace troupe::docker {

bool log_frames::feed(std::string_view bytes) {
  if (ended_) return false;
  if (terminal_) return payload(bytes, 1);
  while (!bytes.empty()) {
    if (left_ == 0) {
      const auto n = std::min<std::size_t>(8 - header_.size(), bytes.size());
      header_ += bytes.substr(0, n);
      bytes.remove_prefix(n);
      if (header_.size() < 8) return true;
      const auto byte = [&](std::size_t i) {
        return static_cast<std::uint32_t>(static_cast<unsigned char>(header_[i]));
      };
      if (byte(0) > 2 || byte(1) != 0 || byte(2) != 0 || byte(3) != 0) {
        ended_ = true;
        return false;
      }
      stream_ = static_cast<int>(byte(0));
      left_ = byte(4) << 24U | byte(5) << 16U | byte(6) << 8U | byte(7);
      header_.clear();
      continue;
    }
    const auto n = std::min<std::size_t>(left_, bytes.size());
    if (!payload(bytes.substr(0, n), stream_)) return false;
    left_ -= static_cast<std::uint32_t>(n);
    bytes.remove_prefix(n);
  }
  return true;
}

bool log_frames::payload(std::string_view bytes, int stream) {
  auto& pending = pending_[stream == 2 ? 1 : 0];
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const auto room = longest_line - pending.size();
    const auto take = std::min({end == std::string_view::npos ? bytes.size() : end, room});
    pending += bytes.substr(0, take);
    bytes.remove_prefix(take);
    const bool complete = !bytes.empty() && bytes.front() == '\n';
    if (complete) bytes.remove_prefix(1);
    if ((complete || pending.size() >= longest_line) && !emit(pending, stream == 2)) return false;
  }
  return true;
}

bool log_frames::emit(std::string& text, bool is_stderr) {
  if (!text.empty() && text.back() == '\r') text.pop_back();
  actors::log_line line{{}, is_stderr, container_, {}};
  std::string_view message = text;
  if (const auto space = message.find(' '); space != std::string_view::npos && space <= 40) {
    if (const auto at = time_of(message.substr(0, space))) {
      line.at = *at;
      message.remove_prefix(space + 1);
    }
  } else if (const auto only = time_of(message)) {
    line.at = *only;
    message = {};
  }
  line.message = clean_text(message, longest_line);
  text.clear();
  if (sink_(std::move(line))) return true;
  ended_ = true;
  return false;
}

void log_frames::finish() {
  for (int i = 0; i < 2 && !ended_; ++i)
    if (!pending_[i].empty()) emit(pending_[i], i == 1);
}

}  // namespace troupe::docker
