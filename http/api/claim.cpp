#include <array>
#include <stdexcept>

#include <openssl/evp.h>

#include "actors/secrets/hex.hpp"
#include "http/api/json_decode.hpp"
#include "http/api/question.hpp"
#include "http/api/routes.hpp"

namespace troupe::http::api {

namespace {

std::string sha256_hex(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("SHA-256 failed");
  return secrets::hex({digest.data(), length});
}

}  // namespace

desk::claim claim_of(std::string key, const route& r, std::string_view id, const nlohmann::json& body) {
  auto fingerprint = sha256_hex(std::string(r.method) + '\n' + path_of(r, id) + '\n' + encode_json(body));
  return {std::move(key), std::move(fingerprint)};
}

}  // namespace troupe::http::api
