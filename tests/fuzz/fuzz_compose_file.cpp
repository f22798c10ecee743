// Any bytes as a Compose file: refused with places, or services that are the same once they are written and read again.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/compose/read.hpp"
#include "http/compose/write.hpp"
#include "tests/fuzz/schemas.hpp"
#include "tests/fuzz/targets.hpp"

namespace troupe::fuzz {

namespace {

using namespace http::compose;

bool is_deployment(nlohmann::json body) {
  body["environmentId"] = "env_aaaaaaaaaaaaaaaa";
  return schemas().check("create_deployment", body).empty();
}

void check_written(application& app) {
  const auto again = read(write(app), {}, {});
  if (again.index() != 0) std::abort();
  const auto& back = std::get<0>(again);
  if (back.services.size() != app.services.size()) std::abort();
  for (std::size_t i = 0; i < back.services.size(); ++i) {
    const auto& body = app.services[i].body;
    if (back.services[i].after != app.services[i].after) std::abort();
    // An image and its tag become one word.
    if (!body.contains("tag") && back.services[i].body != body) std::abort();
  }
}

}  // namespace

int compose_file(const std::uint8_t* data, std::size_t size) {
  auto done = read({reinterpret_cast<const char*>(data), size}, {{"A", "one"}, {"B", "${A}: *"}}, {"dev"});
  if (const auto* wrong = std::get_if<1>(&done)) {
    if (wrong->empty()) std::abort();
    const auto unordered =
        std::adjacent_find(wrong->begin(), wrong->end(), [](const auto& a, const auto& b) { return b.at < a.at; });
    if (unordered != wrong->end()) std::abort();
    for (const auto& one : *wrong)
      if (one.at.line == 0 || one.at.column == 0 || one.detail.empty()) std::abort();
    return 0;
  }
  auto& app = std::get<0>(done);
  if (app.services.empty()) std::abort();
  for (const auto& one : app.services)
    for (const auto& [pointer, at] : one.places)
      if (!pointer.empty() && !one.body.contains(nlohmann::json::json_pointer(pointer))) std::abort();
  if (std::all_of(app.services.begin(), app.services.end(), [](const auto& one) { return is_deployment(one.body); }))
    check_written(app);
  return 0;
}

}  // namespace troupe::fuzz

#ifdef TROUPE_FUZZ_TARGET
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return troupe::fuzz::compose_file(data, size);
}
#endif
