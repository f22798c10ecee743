// Kept log lines as they lie on the disk: blocks, each a gzip member by itself (so that zcat reads a whole file), whose
// header's extra field tells what is in it. What a crash has cut off is recognised by gzip's own checksum.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/messages.hpp"
#include "docker/log_position.hpp"

namespace troupe::docker {

using log_positions = std::map<std::string, log_position>;  // by the container's short id

struct block_header {
  std::uint32_t bytes = 0;            // of the block, all in all
  std::uint64_t first = 0, last = 0;  // numbers of its lines
  model::timestamp from{}, to{};      // the earliest and the latest of their moments
  log_positions positions{};          // of containers, behind its lines; those that have changed since the block before
};

inline constexpr std::size_t short_id = 12;  // of a container's id

// At least one line, in order of number.
std::string make_block(const std::vector<actors::log_line>& lines, const log_positions& positions);

// How many bytes of a block's beginning read_header needs at most.
inline constexpr std::size_t longest_header = 12 + 65'535;
// Of the bytes that a block begins with; nothing where it is none, or not whole.
std::optional<block_header> read_header(std::string_view bytes);

// The whole block's lines; nothing where it is damaged.
std::optional<std::vector<actors::log_line>> read_block(std::string_view block);

}  // namespace troupe::docker
