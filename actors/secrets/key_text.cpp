#include "actors/secrets/key_text.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include <openssl/crypto.h>

namespace troupe::secrets {

namespace {

constexpr std::string_view base32 = "abcdefghijklmnopqrstuvwxyz234567";
constexpr std::string_view base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// RFC 4648 without padding: most significant bits first.
std::string encoded(std::span<const unsigned char> bytes, std::string_view alphabet, unsigned bits_each) {
  std::string out;
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const auto byte : bytes) {
    held = (held << 8U) | byte;
    for (bits += 8; bits >= bits_each; bits -= bits_each)
      out += alphabet[(held >> (bits - bits_each)) & ((1U << bits_each) - 1U)];
  }
  if (bits > 0) out += alphabet[(held << (bits_each - bits)) & ((1U << bits_each) - 1U)];
  return out;
}

}  // namespace

model::presented_key new_key(const random_filler& random) {
  std::array<unsigned char, 10> id;
  std::array<unsigned char, 32> secret;
  random(id);
  random(secret);
  model::presented_key key{encoded(id, base32, 5), encoded(secret, base64, 6)};
  OPENSSL_cleanse(secret.data(), secret.size());
  return key;
}

}  // namespace troupe::secrets
