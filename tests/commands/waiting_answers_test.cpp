#include "config/commands/waiting_answers.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace troupe::commands {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

TEST(WaitingAnswers, SayWhatIsWaitedForAndSinceWhen) {
  model::timestamp now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 29);
  waiting_answers answers([&] { return now; });
  now += 5s;
  answers.database_is_away();
  now += 5s;
  answers.database_is_away();
  const auto health = answers.answer({"GET", "/health", "", {}, "", ""});
  EXPECT_EQ(health.status, 503);
  EXPECT_EQ(health.content_type, "application/json");
  const auto body = json::parse(health.body);
  EXPECT_EQ(body["status"], "degraded");
  EXPECT_EQ(body.size(), 2U) << "details are for who has a key";
  EXPECT_EQ(body["checks"]["database"]["status"], "down");
  EXPECT_EQ(body["checks"]["database"]["since"], "2026-11-29T00:00:05.000000Z");
  const auto other = answers.answer({"POST", "/deployments", "", {}, "{}", ""});
  EXPECT_EQ(other.status, 503);
  EXPECT_EQ(other.content_type, "application/problem+json");
  EXPECT_NE(json::parse(other.body)["detail"].get<std::string>().find("PostgreSQL has not answered since"),
            std::string::npos);
  answers.database_is_there();
  EXPECT_EQ(answers.answer({"GET", "/health", "", {}, "", ""}).status, 503) << "the house is not open yet";
  EXPECT_EQ(json::parse(answers.answer({"GET", "/x", "", {}, "", ""}).body)["detail"],
            "The service is starting; try again.");
}

}  // namespace
}  // namespace troupe::commands
