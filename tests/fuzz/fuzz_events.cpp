// Any bytes as the Engine's event stream and its lists: the same lines and elements however the bytes were cut, each
// within its bound, and an event read of any line.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "docker/event_reader.hpp"
#include "tests/fuzz/targets.hpp"

namespace troupe::fuzz {

namespace {
template <class Cutter>
std::vector<std::string> cut(std::string_view bytes, std::size_t piece, std::size_t longest) {
  std::vector<std::string> parts;
  Cutter cutter([&](std::string_view part) {
    if (part.empty() || part.size() > longest) std::abort();
    parts.emplace_back(part);
  });
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) cutter.feed(bytes.substr(0, piece));
  return parts;
}
}  // namespace

int events(const std::uint8_t* data, std::size_t size) {
  using namespace docker;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto lines = cut<line_cutter>(text, size + 1, line_cutter::longest_line);
  const auto elements = cut<array_cutter>(text, size + 1, array_cutter::longest_element);
  for (const std::size_t piece : {1, 7}) {
    if (cut<line_cutter>(text, piece, line_cutter::longest_line) != lines) std::abort();
    if (cut<array_cutter>(text, piece, array_cutter::longest_element) != elements) std::abort();
  }
  for (const auto& line : lines) {
    const auto e = read_event(line, "troupe");
    if (!e) continue;
    if (!e->environment.empty() && !model::parse_id<model::environment_id>(e->environment.text)) std::abort();
    if (e->nanoseconds > 0 && event_query(e->nanoseconds).find("since=") == std::string::npos) std::abort();
  }
  (void)environment_of_network(text);
  if (const auto parts = split_service_name(text); parts && parts->service.empty()) std::abort();
  return 0;
}

}  // namespace troupe::fuzz

#ifdef TROUPE_FUZZ_TARGET
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return troupe::fuzz::events(data, size);
}
#endif
