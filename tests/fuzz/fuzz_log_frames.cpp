// Any bytes as Docker's log stream: the same lines however the bytes were cut, none longer than promised, and no escape
// sequence in them unless it was asked for.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "docker/log_frames.hpp"
#include "tests/fuzz/targets.hpp"

namespace troupe::fuzz {

namespace {
std::vector<std::string> lines_of(std::string_view bytes, docker::escapes treatment, std::size_t piece) {
  std::vector<std::string> lines;
  docker::log_frames frames("web.1", treatment, [&](const actors::log_line& line) {
    if (line.message.size() > docker::log_frames::longest_line) std::abort();
    if (treatment == docker::escapes::strip && line.message.find('\x1b') != std::string::npos) std::abort();
    lines.push_back((line.is_stderr ? "2 " : "1 ") + line.message);
    return true;
  });
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size())))
    if (!frames.feed(bytes.substr(0, piece))) break;
  frames.finish();
  return lines;
}
}  // namespace

int log_frames(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const auto treatment : {docker::escapes::strip, docker::escapes::keep}) {
    const auto whole = lines_of(bytes, treatment, size + 1);
    if (whole != lines_of(bytes, treatment, 1) || whole != lines_of(bytes, treatment, 7)) std::abort();
  }
  return 0;
}

}  // namespace troupe::fuzz

#ifdef TROUPE_FUZZ_TARGET
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return troupe::fuzz::log_frames(data, size);
}
#endif
