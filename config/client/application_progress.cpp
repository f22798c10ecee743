#include "config/client/application_progress.hpp"

#include <algorithm>
#include <iomanip>
#include <sstream>

#include "config/client/server.hpp"

namespace troupe::client {

using nlohmann::json;

namespace {

constexpr std::size_t most_lines = 40;  // that are redrawn

std::string seconds_since(std::chrono::steady_clock::time_point began) {
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - began;
  std::ostringstream out;
  out << std::fixed << std::setprecision(1) << std::setw(7) << passed.count() << " s  ";
  return out.str();
}

// What its release does, where that says more than the step.
std::string state_of(const json& step) {
  const auto release = text_at(step, "deploymentStatus");
  auto out = text_at(step, "status");
  if (out == "IN_PROGRESS" && !release.empty()) out = release;
  if (const auto detail = text_at(step, "detail"); !detail.empty()) out += "  " + detail;
  return out;
}

std::size_t widest(const json& steps) {
  std::size_t out = 0;
  for (const auto& step : steps) out = std::max(out, text_at(step, "service").size());
  return out;
}

std::string line_of(const json& step, std::size_t width) {
  auto name = text_at(step, "service");
  name.resize(std::max(name.size(), width), ' ');
  return name + "  " + state_of(step);
}

}  // namespace

void application_progress::tell(const json& operation) {
  const auto& steps = operation.at("steps");
  redraws_&& steps.size() <= most_lines ? redraw(steps) : tell_news(steps);
}

void application_progress::redraw(const json& steps) {
  if (drawn_ > 0) out_ << "\x1b[" << drawn_ << 'A';
  for (const auto& step : steps) out_ << "\r\x1b[K" << seconds_since(began_) << line_of(step, widest(steps)) << '\n';
  drawn_ = steps.size();
  out_ << std::flush;
}

void application_progress::tell_news(const json& steps) {
  for (const auto& step : steps) {
    auto& before = told_[text_at(step, "service")];
    auto now = line_of(step, widest(steps));
    if (now == before) continue;
    out_ << seconds_since(began_) << now << std::endl;
    before = std::move(now);
  }
}

}  // namespace troupe::client
