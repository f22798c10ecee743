#include "config/describe.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "config/commands/show_config.hpp"
#include "config/setting_table.hpp"

namespace troupe::config {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::map<std::string, std::string> variables{{"PORT", "8080"},
                                                   {"DATABASE_URL", "postgres://u:CANARY1CANARY@h/d?password=CANARY4"},
                                                   {"TELEGRAM_BOT_TOKEN", "123:CANARY2-CANARY"},
                                                   {"TELEGRAM_WEBHOOK_SECRET", "CANARY3-CANARY-CANARY-CANARY-CANARY"}};

settings sample() {
  return std::get<settings>(parse([](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional{found->second};
  }));
}

std::string printed(commands::config_output form) {
  std::ostringstream out;
  EXPECT_EQ(commands::show_config(sample(), form, out), 0);
  return out.str();
}

TEST(Describe, EverySettingStandsOnceWithItsSource) {
  const auto rows = describe(sample());
  ASSERT_EQ(rows.size(), setting_table().size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].name, setting_table()[i].name);
    EXPECT_EQ(rows[i].default_value, setting_table()[i].default_value);
    EXPECT_EQ(rows[i].source, variables.contains(rows[i].name) ? "environment" : "default") << rows[i].name;
    if (rows[i].name == "PORT") {
      EXPECT_EQ(rows[i].value, "8080");
    }
    if (rows[i].name == "DATABASE_URL") {
      EXPECT_EQ(rows[i].value, "postgres://u:****@h/d?password=****");
    }
    if (rows[i].name == "TELEGRAM_BOT_TOKEN") {
      EXPECT_EQ(rows[i].value, "****");
    }
  }
}

TEST(ShowConfig, NoFormShowsASecret) {
  for (const auto form :
       {commands::config_output::table, commands::config_output::json, commands::config_output::example})
    EXPECT_THAT(printed(form), Not(HasSubstr("CANARY")));
}

TEST(ShowConfig, TheTableHasOneLineASettingAndAHead) {
  const auto table = printed(commands::config_output::table);
  EXPECT_EQ(static_cast<std::size_t>(std::count(table.begin(), table.end(), '\n')), setting_table().size() + 1);
  EXPECT_TRUE(std::regex_search(table, std::regex{"\nPORT +8080 +3000 +environment\n"})) << table;
  EXPECT_TRUE(std::regex_search(table, std::regex{"\nACME_EMAIL +- +- +default\n"})) << table;
}

TEST(ShowConfig, TheJsonIsReadBack) {
  const auto read = nlohmann::json::parse(printed(commands::config_output::json));
  ASSERT_EQ(read.at("settings").size(), setting_table().size());
  for (const auto& row : read.at("settings"))
    if (row.at("name") == "PORT") {
      EXPECT_EQ(row,
                (nlohmann::json{{"name", "PORT"}, {"value", "8080"}, {"default", "3000"}, {"source", "environment"}}));
    } else if (row.at("name") == "ACME_EMAIL") {
      EXPECT_TRUE(row.at("value").is_null());
    }
}

TEST(ShowConfig, AStreamThatFailsIsAFailure) {
  std::ofstream full{"/dev/full"};
  EXPECT_EQ(commands::show_config(sample(), commands::config_output::table, full), 1);
}

TEST(EnvExample, TheFileSaysWhatTheTableSays) {
  std::ifstream file{TROUPE_SOURCE_DIR "/.env.example"};
  ASSERT_TRUE(file);
  std::ostringstream content;
  content << file.rdbuf();
  EXPECT_EQ(content.str(), env_example()) << "write it again: troupe config --example > .env.example";
}

// Read by itself, not by env_example()'s own idea of the format.
TEST(EnvExample, EveryLineOfItNamesASettingWithItsDefaultBelowAComment) {
  std::istringstream lines{env_example()};
  std::string line, before;
  std::vector<std::pair<std::string, std::string>> found, expected;
  for (std::smatch part; std::getline(lines, line); before = line) {
    if (!std::regex_match(line, part, std::regex{"#([A-Z_]+)=(.*)"})) continue;
    found.emplace_back(part[1], part[2]);
    EXPECT_TRUE(before.starts_with("# ")) << line;
  }
  for (const auto& row : setting_table()) expected.emplace_back(row.name, row.default_value);
  EXPECT_EQ(found, expected);
}

}  // namespace
}  // namespace troupe::config
