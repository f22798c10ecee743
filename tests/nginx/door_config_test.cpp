#include "nginx/door_config.hpp"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace troupe::nginx {
namespace {

std::string golden(const char* name) {
  std::stringstream text;
  text << std::ifstream(std::string(TROUPE_GOLDEN_DIR "/") + name).rdbuf();
  return text.str();
}

door_options some_options() {
  door_options o;
  o.state_dir = "/var/lib/troupe/door";
  o.public_host = "troupe.example.org";
  o.worker_user = "www-data";
  return o;
}

TEST(DoorConfig, IsTheGoldenText) {
  EXPECT_EQ(render_door(some_options()), golden("door.conf"));
}

TEST(DoorConfig, Ipv6AddressStandsInBrackets) {
  auto o = some_options();
  o.bind_address = "::1";
  EXPECT_THAT(render_door(o), ::testing::HasSubstr("listen [::1]:3000 "));
}

TEST(DoorConfig, NobodyHasTheGroupThatDebianGivesIt) {
  auto o = some_options();
  o.worker_user = "nobody";
  EXPECT_THAT(render_door(o), ::testing::HasSubstr("user nobody nogroup;"));
}

TEST(DoorConfig, ValueThatCouldLeaveItsPlaceIsRefused) {
  const auto refuses = [](auto change) {
    auto o = some_options();
    change(o);
    EXPECT_THROW(render_door(o), std::invalid_argument);
  };
  for (const auto* bad : {"/a\";b", "/a$b", "/a{b", "/a\nb", "/a\\b", "relative", ""})
    refuses([&](door_options& o) { o.state_dir = bad; });
  for (const auto* bad : {"a b", "a;b", "a{", "", "a\nb", "$host", "~x"})
    refuses([&](door_options& o) { o.public_host = bad; });
  for (const auto* bad : {"localhost", "", "1.2.3.4.5", "127.0.0.1;"})
    refuses([&](door_options& o) { o.bind_address = bad; });
  refuses([](door_options& o) { o.trusted_proxies = "10.0.0.1; include /etc/passwd"; });
  refuses([](door_options& o) { o.worker_user = "root; include /etc/passwd"; });
}

}  // namespace
}  // namespace troupe::nginx
