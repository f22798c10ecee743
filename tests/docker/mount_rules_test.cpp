#include "docker/mount_rules.hpp"

#include <gtest/gtest.h>

namespace troupe::docker::tests {
namespace {

TEST(MountRules, AreOfTheRealPath) {
  image_profile image;
  image.paths = {{"/data", {true, "/etc", 0755, false}},
                 {"/devl/shm", {false, "/dev/shm", 0, false}},
                 {"/v", {true, "/run", 0755, false}},
                 {"/srv", {true, "/srv", 0755, false}},
                 {"/etc/openvpn", {true, "/etc/openvpn", 0755, false}}};
  const auto fault = [&](model::release_spec spec, std::vector<std::string> declared = {}) {
    image.volumes = std::move(declared);
    return find_mount_fault(spec, image);
  };
  const auto volume = [](const std::string& path) {
    model::release_spec spec;
    spec.volumes = {{"v", path, false}};
    return spec;
  };
  const auto writable = [](const std::string& path) {
    model::release_spec spec;
    spec.security.writable_paths = {path};
    return spec;
  };
  const auto etc = fault(volume("/data"));
  ASSERT_TRUE(etc);
  EXPECT_EQ(etc->message, "The path /data leads to /etc in the image; nothing may be mounted there.");
  EXPECT_TRUE(fault(writable("/devl/shm")));
  EXPECT_TRUE(fault(volume("/v"))) << "no volume in /run";
  EXPECT_FALSE(fault(writable("/v"))) << "but a tmpfs";
  model::release_spec in_memory;
  in_memory.ephemeral = {"/data"};
  EXPECT_TRUE(fault(in_memory)) << "whatever is mounted there";
  EXPECT_TRUE(fault({}, {"/data"}));
  EXPECT_TRUE(fault({}, {"/proc/x/../sys"}));
  EXPECT_FALSE(fault({}, {"/etc/openvpn"})) << "images do declare such, and it is theirs";
  EXPECT_FALSE(fault(volume("/srv"), {"/srv"}));
  EXPECT_FALSE(fault(volume("/etc/openvpn"))) << "below /etc is the image's own, too";
  model::release_spec tmpfs;
  tmpfs.setup.tmpfs = {{"/data"}};
  EXPECT_TRUE(fault(tmpfs));
}

TEST(MountRules, NoLinkLeadsIntoOrOutOfTheSystemsDirectories) {
  image_profile image{"", {}, "", "", {}};
  const auto fault = [&](const std::string& path, const std::string& leads_to, bool is_volume) {
    image.paths[path] = {true, leads_to, 0755, false};
    model::release_spec spec;
    if (is_volume)
      spec.volumes = {{"v", path, false}};
    else
      spec.security.writable_paths = {path};
    return find_mount_fault(spec, image).has_value();
  };
  for (const bool is_volume : {true, false}) {
    EXPECT_TRUE(fault("/etc/x", "/etc/passwd", is_volume));
    EXPECT_TRUE(fault("/etc/x/y", "/etc/resolv.conf", is_volume));
    EXPECT_TRUE(fault("/data/x", "/etc/x", is_volume)) << "into it";
    EXPECT_TRUE(fault("/etc/alternatives/x", "/usr/bin", is_volume)) << "out of it";
    EXPECT_FALSE(fault("/etc/a/b", "/etc/c/b", is_volume));
    EXPECT_FALSE(fault("/var/run/app", "/run/app", is_volume)) << "as most images have it";
    EXPECT_FALSE(fault("/s/ok", "/srv/ok", is_volume));
  }
  EXPECT_TRUE(fault("/data", "/run/app", true));
  EXPECT_TRUE(fault("/run/app", "/srv", true));
}

TEST(ImageProfile, NoScratchOfOursFollowsALinkIntoTheSystem) {
  image_profile image{"", {}, "", "", {}};
  image.paths = {{"/tmp", {true, "/etc", 0755, false}}, {"/run", {true, "/dev", 0755, false}}};
  EXPECT_TRUE(scratch_for({}, image, unprivileged, declared_for({}, image)).empty());
}

}  // namespace
}  // namespace troupe::docker::tests
