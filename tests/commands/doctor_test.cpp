#include <filesystem>
#include <sys/stat.h>

#include "tests/commands/command_fixture.hpp"
#include "tests/commands/silent_server.hpp"
#include "tests/nginx/free_port.hpp"

namespace troupe::testing {

// The line of this subject, or "".
std::string line_about(const ended& doctor, const std::string& subject) {
  for (const auto& line : lines_of(doctor.out))
    if (line.substr(std::min<std::size_t>(line.size(), 6)).starts_with(subject + ' ')) return line;
  return {};
}

std::map<std::string, std::string> sound_settings() {
  std::map<std::string, std::string> out{{"DOCKER_HOST", "simulated:"},
                                         {"STATE_DIR", ::testing::TempDir() + "doctor-state"}};
  out["PORT"] = std::to_string(free_port());
  out["INTERNAL_PORT"] = std::to_string(free_port());
  out["ADMIN_ADDRESS"] = "127.0.0.1:" + std::to_string(free_port());
  return out;
}

struct Doctor : CommandTest {
  void SetUp() override {
    CommandTest::SetUp();
    if (!place) return;
    const auto url = environment["DATABASE_URL"];
    environment = sound_settings();
    environment["DATABASE_URL"] = url;
  }
};

TEST_F(Doctor, AMigratedDatabaseAndFreePortsAreFine) {
  migrate();
  const auto well = run({"doctor"});
  EXPECT_EQ(well.code, 0) << well.out << well.errors;
  for (const auto* subject : {"settings", "PostgreSQL", "migrations", "nginx", "ports", "state directory"})
    EXPECT_THAT(line_about(well, subject), StartsWith("ok")) << well.out;
  EXPECT_THAT(line_about(well, "Engine"), AllOf(StartsWith("warn"), HasSubstr("simulated")));
  EXPECT_THAT(lines_of(well.out).back(), StartsWith("The server can work"));
}

TEST_F(Doctor, PendingMigrationsAreAWarningAsServeAppliesThem) {
  const auto well = run({"doctor"});
  EXPECT_EQ(well.code, 0) << well.out;
  EXPECT_THAT(line_about(well, "migrations"), AllOf(StartsWith("warn"), HasSubstr("troupe migrate")));
}

TEST_F(Doctor, AWeakDatabaseIsWarnedOf) {
  migrate();
  place->value("SELECT set_config('synchronous_commit', 'on', false)");
  const auto name = place->value("SELECT current_database()");
  place->value("ALTER DATABASE " + name + " SET synchronous_commit = off");
  const auto warned = run({"doctor"});
  EXPECT_EQ(warned.code, 0);
  EXPECT_THAT(line_about(warned, "PostgreSQL"), AllOf(StartsWith("warn"), HasSubstr("synchronous_commit is off")));
}

TEST_F(Doctor, AReadOnlyDatabaseFails) {
  migrate();
  place->value("ALTER DATABASE " + place->value("SELECT current_database()") +
               " SET default_transaction_read_only = on");
  const auto failed = run({"doctor"});
  EXPECT_EQ(failed.code, 1);
  EXPECT_THAT(line_about(failed, "PostgreSQL"), AllOf(StartsWith("FAIL"), HasSubstr("read-only")));
}

TEST(DoctorAlone, EachMissingPartIsALineAndTheOthersAreStillChecked) {
  auto environment = sound_settings();
  environment["DATABASE_URL"] = "postgresql://u:CANARY@127.0.0.1:1/d";
  environment["DOCKER_HOST"] = "unix:///nonexistent/docker.sock";
  const silent_server taken;
  environment["PORT"] = std::to_string(taken.port());
  environment["STATE_DIR"] = "/proc/nowhere";
  const auto failed = run_troupe({"doctor"}, environment);
  EXPECT_EQ(failed.code, 1);
  for (const auto* subject : {"PostgreSQL", "Engine", "ports"})
    EXPECT_THAT(line_about(failed, subject), AllOf(StartsWith("FAIL"), HasSubstr("Mend: "))) << failed.out;
  EXPECT_THAT(line_about(failed, "Engine"), HasSubstr("No such file"));
  EXPECT_THAT(line_about(failed, "ports"), AllOf(HasSubstr("PORT: "), HasSubstr("in use")));
  EXPECT_THAT(line_about(failed, "nginx"), StartsWith("ok"));
  EXPECT_THAT(failed.out + failed.errors, Not(HasSubstr("CANARY")));
  EXPECT_THAT(lines_of(failed.out).back(), StartsWith("The server cannot work"));
}

TEST(DoctorAlone, WrongSettingsAreListedWithExit78) {
  const auto refused = run_troupe({"doctor"}, {{"PORT", "x"}, {"LOG_LEVEL", "loud"}});
  EXPECT_EQ(refused.code, 78);
  EXPECT_THAT(refused.errors, AllOf(HasSubstr("PORT: "), HasSubstr("LOG_LEVEL: ")));
}

TEST(DoctorAlone, ASilentEngineHoldsItNotForLong) {
  const silent_server frozen;
  auto environment = sound_settings();
  environment["DATABASE_URL"] = "postgresql://u@127.0.0.1:1/d";
  environment["DOCKER_HOST"] = "tcp://127.0.0.1:" + std::to_string(frozen.port());
  environment["ENGINE_TIMEOUT"] = "1s";
  const auto failed = run_troupe({"doctor"}, environment);
  EXPECT_EQ(failed.code, 1);
  EXPECT_THAT(line_about(failed, "Engine"), AllOf(StartsWith("FAIL"), HasSubstr("not reachable")));
  EXPECT_LT(failed.took, std::chrono::seconds{20});
}

TEST_F(Doctor, ARealEngineIsAManagerWithNetworksToGive) {
  if (!place) return;
  const char* host = std::getenv("TROUPE_TEST_DOCKER_HOST");
  if (host == nullptr || *host == '\0') GTEST_SKIP() << "TROUPE_TEST_DOCKER_HOST is not set";
  migrate();
  environment["DOCKER_HOST"] = host;
  const auto well = run({"doctor"});
  EXPECT_EQ(well.code, 0) << well.out << well.errors;
  for (const auto* subject : {"Engine", "Swarm", "address pools"})
    EXPECT_THAT(line_about(well, subject), StartsWith("ok")) << well.out;
  if (std::getenv("TROUPE_TEST_ENGINE_DIR") == nullptr) return;
  // docker/private-engine gives both.
  EXPECT_THAT(line_about(well, "no-new-privileges"), StartsWith("ok")) << well.out;
  if (::geteuid() == 0) {
    EXPECT_THAT(line_about(well, "tenant isolation"), StartsWith("ok")) << well.out;
  }
}

}  // namespace troupe::testing
