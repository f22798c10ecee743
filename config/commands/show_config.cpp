#include "config/commands/show_config.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "config/describe.hpp"
#include "config/log_line.hpp"

namespace troupe::commands {
namespace {

using columns = std::array<std::string, 4>;

void print_table(const std::vector<config::described_setting>& settings, std::ostream& out) {
  const auto cell = [](const std::string& text) { return text.empty() ? std::string{"-"} : log::printable(text); };
  std::vector<columns> rows{{"NAME", "VALUE", "DEFAULT", "SOURCE"}};
  for (const auto& [name, value, default_value, source] : settings)
    rows.push_back({name, cell(value), cell(default_value), cell(source)});
  std::array<std::size_t, 3> widths{};
  for (const auto& row : rows)
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  for (auto& row : rows) {
    for (std::size_t i = 0; i < widths.size(); ++i) out << row[i] << std::string(widths[i] - row[i].size() + 2, ' ');
    out << row.back() << '\n';
  }
}

void print_json(const std::vector<config::described_setting>& settings, std::ostream& out) {
  using json = nlohmann::ordered_json;
  const auto text = [](const std::string& value) { return value.empty() ? json(nullptr) : json(value); };
  auto rows = json::array();
  for (const auto& [name, value, default_value, source] : settings)
    rows.push_back({{"name", name}, {"value", text(value)}, {"default", text(default_value)}, {"source", source}});
  out << json{{"settings", rows}}.dump(2, ' ', false, json::error_handler_t::replace) << '\n';
}

}  // namespace

int show_config(const config::settings& settings, config_output form, std::ostream& out) {
  switch (form) {
    case config_output::table: print_table(config::describe(settings), out); break;
    case config_output::json: print_json(config::describe(settings), out); break;
    case config_output::example: out << config::env_example(); break;
  }
  return out.flush() ? 0 : 1;
}

}  // namespace troupe::commands
