#include "actors/model/domain_name.hpp"

#include <random>

#include <gtest/gtest.h>

namespace troupe::model::testing {
namespace {

TEST(DomainName, HasOneFormForEachName) {
  for (const auto* same : {"shop.example.org", "SHOP.Example.ORG", "shop.example.org."})
    EXPECT_EQ(canonical_domain(same), "shop.example.org") << same;
  EXPECT_EQ(canonical_domain("xn--mnchen-3ya.de"), "xn--mnchen-3ya.de");
  EXPECT_EQ(canonical_domain(std::string(63, 'a') + ".de"), std::string(63, 'a') + ".de");
}

TEST(DomainName, WhatIsNoPublicNameIsRefused) {
  for (const auto* wrong :
       {"",      ".",        "example", "*.example.org", "a..b",   ".a.b",       "a.b..", "-a.b", "a-.b",
        "a_b.c", "10.0.0.7", "a.1",     "[::1]",         "a.b:80", "a.b/c",      "a.b c", "a.b;", "a.b\n",
        "a.b\r", "$a.b",     "{a}.b",   "\"a\".b",       "a.b#",   "münchen.de", "a.b\\", "a\t.b"})
    EXPECT_FALSE(canonical_domain(wrong)) << wrong;
  EXPECT_FALSE(canonical_domain(std::string("a.b\0.c", 6)));
  EXPECT_FALSE(canonical_domain(std::string(64, 'a') + ".de"));
  EXPECT_FALSE(canonical_domain(std::string(127, 'a') + '.' + std::string(127, 'b')));
}

TEST(DomainName, WhateverComesInOnlyTheGrammarComesOut) {
  std::mt19937 random(7);
  const std::string_view alphabet = "aZ09-._*;{}$\"' \n\r\t\\/#:\x00\xc3\xbc";
  for (int i = 0; i < 200'000; ++i) {
    std::string text;
    for (auto n = random() % 24; n > 0; --n) text += alphabet[random() % alphabet.size()];
    const auto name = canonical_domain(text);
    if (!name) continue;
    EXPECT_EQ(name->find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-."), std::string::npos) << text;
    EXPECT_EQ(canonical_domain(*name), name);
  }
}

TEST(DomainName, AZoneHoldsItselfAndWhatIsBelow) {
  EXPECT_TRUE(is_within("a.b.c", "b.c"));
  EXPECT_TRUE(is_within("b.c", "b.c"));
  EXPECT_FALSE(is_within("ab.c", "b.c"));
  EXPECT_FALSE(is_within("c", "b.c"));
}

}  // namespace
}  // namespace troupe::model::testing
