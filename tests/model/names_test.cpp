#include <set>

#include <gtest/gtest.h>

#include "actors/model/identity.hpp"
#include "actors/model/ids.hpp"
#include "actors/model/object_names.hpp"

namespace troupe::model {
namespace {

TEST(Ids, HaveOneFormAndParseBack) {
  std::uint64_t n = 0;
  const random_source counter = [&] { return n += 0x9E3779B97F4A7C15ULL; };
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const auto id = new_id<environment_id>(counter);
    EXPECT_EQ(parse_id<environment_id>(id.text), id);
    EXPECT_FALSE(parse_id<deployment_id>(id.text));
    EXPECT_TRUE(seen.insert(id.text).second);
  }
  for (const auto* bad : {"", "env_", "env_AAAAAAAAAAAAAAAA", "env_aaaaaaaaaaaaaaa", "env_aaaaaaaaaaaaaaaaa",
                          "env_aaaaaaaaaaaaaaa/", "dep_aaaaaaaaaaaaaaaa"})
    EXPECT_FALSE(parse_id<environment_id>(bad)) << bad;
}

TEST(ObjectNames, FitDockersLimitsWithTheLongestNames) {
  const environment_id e{"env_aaaaaaaaaaaaaaaa"};
  EXPECT_LE(object_names::service(e, std::string(40, 'x')).size(), 63U);
  EXPECT_NE(object_names::service(e, "web"), object_names::service({"env_aaaaaaaaaaaaaaab"}, "web"));
}

TEST(Keys, OnlyTheExactFormIsAKey) {
  const std::string id = "abcdefghijklmnop", secret(43, 'S');
  EXPECT_TRUE(parse_key("rw_prod_", "rw_prod_" + id + "." + secret));
  for (const auto& bad :
       {"rw_prod_" + id + secret, "rw_prod_" + id + ".." + secret, "rw_test_" + id + "." + secret,
        "rw_prod_" + id + "." + std::string(73, 'x'), "rw_prod_" + id + "." + secret + std::string(1, '\0'),
        std::string(10000, 'a'), std::string()})
    EXPECT_FALSE(parse_key("rw_prod_", bad));
}

TEST(Scopes, CoverOnlyWhatTheyHold) {
  EXPECT_TRUE(scope_set::user().covers({scope::logs_read}));
  EXPECT_FALSE(scope_set::user().covers({scope::admin}));
  EXPECT_FALSE(scope_set{}.covers({scope::logs_read}));
  EXPECT_EQ(scope_set::user().texts().size(), 6U);
}

}  // namespace
}  // namespace troupe::model
