// .env files, as Compose reads them.
#include "config/client/variables_file.hpp"

#include <gtest/gtest.h>

#include "config/client/failure.hpp"

namespace troupe::client {
namespace {

using variables = std::map<std::string, std::string>;

TEST(VariablesFile, IsReadAsComposeReadsIt) {
  for (const auto& [text, wanted] : std::initializer_list<std::pair<const char*, variables>>{
           {"", {}},
           {"\n# a comment\n  \t\n", {}},
           {"A=1", {{"A", "1"}}},
           {"A=1\r\nB=2\r\n", {{"A", "1"}, {"B", "2"}}},
           {"  export A = 1  \n", {{"A", "1"}}},
           {"A=\nB=''\n", {{"A", ""}, {"B", ""}}},
           {"A=a=b#c # d\n", {{"A", "a=b#c"}}},
           {"A= # nothing\n", {{"A", ""}}},
           {"A='as $it\\n stands' # a comment", {{"A", "as $it\\n stands"}}},
           {R"(A="one\ttwo \"three\" \\ \$four \x")", {{"A", "one\ttwo \"three\" \\ $four \\x"}}},
           {"A=1\nA=2\n", {{"A", "2"}}}})
    EXPECT_EQ(read_variables(text, ".env"), wanted) << text;
}

TEST(VariablesFile, WhatIsNoAssignmentIsNamedByItsLineAndNotShown) {
  for (const char* line : {"secret", "=secret", "A B=secret", "A='secret", "A=\"secret", "A='secret'more"}) {
    try {
      read_variables(std::string("OK=1\n\n") + line, ".env");
      ADD_FAILURE() << line;
    } catch (const failure& why) {
      EXPECT_EQ(why.code, wrong_usage);
      EXPECT_STREQ(why.what(), ".env, line 3: write NAME=VALUE");
    }
  }
}

}  // namespace
}  // namespace troupe::client
