// Any bytes as the body of POST /deployments: refused, or a release whose JSON reads back as the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "actors/codec/release_json.hpp"
#include "http/api/json_decode.hpp"
#include "http/api/release_rules.hpp"
#include "tests/fuzz/schemas.hpp"
#include "tests/fuzz/targets.hpp"

namespace troupe::fuzz {

int json_body(const std::uint8_t* data, std::size_t size) {
  using namespace http::api;
  auto decoded = decode_json({reinterpret_cast<const char*>(data), size});
  if (const auto* refused = std::get_if<1>(&decoded)) {
    if (refused->empty()) std::abort();
    return 0;
  }
  auto& body = std::get<0>(decoded);
  if (std::get<0>(decode_json(encode_json(body))) != body) std::abort();
  for (const auto& name : schemas().names()) (void)schemas().check(name, body);
  if (!schemas().check("create_deployment", body).empty() || !check_release(body, limits()).empty()) return 0;
  schemas().fill_defaults("create_deployment", body);
  const auto spec = release_of(body);
  if (codec::release_from_json(codec::to_json(spec)) != spec) std::abort();
  return 0;
}

}  // namespace troupe::fuzz

#ifdef TROUPE_FUZZ_TARGET
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return troupe::fuzz::json_body(data, size);
}
#endif
