// A key that seals values at rest: AES-256-GCM, with a nonce of its own for each value. A value is bound to its place
// (a text that tells which row and column it is of): moved to another, it does not open.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "actors/secrets/random.hpp"

namespace troupe::secrets {

class sealing_key {
public:
  static constexpr std::size_t size = 32;
  using bytes = std::array<unsigned char, size>;

  // `id` goes, readable, into each value that the key seals: 1 to 64 characters without a dot.
  sealing_key(std::string id, const bytes& material);
  sealing_key(const sealing_key&) = default;
  sealing_key& operator=(const sealing_key&) = default;
  ~sealing_key();

  // 16 random characters of 0-9 and a-f.
  static std::string new_id(const random_filler& random = fill_random);
  static sealing_key fresh(const random_filler& random = fill_random);

  const std::string& id() const { return id_; }

  // "s1.<key's id>.<base64>": ASCII, 4 characters for each 3 bytes and some 60 more. Throws std::runtime_error where
  // OpenSSL fails.
  std::string seal(std::string_view value, std::string_view place) const;
  // Nothing: not sealed by this key, for this place, or not as it was.
  std::optional<std::string> open(std::string_view sealed, std::string_view place) const;

  // Tells equal values from others to whoever does not have the key: 16 characters of 0-9 and a-f.
  std::string fingerprint(std::string_view value) const;

  // This key, sealed by another; and back. `place` as above.
  std::string wrapped_by(const sealing_key& other, std::string_view place) const;
  static std::optional<sealing_key> unwrap(std::string id, std::string_view wrapped, const sealing_key& by,
                                           std::string_view place);

  // Its bytes as base64, for the file of master keys alone.
  std::string reveal() const;

private:
  std::string id_;
  bytes material_;
};

// The id of the key that sealed it; "" where it is no sealed value.
std::string key_of(std::string_view sealed);

}  // namespace troupe::secrets
