// What PostgreSQL holds of tenants' secrets, and what happens to the key that opens it.
#include <fstream>
#include <sys/wait.h>

#include "persistence/keyring.hpp"
#include "tests/persistence/database_fixture.hpp"

namespace troupe::persistence::testing {
namespace {

using model::deployment_status;

struct Sealing : DatabaseTest {
  database_options options() override {
    auto out = DatabaseTest::options();
    out.sweep_every = 100ms;
    return out;
  }
  static std::string planted(int n) { return "planted-value-" + std::to_string(n) + "-0f7c"; }
  model::deployment with_variables(const model::environment& env, int n) {
    auto d = deployment(env, n, "s" + std::to_string(n));
    d.spec.env = {{"PASSWORD", planted(n)}, {"EMPTY", ""}};
    return d;
  }
  // All that the database holds, as pg_dump writes it.
  std::string dump() {
    const std::filesystem::path file = key_directory / "dump.sql";
    const auto target = "--file=" + file.string();
    const auto pid = ::fork();
    if (pid == 0) {
      ::execl("/usr/bin/pg_dump", "pg_dump", target.c_str(), place->url().c_str(), nullptr);
      ::_exit(127);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    EXPECT_EQ(status, 0) << "pg_dump failed";
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void seal_old_rows() {
    for (int tries = 0; place->value("SELECT count(*) FROM deployments WHERE spec->'envVars' <> '{}'") != "0";
         ++tries) {
      ASSERT_LT(tries, 400) << "the rows are not sealed";
      std::this_thread::sleep_for(25ms);
    }
  }
  void restart() {
    stop();
    start();
  }
};

TEST_F(Sealing, ADumpHoldsNoneOfAHundredValuesAndEachReadsAsItWas) {
  const auto env = saved_environment(make_user()), other = saved_environment(env.owner, 2, "other");
  std::vector<actors::save> saves;
  std::vector<model::deployment> rows;
  for (int n = 1; n <= 100; ++n) rows.push_back(with_variables(n % 2 ? env : other, n));
  for (const auto& row : rows) saves.push_back(one(row));
  for (const auto& saved : save_all(saves)) ASSERT_TRUE(saved) << saved.error().detail;
  const auto text = dump();
  ASSERT_NE(text.find("sealedEnvVars"), std::string::npos);
  for (int n = 1; n <= 100; ++n) EXPECT_EQ(text.find(planted(n)), std::string::npos) << n;
  EXPECT_EQ(text.find("PASSWORD"), std::string::npos);
  restart();
  for (const auto& row : rows) EXPECT_EQ(stored(row), row);
  EXPECT_EQ(ask(actors::load_living{}).value().deployments.size(), 100U);
  EXPECT_EQ(place->value("SELECT count(*) FROM data_keys"), "2") << "one of each environment";
}

TEST_F(Sealing, RowsOfBeforeAreReadAtOnceAndSealedByAndBy) {
  const auto env = saved_environment(make_user());
  std::vector<model::deployment> rows;
  for (int n = 1; n <= 250; ++n) {
    rows.push_back(with_variables(env, n));
    ASSERT_TRUE(ask(one(rows.back())));
  }
  stop();
  place->value("DELETE FROM data_keys");
  place->value(
      "UPDATE deployments SET spec = spec - 'sealedEnvVars' || jsonb_build_object('envVars', jsonb_build_object("
      "'PASSWORD', 'planted-value-' || number || '-0f7c', 'EMPTY', ''))");
  start();
  EXPECT_EQ(stored(rows.front()), rows.front());
  seal_old_rows();
  for (const auto& row : rows) EXPECT_EQ(stored(row), row);
  const auto text = dump();
  for (int n = 1; n <= 250; ++n) EXPECT_EQ(text.find(planted(n)), std::string::npos) << n;
}

TEST_F(Sealing, ASealedRowIsWrittenAgainAndARepeatedSaveIsKnown) {
  const auto env = saved_environment(make_user());
  const auto first = with_variables(env, 1);
  ASSERT_TRUE(ask(one(first)));
  EXPECT_TRUE(ask(one(first))) << "the same once more";
  const auto second = next(first, deployment_status::pulling_image);
  ASSERT_TRUE(ask(one(second)));
  EXPECT_EQ(stored(first), second);
  auto changed = second;
  changed.spec.env["PASSWORD"] = "another";
  EXPECT_EQ(ask(one(changed)).error().kind, consequence::conflict);
}

TEST_F(Sealing, AValueThatWasMovedToAnotherRowDoesNotOpen) {
  const auto env = saved_environment(make_user());
  ASSERT_TRUE(ask(one(with_variables(env, 1))));
  ASSERT_TRUE(ask(one(with_variables(env, 2))));
  place->value("UPDATE deployments SET spec = (SELECT spec FROM deployments WHERE number = 1) WHERE number = 2");
  EXPECT_EQ(ask(actors::find_deployment{deployment(env, 2).id}).error().kind, consequence::rejected);
  EXPECT_TRUE(ask(actors::find_deployment{deployment(env, 1).id}));
}

TEST_F(Sealing, ALostOrWrongMasterKeyIsRefusedWhereSomethingIsSealedAndNothingIsLost) {
  const auto open = [&](bool may_make) { return open_keyring(place->url(), key_file(), may_make, 2s); };
  EXPECT_TRUE(open(true)) << "nothing is sealed yet";
  const auto env = saved_environment(make_user());
  const auto row = with_variables(env, 1);
  ASSERT_TRUE(ask(one(row)));
  stop();
  std::filesystem::rename(key_file(), key_file() + ".kept");
  const auto lost = open(true);
  ASSERT_FALSE(lost);
  EXPECT_NE(lost.error().detail.find(key_file()), std::string::npos) << lost.error().detail;
  EXPECT_FALSE(std::filesystem::exists(key_file())) << "none is made in its place";
  ASSERT_TRUE(secrets::write_master_keys(key_file(), {secrets::new_master_key()}));
  const auto wrong = open(true);
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().detail.find("Put that key back"), std::string::npos) << wrong.error().detail;
  std::filesystem::rename(key_file() + ".kept", key_file());
  start();
  EXPECT_EQ(stored(row), row);
}

TEST_F(Sealing, AKeyFileThatGoesWhileTheServerRunsIsWrittenAgain) {
  const auto env = saved_environment(make_user());
  const auto row = with_variables(env, 1);
  ASSERT_TRUE(ask(one(row)));
  const auto key = secrets::read_master_keys(key_file()).value().front().id();
  const auto comes_back = [&] {
    for (int tries = 0; tries < 400; ++tries, std::this_thread::sleep_for(25ms))
      if (const auto read = secrets::read_master_keys(key_file())) return read.value().front().id();
    return std::string();
  };
  std::filesystem::remove_all(key_directory);
  EXPECT_EQ(comes_back(), key) << "by itself";
  std::filesystem::remove(key_file());
  const auto later = saved_environment(env.owner, 2, "later");
  const auto fresh = with_variables(later, 2);
  ASSERT_TRUE(ask(one(fresh))) << "and nobody's write waits for it";
  EXPECT_EQ(comes_back(), key);
  restart();
  EXPECT_EQ(stored(row), row);
  EXPECT_EQ(stored(fresh), fresh);
}

TEST_F(Sealing, AKeyFileThatIsReplacedByAnotherSealsNothing) {
  const auto env = saved_environment(make_user());
  ASSERT_TRUE(ask(one(with_variables(env, 1))));
  const auto right = secrets::read_master_keys(key_file()).value();
  ASSERT_TRUE(secrets::write_master_keys(key_file(), {secrets::new_master_key()}));
  const auto later = saved_environment(env.owner, 2, "later");
  const auto fresh = with_variables(later, 2);
  ASSERT_TRUE(ask(one(fresh)));
  EXPECT_EQ(place->value("SELECT DISTINCT master_id FROM data_keys"), right.front().id());
  ASSERT_TRUE(secrets::write_master_keys(key_file(), right));
  restart();
  EXPECT_EQ(stored(fresh), fresh);
}

TEST_F(Sealing, OneDataKeyThatDoesNotOpenStopsNeitherTheStartNorOthers) {
  const auto env = saved_environment(make_user()), other = saved_environment(env.owner, 2, "other");
  const auto row = with_variables(env, 1), broken = with_variables(other, 2);
  ASSERT_TRUE(ask(one(row)));
  ASSERT_TRUE(ask(one(broken)));
  place->value("UPDATE data_keys SET wrapped = 's1.x.AAAA' WHERE holder = '" + other.id.text + "'");
  restart();
  EXPECT_EQ(stored(row), row);
  EXPECT_TRUE(ask(one(next(row, deployment_status::pulling_image))));
  EXPECT_EQ(ask(actors::find_deployment{broken.id}).error().kind, consequence::rejected);
}

TEST_F(Sealing, AFileThatIsNamedIsNotMade) {
  const auto missing = open_keyring(place->url(), key_directory / "none", false, 2s);
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().detail.find("openssl rand"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(key_directory / "none"));
}

TEST_F(Sealing, TheMasterKeyIsChangedWhileAServerRunsOn) {
  const auto env = saved_environment(make_user());
  const auto row = with_variables(env, 1);
  ASSERT_TRUE(ask(one(row)));
  const auto former = secrets::read_master_keys(key_file()).value();
  const auto rotated = rotate_master_key(place->url(), key_file(), 5s);
  ASSERT_TRUE(rotated) << rotated.error().detail;
  EXPECT_EQ(rotated.value().data_keys, 1U);
  EXPECT_EQ(rotated.value().former, former.front().id());
  const auto now = secrets::read_master_keys(key_file()).value();
  ASSERT_EQ(now.size(), 1U);
  EXPECT_EQ(now.front().id(), rotated.value().current);
  EXPECT_EQ(place->value("SELECT DISTINCT master_id FROM data_keys"), now.front().id());
  const auto later = saved_environment(env.owner, 2, "later");
  const auto fresh = with_variables(later, 2);
  ASSERT_TRUE(ask(one(fresh))) << "by the new master key";
  restart();
  EXPECT_EQ(stored(row), row);
  EXPECT_EQ(stored(fresh), fresh);
}

TEST_F(Sealing, WhatAKillLeavesOfAChangeOfTheMasterKeyOpensAndIsFinished) {
  const auto env = saved_environment(make_user());
  const auto row = with_variables(env, 1);
  ASSERT_TRUE(ask(one(row)));
  const auto former = secrets::read_master_keys(key_file()).value().front();
  const auto fresh = secrets::new_master_key();
  for (const std::size_t rewrapped : {1U, 0U}) {  // killed before the rows are sealed anew, and after
    stop();
    ASSERT_TRUE(secrets::write_master_keys(key_file(), {fresh, former}));
    start();
    EXPECT_EQ(stored(row), row);
    const auto rotated = rotate_master_key(place->url(), key_file(), 5s);
    ASSERT_TRUE(rotated) << rotated.error().detail;
    EXPECT_EQ(rotated.value().data_keys, rewrapped);
    EXPECT_EQ(rotated.value().current, fresh.id());
    EXPECT_EQ(secrets::read_master_keys(key_file()).value().size(), 1U);
    restart();
    EXPECT_EQ(stored(row), row);
  }
}

TEST_F(Sealing, TextsThatPostgresqlWouldNotTakeAreStillRefused) {
  const auto env = saved_environment(make_user());
  auto d = deployment(env, 1);
  d.spec.env["K"] = std::string("a\0b", 3);
  EXPECT_EQ(ask(one(d)).error().kind, consequence::rejected);
  d.spec.env["K"] = "\xff";
  EXPECT_EQ(ask(one(d)).error().kind, consequence::rejected);
}

}  // namespace
}  // namespace troupe::persistence::testing
