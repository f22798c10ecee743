#include "config/commands/whoami.hpp"

#include <sstream>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/commands/silent_server.hpp"

using namespace troupe;
using ::testing::HasSubstr;
using ::testing::StartsWith;

namespace {

// Answers one request with a text, and keeps what was asked.
class one_answer {
public:
  explicit one_answer(std::string text) : url_("http://127.0.0.1:" + std::to_string(listens_.port())) {
    thread_ = std::jthread([this, text = std::move(text)] {
      const int client = ::accept4(listens_.fd(), nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) return;
      char block[4096];
      while (asked_.find("\r\n\r\n") == std::string::npos)
        if (const auto got = ::read(client, block, sizeof block); got > 0)
          asked_.append(block, static_cast<std::size_t>(got));
        else
          break;
      ::send(client, text.data(), text.size(), MSG_NOSIGNAL);
      ::close(client);
    });
  }
  ~one_answer() {
    ::shutdown(listens_.fd(), SHUT_RDWR);
    thread_.join();
  }
  one_answer(const one_answer&) = delete;
  one_answer& operator=(const one_answer&) = delete;

  const std::string& url() const { return url_; }
  const std::string& asked() const { return asked_; }  // once it has answered

private:
  const troupe::testing::silent_server listens_;
  std::string url_, asked_;
  std::jthread thread_;
};

std::string http(int status, const std::string& body) {
  return "HTTP/1.1 " + std::to_string(status) +
         " x\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

struct whoami_run {
  std::ostringstream out, errors;
  int code;
  explicit whoami_run(const std::string& url, const std::string& key = "rw_prod_k.s")
      : code(commands::whoami(url, key, out, errors)) {}
};

}  // namespace

TEST(Whoami, TellsWhatTheServerSays) {
  const one_answer server(http(200,
                               R"({"account":{"user":"usr_a","keyId":"abc","keyName":"my\nkey","scopes":["A","B"],)"
                               R"("environmentIds":[],"deploymentsPerMinute":{"limit":5,"used":2}}})"));
  const whoami_run run(server.url() + '/');
  EXPECT_EQ(run.code, 0) << run.errors.str();
  EXPECT_THAT(server.asked(), StartsWith("GET /auth/me HTTP/1.1\r\n"));
  EXPECT_THAT(server.asked(), HasSubstr("X-API-Key: rw_prod_k.s\r\n"));
  EXPECT_THAT(run.out.str(), HasSubstr("usr_a"));
  EXPECT_THAT(run.out.str(), HasSubstr("A,B"));
  EXPECT_THAT(run.out.str(), HasSubstr("2 of 5"));
  EXPECT_THAT(run.out.str(), Not(HasSubstr("my\nkey"))) << "a name is one line";
}

TEST(Whoami, ARefusalIsTold) {
  const one_answer server(http(401, R"({"status":401,"detail":"A valid API key is needed."})"));
  const whoami_run run(server.url());
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.errors.str(), HasSubstr("A valid API key is needed."));
  EXPECT_THAT(run.errors.str(), Not(HasSubstr("rw_prod")));
}

TEST(Whoami, WhatIsNoTroupeIsToldApart) {
  const one_answer server(http(200, "<html>"));
  EXPECT_THAT(whoami_run(server.url()).errors.str(), HasSubstr("is no Troupe"));
}

TEST(Whoami, NobodyThereIsAnError) {
  std::string url;
  { url = one_answer(http(200, "{}")).url(); }
  const whoami_run run(url);
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.errors.str(), HasSubstr("no answer"));
  EXPECT_EQ(whoami_run(url, "a\r\nX-Evil: 1").code, 1);
}
