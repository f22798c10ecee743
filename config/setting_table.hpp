// One row a setting, in the order in which people read them.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"

namespace troupe::config {

struct setting {
  std::string name;
  std::string default_value;  // empty: not set
  std::string expects;        // type, unit and range in words; completes "must be …"
  std::string comment;
  bool secret;
  std::function<bool(std::string_view text, settings& into)> read;  // false: not what is expected
  std::function<std::string(const settings& from)> show;            // masked
};

const std::vector<setting>& setting_table();

}  // namespace troupe::config
