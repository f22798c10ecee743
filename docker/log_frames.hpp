// Docker's log stream as lines. Frames are an 8-byte header (stream, three zeros, big-endian length) and a payload;
// each payload begins with a timestamp. A container with a terminal has no frames: its stream begins with a timestamp
// at once. Docker keeps a line of more than 16 KiB in pieces, a frame and a timestamp each. Written for hostile input:
// whatever comes, memory stays bounded.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "actors/messages.hpp"
#include "docker/clean_text.hpp"

namespace troupe::docker {

class log_frames {
public:
  using line_sink = std::function<bool(actors::log_line)>;  // false: no more

  // `container`: what each line says it is of. Lines are expected to begin with a timestamp (timestamps=1).
  log_frames(std::string container, escapes treatment, line_sink sink)
      : container_(std::move(container)), escapes_(treatment), sink_(std::move(sink)) {}

  // The next bytes, however they were cut. False: the sink has enough, or the stream is not a log stream.
  bool feed(std::string_view bytes);
  // The last line, if it had no line end.
  void finish();

  static constexpr std::size_t longest_line = 64U << 10U;  // longer ones are cut into several, all of one time

private:
  // A line in the making, of stdout or stderr.
  struct unfinished {
    model::timestamp at{};   // of the line, or of the one before
    std::string stamp;       // what may become a timestamp
    std::string text;        // behind it
    bool in_stamp = true;    // `stamp` is being read
    bool continues = false;  // the line began in an earlier frame, or piece
  };

  void begin_frame(unfinished& line);
  bool payload(std::string_view bytes);
  void end_stamp(unfinished& line, std::string_view behind);
  bool cut(unfinished& line);
  bool emit(unfinished& line, std::string_view text);
  bool end_line(unfinished& line);
  bool is_stderr(const unfinished& line) const { return &line == &lines_[1]; }

  std::string container_;
  escapes escapes_;
  line_sink sink_;
  std::string header_;
  std::optional<bool> framed_;  // known with the first byte
  std::uint32_t left_ = 0;      // of the current frame's payload
  std::array<unfinished, 2> lines_;
  std::size_t current_ = 0;  // the line that the current frame is of
  bool ended_ = false;
};

}  // namespace troupe::docker
