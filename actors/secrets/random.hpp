// The system's cryptographic random source.
#pragma once

#include <functional>
#include <span>

namespace troupe::secrets {

using random_filler = std::function<void(std::span<unsigned char>)>;

// Throws std::runtime_error where the system has no randomness to give.
void fill_random(std::span<unsigned char> bytes);

}  // namespace troupe::secrets
