// HMAC-SHA-256 under a random key of this process: names a secret in memory without holding it.
#pragma once

#include <array>
#include <string_view>

namespace troupe::secrets {

using digest = std::array<unsigned char, 32>;

class keyed_hash {
public:
  keyed_hash();
  digest operator()(std::string_view text) const;

private:
  std::array<unsigned char, 32> key_;
};

}  // namespace troupe::secrets
