#include "http/admin/metrics.hpp"

#include <fstream>
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

std::string file_of(const std::string& name) {
  std::ostringstream text;
  text << std::ifstream(std::string(TROUPE_SOURCE_DIR "/docs/") + name).rdbuf();
  return text.str();
}

std::vector<std::smatch> all_of(const std::string& text, const std::regex& form) {
  return {std::sregex_iterator(text.begin(), text.end(), form), std::sregex_iterator()};
}

TEST(AlertRules, NameMetricsAndLabelsThatThereAre) {
  metrics m;
  m.of_route("GET", "/").answered(503, 1ms);
  m.set_queue_depth("engine", 1);
  for (const auto* part : {"database", "engine", "edge", "telegram"}) m.set_part(part, true);
  m.engine_called("ensure_network", "ok", 1ms);
  for (const auto result : model::consequence_texts.texts) m.engine_called("ensure_network", result, 1ms);
  const auto exported = m.text(), rules = file_of("alerts.yml");
  std::size_t rule_count = 0;
  for (const auto& rule : all_of(rules, std::regex("expr: '([^\n]*)'"))) {
    ++rule_count;
    const auto expr = rule[1].str();
    const auto names = all_of(expr, std::regex("troupe_[a-z_]+"));
    EXPECT_FALSE(names.empty()) << expr;
    for (const auto& name : names)
      EXPECT_NE(exported.find("\n# TYPE " + name.str() + ' '), std::string::npos) << name.str();
    for (const auto& label : all_of(expr, std::regex(R"re((troupe_[a-z_]+)\{([a-z]+)=~?"([^"]+)"\})re"))) {
      std::istringstream values(label[3].str());
      for (std::string value; std::getline(values, value, '|');) {
        const std::regex sample(label[1].str() + R"re(\{[^\n]*)re" + label[2].str() + "=\"" + value + "\"");
        EXPECT_TRUE(std::regex_search(exported, sample)) << expr << ": " << value;
      }
    }
  }
  EXPECT_GT(rule_count, 10U);
}

TEST(AlertRules, EachLeadsToItsLineOfTheRunbook) {
  const auto rules = file_of("alerts.yml"), runbook = file_of("runbook.md");
  const auto links = all_of(rules, std::regex("runbook_url: 'runbook.md#([a-z-]+)'"));
  EXPECT_EQ(links.size(), all_of(rules, std::regex("- alert: ")).size());
  for (const auto& link : links)
    EXPECT_NE(runbook.find("<a id=\"" + link[1].str() + "\"></a>"), std::string::npos) << link[1];
  for (const auto& name : all_of(runbook, std::regex(R"re(outcome="([a-z]+)")re")))
    EXPECT_TRUE(actors::authentication_texts.parse(name[1].str())) << name[1];
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
