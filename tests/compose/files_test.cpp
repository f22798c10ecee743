// Compose files of well-known shapes, and what becomes of each: NAME.outcome beside it.
#include <gtest/gtest.h>

#include "http/compose/write.hpp"
#include "tests/compose/compose_file.hpp"

using namespace troupe::test;
using namespace troupe::http::compose;
using nlohmann::json;

namespace {

// Shapes of well-known files, and those that the tests of the Compose specification's own readers exercise.
const std::vector<std::string> folders{"files", "specification"};

std::map<std::string, std::string> variables_of(const std::filesystem::path& file) {
  auto out = variables_beside(file);
  out.insert({{"PASSWORD", "secret"}, {"MYSQL_PASSWORD", "secret"}});
  return out;
}

}  // namespace

TEST(ComposeFiles, BecomeWhatIsWrittenBesideThem) {
  for (const auto& folder : folders) {
    EXPECT_GE(files_in(folder).size(), 15u);
    for (const auto& path : files_in(folder)) {
      const auto one = outcome_of(text_of(path), variables_of(path), {"debug"});
      const auto becomes =
          one.wrong.empty() ? shown(one.app) + "noted\n" + told(one.app.ignored) : "refused\n" + told(one.wrong);
      expect_outcome(path, becomes);
    }
  }
}

TEST(ComposeFiles, AreTheSameOnceWritten) {
  for (const auto& folder : folders)
    for (const auto& path : files_in(folder)) {
      const auto one = outcome_of(text_of(path), variables_of(path), {"debug"});
      if (!one.wrong.empty()) continue;
      const auto text = write(one.app);
      EXPECT_EQ(shown(read_well(text)), shown(one.app)) << text;
    }
}
