#include "config/logging.hpp"

#include <map>
#include <sstream>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "config/settings.hpp"

namespace troupe::log {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

config::settings with(const std::map<std::string, std::string>& variables) {
  return std::get<config::settings>(config::parse([&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional{found->second};
  }));
}

// Back to stderr before the stream goes.
struct Logging : ::testing::Test {
  std::ostringstream out;
  void begin(const std::map<std::string, std::string>& variables) { start(with(variables), out); }
  void TearDown() override { start(with({})); }
  std::vector<std::string> lines() const {
    std::vector<std::string> all;
    std::istringstream in{out.str()};
    for (std::string line; std::getline(in, line);) all.push_back(line);
    return all;
  }
};

TEST_F(Logging, TheLevelDecidesWhatIsWritten) {
  const std::vector<std::string> levels{"trace", "debug", "info", "warn", "error"};
  for (std::size_t i = 0; i < levels.size(); ++i) {
    out.str("");
    begin({{"LOG_LEVEL", levels[i]}});
    trace("m"), debug("m"), info("m"), warn("m"), error("m");
    EXPECT_THAT(lines(), SizeIs(levels.size() - i)) << levels[i];
    EXPECT_EQ(enabled(level::debug), i <= 1);
    EXPECT_TRUE(enabled(level::error));
  }
}

TEST_F(Logging, TheFormatIsTheSettings) {
  begin({{"LOG_FORMAT", "json"}});
  info("deployment running", {{"deploymentId", std::string{"d-1"}}, {"requestId", "r-1"}});
  const auto line = nlohmann::json::parse(out.str());
  EXPECT_EQ(line.at("deploymentId"), "d-1");
  EXPECT_EQ(line.at("requestId"), "r-1");
  out.str("");
  begin({});
  info("deployment running", {{"deploymentId", "d-1"}});
  EXPECT_THAT(out.str(), HasSubstr("Z INFO  deployment running deploymentId=d-1\n"));
}

TEST_F(Logging, SecretsOfTheSettingsNeverShow) {
  const std::map<std::string, std::string> canaries{{"DATABASE_URL", "postgres://u:CANARY%401@h/d"},
                                                    {"TELEGRAM_BOT_TOKEN", "1:CANARY2"},
                                                    {"TELEGRAM_WEBHOOK_SECRET", "CANARY3-CANARY3-CANARY3-CANARY3-"},
                                                    {"API_KEY_PREFIX", "acme_"}};
  for (const auto* form : {"text", "json"}) {
    auto variables = canaries;
    variables["LOG_FORMAT"] = form;
    begin(variables);
    hide("CANARY4-of-another-kind");
    for (const auto& [name, value] : canaries)
      if (name != "API_KEY_PREFIX") info(value, {{"value", value}, {"inside", "x " + value + " y"}});
    info("CANARY@1", {{"tokenPart", "CANARY2"}, {"key", "acme_7.CANARY5"}, {"other", "CANARY4-of-another-kind"}});
  }
  EXPECT_THAT(out.str(), Not(HasSubstr("CANARY")));
  EXPECT_THAT(out.str(), HasSubstr("acme_7.****"));
  EXPECT_EQ(redact("x CANARY3-CANARY3-CANARY3-CANARY3- y"), "x **** y");
}

TEST_F(Logging, FormatSignsAreOnlyText) {
  begin({});
  info("100% {} {0} %s %v", {{"x", "{}%n"}});
  EXPECT_THAT(out.str(), HasSubstr("100% {} {0} %s %v x={}%n\n"));
}

TEST_F(Logging, LinesOfManyThreadsDoNotMix) {
  begin({{"LOG_FORMAT", "json"}});
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 8; ++thread)
    threads.emplace_back([thread] {
      for (int i = 0; i < 500; ++i) info("m", {{"thread", thread}, {"i", i}});
    });
  for (auto& thread : threads) thread.join();
  const auto all = lines();
  EXPECT_THAT(all, SizeIs(4000));
  for (const auto& line : all) ASSERT_TRUE(nlohmann::json::accept(line)) << line;
}

TEST_F(Logging, ADestinationThatFailsDoesNotThrow) {
  begin({});
  out.setstate(std::ios::badbit);
  EXPECT_NO_THROW(info("m"));
}

}  // namespace
}  // namespace troupe::log
