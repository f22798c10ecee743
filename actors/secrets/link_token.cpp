#include "actors/secrets/link_token.hpp"

#include <array>
#include <stdexcept>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "actors/secrets/hex.hpp"

namespace troupe::secrets {

std::string new_link_token(const random_filler& random) {
  std::array<unsigned char, 32> bytes;
  std::array<unsigned char, 45> text;  // 44 and a NUL
  random(bytes);
  EVP_EncodeBlock(text.data(), bytes.data(), static_cast<int>(bytes.size()));
  OPENSSL_cleanse(bytes.data(), bytes.size());
  std::string out(text.begin(), text.begin() + 43);  // without the padding
  for (char& c : out) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return out;
}

std::string link_token_hash(std::string_view token) {
  std::array<unsigned char, 32> digest;
  unsigned int length = 0;
  if (EVP_Digest(token.data(), token.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1 ||
      length != digest.size())
    throw std::runtime_error("SHA-256 failed");
  return hex(digest);
}

}  // namespace troupe::secrets
