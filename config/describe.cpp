#include "config/describe.hpp"

#include "config/setting_table.hpp"

namespace troupe::config {

std::vector<described_setting> describe(const settings& values) {
  std::vector<described_setting> rows;
  for (const auto& row : setting_table()) {
    const auto origin = values.origins.find(row.name);
    rows.push_back(
        {row.name, row.show(values), row.default_value, origin == values.origins.end() ? "default" : origin->second});
  }
  return rows;
}

std::string env_example() {
  std::string text =
      "# Troupe's settings, all of them, with their defaults. `troupe config` shows what is in force; this file is the "
      "output of\n"
      "# `troupe config --example`. An empty value counts as not set. Durations are a whole number and ms, s, m, h or "
      "d.\n";
  for (const auto& row : setting_table()) {
    text += "\n# " + row.comment + ".\n# Must be " + row.expects + ".\n";
    if (row.secret)
      text += "# Secret: never printed or logged. " + row.name + "_FILE=/path reads it from a file instead.\n";
    text += '#' + row.name + '=' + row.default_value + '\n';
  }
  return text;
}

}  // namespace troupe::config
