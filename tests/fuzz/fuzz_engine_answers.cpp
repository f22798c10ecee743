// Any bytes as what the Engine answers or streams: no crash, no exception, and what is read stays within its bounds.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "docker/event_reader.hpp"
#include "docker/image_answer.hpp"
#include "docker/json_reader.hpp"
#include "docker/service_answer.hpp"
#include "docker/tar_entry.hpp"
#include "tests/fuzz/targets.hpp"

namespace troupe::fuzz {

int engine_answers(const std::uint8_t* data, std::size_t size) {
  using namespace docker;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto body = parse_json(text)) {
    if (const auto service = read_service(*body))
      if (drift(service->spec, service->spec)) std::abort();  // nothing differs from itself
    for (const auto& task : read_tasks(*body, "web"))
      if (task.seen.name.size() > size + 64) std::abort();
    (void)read_image(*body);
    if (parse_json(dump(*body)) != body) std::abort();
  }
  pull_progress progress;
  int before = 0;
  line_cutter lines([&](std::string_view line) {
    progress.line(line);
    if (progress.percent() < before || progress.percent() > 100) std::abort();
    before = progress.percent();
    if (!progress.digest().empty() && !is_digest(progress.digest())) std::abort();
    (void)read_event(line, "troupe");
  });
  lines.feed(text);
  if (const auto offset = first_entry_offset(text); offset && *offset < size)
    (void)read_tar_header(text.substr(*offset));
  if (const auto file = first_file(text); file && file->size() > size) std::abort();
  return 0;
}

}  // namespace troupe::fuzz

#ifdef TROUPE_FUZZ_TARGET
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return troupe::fuzz::engine_answers(data, size);
}
#endif
