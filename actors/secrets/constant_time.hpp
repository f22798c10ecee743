// Comparison whose time does not tell where two texts differ (only whether their lengths do).
#pragma once

#include <string_view>

namespace troupe::secrets {

bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace troupe::secrets
