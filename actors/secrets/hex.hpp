#pragma once

#include <span>
#include <string>

namespace troupe::secrets {

// Two digits a byte, in small letters.
inline std::string hex(std::span<const unsigned char> bytes) {
  std::string out;
  for (const auto byte : bytes) {
    out += "0123456789abcdef"[byte >> 4U];
    out += "0123456789abcdef"[byte & 15U];
  }
  return out;
}

}  // namespace troupe::secrets
