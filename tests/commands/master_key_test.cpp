#include <filesystem>

#include "persistence/keyring.hpp"
#include "persistence/session.hpp"
#include "tests/commands/command_fixture.hpp"

namespace troupe::testing {

struct MasterKey : CommandTest {
  void SetUp() override {
    CommandTest::SetUp();
    if (IsSkipped()) return;
    std::string name = std::filesystem::temp_directory_path() / "troupe-keys-XXXXXX";
    directory = ::mkdtemp(name.data());
    environment["STATE_DIR"] = directory;
    file = directory / "secrets.key";
  }
  void TearDown() override { std::filesystem::remove_all(directory); }

  // A value that is sealed by the key of an environment.
  void seal() {
    migrate();
    const secrets::master_keys masters{secrets::new_master_key()};
    ASSERT_TRUE(secrets::write_master_keys(file, masters));
    persistence::session session(place->url(), patience, patience);
    pqxx::work tx(session.connection());
    sealed = persistence::keyring(file, masters).ensure(tx, "env_a").seal("hunter2", "here");
    tx.commit();
  }
  std::string opened() {
    const auto keys = persistence::open_keyring(place->url(), file, false, patience);
    if (!keys) return keys.error().detail;
    persistence::session session(place->url(), patience, patience);
    pqxx::work tx(session.connection());
    return keys.value()->find_of(tx, "env_a").value().open(sealed, "here").value_or("does not open");
  }

  static constexpr std::chrono::seconds patience{5};
  std::filesystem::path directory, file;
  std::string sealed;
};

TEST_F(MasterKey, RotateSaysWhatItDidAndWhatToKeep) {
  seal();
  const auto former = secrets::read_master_keys(file).value().front().id();
  const auto done = run({"secrets", "rotate"});
  EXPECT_EQ(done.code, 0) << done.errors;
  const auto now = secrets::read_master_keys(file).value();
  EXPECT_THAT(done.out, AllOf(HasSubstr(former), HasSubstr(now.front().id()), HasSubstr("backups of before"),
                              Not(HasSubstr(now.front().reveal()))));
  EXPECT_EQ(opened(), "hunter2");
}

TEST_F(MasterKey, AKillDuringRotateLosesNothing) {
  seal();
  for (const char* point : {"secrets.before_rewrap", "secrets.after_rewrap"}) {
    environment["TROUPE_FAILPOINT"] = point;
    EXPECT_EQ(run({"secrets", "rotate"}).code, -1) << point;
    EXPECT_EQ(secrets::read_master_keys(file).value().size(), 2U) << "as nobody knows how far it came";
    EXPECT_EQ(opened(), "hunter2") << point;
    environment.erase("TROUPE_FAILPOINT");
    EXPECT_EQ(run({"secrets", "rotate"}).code, 0) << point;
    EXPECT_EQ(secrets::read_master_keys(file).value().size(), 1U);
    EXPECT_EQ(opened(), "hunter2") << point;
  }
}

TEST_F(MasterKey, DoctorSaysWhetherItOpensWhatIsSealed) {
  environment["DOCKER_HOST"] = "simulated:";
  const auto said = [&] {
    for (const auto& line : lines_of(run({"doctor"}).out))
      if (line.find("master key") != line.npos) return line;
    return std::string("no line");
  };
  migrate();
  EXPECT_THAT(said(), AllOf(StartsWith("ok"), HasSubstr("made at the first start")));
  seal();
  EXPECT_THAT(said(), AllOf(StartsWith("ok"), HasSubstr("opens what is sealed")));
  std::filesystem::rename(file, directory / "elsewhere");
  EXPECT_THAT(said(), AllOf(StartsWith("FAIL"), HasSubstr("there is no file"), HasSubstr("Mend: ")));
  ASSERT_TRUE(secrets::write_master_keys(file, {secrets::new_master_key()}));
  EXPECT_THAT(said(), AllOf(StartsWith("FAIL"), HasSubstr("another key")));
}

TEST_F(MasterKey, WithoutAFileOrASchemaRotateSaysWhatIsMissing) {
  auto failed = run({"secrets", "rotate"});
  EXPECT_EQ(failed.code, 1);
  EXPECT_THAT(failed.errors, HasSubstr("troupe migrate"));
  migrate();
  failed = run({"secrets", "rotate"});
  EXPECT_EQ(failed.code, 1);
  EXPECT_THAT(failed.errors, HasSubstr("secrets.key"));
}

}  // namespace troupe::testing
