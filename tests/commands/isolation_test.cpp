#include "config/commands/isolation.hpp"

#include <gmock/gmock.h>

namespace troupe::commands {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// As iptables 1.8.9 lists what docker/tenant-isolation applies.
const std::string applied = R"(-P INPUT ACCEPT
-P FORWARD ACCEPT
-N DOCKER-USER
-N TROUPE-FORWARD
-N TROUPE-INPUT
-A INPUT -m comment --comment troupe -j TROUPE-INPUT
-A FORWARD -j DOCKER-USER
-A DOCKER-USER -m comment --comment troupe -j TROUPE-FORWARD
-A DOCKER-USER -j RETURN
-A TROUPE-FORWARD -i docker_gwbridge -p udp -m multiport --dports 4789,7946 -m comment --comment troupe -j DROP
-A TROUPE-FORWARD -i docker_gwbridge -m conntrack --ctstate RELATED,ESTABLISHED -m comment --comment troupe -j RETURN
-A TROUPE-FORWARD -i docker_gwbridge -o docker_gwbridge -m comment --comment troupe -j DROP
-A TROUPE-FORWARD -i docker_gwbridge -p tcp -m multiport --dports 2377,7946 -m comment --comment troupe -j DROP
-A TROUPE-FORWARD -d 169.254.0.0/16 -i docker_gwbridge -m comment --comment troupe -j DROP
-A TROUPE-INPUT -i docker_gwbridge -p udp -m udp --dport 4789 -m comment --comment troupe -j DROP
-A TROUPE-INPUT -i docker_gwbridge -m conntrack --ctstate RELATED,ESTABLISHED -m comment --comment troupe -j RETURN
-A TROUPE-INPUT -i docker_gwbridge -m comment --comment troupe -j DROP
)";

std::string without(const std::string& line) {
  auto text = applied;
  const auto begin = text.find(line);
  if (begin == text.npos) return "no such line";
  return text.erase(begin, text.find('\n', begin) + 1 - begin);
}

TEST(TenantIsolation, RulesInForceLackNothing) {
  EXPECT_THAT(missing_rules(applied, false), IsEmpty());
}

TEST(TenantIsolation, WithoutAnyRuleAllAreMissing) {
  EXPECT_EQ(missing_rules("-P INPUT ACCEPT\n", false).size(), 6U);
}

TEST(TenantIsolation, EachMissingRuleIsNamed) {
  EXPECT_THAT(missing_rules(without("-A INPUT -m comment"), false), ElementsAre("IPv4 INPUT -j TROUPE-INPUT"));
  EXPECT_THAT(missing_rules(without("-A DOCKER-USER -m comment"), false),
              ElementsAre("IPv4 DOCKER-USER -j TROUPE-FORWARD"));
  EXPECT_THAT(missing_rules(without("-A TROUPE-INPUT -i docker_gwbridge -m comment"), false),
              ElementsAre("IPv4 TROUPE-INPUT -i docker_gwbridge -j DROP"));
  EXPECT_THAT(missing_rules(without("-A TROUPE-INPUT -i docker_gwbridge -p udp"), false),
              ElementsAre("IPv4 TROUPE-INPUT -i docker_gwbridge -p udp --dport 4789 -j DROP"));
  EXPECT_THAT(missing_rules(without("-A TROUPE-FORWARD -i docker_gwbridge -o"), false),
              ElementsAre("IPv4 TROUPE-FORWARD -i docker_gwbridge -o docker_gwbridge -j DROP"));
  EXPECT_THAT(missing_rules(without("-A TROUPE-FORWARD -i docker_gwbridge -p udp"), false),
              ElementsAre("IPv4 TROUPE-FORWARD -i docker_gwbridge -p udp --dports 4789,7946 -j DROP"));
}

TEST(TenantIsolation, IPv6IsEnteredFromForward) {
  EXPECT_THAT(missing_rules(applied, true), ElementsAre("IPv6 FORWARD -j TROUPE-FORWARD"));
  EXPECT_THAT(missing_rules(applied + "-A FORWARD -m comment --comment troupe -j TROUPE-FORWARD\n", true), IsEmpty());
}

}  // namespace troupe::commands
