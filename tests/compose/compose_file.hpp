// What a file becomes, as the tests look at it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "http/compose/read.hpp"

namespace troupe::test {

using http::compose::application;
using http::compose::finding;

struct outcome {
  application app;
  std::vector<finding> wrong;
};

inline outcome outcome_of(const std::string& text, const std::map<std::string, std::string>& variables = {},
                          const std::set<std::string>& profiles = {}) {
  auto read = http::compose::read(text, variables, profiles);
  if (auto* wrong = std::get_if<1>(&read)) return {{}, std::move(*wrong)};
  return {std::move(std::get<0>(read)), {}};
}

// "3:5 services.web.build is refused: …", one a line.
inline std::string told(const std::vector<finding>& all) {
  std::string out;
  for (const auto& one : all)
    out += std::to_string(one.at.line) + ':' + std::to_string(one.at.column) + ' ' + one.key + ' ' + one.detail + '\n';
  return out;
}

inline application read_well(const std::string& text, const std::map<std::string, std::string>& variables = {},
                             const std::set<std::string>& profiles = {}) {
  auto one = outcome_of(text, variables, profiles);
  EXPECT_EQ(told(one.wrong), "") << text;
  return std::move(one.app);
}

// The words of a service `web` of the image `a`: each line without its indentation of four.
inline std::string web(const std::string& lines) {
  std::string out = "services:\n  web:\n    image: a\n";
  for (std::size_t from = 0; from < lines.size();) {
    const auto end = lines.find('\n', from);
    out += "    " + lines.substr(from, end - from) + '\n';
    from = end == std::string::npos ? lines.size() : end + 1;
  }
  return out;
}

// Its body, without the image and the name.
inline nlohmann::json fields(const std::string& lines, const std::map<std::string, std::string>& variables = {}) {
  const auto app = read_well(web(lines), variables);
  if (app.services.size() != 1) return "no service";
  auto body = app.services[0].body;
  EXPECT_EQ(body["image"], "a");
  EXPECT_EQ(body["name"], "web");
  body.erase("image");
  body.erase("name");
  return body;
}

}  // namespace troupe::test
