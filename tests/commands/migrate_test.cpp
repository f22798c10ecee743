#include "tests/commands/command_fixture.hpp"
#include "tests/commands/silent_server.hpp"

namespace troupe::testing {

struct Migrate : CommandTest {};

TEST_F(Migrate, CheckNamesWhatIsPendingAndAppliesNothing) {
  const auto checked = run({"migrate", "--check"});
  EXPECT_EQ(checked.code, 1) << checked.errors;
  std::vector<std::string> expected;
  for (const auto& step : persistence::known_migrations()) expected.push_back("pending " + std::string(step.name));
  EXPECT_EQ(lines_of(checked.out), expected);
  EXPECT_EQ(place->value("SELECT to_regclass('deployments')"), "");
}

TEST_F(Migrate, AppliesEachStepOnce) {
  const auto first = run({"migrate"});
  EXPECT_EQ(first.code, 0) << first.errors;
  std::vector<std::string> expected;
  for (const auto& step : persistence::known_migrations()) expected.push_back("applied " + std::string(step.name));
  EXPECT_EQ(lines_of(first.out), expected);
  for (const auto& again : {run({"migrate"}), run({"migrate", "--check"})}) {
    EXPECT_EQ(again.code, 0);
    EXPECT_THAT(again.out, StartsWith("up to date: V"));
  }
}

TEST_F(Migrate, ADatabaseNewerThanTheProgramIsLeftAlone) {
  migrate();
  place->value(
      "INSERT INTO schema_migrations (version, name, checksum) VALUES (9000, 'V9000__later', 'x') RETURNING 1");
  for (const auto& arguments : {std::vector<std::string>{"migrate"}, {"migrate", "--check"}, {"key", "list"}}) {
    const auto refused = run(arguments);
    EXPECT_EQ(refused.code, 1);
    EXPECT_THAT(refused.errors, AllOf(HasSubstr("newer"), HasSubstr("V9000__later")));
    EXPECT_THAT(refused.out, IsEmpty());
  }
}

TEST(MigrateWithoutDatabase, AnAbsentServerIsToldWithoutItsPassword) {
  const auto failed = run_troupe({"migrate"}, {{"DATABASE_URL", "postgresql://u:CANARY@127.0.0.1:1/d"}});
  EXPECT_EQ(failed.code, 1);
  EXPECT_THAT(failed.errors, AllOf(HasSubstr("not reachable"), Not(HasSubstr("CANARY"))));
}

TEST(MigrateWithoutDatabase, AFrozenServerHoldsNoCommandForLong) {
  const silent_server frozen;
  const std::map<std::string, std::string> environment{
      {"DATABASE_URL", "postgresql://u@127.0.0.1:" + std::to_string(frozen.port()) + "/d"}, {"DATABASE_TIMEOUT", "1s"}};
  for (const auto& arguments : {std::vector<std::string>{"migrate", "--check"}, {"key", "list"}}) {
    const auto failed = run_troupe(arguments, environment);
    EXPECT_EQ(failed.code, 1);
    EXPECT_THAT(failed.errors, HasSubstr("not reachable"));
    EXPECT_LT(failed.took, std::chrono::seconds{20});
  }
}

}  // namespace troupe::testing
