// Any bytes as a connection's: the wall's parser must neither crash nor read a request differently by where the
// segments end.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "http/request_path.hpp"
#include "http/request_reader.hpp"
#include "tests/fuzz/targets.hpp"

namespace troupe::fuzz {

namespace {

using namespace troupe::http;

// What the wall would do with the bytes, as text. `segment`: at most so many bytes at a time.
std::string transcript(std::string_view bytes, std::size_t segment) {
  request_reader reader({256, 1024, 16, 4096});
  std::string out;
  std::string rest;
  while (!bytes.empty()) {
    rest.append(bytes.substr(0, segment));
    bytes.remove_prefix(std::min(segment, bytes.size()));
    while (!rest.empty()) {
      const auto step = reader.feed(rest);
      if (step.consumed > rest.size()) std::abort();
      rest.erase(0, step.consumed);
      if (step.outcome == reading::rejected) return out + "rejected";
      if (step.outcome == reading::more) break;
      if (step.outcome != reading::complete) continue;
      const auto r = reader.take();
      if (!is_plain_path(r.path) || r.body.size() > 4096 || r.headers.size() > 16) std::abort();
      for (const auto& [name, value] : r.headers)
        if (value.find_first_of(std::string_view("\r\n\0", 3)) != value.npos) std::abort();
      out.append(r.method + ' ' + r.path + '?' + r.query + ' ' + std::to_string(r.headers.size()) + ' ' + r.body +
                 '\n');
    }
    if (rest.size() > 1024 + segment) std::abort();
  }
  return out;
}

}  // namespace

int raw_requests(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto by_byte = transcript(bytes, 1);
  const auto at_odds = transcript(bytes, 7);
  const auto whole = transcript(bytes, size + 1);
  // A limit is met sooner or later depending on the segments; what was accepted must agree.
  const auto agree = [](std::string_view a, std::string_view b) {
    const auto accepted = [](std::string_view t) { return t.ends_with("rejected") ? t.substr(0, t.size() - 8) : t; };
    const auto x = accepted(a), y = accepted(b);
    return x.starts_with(y) || y.starts_with(x);
  };
  if (!agree(by_byte, whole) || !agree(at_odds, whole)) std::abort();
  return 0;
}

}  // namespace troupe::fuzz

#ifdef TROUPE_FUZZ_TARGET
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return troupe::fuzz::raw_requests(data, size);
}
#endif
