// Any bytes as the headers that carry a key, one a line, and as query and Accept: no crash, and a key only of the form
// that keys have.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "actors/model/identity.hpp"
#include "http/api/accept.hpp"
#include "http/api/key_header.hpp"
#include "http/api/query.hpp"
#include "tests/fuzz/targets.hpp"

namespace troupe::fuzz {

int key_header(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  http::request asked;
  for (std::size_t from = 0; from < text.size() && asked.headers.size() < 100;) {
    const auto end = std::min(text.find('\n', from), text.size());
    asked.headers.emplace_back(asked.headers.size() % 2 == 0 ? "authorization" : "x-api-key",
                               text.substr(from, end - from));
    from = end + 1;
  }
  if (const auto presented = http::api::presented_key_of(asked)) {
    if (presented->empty()) std::abort();
    if (const auto key = model::parse_key("rw_prod_", *presented))
      if (key->key_id.size() != 16 || key->secret.size() < 32 || key->secret.size() > 64) std::abort();
  }
  (void)http::api::preferred_media(text);
  (void)http::api::is_json_type(text);
  constexpr std::string_view known[] = {"limit", "cursor", "wait", "since"};
  http::api::query query(text, known);
  if (const auto limit = query.whole("limit", 1, 200, 50); limit < 1 || limit > 200) std::abort();
  (void)query.duration("wait", std::chrono::seconds(60));
  (void)query.since("since", model::timestamp{});
  if (const auto position = query.cursor("cursor", 'd'); position && position->empty()) std::abort();
  return 0;
}

}  // namespace troupe::fuzz

#ifdef TROUPE_FUZZ_TARGET
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return troupe::fuzz::key_header(data, size);
}
#endif
