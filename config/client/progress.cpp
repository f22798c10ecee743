#include "config/client/progress.hpp"

#include <iomanip>
#include <sstream>

#include "config/client/server.hpp"
#include "config/log_line.hpp"

namespace troupe::client {

using nlohmann::json;

namespace {

std::string seconds_text(std::int64_t milliseconds) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(1) << std::setw(7) << static_cast<double>(milliseconds) / 1000 << " s  ";
  return out.str();
}

std::string step_line(const json& event, std::int64_t at) {
  auto phase = text_at(event, "status");
  const auto detail = text_at(event, "detail");
  if (!detail.empty()) phase.resize(std::max<std::size_t>(phase.size(), 20), ' ');
  return seconds_text(at) + phase + (detail.empty() ? "" : "  " + detail);
}

}  // namespace

void progress::leave_out(const json& events) {
  for (const auto& event : events) told_.insert(event.at("id").get<std::uint64_t>());
}

void progress::tell_steps(const json& events) {
  std::int64_t at = 0;
  for (const auto& event : events) {
    at += event.at("durationMs").get<std::int64_t>();
    if (!told_.insert(event.at("id").get<std::uint64_t>()).second) continue;
    if (!began_) began_ = at;
    end();
    out_ << step_line(event, at - *began_) << std::endl;
  }
}

void progress::tell_present(const json& deployment, std::int64_t seconds) {
  if (!redraws_) return;
  out_ << "\r\x1b[K" << seconds_text(seconds * 1000) << "… " << text_at(deployment, "status");
  if (deployment.at("pullPercent").is_number()) out_ << ' ' << deployment["pullPercent"] << " %";
  out_ << std::flush;
  is_drawn_ = true;
}

void progress::end() {
  if (is_drawn_) out_ << "\r\x1b[K" << std::flush;
  is_drawn_ = false;
}

std::string cause_of(const json& deployment) {
  const auto& error = deployment.at("error");
  if (!error.is_object()) return "it is " + text_at(deployment, "status");
  auto out = text_at(error, "message");
  if (const auto hint = text_at(error, "hint"); !hint.empty()) out += "\n  " + hint;
  if (error.contains("detail") && error["detail"].is_string()) {
    std::istringstream lines(error["detail"].get<std::string>());
    for (std::string line; std::getline(lines, line);) out += "\n  " + log::printable(line);
  }
  return out;
}

}  // namespace troupe::client
