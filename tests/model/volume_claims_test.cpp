#include "actors/model/volume_claims.hpp"

#include <gtest/gtest.h>

namespace troupe::model::testing {
namespace {

const deployment_id first{"dep_aaaaaaaaaaaaaaaa"}, second{"dep_bbbbbbbbbbbbbbbb"};
const volume_mount writes{"data", "/data"}, reads{"data", "/data", true}, shares{"data", "/data", false, true};

TEST(VolumeClaims, NoSecondServiceWritesWhereOneWritesAlone) {
  const std::vector<std::tuple<volume_mount, volume_mount, bool>> cases{
      {writes, writes, true}, {writes, shares, true}, {shares, writes, true}, {shares, shares, false},
      {writes, reads, false}, {reads, writes, false}, {reads, shares, false}};
  for (const auto& [held, asked, refused] : cases) {
    volume_claims claims;
    claims.hold(first, "db", {held});
    EXPECT_EQ(!claims.conflicts("backup", {asked}).empty(), refused);
    EXPECT_TRUE(claims.conflicts("db", {asked}).empty()) << "releases of one service have turns";
    EXPECT_TRUE(claims.conflicts("backup", {{"other", "/data"}}).empty());
  }
}

TEST(VolumeClaims, TheAnswerPointsAtTheMountAndNamesTheWays) {
  volume_claims claims;
  claims.hold(first, "db", {writes});
  const auto found = claims.conflicts("backup", {{"own", "/own"}, {"data", "/mnt"}});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].pointer, "/volumes/1");
  for (const auto* part : {"\"db\"", "\"readOnly\": true", "\"shared\": true in both services"})
    EXPECT_NE(found[0].detail.find(part), std::string::npos) << found[0].detail;
  claims.hold(first, "db", {shares});
  EXPECT_NE(claims.conflicts("backup", {writes})[0].detail.find("here as well"), std::string::npos);
}

TEST(VolumeClaims, OfAServiceThatYieldsPassToOneThatWritesAloneAsWell) {
  for (const auto& [held, asked, refused] : std::vector<std::tuple<volume_mount, volume_mount, bool>>{
           {writes, writes, false}, {writes, shares, true}, {shares, writes, true}}) {
    volume_claims claims;
    claims.hold(first, "db", {held});
    EXPECT_EQ(!claims.conflicts("backup", {asked}, {"db"}).empty(), refused);
    claims.hold(second, "third", {held});
    EXPECT_FALSE(claims.conflicts("backup", {asked}, {"db"}).empty());
  }
}

TEST(VolumeClaims, EndWithTheirLastRelease) {
  volume_claims claims;
  claims.hold(first, "db", {writes, {"logs", "/logs"}});
  claims.hold(second, "db", {writes});
  claims.let_go(first);
  EXPECT_FALSE(claims.conflicts("backup", {writes}).empty());
  EXPECT_TRUE(claims.conflicts("backup", {{"logs", "/logs"}}).empty());
  claims.hold(second, "db", {});
  EXPECT_TRUE(claims.conflicts("backup", {writes}).empty());
  claims.let_go(second);
  claims.let_go(second);
}

}  // namespace
}  // namespace troupe::model::testing
