// Base64 as RFC 4648 has it, with padding.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace troupe::secrets {

std::string to_base64(std::span<const unsigned char> bytes);
// Nothing: it is not base64, or has blanks or no padding.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace troupe::secrets
