// What the documents and the help say to type is what the program takes; examples for CI are files that CI takes.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include "config/client/failure.hpp"
#include "config/client/table.hpp"

namespace troupe::client {
namespace {

std::string text_of(const char* path) {
  std::ifstream in(std::string(TROUPE_SOURCE) + '/' + path);
  EXPECT_TRUE(in) << path;
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> out;
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

// What stands between ```LANGUAGE and ``` of a document.
std::vector<std::string> blocks_of(const std::string& text, const std::string& language) {
  std::vector<std::string> out;
  bool inside = false;
  for (const auto& line : lines_of(text)) {
    if (line.starts_with("```"))
      inside = line == "```" + language && (out.emplace_back(), true);
    else if (inside)
      (out.back() += line) += '\n';
  }
  return out;
}

// A line as a shell splits it, as far as such lines go: quotes, and what comes behind # or is redirected is not the
// program's.
std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> out;
  std::string word;
  char quote = 0;
  bool begun = false;
  for (const char c : line + ' ') {
    if (quote != 0 && c == quote) {
      quote = 0;
    } else if (quote != 0) {
      word += c;
    } else if (c == '"' || c == '\'') {
      quote = c, begun = true;
    } else if (c != ' ') {
      if ((c == '#' || c == '<' || c == '>') && !begun) return out;
      word += c, begun = true;
    } else if (begun) {
      out.push_back(std::exchange(word, {}));
      begun = false;
    }
  }
  return out;
}

// Whether the line is a command for people; then it is one that is taken.
bool check(const std::string& line, const std::string& where) {
  auto words = words_of(line);
  // VARIABLE=value in front of it.
  while (!words.empty() && words[0].find('=') != std::string::npos) words.erase(words.begin());
  if (words.size() < 2 || words[0] != "troupe" || !is_client_word(words[1])) return false;
  words.erase(words.begin());
  const auto [found, count] = find_command(words);
  EXPECT_NE(found, nullptr) << where << ": " << line;
  if (found == nullptr) return true;
  try {
    parse(*found, std::span(words).subspan(count));
  } catch (const failure& why) {
    ADD_FAILURE() << where << ": " << line << ": " << why.what();
  }
  return true;
}

// The texts of a document of YAML, each line of each.
void collect(const YAML::Node& node, std::vector<std::string>& out) {
  if (node.IsScalar())
    for (const auto& line : lines_of(node.Scalar())) out.push_back(line);
  for (const auto& child : node) {
    if (node.IsMap())
      collect(child.second, out);
    else
      collect(child, out);
  }
}

TEST(Documents, ExamplesForCiAreYamlAndItsCommandsAreTaken) {
  const auto blocks = blocks_of(text_of("docs/command-line.md"), "yaml");
  ASSERT_GE(blocks.size(), 2U) << "one for GitHub Actions, one for GitLab";
  for (const auto& block : blocks) {
    YAML::Node document;
    ASSERT_NO_THROW(document = YAML::Load(block)) << block;
    std::vector<std::string> lines;
    collect(document, lines);
    EXPECT_GT(std::count_if(lines.begin(), lines.end(), [](const auto& line) { return check(line, "CI"); }), 0)
        << block;
  }
}

TEST(Documents, CommandsInThemAreTaken) {
  std::size_t commands = 0;
  for (const char* path :
       {"README.md", "docs/command-line.md", "docs/applications.md", "docs/jobs.md", "docs/registries.md"})
    for (auto line : lines_of(text_of(path))) {
      const auto begin = line.find_first_not_of(' ');
      if (begin == std::string::npos || (begin < 4 && !line.starts_with("$ "))) continue;
      commands += check(line.substr(line.starts_with("$ ") ? 2 : begin), path) ? 1 : 0;
    }
  EXPECT_GT(commands, 30U);
}

TEST(Documents, TheHelpsExamplesAreTaken) {
  for (const auto& one : commands())
    for (const auto& line : lines_of(std::string(one.examples)))
      EXPECT_TRUE(check(line, "help") || line.starts_with("source <(")) << line;
}

}  // namespace
}  // namespace troupe::client
