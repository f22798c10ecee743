#include "docker/log_frames.hpp"

#include <algorithm>

#include "docker/json_reader.hpp"

namespace troupe::docker {

namespace {
constexpr std::size_t longest_stamp = 40;
}

bool log_frames::feed(std::string_view bytes) {
  if (ended_) return false;
  if (!framed_ && !bytes.empty()) framed_ = bytes.front() < '0' || bytes.front() > '9';
  if (framed_ == false) return payload(bytes);
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
      current_ = byte(0) == 2 ? 1 : 0;
      left_ = byte(4) << 24U | byte(5) << 16U | byte(6) << 8U | byte(7);
      header_.clear();
      begin_frame(lines_[current_]);
      continue;
    }
    const auto n = std::min<std::size_t>(left_, bytes.size());
    if (!payload(bytes.substr(0, n))) return false;
    left_ -= static_cast<std::uint32_t>(n);
    bytes.remove_prefix(n);
  }
  return true;
}

// A frame that goes on with a line bears a timestamp of its own, which is no part of it.
void log_frames::begin_frame(unfinished& line) {
  if (line.in_stamp) end_stamp(line, {});
  line.in_stamp = true;
}

bool log_frames::payload(std::string_view bytes) {
  auto& line = lines_[current_];
  while (!bytes.empty()) {
    if (line.in_stamp) {
      const auto end = bytes.find_first_of(" \n");
      const auto take =
          std::min({end == std::string_view::npos ? bytes.size() : end, longest_stamp - line.stamp.size()});
      line.stamp += bytes.substr(0, take);
      bytes.remove_prefix(take);
      const bool too_long = line.stamp.size() >= longest_stamp;
      if (bytes.empty() && !too_long) return true;
      const bool blank = !too_long && bytes.front() == ' ';
      if (blank) bytes.remove_prefix(1);
      end_stamp(line, blank ? " " : "");
      continue;
    }
    const auto end = bytes.find('\n');
    const auto room = longest_line + 1 - std::min(longest_line + 1, line.text.size());
    const auto take = std::min({end == std::string_view::npos ? bytes.size() : end, room});
    line.text += bytes.substr(0, take);
    bytes.remove_prefix(take);
    if (!cut(line)) return false;
    if (bytes.empty() || bytes.front() != '\n') continue;
    bytes.remove_prefix(1);
    if (!end_line(line)) return false;
  }
  return true;
}

// What is more than one line may hold goes out as pieces.
bool log_frames::cut(unfinished& line) {
  while (line.text.size() > longest_line) {
    const auto whole = longest_line - unfinished_character(std::string_view(line.text).substr(0, longest_line));
    if (!emit(line, std::string_view(line.text).substr(0, whole))) return false;
    line.text.erase(0, whole);
  }
  return true;
}

// `behind`: what stood between the timestamp, if it is none, and the rest.
void log_frames::end_stamp(unfinished& line, std::string_view behind) {
  line.in_stamp = false;
  if (const auto at = line.stamp.size() < longest_stamp ? time_of(line.stamp) : std::nullopt) {
    if (!line.continues) line.at = *at;
  } else {
    (line.text += line.stamp) += behind;
  }
  line.continues = line.continues || !line.stamp.empty() || !behind.empty();
  line.stamp.clear();
}

bool log_frames::emit(unfinished& line, std::string_view text) {
  if (sink_({line.at, is_stderr(line), container_, clean_text(text, longest_line, escapes_)})) return true;
  ended_ = true;
  return false;
}

bool log_frames::end_line(unfinished& line) {
  std::string_view text = line.text;
  if (text.ends_with('\r')) text.remove_suffix(1);
  const bool more = emit(line, text);
  line.text.clear();
  line.in_stamp = true;
  line.continues = false;
  return more;
}

void log_frames::finish() {
  for (auto& line : lines_) {
    if (ended_) return;
    if (line.in_stamp) end_stamp(line, {});
    if (line.continues && cut(line)) end_line(line);
  }
}

}  // namespace troupe::docker
