// What a file becomes, as the tests look at it.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
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

inline std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

// The Compose files of a folder below tests/compose, by name.
inline std::vector<std::filesystem::path> files_in(const std::string& folder) {
  std::vector<std::filesystem::path> out;
  for (const auto& one : std::filesystem::directory_iterator(TROUPE_SOURCE_DIR "/tests/compose/" + folder))
    if (one.path().extension() == ".yml" || one.path().extension() == ".json") out.push_back(one.path());
  std::sort(out.begin(), out.end());
  return out;
}

// What is written in NAME.outcome. With TROUPE_WRITE_OUTCOMES set it is written there, for people to read what changed.
inline void expect_outcome(std::filesystem::path file, const std::string& becomes) {
  file.replace_extension(".outcome");
  if (std::getenv("TROUPE_WRITE_OUTCOMES")) std::ofstream(file) << becomes;
  EXPECT_EQ(becomes, text_of(file)) << file;
}

// NAME.env beside NAME.yml, a line each; none where there is no such file.
inline std::map<std::string, std::string> variables_beside(std::filesystem::path file) {
  std::map<std::string, std::string> out;
  std::istringstream lines(text_of(file.replace_extension(".env")));
  for (std::string line; std::getline(lines, line);)
    if (const auto equals = line.find('='); equals != std::string::npos)
      out[line.substr(0, equals)] = line.substr(equals + 1);
  return out;
}

// A service with its body a line, and whom it awaits.
inline std::string shown(const application& app) {
  static constexpr const char* conditions[] = {"started", "healthy", "completed"};
  std::string out;
  for (const auto& one : app.services) {
    out += one.name + ' ' + one.body.dump() + '\n';
    for (const auto& other : one.after)
      out += "  after " + other.service + ' ' + conditions[static_cast<int>(other.until)] +
             (other.required ? "\n" : " if it runs\n");
  }
  return out;
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
