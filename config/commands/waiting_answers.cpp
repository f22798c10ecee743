#include "config/commands/waiting_answers.hpp"

#include <nlohmann/json.hpp>

#include "actors/codec/timestamp_text.hpp"

namespace troupe::commands {

void waiting_answers::database_is_away() {
  const std::lock_guard lock(mutex_);
  if (!away_since_) away_since_ = now_();
}

void waiting_answers::database_is_there() {
  const std::lock_guard lock(mutex_);
  away_since_.reset();
}

http::response waiting_answers::answer(const http::request& asked) const {
  std::optional<model::timestamp> away_since;
  {
    const std::lock_guard lock(mutex_);
    away_since = away_since_;
  }
  const auto words = away_since ? "PostgreSQL has not answered since " + codec::timestamp_text(*away_since) +
                                      "; the server waits for it."
                                : std::string("The service is starting; try again.");
  http::response out;
  out.status = 503;
  out.headers.emplace_back("Retry-After", "2");
  out.headers.emplace_back("Cache-Control", "no-store");
  nlohmann::json body;
  if (asked.path == "/health") {
    out.content_type = "application/json";
    nlohmann::json database{{"status", away_since ? "down" : "ok"}, {"detail", words}};
    if (away_since) database["since"] = codec::timestamp_text(*away_since);
    body = {{"status", "degraded"}, {"checks", {{"database", std::move(database)}}}};
  } else {
    out.content_type = "application/problem+json";
    body = {{"type", "about:blank"}, {"title", "Service Unavailable"}, {"status", 503}, {"detail", words}};
  }
  out.body = body.dump();
  return out;
}

}  // namespace troupe::commands
