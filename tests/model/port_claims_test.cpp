#include "actors/model/port_claims.hpp"

#include <gtest/gtest.h>

namespace troupe::model::testing {
namespace {

const deployment_id first{"dep_aaaaaaaaaaaaaaaa"}, second{"dep_bbbbbbbbbbbbbbbb"};
const port_mapping inside{80, std::nullopt}, tcp{80, 8081}, udp{80, 8081, port_protocol::udp};

TEST(PortClaims, OneServiceHasAHostPortUntilItsLastReleaseLetsGo) {
  port_claims claims;
  claims.hold(first, "web", {inside, tcp});
  claims.hold(second, "web", {tcp});
  EXPECT_TRUE(claims.conflicts("web", {tcp}).empty()) << "releases of one service have turns";
  EXPECT_TRUE(claims.conflicts("api", {inside, udp}).empty());
  const auto found = claims.conflicts("api", {inside, tcp});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].pointer, "/ports/1/host");
  EXPECT_EQ(found[0].detail, "The host port 8081/tcp is taken by the service \"web\".");
  EXPECT_TRUE(claims.conflicts("api", {tcp}, {"web"}).empty()) << "it yields";
  claims.let_go(first);
  claims.let_go(first);
  EXPECT_FALSE(claims.conflicts("api", {tcp}).empty());
  claims.hold(second, "web", {});
  EXPECT_TRUE(claims.conflicts("api", {tcp}).empty());
}

}  // namespace
}  // namespace troupe::model::testing
