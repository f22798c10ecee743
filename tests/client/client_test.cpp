#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/client/commands.hpp"
#include "config/client/failure.hpp"
#include "config/client/table.hpp"
#include "tests/client/fake_api.hpp"

using namespace troupe;
using client::exit_code;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using fake = troupe::testing::fake_api;

namespace {

constexpr const char* environments =
    R"({"environments":[{"id":"env_1","name":"shop","status":"READY"}],"nextCursor":null})";
constexpr const char* accepted = R"({"jobId":"job_1","deploymentId":"dep_1"})";
constexpr const char* failed_deployment =
    R"({"deployment":{"id":"dep_1","name":"web","status":"FAILED","settled":true,"pullPercent":null,"addresses":[],)"
    R"("error":{"message":"the image is not there","hint":"Check its tag.","detail":"manifest\u001b[2J unknown"}}})";
constexpr const char* events = R"({"events":[{"id":1,"status":"PENDING","durationMs":0,"detail":""},)"
                               R"({"id":2,"status":"FAILED","durationMs":1500,"detail":"pull"}]})";

class Client : public ::testing::Test {
protected:
  Client() {
    std::string name = "/tmp/troupe-client-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no directory");
    variables_["HOME"] = home_ = name;
  }
  ~Client() override { std::filesystem::remove_all(home_); }

  int run(const std::vector<std::string>& words) {
    out_.str("");
    errors_.str("");
    client::surroundings around{[this](const std::string& name) -> std::optional<std::string> {
                                  const auto found = variables_.find(name);
                                  return found == variables_.end() ? std::nullopt : std::optional(found->second);
                                },
                                in_, out_, errors_};
    return client::run(around, words);
  }
  void use(const std::string& url) {
    variables_["TROUPE_URL"] = url;
    variables_["TROUPE_API_KEY"] = "rw_prod_k.s";
  }

  std::string home_;
  std::map<std::string, std::string> variables_;
  std::istringstream in_;
  std::ostringstream out_, errors_;
};

}  // namespace

TEST_F(Client, WhoamiTellsWhatTheServerSays) {
  fake api({{"GET /auth/me",
             {200, R"({"account":{"user":"usr_a","keyId":"abc","keyName":"my\nkey","scopes":["A","B"],)"
                   R"("environmentIds":[],"deploymentsPerMinute":{"limit":5,"used":2}}})"}}});
  EXPECT_EQ(run({"whoami", "--url", api.url() + '/', "--key=rw_prod_k.s"}), client::done) << errors_.str();
  EXPECT_THAT(api.asked().at(0), HasSubstr("X-API-Key: rw_prod_k.s\r\n"));
  EXPECT_THAT(out_.str(), HasSubstr("A,B"));
  EXPECT_THAT(out_.str(), HasSubstr("2 of 5"));
  EXPECT_THAT(out_.str(), Not(HasSubstr("my\nkey"))) << "a name is one line";
}

TEST_F(Client, ExitCodesTellWhatWentWrong) {
  {
    fake api({{"GET /auth/me", {401, R"({"detail":"A valid API key is needed."})"}}});
    use(api.url());
    EXPECT_EQ(run({"whoami"}), client::refused);
    EXPECT_THAT(errors_.str(), HasSubstr("A valid API key is needed."));
    EXPECT_THAT(errors_.str(), Not(HasSubstr("rw_prod")));
  }
  EXPECT_EQ(run({"whoami"}), client::unreachable);
  EXPECT_THAT(errors_.str(), HasSubstr("does not answer"));
  EXPECT_EQ(run({"whoami", "--key", "a\r\nX-Evil: 1"}), client::wrong_usage);
  EXPECT_EQ(run({"whoami", "--url", "ftp://x"}), client::wrong_usage);
  fake page({{"GET /auth/me", {200, "<html>"}}});
  use(page.url());
  EXPECT_EQ(run({"whoami"}), client::failed);
  EXPECT_THAT(errors_.str(), HasSubstr("is no Troupe"));
  variables_.erase("TROUPE_URL");
  EXPECT_EQ(run({"whoami"}), client::refused);
  EXPECT_THAT(errors_.str(), HasSubstr("troupe login"));
}

TEST_F(Client, LoginKeepsTheKeyForItsOwnerAlone) {
  fake api({{"GET /auth/me", {200, R"({"account":{"user":"usr_a"}})"}}});
  in_.str("rw_prod_k.s\n");
  EXPECT_EQ(run({"login", api.url()}), client::done) << errors_.str();
  const std::filesystem::path path = home_ + "/.config/troupe/config.json";
  EXPECT_EQ(std::filesystem::status(path).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_EQ(run({"whoami", "--json"}), client::done) << errors_.str();
  EXPECT_EQ(run({"whoami", "--url", "http://127.0.0.1:1"}), client::refused) << "the key goes to its own server alone";
  std::ofstream(path) << "{";
  EXPECT_EQ(run({"whoami"}), client::failed);
  EXPECT_THAT(errors_.str(), HasSubstr("log in again"));
  EXPECT_EQ(run({"logout"}), client::done);
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(Client, AFailedDeploymentTellsItsStepsAndItsCause) {
  fake api({{"GET /environments?limit=200", {200, environments}},
            {"POST /deployments", {202, accepted}},
            {"GET /deployments/dep_1?wait=1s", {200, failed_deployment}},
            {"GET /deployments/dep_1/events", {200, events}}});
  use(api.url());
  EXPECT_EQ(run({"deploy", "web", "--image", "nginx", "--port", "8081:80", "--var", "A=b=c"}), client::failed);
  EXPECT_EQ(out_.str(), "    0.0 s  PENDING\n    1.5 s  FAILED                pull\n");
  EXPECT_THAT(errors_.str(), HasSubstr("does not run: the image is not there\n  Check its tag.\n  manifest"));
  EXPECT_THAT(errors_.str(), Not(HasSubstr("\x1b"))) << "what a program wrote moves no cursor";
  const auto sent = api.asked().at(2);
  EXPECT_THAT(sent, StartsWith("POST /deployments "));
  for (const auto* part :
       {R"("environmentId":"env_1")", R"("name":"web")", R"("envVars":{"A":"b=c"})", R"("host":8081)"})
    EXPECT_THAT(sent, HasSubstr(part));
}

TEST_F(Client, AJobIsWaitedForUntilItsEnd) {
  const auto job = [](const char* status, const char* error) {
    return std::string(
               R"({"deployment":{"id":"dep_1","kind":"job","name":"migrate","settled":true,"pullPercent":null,)") +
           R"("addresses":[],"status":")" + status + R"(","error":)" + error + "}}";
  };
  fake api({{"GET /environments?limit=200", {200, environments}},
            {"POST /deployments", {202, accepted}},
            {"GET /deployments/dep_1?wait=1s", {200, job("SUCCEEDED", "null")}},
            {"GET /deployments/dep_1/events", {200, events}}});
  use(api.url());
  const std::vector<std::string> words{"deploy", "migrate",           "--job",      "--image",
                                       "x",      "--backoff-limit=2", "--deadline", "60"};
  EXPECT_EQ(run(words), client::done) << errors_.str();
  EXPECT_THAT(out_.str(), HasSubstr("migrate has run to its end"));
  for (const auto* part : {R"("kind":"job")", R"("backoffLimit":2)", R"("deadlineSeconds":60)"})
    EXPECT_THAT(api.asked().at(2), HasSubstr(part));
  EXPECT_EQ(run({"deploy", "migrate", "--job", "--image", "x", "--deadline", "soon"}), client::wrong_usage);

  fake failing(
      {{"GET /environments?limit=200", {200, environments}},
       {"POST /deployments", {202, accepted}},
       {"GET /deployments/dep_1?wait=1s", {200, job("FAILED", R"({"message":"It ended.","hint":"","detail":""})")}},
       {"GET /deployments/dep_1/events", {200, events}}});
  use(failing.url());
  EXPECT_EQ(run(words), client::failed);
  EXPECT_THAT(errors_.str(), HasSubstr("did not succeed: It ended."));

  fake service({{"GET /environments?limit=200", {200, environments}},
                {"GET /services/env_1.migrate", {200, R"({"service":{"spec":{"kind":"service"}}})"}}});
  use(service.url());
  EXPECT_EQ(run(words), client::failed);
  EXPECT_THAT(errors_.str(), HasSubstr("is a service already"));
}

TEST_F(Client, WhatIsNotNamedOfAServiceStays) {
  fake api({{"GET /environments?limit=200", {200, environments}},
            {"GET /services/env_1.web", {200, R"({"service":{}})"}},
            {"PATCH /services/env_1.web", {202, accepted}},
            {"POST /services/env_1.web/deploy", {202, accepted}}});
  use(api.url());
  EXPECT_EQ(run({"deploy", "web", "--tag", "2", "--no-wait"}), client::done) << errors_.str();
  EXPECT_THAT(api.asked().at(2), ::testing::EndsWith("\r\n\r\n{\"tag\":\"2\"}"));
  EXPECT_EQ(run({"deploy", "web", "--no-wait", "--json"}), client::done) << errors_.str();
  EXPECT_EQ(out_.str(), std::string(accepted) + '\n');
}

TEST_F(Client, WhatIsWrongInACommandLineIsNamed) {
  for (const auto& [words, text] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"deploy", "web", "--bogus"}, "\"--bogus\""},
           {{"deploy"}, "SERVICE"},
           {{"ps", "more"}, "\"more\""},
           {{"env"}, "env create"},
           {{"env", "bogus"}, "\"bogus\""},
           {{"deploy", "web", "--tag"}, "--tag needs a value"},
           {{"deploy", "web", "--tag", "1", "--tag", "2"}, "twice"},
           {{"deploy", "web", "--wait=no"}, "takes no value"},
           {{"deploy", "web", "--port", "0"}, "--port 0"},
           {{"deploy", "web", "--var", "secret"}, "NAME=VALUE"},
           {{"completion", "csh"}, "bash, zsh, fish"}}) {
    EXPECT_EQ(run(words), client::wrong_usage) << text;
    EXPECT_THAT(errors_.str(), HasSubstr(text));
  }
}

TEST_F(Client, HelpAndCompletionHoldEveryCommandAndOption) {
  for (const auto& one : client::commands()) {
    const std::string words(one.words);
    EXPECT_THAT(client::list_commands(), HasSubstr(words));
    EXPECT_FALSE(one.examples.empty()) << words;
    for (const auto* shell : {"bash", "zsh", "fish"}) {
      ASSERT_EQ(run({"completion", shell}), client::done);
      for (const auto& option : one.options) {
        EXPECT_THAT(out_.str(), HasSubstr(std::string(option.name))) << shell;
        EXPECT_THAT(client::help_of(one), HasSubstr("--" + std::string(option.name)));
      }
    }
  }
}
