// Any bytes as an archive of the Engine's: no byte is read that is not there; and what we write is read back.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "docker/tar_entry.hpp"
#include "tests/fuzz/targets.hpp"

namespace troupe::fuzz {

int tar_entries(const std::uint8_t* data, std::size_t size) {
  using namespace docker;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto entry = read_tar_header(bytes); entry && entry->mode > 07777) std::abort();
  const auto offset = first_entry_offset(bytes);
  if (offset && *offset + tar_block > size) std::abort();
  if (const auto file = first_file(bytes); file && file->size() + tar_block > size) std::abort();
  const auto name = bytes.substr(0, bytes.find('\0'));
  if (const auto archive = files_archive({{std::string(name), std::string(bytes)}}, 10001)) {
    const auto read = first_file(*archive);
    if (!read || *read != bytes) std::abort();
  }
  if (const auto archive = directory_archive(name, 0755, 10001, 10002)) {
    const auto entry = read_tar_header(*archive);
    if (!entry || entry->type != '5' || entry->uid != 10001 || entry->gid != 10002) std::abort();
  }
  return 0;
}

}  // namespace troupe::fuzz

#ifdef TROUPE_FUZZ_TARGET
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return troupe::fuzz::tar_entries(data, size);
}
#endif
