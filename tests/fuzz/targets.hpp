// The fuzz targets of the API as plain functions, so that tests can run their seeds. Each file is a libFuzzer target of its own
// when its TROUPE_FUZZ_… is defined (clang++ -fsanitize=fuzzer,address,undefined).
#pragma once

#include <cstddef>
#include <cstdint>

namespace troupe::fuzz {

int json_body(const std::uint8_t* data, std::size_t size);
int image_reference(const std::uint8_t* data, std::size_t size);
int key_header(const std::uint8_t* data, std::size_t size);

}  // namespace troupe::fuzz
