// The fuzz targets as plain functions, so that fuzz_test can run their seeds. In preset `fuzz` (clang) each file is a
// libFuzzer program too.
#pragma once

#include <cstddef>
#include <cstdint>

namespace troupe::fuzz {

int compose_file(const std::uint8_t* data, std::size_t size);
int edge_answers(const std::uint8_t* data, std::size_t size);
int engine_answers(const std::uint8_t* data, std::size_t size);
int events(const std::uint8_t* data, std::size_t size);
int image_answers(const std::uint8_t* data, std::size_t size);
int json_body(const std::uint8_t* data, std::size_t size);
int image_reference(const std::uint8_t* data, std::size_t size);
int key_header(const std::uint8_t* data, std::size_t size);
int log_frames(const std::uint8_t* data, std::size_t size);
int mcp_message(const std::uint8_t* data, std::size_t size);
int raw_requests(const std::uint8_t* data, std::size_t size);
int settings(const std::uint8_t* data, std::size_t size);
int tar_entries(const std::uint8_t* data, std::size_t size);

}  // namespace troupe::fuzz
