// Compose files of well-known shapes, and what becomes of each: files/NAME.outcome.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "http/compose/write.hpp"
#include "tests/compose/compose_file.hpp"

using namespace troupe::test;
using namespace troupe::http::compose;
using nlohmann::json;

namespace {

const std::filesystem::path folder = TROUPE_SOURCE_DIR "/tests/compose/files";
const std::map<std::string, std::string> variables{{"PASSWORD", "secret"}, {"MYSQL_PASSWORD", "secret"}};

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

std::vector<std::filesystem::path> files() {
  std::vector<std::filesystem::path> out;
  for (const auto& one : std::filesystem::directory_iterator(folder))
    if (one.path().extension() != ".outcome") out.push_back(one.path());
  std::sort(out.begin(), out.end());
  return out;
}

std::string shown(const application& app) {
  static constexpr const char* conditions[] = {"started", "healthy", "completed"};
  std::string out;
  for (const auto& one : app.services) {
    out += one.name + ' ' + one.body.dump() + '\n';
    for (const auto& other : one.after)
      out += "  after " + other.service + ' ' + conditions[static_cast<int>(other.until)] +
             (other.required ? "\n" : " if it runs\n");
  }
  return out;
}

}  // namespace

TEST(ComposeFiles, BecomeWhatIsWrittenBesideThem) {
  ASSERT_GE(files().size(), 15u);
  for (const auto& path : files()) {
    const auto one = outcome_of(text_of(path), variables, {"debug"});
    const auto becomes =
        one.wrong.empty() ? shown(one.app) + "noted\n" + told(one.app.ignored) : "refused\n" + told(one.wrong);
    EXPECT_EQ(becomes, text_of(std::filesystem::path(path).replace_extension(".outcome"))) << path;
  }
}

TEST(ComposeFiles, AreTheSameOnceWritten) {
  for (const auto& path : files()) {
    const auto one = outcome_of(text_of(path), variables, {"debug"});
    if (!one.wrong.empty()) continue;
    const auto text = write(one.app);
    EXPECT_EQ(shown(read_well(text)), shown(one.app)) << text;
  }
}
