#include "actors/secrets/sealing_key.hpp"

#include <algorithm>
#include <memory>
#include <span>
#include <stdexcept>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "actors/secrets/base64.hpp"
#include "actors/secrets/hex.hpp"

namespace troupe::secrets {

namespace {

constexpr std::string_view form = "s1.";
constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;
constexpr std::string_view fingerprint_purpose = "troupe fingerprint 1";

using context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

context new_context() {
  context made(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  if (!made) throw std::bad_alloc();
  return made;
}

void check(bool done) {
  if (!done) throw std::runtime_error("AES-256-GCM failed");
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

std::array<unsigned char, 32> keyed_digest(const sealing_key::bytes& key, std::string_view text) {
  std::array<unsigned char, 32> out;
  unsigned length = 0;
  if (!HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(text), text.size(), out.data(), &length) ||
      length != out.size())
    throw std::runtime_error("HMAC-SHA-256 failed");
  return out;
}

std::string as_text(const sealing_key::bytes& material) {
  return {reinterpret_cast<const char*>(material.data()), material.size()};
}

}  // namespace

sealing_key::sealing_key(std::string id, const bytes& material) : id_(std::move(id)), material_(material) {
  if (id_.empty() || id_.size() > 64 || id_.find('.') != std::string::npos)
    throw std::invalid_argument("a key's id has 1 to 64 characters and no dot");
}

sealing_key::~sealing_key() {
  OPENSSL_cleanse(material_.data(), material_.size());
}

std::string sealing_key::new_id(const random_filler& random) {
  std::array<unsigned char, 8> id;
  random(id);
  return hex(id);
}

sealing_key sealing_key::fresh(const random_filler& random) {
  bytes material;
  random(material);
  sealing_key made(new_id(random), material);
  OPENSSL_cleanse(material.data(), material.size());
  return made;
}

std::string sealing_key::seal(std::string_view value, std::string_view place) const {
  std::string out(nonce_size + value.size() + tag_size, '\0');
  fill_random({bytes_of(out), nonce_size});
  const auto cipher = new_context();
  check(EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, material_.data(), bytes_of(out)) == 1);
  int length = 0;
  check(EVP_EncryptUpdate(cipher.get(), nullptr, &length, bytes_of(place), static_cast<int>(place.size())) == 1);
  auto* at = bytes_of(out) + nonce_size;
  check(EVP_EncryptUpdate(cipher.get(), at, &length, bytes_of(value), static_cast<int>(value.size())) == 1);
  check(EVP_EncryptFinal_ex(cipher.get(), at + length, &length) == 1);
  check(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, tag_size, at + value.size()) == 1);
  return std::string(form) + id_ + '.' + to_base64({bytes_of(out), out.size()});
}

std::optional<std::string> sealing_key::open(std::string_view sealed, std::string_view place) const {
  if (key_of(sealed) != id_) return std::nullopt;
  auto held = from_base64(sealed.substr(form.size() + id_.size() + 1));
  if (!held || held->size() < nonce_size + tag_size) return std::nullopt;
  std::string out(held->size() - nonce_size - tag_size, '\0');
  const auto cipher = new_context();
  auto* nonce = bytes_of(*held);
  auto* body = nonce + nonce_size;
  int length = 0;
  check(EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, material_.data(), nonce) == 1);
  check(EVP_DecryptUpdate(cipher.get(), nullptr, &length, bytes_of(place), static_cast<int>(place.size())) == 1);
  check(EVP_DecryptUpdate(cipher.get(), bytes_of(out), &length, body, static_cast<int>(out.size())) == 1);
  check(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, tag_size, body + out.size()) == 1);
  if (EVP_DecryptFinal_ex(cipher.get(), bytes_of(out) + length, &length) == 1) return out;
  OPENSSL_cleanse(out.data(), out.size());
  return std::nullopt;
}

std::string sealing_key::fingerprint(std::string_view value) const {
  auto own = keyed_digest(material_, fingerprint_purpose);
  const auto digest = keyed_digest(own, value);
  OPENSSL_cleanse(own.data(), own.size());
  return hex(std::span(digest).first(8));
}

std::string sealing_key::wrapped_by(const sealing_key& other, std::string_view place) const {
  auto material = as_text(material_);
  auto out = other.seal(material, place);
  OPENSSL_cleanse(material.data(), material.size());
  return out;
}

std::optional<sealing_key> sealing_key::unwrap(std::string id, std::string_view wrapped, const sealing_key& by,
                                               std::string_view place) {
  auto opened = by.open(wrapped, place);
  if (!opened || opened->size() != size) return std::nullopt;
  bytes material;
  std::copy_n(bytes_of(*opened), size, material.begin());
  OPENSSL_cleanse(opened->data(), opened->size());
  sealing_key out(std::move(id), material);
  OPENSSL_cleanse(material.data(), material.size());
  return out;
}

std::string sealing_key::reveal() const {
  return to_base64(material_);
}

std::string key_of(std::string_view sealed) {
  if (!sealed.starts_with(form)) return {};
  sealed.remove_prefix(form.size());
  const auto end = sealed.find('.');
  return end == std::string_view::npos ? std::string() : std::string(sealed.substr(0, end));
}

}  // namespace troupe::secrets
