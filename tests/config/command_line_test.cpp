// The built `troupe` as a process.
#include <array>
#include <cstdio>
#include <string>
#include <sys/wait.h>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace troupe {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

struct outcome {
  int code = -1;
  std::string output;
};

// In an environment of exactly these variables; `redirection` says which stream is read.
outcome run(const std::string& arguments, const std::string& environment = "",
            const std::string& redirection = "2>/dev/null") {
  const auto line = "exec env -i " + environment + " '" TROUPE_BINARY "' " + arguments + ' ' + redirection;
  outcome result;
  FILE* pipe = ::popen(line.c_str(), "r");
  if (pipe == nullptr) return result;
  std::array<char, 4096> block{};
  for (std::size_t got = 0; (got = std::fread(block.data(), 1, block.size(), pipe)) > 0;)
    result.output.append(block.data(), got);
  const int status = ::pclose(pipe);
  if (WIFEXITED(status)) result.code = WEXITSTATUS(status);
  return result;
}

constexpr const char* only_errors = "2>&1 >/dev/null";

TEST(CommandLine, TheVersionIsPrinted) {
  const auto [code, output] = run("--version");
  EXPECT_EQ(code, 0);
  EXPECT_EQ(output, "troupe " TROUPE_VERSION "\n");
}

TEST(CommandLine, AWrongCommandLineExits64AndNamesTheMend) {
  for (const auto* arguments :
       {"", "no-such-command", "config --no-such-flag", "config --json --example", "config extra"}) {
    const auto [code, output] = run(arguments, "", only_errors);
    EXPECT_EQ(code, 64) << arguments;
    EXPECT_THAT(output, HasSubstr("--help")) << arguments;
  }
}

TEST(CommandLine, AnUnknownCommandIsNamedWithThoseThereAre) {
  for (const auto& [arguments, word, known] : {std::tuple{"bogus", "\"bogus\"", "serve"},
                                               {"key bogus", "\"bogus\"", "revoke"},
                                               {"invite listt --json", "\"listt\"", "create"}}) {
    const auto [code, output] = run(arguments, "", only_errors);
    EXPECT_EQ(code, 64) << arguments;
    EXPECT_THAT(output, HasSubstr(word));
    EXPECT_THAT(output, HasSubstr(known));
  }
}

TEST(CommandLine, HelpNamesTheCommands) {
  const auto [code, output] = run("--help");
  EXPECT_EQ(code, 0);
  EXPECT_THAT(output, HasSubstr("config"));
}

TEST(CommandLine, ConfigWorksWithNoSettingAtAll) {
  const auto [code, output] = run("config");
  EXPECT_EQ(code, 0);
  EXPECT_THAT(output, HasSubstr("DOCKER_HOST"));
}

TEST(CommandLine, ConfigShowsTheEnvironmentInForce) {
  const auto [code, output] = run("config --json", "PORT=8080 DATABASE_URL=postgres://u:CANARY@h/d");
  EXPECT_EQ(code, 0);
  EXPECT_THAT(output, Not(HasSubstr("CANARY")));
  bool found = false;
  const auto read = nlohmann::json::parse(output);
  for (const auto& row : read.at("settings"))
    if (row.at("name") == "PORT") found = row.at("value") == "8080" && row.at("source") == "environment";
  EXPECT_TRUE(found) << output;
}

TEST(CommandLine, WrongSettingsAreAllListedOnStderrWithExit78) {
  const std::string environment = "PORT=x MAGIC_LINK_TTL=15 LOG_LEVEL=loud DATABASE_URL=mysql://u:CANARY@h/d";
  const auto [code, output] = run("config", environment, only_errors);
  EXPECT_EQ(code, 78);
  for (const auto* name : {"PORT: ", "MAGIC_LINK_TTL: ", "LOG_LEVEL: ", "DATABASE_URL: "})
    EXPECT_THAT(output, HasSubstr(name));
  EXPECT_THAT(output, Not(HasSubstr("CANARY")));
  EXPECT_THAT(run("config", environment).output, IsEmpty());
}

TEST(CommandLine, AnOutputThatCannotBeWrittenIsAFailure) {
  EXPECT_EQ(run("config", "", ">/dev/full").code, 1);
}

}  // namespace
}  // namespace troupe
