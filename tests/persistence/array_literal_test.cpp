#include "persistence/array_literal.hpp"

#include <gtest/gtest.h>

#include "actors/model/deployment.hpp"
#include "persistence/rows.hpp"

namespace troupe::persistence {
namespace {

TEST(ArrayLiteral, QuotesWhateverATextHolds) {
  array_literal a;
  EXPECT_EQ(a.text(), "{}");
  a.add("plain");
  a.add(std::string_view{});
  a.add("a\"b\\c{d,e}NULL\n");
  a.add(parameter{});
  EXPECT_EQ(a.text(), R"({"plain","","a\"b\\c{d,e}NULL
",NULL})");
}

TEST(ArrayLiteral, HoldsNumbersAndFlags) {
  array_literal a;
  a.add(-1);
  a.add(18'000'000'000'000'000'000ULL);
  a.add(true);
  EXPECT_EQ(a.text(), "{-1,18000000000000000000,t}");
}

TEST(ArrayLiteral, RefusesNul) {
  array_literal a;
  EXPECT_THROW(a.add(std::string_view("a\0b", 3)), nul_in_text);
}

TEST(Rows, NulInAnyTextOfADeploymentIsRefused) {
  const std::string nul("x\0y", 3);
  const std::vector<std::function<void(model::deployment&)>> places{
      [&](auto& d) { d.id.text = nul; },
      [&](auto& d) { d.spec.service = nul; },
      [&](auto& d) { d.spec.env["K"] = nul; },
      [&](auto& d) { d.spec.env[nul] = "v"; },
      [&](auto& d) { d.spec.command = {nul}; },
      [&](auto& d) { d.image.emplace().note = nul; },
      [&](auto& d) { d.error.emplace().detail = nul; },
      [&](auto& d) { d.former = model::deployment_id{nul}; },
      [&](auto& d) { d.health.reason = nul; },
  };
  const auto key = secrets::sealing_key::fresh();
  for (std::size_t i = 0; i < places.size(); ++i) {
    model::deployment d;
    places[i](d);
    EXPECT_THROW(columns_of(d, &key), nul_in_text) << i;
  }
}

TEST(Rows, ATextThatOnlyLooksLikeAnEscapedNulIsTaken) {
  model::deployment d;
  d.spec.env["K"] = "\\u0000";
  const auto key = secrets::sealing_key::fresh();
  EXPECT_NO_THROW(columns_of(d, &key));
}

TEST(Rows, VariablesAreNotStoredWithoutAKey) {
  model::deployment d;
  EXPECT_NO_THROW(columns_of(d, nullptr));
  d.spec.env["K"] = "value";
  EXPECT_THROW(columns_of(d, nullptr), std::logic_error);
}

}  // namespace
}  // namespace troupe::persistence
