#include "docker/exec_output.hpp"

namespace troupe::docker {

std::string standard_output(std::string_view stream) {
  constexpr std::size_t frame_header = 8;
  std::string out;
  while (stream.size() >= frame_header) {
    std::size_t size = 0;
    for (std::size_t i = 4; i < frame_header; ++i) size = size << 8U | static_cast<unsigned char>(stream[i]);
    const auto payload = stream.substr(frame_header, size);
    if (stream[0] == 1) out += payload;
    stream.remove_prefix(frame_header + payload.size());
  }
  return out;
}

}  // namespace troupe::docker
