// A database of the test's own, empty or migrated, and `troupe` run on it.
#pragma once

#include <memory>

#include <gmock/gmock.h>

#include "tests/commands/program.hpp"
#include "tests/persistence/scratch_database.hpp"

namespace troupe::testing {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

struct CommandTest : ::testing::Test {
  void SetUp() override {
    if (!persistence::testing::server_url()) GTEST_SKIP() << "TROUPE_TEST_DATABASE_URL is not set";
    place = std::make_unique<persistence::testing::scratch_database>();
    environment["DATABASE_URL"] = place->url();
  }
  ended run(std::vector<std::string> arguments) { return run_troupe(std::move(arguments), environment); }
  void migrate() { ASSERT_TRUE(persistence::migrations::apply(place->url())); }

  std::unique_ptr<persistence::testing::scratch_database> place;
  std::map<std::string, std::string> environment;
};

}  // namespace troupe::testing
