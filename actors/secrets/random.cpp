#include "actors/secrets/random.hpp"

#include <stdexcept>

#include <openssl/rand.h>

namespace troupe::secrets {

void fill_random(std::span<unsigned char> bytes) {
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) throw std::runtime_error("no random bytes");
}

}  // namespace troupe::secrets
