#include "actors/model/volume_use.hpp"

#include <gtest/gtest.h>

#include "tests/model/life.hpp"

namespace troupe::model::testing {
namespace {

service_plan plan_with(std::vector<volume_mount> named, std::vector<volume_mount> declared = {}) {
  auto d = a_deployment();
  d.spec.volumes = std::move(named);
  d.image.emplace();
  d.image->volumes = std::move(declared);
  return plan_of(d);
}

TEST(VolumeUse, AWritableVolumeHasOneWriterUnlessItIsShared) {
  EXPECT_TRUE(written_alone(plan_with({})).empty());
  EXPECT_TRUE(written_alone(plan_with({{"data", "/data", true}})).empty()) << "it only reads";
  EXPECT_TRUE(written_alone(plan_with({{"data", "/data", false, true}})).empty()) << "it shares";
  EXPECT_EQ(written_alone(plan_with({{"data", "/data"}, {"data", "/again"}, {"logs", "/logs", true}})),
            std::vector<std::string>{"data"});
  EXPECT_EQ(written_alone(plan_with({}, {{"auto-web-data-1", "/data"}})), std::vector<std::string>{"auto-web-data-1"})
      << "what the image declares is data as well";
}

TEST(VolumeUse, WhatWritesGetsAMinuteToEnd) {
  EXPECT_EQ(stop_grace(plan_with({})), std::chrono::seconds(10));
  EXPECT_EQ(stop_grace(plan_with({{"data", "/data", true}})), std::chrono::seconds(10));
  EXPECT_EQ(stop_grace(plan_with({{"data", "/data"}})), std::chrono::seconds(60));
  EXPECT_EQ(stop_grace(plan_with({{"data", "/data", false, true}})), std::chrono::seconds(60));
  auto plan = plan_with({{"data", "/data"}});
  plan.spec.setup.stop_grace_seconds = 300;
  EXPECT_EQ(stop_grace(plan), std::chrono::seconds(300)) << "as the release says";
}

TEST(VolumeUse, TheReasonForOneContainerNamesTheWayOut) {
  release_spec spec;
  EXPECT_FALSE(reason_for_one_container(spec, {}));
  spec.volumes = {{"data", "/data", false, true}};
  EXPECT_FALSE(reason_for_one_container(spec, {}));
  spec.volumes = {{"data", "/srv/data"}};
  for (const auto* part : {"\"data\"", "/srv/data", "\"shared\": true", "\"readOnly\": true", "\"ephemeral\": true"})
    EXPECT_NE(reason_for_one_container(spec, {}).value().find(part), std::string::npos) << part;
  spec.volumes.clear();
  resolved_image image;
  image.volumes = {{"auto-web-data-1", "/data"}};
  EXPECT_TRUE(reason_for_one_container(spec, image));
  spec.ports = {{80, 8080}};
  EXPECT_NE(reason_for_one_container(spec, {}).value().find("host port"), std::string::npos);
}

TEST(VolumeUse, AnOwnVolumesNameIsALabelThatServiceAndPathDecide) {
  const auto name = own_volume("db", "/var/lib/mysql");
  EXPECT_TRUE(name.starts_with("auto-db-mysql-")) << name;
  EXPECT_EQ(name, own_volume("db", "/var/lib/mysql"));
  EXPECT_NE(name, own_volume("db", "/var/lib/mysql2"));
  EXPECT_NE(own_volume("db", "/a/data"), own_volume("db", "/b/data"));
  EXPECT_NE(own_volume("d-b", "/data"), own_volume("db", "/data"));
  for (const auto& [service, path] : std::vector<std::pair<std::string, std::string>>{
           {std::string(40, 'a'), "/" + std::string(200, 'b')}, {"a", "/"}, {"a", "/._-/@@"}, {"a-b", "/DATA"}}) {
    const auto label = own_volume(service, path);
    EXPECT_LE(label.size(), 40U) << label;
    EXPECT_EQ(label.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"), std::string::npos) << label;
    EXPECT_NE(label.back(), '-') << label;
  }
}

TEST(VolumeUse, SomeDirectoriesNeedNotOutliveTheirContainer) {
  for (const auto* path : {"/tmp", "/tmp/x", "/run", "/var/run/app", "/var/cache/nginx", "/var/tmp"})
    EXPECT_TRUE(is_passing(path)) << path;
  for (const auto* path : {"/data", "/tmpdata", "/var/lib/x", "/var/log/x", "/srv/tmp"})
    EXPECT_FALSE(is_passing(path)) << path;
}

}  // namespace
}  // namespace troupe::model::testing
