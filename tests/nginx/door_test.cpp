#include "nginx/door.hpp"

#include <csignal>
#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nginx/nginx_process.hpp"
#include "tests/http_wall/echo_wall.hpp"
#include "tests/http_wall/eventually.hpp"
#include "tests/http_wall/raw_client.hpp"
#include "tests/nginx/free_port.hpp"
#include "tests/nginx/state_directory.hpp"

namespace troupe::nginx {
namespace {

using namespace std::chrono_literals;
using testing::echo_wall;
using testing::eventually;
using testing::free_port;
using testing::raw_client;
using testing::state_directory;

const std::string get_a = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";

door_options options_for(const state_directory& state, std::uint16_t upstream) {
  door_options o;
  o.state_dir = state.path();
  o.port = free_port();
  o.upstream_port = upstream;
  o.shutdown_grace = 2s;
  o.requests_per_second = 100'000;
  o.request_burst = 10'000;
  return o;
}

bool answers(std::uint16_t port) {
  try {
    raw_client client(port);
    client.send(get_a);
    const auto answer = client.read_answer(false, 2s);
    return answer && answer->status == 200;
  } catch (const std::system_error&) {
    return false;
  }
}

TEST(Door, ServesAndLeavesNothingRunning) {
  echo_wall wall;
  state_directory state;
  const auto options = options_for(state, wall.port);
  {
    door d(options);
    d.start();
    EXPECT_TRUE(answers(options.port));
    EXPECT_FALSE(nginx_processes(state.path()).empty());
  }
  EXPECT_TRUE(nginx_processes(state.path()).empty());
  EXPECT_FALSE(answers(options.port));
}

TEST(Door, KilledMasterOrWholeGroupComesBack) {
  echo_wall wall;
  state_directory state;
  const auto options = options_for(state, wall.port);
  door d(options);
  d.start();
  const auto old = d.master();
  ::kill(old, SIGKILL);  // its workers stay and hold the port
  ASSERT_TRUE(eventually([&] { return d.master() != 0 && d.master() != old && answers(options.port); }));
  EXPECT_EQ(d.restarts(), 1u);
  const auto second = d.master();
  ::kill(-second, SIGKILL);
  ASSERT_TRUE(eventually([&] { return d.master() != 0 && d.master() != second && answers(options.port); }));
}

TEST(Door, KilledOwnerTakesItsNginxAlong) {
  state_directory state;
  const auto options = options_for(state, free_port());
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t owner = ::fork();
  if (owner == 0) {
    door d(options);
    d.start();
    if (::write(ready[1], "x", 1) != 1) ::_exit(1);
    while (true) ::pause();
  }
  char byte = 0;
  ::close(ready[1]);
  EXPECT_EQ(::read(ready[0], &byte, 1), 1);
  ::close(ready[0]);
  EXPECT_FALSE(nginx_processes(state.path()).empty());
  ::kill(owner, SIGKILL);
  ::waitpid(owner, nullptr, 0);
  EXPECT_TRUE(eventually([&] { return nginx_processes(state.path()).empty(); }));
}

TEST(Door, LeftOverNginxIsReplaced) {
  state_directory state;
  const auto options = options_for(state, free_port());
  std::vector<pid_t> orphans;
  {
    const pid_t owner = ::fork();
    if (owner == 0) {
      door d(options);
      d.start();
      raw_client client(options.port);  // it listens before it has workers: an answer shows one at work
      client.send(get_a);
      client.read_answer(false, 5s);
      ::kill(d.master(), SIGKILL);  // its workers live on, and the owner dies before it starts another
      ::_exit(0);
    }
    ::waitpid(owner, nullptr, 0);
    orphans = nginx_processes(state.path());
  }
  ASSERT_GE(orphans.size(), 1u);
  http::server_options upstream;
  upstream.port = options.upstream_port;
  echo_wall wall(upstream);
  door d(options);
  d.start();
  EXPECT_TRUE(answers(options.port));
  const auto now = nginx_processes(state.path());
  for (const auto pid : orphans) EXPECT_THAT(now, ::testing::Not(::testing::Contains(pid)));
}

TEST(Door, TakenPortIsReportedAndNothingStays) {
  echo_wall wall;
  state_directory state;
  auto options = options_for(state, wall.port);
  options.port = wall.port;
  door d(options);
  EXPECT_THROW(d.start(), std::runtime_error);
  EXPECT_TRUE(nginx_processes(state.path()).empty());
}

TEST(Door, RefusedConfigurationIsReportedInNginxsWords) {
  state_directory state;
  std::ofstream(state.path() / "bad.conf") << "events {} no_such_directive;";
  try {
    check_configuration("/usr/sbin/nginx", state.path() / "bad.conf");
    FAIL() << "accepted";
  } catch (const std::runtime_error& e) {
    EXPECT_THAT(e.what(), ::testing::HasSubstr("no_such_directive"));
  }
}

TEST(Door, WorkersAreNotRootAndKnowNoEnvironment) {
  if (::geteuid() != 0) GTEST_SKIP() << "not root";
  echo_wall wall;
  state_directory state;
  ::setenv("TROUPE_TEST_SECRET", "canary", 1);
  door d(options_for(state, wall.port));
  d.start();
  const auto line_of = [](pid_t pid, const char* file, std::string_view start) {
    std::string line;
    for (std::ifstream in("/proc/" + std::to_string(pid) + "/" + file); std::getline(in, line);)
      if (line.starts_with(start)) return line;
    return std::string();
  };
  for (const auto pid : nginx_processes(state.path())) {
    EXPECT_THAT(line_of(pid, "environ", ""), ::testing::Not(::testing::HasSubstr("canary")));
    if (pid == d.master()) continue;
    EXPECT_TRUE(eventually([&] {  // a worker begins as root
      const auto uid = line_of(pid, "status", "Uid:");
      return !uid.empty() && !uid.starts_with("Uid:\t0\t");
    }));
  }
  EXPECT_GE(nginx_processes(state.path()).size(), 2u);
}

TEST(Door, AnswersItsOwnErrorsAsProblems) {
  echo_wall wall;
  state_directory state;
  auto options = options_for(state, wall.port);
  options.client_header_timeout = 1s;
  door d(options);
  d.start();
  const struct {
    std::string bytes;
    int status;
  } cases[] = {
      {"GET /a HTTP/1.1\r\n\r\n", 400},
      {"garbage\r\n\r\n", 400},
      {"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n", 413},
      {"GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
      {"GET /a HTTP/1.1\r\nHost: a\r\nX: " + std::string(20'000, 'a') + "\r\n\r\n", 431},
      {"GET /a HT", 408},
      {"GET /.problem HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 404},
  };
  for (const auto& c : cases) {
    raw_client client(options.port);
    client.send(c.bytes);
    const auto answer = client.read_answer();
    if (c.status == 408 && !answer) continue;  // nginx closes a half-sent request line without a word
    ASSERT_TRUE(answer) << c.status;
    EXPECT_EQ(answer->status, c.status);
    EXPECT_EQ(answer->header("content-type"), "application/problem+json") << c.status;
    EXPECT_THAT(answer->body, ::testing::HasSubstr("\"status\":" + std::to_string(c.status)));
    EXPECT_THAT(answer->body, ::testing::HasSubstr("\"requestId\":\"" + answer->header("x-request-id") + "\""));
    EXPECT_EQ(answer->header("x-content-type-options"), "nosniff");
    EXPECT_EQ(answer->header("server"), "nginx");
  }
}

TEST(Door, RequestIdIsTheCallersWhereItIsSane) {
  echo_wall wall;
  state_directory state;
  const auto options = options_for(state, wall.port);
  door d(options);
  d.start();
  const auto id_for = [&](const std::string& sent) {
    raw_client client(options.port);
    client.send("GET /a HTTP/1.1\r\nHost: a\r\nX-Request-Id: " + sent + "\r\n\r\n");
    const auto answer = client.read_answer();
    return answer ? answer->header("x-request-id") : "";
  };
  EXPECT_EQ(id_for("abc-1.2_3:4"), "abc-1.2_3:4");
  EXPECT_EQ(id_for(std::string(128, 'a')), std::string(128, 'a')) << "as the engine takes it";
  for (const auto& bad : {std::string("a\"b"), std::string(129, 'a'), std::string("a b"), std::string("<x>")})
    EXPECT_THAT(id_for(bad), ::testing::MatchesRegex("[0-9a-f]{32}"));
}

TEST(Door, EngineThatIsDownIsA502WithRetryAfter) {
  state_directory state;
  const auto options = options_for(state, free_port());
  door d(options);
  d.start();
  raw_client client(options.port);
  client.send(get_a);
  const auto answer = client.read_answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 502);
  EXPECT_EQ(answer->header("retry-after"), "2");
  EXPECT_EQ(answer->header("content-type"), "application/problem+json");
}

TEST(Door, TooManyRequestsAreA429WithRetryAfter) {
  echo_wall wall;
  state_directory state;
  auto options = options_for(state, wall.port);
  options.requests_per_second = 1;
  options.request_burst = 3;
  door d(options);
  d.start();
  raw_client client(options.port);
  int limited = 0;
  for (int i = 0; i < 10; ++i) {
    client.send(get_a);
    const auto answer = client.read_answer();
    ASSERT_TRUE(answer);
    if (answer->status == 200) continue;
    ++limited;
    EXPECT_EQ(answer->status, 429);
    EXPECT_EQ(answer->header("retry-after"), "1");
    EXPECT_EQ(answer->header("ratelimit-limit"), "1");
    EXPECT_EQ(answer->header("ratelimit-remaining"), "0");
    EXPECT_EQ(answer->header("ratelimit-reset"), "1");
  }
  EXPECT_GE(limited, 5);
}

TEST(Door, TheEnginesOwnWordOnLimitsAndMethodsIsSaidOnce) {
  http::server engine({}, [](http::request&& r, std::shared_ptr<http::exchange> e) {
    http::response out;
    out.status = r.path == "/limited" ? 429 : 405;
    out.headers = {{"RateLimit-Limit", "5"}, {"Allow", "GET"}};
    e->answer(std::move(out));
  });
  state_directory state;
  const auto options = options_for(state, engine.start());
  door d(options);
  d.start();
  for (const auto* path : {"/limited", "/a"}) {
    raw_client client(options.port);
    client.send(std::string("PUT ") + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    const auto answer = client.read_answer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->header("ratelimit-limit"), "5");
    EXPECT_EQ(answer->header("ratelimit-remaining"), "");
    EXPECT_EQ(answer->header("allow"), "GET");
    EXPECT_EQ(answer->head.find("\nAllow:"), answer->head.rfind("\nAllow:"));
  }
}

TEST(Door, MethodsThatItRefusesItselfComeWithThoseThereAre) {
  echo_wall wall;
  state_directory state;
  const auto options = options_for(state, wall.port);
  door d(options);
  d.start();
  raw_client client(options.port);
  client.send("TRACE /health HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto answer = client.read_answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 405);
  EXPECT_EQ(answer->header("allow"), "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
  EXPECT_EQ(answer->header("content-type"), "application/problem+json");
}

TEST(Door, BothSayTheSameOfABodyThatIsTooLarge) {
  echo_wall wall;
  state_directory state;
  const auto options = options_for(state, wall.port);
  door d(options);
  d.start();
  const auto refused = [](std::uint16_t port, std::size_t bytes) {
    raw_client client(port);
    client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n" +
                std::string(bytes, 'x'));
    const auto answer = client.read_answer();
    return answer ? *answer : testing::raw_answer{};
  };
  EXPECT_EQ(refused(options.port, config::max_body_bytes).status, 200);
  EXPECT_EQ(refused(wall.port, config::max_body_bytes).status, 200);
  const auto by_door = refused(options.port, config::max_body_bytes + 1);
  const auto by_wall = refused(wall.port, config::max_body_bytes + 1);
  for (const auto& answer : {by_door, by_wall}) {
    EXPECT_EQ(answer.status, 413);
    EXPECT_THAT(answer.body, ::testing::HasSubstr("\"detail\":\"The body is larger than 1048576 bytes.\""));
    EXPECT_THAT(answer.body, ::testing::HasSubstr("\"title\":\"Content Too Large\""));
  }
}

TEST(Door, LongTextsAreCompressedForWhoReadsThat) {
  http::server engine({}, [](http::request&& r, std::shared_ptr<http::exchange> e) {
    http::response out;
    out.content_type = r.path == "/page"  ? "text/html; charset=utf-8"
                       : r.path == "/raw" ? "application/x-tar"
                                          : "application/json";
    out.headers = {{"ETag", "\"one\""}};
    out.body = r.path == "/short" ? std::string("{}") : std::string(5'000, ' ');
    e->answer(std::move(out));
  });
  state_directory state;
  const auto options = options_for(state, engine.start());
  door d(options);
  d.start();
  const auto get = [&](const std::string& path, const std::string& more = "Accept-Encoding: gzip\r\n") {
    raw_client client(options.port);
    client.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n" + more + "\r\n");
    const auto answer = client.read_answer();
    return answer ? *answer : testing::raw_answer{};
  };
  for (const auto* path : {"/json", "/page", "/mcp/tools"}) {
    const auto packed = get(path);
    EXPECT_EQ(packed.header("content-encoding"), "gzip") << path;
    EXPECT_EQ(packed.header("vary"), "Accept-Encoding") << path;
    EXPECT_EQ(packed.header("etag"), "W/\"one\"") << path;
    EXPECT_LT(packed.body.size(), 1'000u) << path;
  }
  for (const auto* path : {"/short", "/raw", "/auth/verify"})
    EXPECT_EQ(get(path).header("content-encoding"), "") << path;
  EXPECT_EQ(get("/json", "").body.size(), 5'000u);
}

// Remembers what it was told in headers, as "name=value\n".
struct telling_engine {
  std::string told;
  http::server server{{}, [this](http::request&& r, std::shared_ptr<http::exchange> e) {
                        for (const auto& [name, value] : r.headers) told += name + "=" + value + "\n";
                        e->answer({});
                      }};
  std::uint16_t port = server.start();
};

TEST(Door, ForwardingHeadersFromOutsideAreOverwritten) {
  telling_engine engine;
  state_directory state;
  auto options = options_for(state, engine.port);
  options.public_host = "troupe.test";
  door d(options);
  d.start();
  raw_client client(options.port);
  client.send(
      "GET /a HTTP/1.1\r\nHost: troupe.test\r\nX-Real-IP: 6.6.6.6\r\nX-Forwarded-For: 6.6.6.6\r\nForwarded: "
      "for=6.6.6.6\r\n"
      "X-Forwarded-Host: evil\r\nX_Real_IP: 6.6.6.6\r\nX-HTTP-Method-Override: DELETE\r\nX-Original-URL: "
      "/evil\r\n\r\n");
  ASSERT_TRUE(client.read_answer());
  EXPECT_THAT(engine.told, ::testing::HasSubstr("x-real-ip=127.0.0.1\n"));
  EXPECT_THAT(engine.told, ::testing::HasSubstr("x-forwarded-for=127.0.0.1\n"));
  EXPECT_THAT(engine.told, ::testing::HasSubstr("x-forwarded-host=troupe.test\n"));
  for (const auto* gone : {"6.6.6.6", "evil", "DELETE"})
    EXPECT_THAT(engine.told, ::testing::Not(::testing::HasSubstr(gone)));
}

TEST(Door, ClientOfATrustedProxyIsWhoTheProxySays) {
  telling_engine engine;
  state_directory state;
  auto options = options_for(state, engine.port);
  options.trusted_proxies = "10.0.0.0/8,127.0.0.1";
  door d(options);
  d.start();
  raw_client client(options.port);
  client.send("GET /a HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 6.6.6.6, 203.0.113.9\r\n\r\n");
  ASSERT_TRUE(client.read_answer());
  EXPECT_THAT(engine.told, ::testing::HasSubstr("x-real-ip=203.0.113.9\n"));
  EXPECT_THAT(engine.told, ::testing::Not(::testing::HasSubstr("6.6.6.6")));
}

}  // namespace
}  // namespace troupe::nginx
