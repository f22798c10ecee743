#include "http/api/domain_text.hpp"

#include <idn2.h>
#include <memory>

#include "actors/model/domain_name.hpp"

namespace troupe::http::api {

std::optional<std::string> domain_of(const std::string& text) {
  char* raw = nullptr;
  if (text.find('\0') != text.npos || idn2_to_ascii_8z(text.c_str(), &raw, IDN2_NONTRANSITIONAL) != IDN2_OK)
    return std::nullopt;
  const std::unique_ptr<char, void (*)(void*)> ascii(raw, idn2_free);
  return model::canonical_domain(ascii.get());
}

}  // namespace troupe::http::api
