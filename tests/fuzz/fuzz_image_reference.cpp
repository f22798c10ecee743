// Any bytes as an image reference (what follows a line feed is the tag): an error, or a reference whose text reads back
// as the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "actors/model/image_reference.hpp"
#include "tests/fuzz/targets.hpp"

namespace troupe::fuzz {

int image_reference(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto end = text.find('\n');
  const auto parsed = model::parse_image(text.substr(0, end),
                                         end == std::string_view::npos ? std::string_view{} : text.substr(end + 1));
  if (parsed.reference.has_value() != parsed.error.empty()) std::abort();
  if (!parsed.reference) return 0;
  if (model::parse_image(parsed.reference->text(), "").reference != parsed.reference) std::abort();
  if (parsed.reference->service_name().empty() || parsed.reference->service_name().size() > 40) std::abort();
  return 0;
}

}  // namespace troupe::fuzz

#ifdef TROUPE_FUZZ_TARGET
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return troupe::fuzz::image_reference(data, size);
}
#endif
