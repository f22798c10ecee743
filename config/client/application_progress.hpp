// An application's way to its end, as a person watches it: in a terminal a line for each service, redrawn; else a line
// for each change.
#pragma once

#include <chrono>
#include <map>
#include <ostream>
#include <string>

#include <nlohmann/json.hpp>

namespace troupe::client {

class application_progress {
public:
  application_progress(std::ostream& out, bool redraws) : out_(out), redraws_(redraws) {}

  // As GET /operations/:id has it.
  void tell(const nlohmann::json& operation);

private:
  void redraw(const nlohmann::json& steps);
  void tell_news(const nlohmann::json& steps);

  std::ostream& out_;
  bool redraws_;
  std::size_t drawn_ = 0;  // lines
  std::map<std::string, std::string> told_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace troupe::client
