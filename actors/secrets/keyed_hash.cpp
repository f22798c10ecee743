#include "actors/secrets/keyed_hash.hpp"

#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "actors/secrets/random.hpp"

namespace troupe::secrets {

keyed_hash::keyed_hash() {
  fill_random(key_);
}

digest keyed_hash::operator()(std::string_view text) const {
  digest out;
  unsigned int length = 0;
  if (!HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
            reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data(), &length) ||
      length != out.size())
    throw std::runtime_error("HMAC-SHA-256 failed");
  return out;
}

}  // namespace troupe::secrets
