// Any bytes as what a program in the edge's container wrote, in the Engine's frames and out of them: no crash, no
// exception, no more than was there.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "docker/exec_output.hpp"
#include "nginx/edge_answers.hpp"
#include "tests/fuzz/targets.hpp"

namespace troupe::fuzz {

int edge_answers(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto output = docker::standard_output(bytes);
  if (output.size() > size) std::abort();
  for (const std::string_view text : {bytes, std::string_view(output)}) {
    if (const auto inventory = nginx::read_inventory(text); inventory && inventory->sites.size() > size) std::abort();
    if (const auto result = nginx::read_apply_result(text); result && result->refused.size() > size) std::abort();
    (void)nginx::read_domain_check(text);
    (void)nginx::read_order(text);
  }
  return 0;
}

}  // namespace troupe::fuzz

#ifdef TROUPE_FUZZ_TARGET
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return troupe::fuzz::edge_answers(data, size);
}
#endif
