// Docker's log stream as lines. Frames are an 8-byte header (stream, three zeros, big-endian length) and a payload; a
// container with a terminal sends bare bytes. Written for hostile input: whatever comes, memory stays bounded.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "actors/messages.hpp"

namespace troupe::docker {

class log_frames {
public:
  using line_sink = std::function<bool(actors::log_line)>;  // false: no more

  // `container`: what each line says it is of. Lines are expected to begin with a timestamp (timestamps=1).
  log_frames(std::string container, bool terminal, line_sink sink)
      : container_(std::move(container)), terminal_(terminal), sink_(std::move(sink)) {}

  // The next bytes, however they were cut. False: the sink has enough, or the stream is not a log stream.
  bool feed(std::string_view bytes);
  // The last line, if it had no line end.
  void finish();

  static constexpr std::size_t longest_line = 64U << 10U;  // longer ones are cut into several

private:
  bool payload(std::string_view bytes, int stream);
  bool emit(std::string& text, bool is_stderr);

  std::string container_;
  bool terminal_;
  line_sink sink_;
  std::string header_;
  std::uint32_t left_ = 0;  // of the current frame's payload
  int stream_ = 1;
  std::string pending_[2];  // unfinished line of stdout, stderr
  bool ended_ = false;
};

}  // namespace troupe::docker
