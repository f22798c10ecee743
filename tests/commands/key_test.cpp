#include <nlohmann/json.hpp>

#include "actors/model/identity.hpp"
#include "tests/commands/command_fixture.hpp"

namespace troupe::testing {

constexpr const char* every_scope =
    "ENVIRONMENTS_READ,ENVIRONMENTS_WRITE,DEPLOYMENTS_READ,DEPLOYMENTS_WRITE,LOGS_READ,KEYS_WRITE,ADMIN";
constexpr std::chrono::seconds prompt{30};  // a machine may be slow; an actor system that hangs is slower

struct Key : CommandTest {
  void SetUp() override {
    CommandTest::SetUp();
    if (place) migrate();
  }
  model::presented_key made(const ended& command) {
    EXPECT_EQ(command.code, 0) << command.errors;
    EXPECT_LT(command.took, prompt);
    const auto lines = lines_of(command.out);
    const auto key = lines.empty() ? std::nullopt : model::parse_key("rw_prod_", lines.back());
    EXPECT_TRUE(key) << command.out;
    return key.value_or(model::presented_key{});
  }
  std::string column(const std::string& name, const std::string& key_id) {
    return place->value("SELECT " + name + " FROM api_keys WHERE key_id = '" + key_id + "'");
  }
};

TEST_F(Key, CreatedKeyIsTheLastLineAndItsSecretIsStoredNowhere) {
  const auto command = run({"key", "create", "--name", "first"});
  const auto key = made(command);
  EXPECT_THAT(command.errors, Not(HasSubstr(key.secret)));
  EXPECT_EQ(command.out.find(key.secret), command.out.rfind(key.secret)) << "once";
  EXPECT_EQ(column("name", key.key_id), "first");
  EXPECT_THAT(column("secret_hash", key.key_id), StartsWith("$2b$10$"));
  EXPECT_EQ(column("expires_at", key.key_id), "");
  EXPECT_EQ(column("array_to_string(scopes, ',')", key.key_id), every_scope);
  EXPECT_EQ(place->value("SELECT u.name FROM users u JOIN api_keys k ON k.owner_id = u.id"), "operator");
}

TEST_F(Key, ScopesLifeAndUserAreAsAsked) {
  const auto key = made(run({"key", "create", "--name", "ci", "--scopes", "LOGS_READ,DEPLOYMENTS_WRITE", "--expires-in",
                             "90d", "--user", "telegram:42"}));
  EXPECT_EQ(column("array_to_string(scopes, ',')", key.key_id), "DEPLOYMENTS_WRITE,LOGS_READ");
  EXPECT_EQ(column("extract(epoch FROM expires_at - created_at)::integer", key.key_id), std::to_string(90 * 24 * 3600));
  EXPECT_EQ(place->value("SELECT u.name FROM users u JOIN api_keys k ON k.owner_id = u.id"), "telegram:42");
}

TEST_F(Key, OthersThanTheOperatorAreNoAdminsUnlessAsked) {
  const auto key = made(run({"key", "create", "--name", "n", "--user", "alice"}));
  EXPECT_THAT(column("array_to_string(scopes, ',')", key.key_id),
              AllOf(HasSubstr("LOGS_READ"), Not(HasSubstr("ADMIN"))));
}

TEST_F(Key, WithALimitToEnvironmentsItIsNoAdminsAndTheLimitIsShown) {
  made(run({"key", "create", "--name", "first"}));  // its user is there now
  place->value(
      "INSERT INTO environments (id, owner_id, name, network_id, status, revision, created_at, updated_at) "
      "SELECT 'env_aaaaaaaaaaaaaaaa', id, 'shop', 'n', 'ACTIVE', 1, now(), now() FROM users");
  const auto command = run({"key", "create", "--name", "ci", "--environments", "env_aaaaaaaaaaaaaaaa"});
  const auto key = made(command);
  EXPECT_THAT(command.out, HasSubstr("limited to env_aaaaaaaaaaaaaaaa"));
  EXPECT_THAT(column("array_to_string(scopes, ',')", key.key_id),
              AllOf(HasSubstr("KEYS_WRITE"), Not(HasSubstr("ADMIN"))));
  const auto listed = lines_of(run({"key", "list"}).out);
  ASSERT_EQ(listed.size(), 3U);
  EXPECT_THAT(listed[0], HasSubstr("ENVIRONMENTS  "));
  EXPECT_THAT(listed[1], HasSubstr("  all  "));
  EXPECT_THAT(listed[2], HasSubstr("  env_aaaaaaaaaaaaaaaa  "));

  const auto both =
      run({"key", "create", "--name", "ci", "--environments", "env_aaaaaaaaaaaaaaaa", "--scopes", "ADMIN"});
  EXPECT_EQ(both.code, 1);
  EXPECT_THAT(both.errors, HasSubstr("cannot be limited"));
  EXPECT_THAT(both.out, IsEmpty());
  const auto unknown =
      run({"key", "create", "--name", "ci", "--environments", "env_aaaaaaaaaaaaaaaa,env_bbbbbbbbbbbbbbbb"});
  EXPECT_EQ(unknown.code, 1);
  EXPECT_THAT(unknown.errors, AllOf(HasSubstr("env_bbbbbbbbbbbbbbbb"), Not(HasSubstr("env_aaaaaaaaaaaaaaaa"))));
  EXPECT_EQ(place->value("SELECT count(*) FROM api_keys"), "2");
}

TEST_F(Key, ListShowsKeysUntilTheyAreRevoked) {
  const auto one = made(run({"key", "create", "--name", "one"}));
  const auto two = made(run({"key", "create", "--name", "two", "--expires-in", "1h"}));
  const auto both = run({"key", "list"});
  EXPECT_EQ(both.code, 0) << both.errors;
  EXPECT_LT(both.took, prompt);
  EXPECT_EQ(lines_of(both.out).size(), 3U) << both.out;
  EXPECT_THAT(both.out,
              AllOf(HasSubstr(one.key_id), HasSubstr("two"), Not(HasSubstr(one.secret)), Not(HasSubstr("$2b$"))));

  const auto revoked = run({"key", "revoke", one.key_id});
  EXPECT_EQ(revoked.code, 0) << revoked.errors;
  EXPECT_LT(revoked.took, prompt);
  EXPECT_THAT(revoked.out, HasSubstr("revoked " + one.key_id));
  EXPECT_THAT(run({"key", "list"}).out, AllOf(Not(HasSubstr(one.key_id)), HasSubstr(two.key_id)));
  EXPECT_EQ(run({"key", "revoke", one.key_id}).code, 0) << "twice is fine";
}

TEST_F(Key, ListSaysWhoseEachIsToPeopleAndToPrograms) {
  const auto mine = made(run({"key", "create", "--name", "mine"}));
  const auto theirs = made(run({"key", "create", "--name", "theirs", "--user", "telegram:42", "--expires-in", "1h"}));
  EXPECT_THAT(run({"key", "list"}).out, AllOf(HasSubstr("  operator  "), HasSubstr("  telegram:42  ")));
  const auto listed = run({"key", "list", "--json"});
  EXPECT_EQ(listed.code, 0) << listed.errors;
  EXPECT_THAT(listed.out, Not(HasSubstr(theirs.secret)));
  const auto keys = nlohmann::json::parse(listed.out)["keys"];
  ASSERT_EQ(keys.size(), 2U);
  for (const auto& key : keys) {
    EXPECT_EQ(key["user"], key["keyId"] == mine.key_id ? "operator" : "telegram:42");
    EXPECT_EQ(key["expiresAt"].is_null(), key["keyId"] == mine.key_id);
    EXPECT_TRUE(key["scopes"].is_array());
  }
}

TEST_F(Key, RevokingAnUnknownKeyFails) {
  const auto failed = run({"key", "revoke", "aaaaaaaaaaaaaaaa"});
  EXPECT_EQ(failed.code, 1);
  EXPECT_THAT(failed.errors, HasSubstr("no such key"));
}

TEST_F(Key, ItWorksBesideARunningServersClaim) {
  pqxx::connection server(place->url());
  pqxx::work epoch(server);
  epoch.exec("SELECT * FROM engine_lease FOR SHARE");  // what each of the server's writes holds
  made(run({"key", "create", "--name", "beside"}));
}

TEST_F(Key, ADatabaseThatBlocksHoldsNoCommandForLong) {
  pqxx::connection other(place->url());
  pqxx::work lock(other);
  lock.exec("LOCK TABLE api_keys IN ACCESS EXCLUSIVE MODE");
  environment["DATABASE_TIMEOUT"] = "1s";
  for (const auto& arguments : {std::vector<std::string>{"key", "create", "--name", "n"},
                                {"key", "list"},
                                {"key", "revoke", "aaaaaaaaaaaaaaaa"}}) {
    const auto failed = run(arguments);
    EXPECT_EQ(failed.code, 1);
    EXPECT_THAT(failed.errors, HasSubstr("troupe: "));
    EXPECT_THAT(failed.out, IsEmpty());
    EXPECT_LT(failed.took, prompt);
  }
}

TEST_F(CommandTest, KeysOfADatabaseThatIsNotMigratedSayWhatToRun) {
  for (const auto& arguments : {std::vector<std::string>{"key", "create", "--name", "n"},
                                {"key", "list"},
                                {"key", "revoke", "aaaaaaaaaaaaaaaa"}}) {
    const auto failed = run(arguments);
    EXPECT_EQ(failed.code, 1);
    EXPECT_THAT(failed.errors, HasSubstr("troupe migrate"));
    EXPECT_THAT(failed.out, IsEmpty());
  }
}

TEST(KeyCommandLine, WrongArgumentsExit64BeforeAnythingIsDone) {
  const std::vector<std::vector<std::string>> wrong{
      {"key"},
      {"key", "create"},
      {"key", "create", "--name", ""},
      {"key", "create", "--name", "a\nb"},
      {"key", "create", "--name", std::string(101, 'n')},
      {"key", "create", "--name", "n", "--scopes", "LOGS_READ,ROOT"},
      {"key", "create", "--name", "n", "--scopes", "LOGS_READ,"},
      {"key", "create", "--name", "n", "--expires-in", "90"},
      {"key", "create", "--name", "n", "--expires-in", "0s"},
      {"key", "create", "--name", "n", "--expires-in", "500ms"},
      {"key", "create", "--name", "n", "--user", "a b"},
      {"key", "revoke"},
      {"key", "revoke", "short"},
  };
  for (const auto& arguments : wrong) {
    const auto refused = run_troupe(arguments, {{"DATABASE_URL", "postgresql://u@127.0.0.1:1/d"}});
    EXPECT_EQ(refused.code, 64) << ::testing::PrintToString(arguments) << refused.errors;
  }
}

TEST(KeyCommandLine, AWholeKeyGivenForItsIdIsNotEchoed) {
  const auto refused =
      run_troupe({"key", "revoke", "rw_prod_aaaaaaaaaaaaaaaa.CANARYCANARYCANARYCANARYCANARYCANARY"}, {});
  EXPECT_EQ(refused.code, 64);
  EXPECT_THAT(refused.out + refused.errors, Not(HasSubstr("CANARY")));
}

}  // namespace troupe::testing
