#include "http/admin/metrics.hpp"

#include <regex>
#include <set>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>

namespace troupe::http::admin {

namespace {

using namespace std::chrono_literals;

std::string line_of(const std::string& text, const std::string& start) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(start)) return line;
  return {};
}

TEST(Metrics, TextIsPrometheusFormatWithHelpTypeAndOurNames) {
  metrics m;
  m.of_route("GET", "/environments/:id").answered(200, 3ms);
  m.engine_called("ensure_network", "ok", 20ms);
  m.database_wrote(12, 2ms, true);
  m.set_process(read_process_figures());
  std::istringstream lines(m.text());
  const std::regex comment(R"(# (HELP|TYPE) (troupe|process)_[a-z_]+ .+)");
  const std::regex sample(R"re(((troupe|process)_[a-z_]+)(\{([a-z]+="[^"\\\n]*",?)+\})? (-?[0-9.e+-]+|\+Inf))re");
  std::set<std::string> seen;
  for (std::string line; std::getline(lines, line);) {
    std::smatch parts;
    ASSERT_TRUE(std::regex_match(line, parts, comment) || std::regex_match(line, parts, sample)) << line;
    if (line[0] != '#') {
      EXPECT_TRUE(seen.insert(line.substr(0, line.rfind(' '))).second) << "twice: " << line;
    }
  }
  EXPECT_GT(seen.size(), 50u);
}

TEST(Metrics, RequestsAreCountedByRouteAndClassOfStatus) {
  metrics m;
  auto& route = m.of_route("GET", "/environments/:id");
  EXPECT_EQ(&route, &m.of_route("GET", "/environments/:id"));
  EXPECT_NE(&route, &m.of_route("DELETE", "/environments/:id"));
  route.answered(200, 1ms);
  route.answered(201, 1ms);
  route.answered(404, 1ms);
  route.answered(0, 1ms);  // nobody's status: in the histogram alone
  const auto text = m.text();
  const auto count = [&](const std::string& status) {
    return line_of(text,
                   "troupe_http_requests_total{method=\"GET\",route=\"/environments/:id\",status=\"" + status + "\"}");
  };
  EXPECT_TRUE(count("2xx").ends_with(" 2")) << text;
  EXPECT_TRUE(count("4xx").ends_with(" 1"));
  EXPECT_TRUE(count("5xx").ends_with(" 0"));
  EXPECT_TRUE(line_of(text, "troupe_http_request_duration_seconds_count{method=\"GET\"").ends_with(" 4"));
}

TEST(Metrics, CountersStartAtZeroSoThatRatesAreRight) {
  const auto text = metrics{}.text();
  for (const auto outcome : actors::authentication_texts.texts)
    EXPECT_TRUE(line_of(text, "troupe_authentications_total{outcome=\"" + std::string(outcome) + "\"}").ends_with(" 0"))
        << outcome;
  for (const auto status : model::deployment_status_texts.texts)
    EXPECT_TRUE(
        line_of(text, "troupe_deployment_transitions_total{status=\"" + std::string(status) + "\"}").ends_with(" 0"))
        << status;
  EXPECT_EQ(line_of(text, "troupe_build_info"), "troupe_build_info{version=\"" TROUPE_VERSION "\"} 1");
}

TEST(Metrics, EventsAreCounted) {
  metrics m;
  m.authenticated(actors::authentication::limited);
  m.authenticated_from_memory();
  m.entered(model::deployment_status::running);
  m.ran_after(7s);
  m.engine_called("converge_service", "unavailable", 5s);
  m.database_wrote(100, 4ms, false);
  const auto text = m.text();
  for (const auto* line :
       {"troupe_authentications_total{outcome=\"limited\"} 1", "troupe_authentications_total{outcome=\"remembered\"} 1",
        "troupe_deployment_transitions_total{status=\"RUNNING\"} 1", "troupe_deployment_time_to_running_seconds_sum 7",
        "troupe_deployment_time_to_running_seconds_bucket{le=\"5\"} 0",
        "troupe_deployment_time_to_running_seconds_bucket{le=\"10\"} 1",
        "troupe_engine_calls_total{call=\"converge_service\",result=\"unavailable\"} 1",
        "troupe_database_batch_changes_sum 100", "troupe_database_batch_failures_total 1"})
    EXPECT_EQ(line_of(text, line), line);
}

TEST(Metrics, CountsFromManyThreadsAreExact) {
  metrics m;
  auto& route = m.of_route("GET", "/health");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 5'000; ++i) {
        route.answered(200, 1ms);
        m.authenticated(actors::authentication::accepted);
      }
    });
  for (auto& t : threads) t.join();
  const auto text = m.text();
  EXPECT_TRUE(
      line_of(text, "troupe_http_requests_total{method=\"GET\",route=\"/health\",status=\"2xx\"}").ends_with(" 20000"));
  EXPECT_EQ(line_of(text, "troupe_authentications_total{outcome=\"accepted\"}"),
            "troupe_authentications_total{outcome=\"accepted\"} 20000");
}

}  // namespace

}  // namespace troupe::http::admin
