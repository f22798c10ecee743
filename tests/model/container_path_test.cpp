#include "actors/model/container_path.hpp"

#include <gtest/gtest.h>

namespace troupe::model::testing {
namespace {

TEST(ContainerPath, NothingIsMountedInTheSystemsDirectories) {
  for (const auto* path : {"/", "/proc", "/proc/sys", "/sys/fs", "/dev", "/dev/shm", "/run/secrets/x", "/etc"})
    for (const auto use : {path_use::volume, path_use::scratch, path_use::declared})
      EXPECT_TRUE(find_system_directory(path, use)) << path;
  for (const auto* path : {"/etcetera", "/devices", "/data/etc", "/procs"})
    for (const auto use : {path_use::volume, path_use::scratch, path_use::declared})
      EXPECT_FALSE(find_system_directory(path, use)) << path;
  EXPECT_EQ(find_system_directory("/run", path_use::volume), "/run");
  EXPECT_FALSE(find_system_directory("/run", path_use::scratch));
}

TEST(ContainerPath, BelowEtcAndRunAreDirectoriesOfPrograms) {
  for (const auto* path : {"/etc/openvpn", "/etc/nginx/conf.d", "/run/app", "/var/run/app", "/etc/passwd.d"})
    for (const auto use : {path_use::volume, path_use::scratch, path_use::declared})
      EXPECT_FALSE(find_path_fault(path, use)) << path;
  for (const auto* path :
       {"/etc/passwd", "/etc/resolv.conf", "/etc/hosts/x", "/run/docker.sock", "/var/run/docker.sock"})
    for (const auto use : {path_use::volume, path_use::scratch}) EXPECT_TRUE(find_path_fault(path, use)) << path;
  EXPECT_EQ(find_path_fault("/etc", path_use::volume), "must be a directory below /etc");
  EXPECT_EQ(find_path_fault("/run", path_use::volume), "must be a directory below /run");
  EXPECT_EQ(find_path_fault("/etc/passwd", path_use::volume), "must not be in /etc/passwd");
  EXPECT_EQ(find_path_fault("/dev/x", path_use::volume), "must not be in /dev");
}

TEST(ContainerPath, IsNormalAsDockerTakesIt) {
  EXPECT_EQ(normal_path("/data/"), "/data");
  EXPECT_EQ(normal_path("data//x/./y"), "/data/x/y");
  EXPECT_EQ(normal_path("/a/../../b/c/.."), "/b");
  EXPECT_EQ(normal_path(""), "/");
  EXPECT_EQ(normal_path("/.."), "/");
}

}  // namespace
}  // namespace troupe::model::testing
