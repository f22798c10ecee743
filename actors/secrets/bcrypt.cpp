#include "actors/secrets/bcrypt.hpp"

#include <array>
#include <crypt.h>
#include <memory>
#include <stdexcept>
#include <string_view>

#include <openssl/crypto.h>

#include "actors/secrets/constant_time.hpp"

namespace troupe::secrets {

namespace {

constexpr std::string_view kind = "$2b$";
constexpr std::size_t hash_length = 60;
constexpr std::size_t most_bytes = 72;

bool fits(const std::string& secret) {
  return secret.size() <= most_bytes && secret.find('\0') == std::string::npos;
}

struct wiped {
  void operator()(crypt_data* data) const {
    OPENSSL_cleanse(data, sizeof *data);
    delete data;
  }
};

// Empty where libcrypt refuses; it says so by a text that begins with '*', not by a null pointer.
std::string crypted(const std::string& secret, const std::string& setting) {
  const std::unique_ptr<crypt_data, wiped> data(new crypt_data{});  // 32 KB: too much for a small stack
  const char* text = crypt_r(secret.c_str(), setting.c_str(), data.get());
  if (!text || *text == '*') return {};
  return text;
}

}  // namespace

std::string bcrypt_hash(const std::string& secret, const random_filler& random, int cost) {
  if (!fits(secret)) throw std::invalid_argument("a secret for bcrypt has at most 72 bytes and no NUL");
  std::array<unsigned char, 16> salt;
  random(salt);
  std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting;
  if (!crypt_gensalt_rn(kind.data(), static_cast<unsigned long>(cost), reinterpret_cast<const char*>(salt.data()),
                        static_cast<int>(salt.size()), setting.data(), static_cast<int>(setting.size())))
    throw std::runtime_error("libcrypt makes no bcrypt salt");
  auto hash = crypted(secret, setting.data());
  if (hash.size() != hash_length) throw std::runtime_error("libcrypt makes no bcrypt hash");
  return hash;
}

bool bcrypt_matches(const std::string& secret, const std::string& hash) {
  if (!fits(secret) || hash.size() != hash_length || !hash.starts_with(kind)) return false;
  const auto computed = crypted(secret, hash);
  return computed.size() == hash_length && equal_in_constant_time(computed, hash);
}

const std::string& unmatched_bcrypt_hash() {
  static const std::string hash = [] {
    std::array<unsigned char, 24> bytes;
    fill_random(bytes);
    for (auto& byte : bytes) byte = static_cast<unsigned char>('A' + byte % 26);
    return bcrypt_hash(std::string(bytes.begin(), bytes.end()));
  }();
  return hash;
}

}  // namespace troupe::secrets
