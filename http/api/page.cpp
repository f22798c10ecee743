#include "http/api/page.hpp"

#include <array>

#include <openssl/evp.h>

namespace troupe::http::api {

const std::string_view page_style =
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 "
    "1rem;color:#222;background:#fff}"
    "code,pre{font:14px/1.4 ui-monospace,monospace}pre{background:#f4f4f4;padding:1rem;overflow:auto}"
    "h2{border-top:1px solid #ddd;padding-top:1rem;font-size:1.1rem}table{border-collapse:collapse}"
    "td,th{text-align:left;padding:.2rem .8rem .2rem 0;vertical-align:top}"
    "@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}pre{background:#222}h2{border-color:#444}a{"
    "color:#8bf}}"
    "button{font:inherit;padding:.5rem 1rem;border:1px solid;border-radius:.3rem;color:#fff;background:#0b57d0}"
    ":focus-visible{outline:3px solid #f90;outline-offset:2px}pre{white-space:pre-wrap;overflow-wrap:anywhere}";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  return out;
}

std::string source_hash(std::string_view source) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_Digest(source.data(), source.size(), digest.data(), &length, EVP_sha256(), nullptr);
  std::string encoded(4 * ((length + 2) / 3) + 1, '\0');
  encoded.resize(static_cast<std::size_t>(
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()), digest.data(), static_cast<int>(length))));
  return "'sha256-" + encoded + "'";
}

}  // namespace troupe::http::api
