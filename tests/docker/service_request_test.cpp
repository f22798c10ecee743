#include "docker/service_request.hpp"

#include <functional>
#include <set>

#include <gtest/gtest.h>

#include "docker/capabilities.hpp"
#include "docker/service_answer.hpp"
#include "tests/docker/plans.hpp"

namespace troupe::docker::tests {
namespace {

const service_context context{"test", "net1", {1, 41}};

TEST(ServiceRequest, PlainPlanIsHardened) {
  const auto expected = json::parse(R"({
    "Name": "abcdefghijklmnop-web",
    "Labels": {"com.troupe.instance": "test", "com.troupe.environment": "env_abcdefghijklmnop", "com.troupe.service": "web"},
    "TaskTemplate": {
      "ContainerSpec": {
        "Image": "docker.io/library/web@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "Labels": {"com.docker.compose.project": "env_abcdefghijklmnop", "com.docker.compose.service": "web",
                   "com.troupe.instance": "test", "com.troupe.environment": "env_abcdefghijklmnop", "com.troupe.service": "web",
                   "com.troupe.deployment": "dep_bcdefghijklmnopq", "com.troupe.generation": "2"},
        "User": "10001:10001", "Init": true, "ReadOnly": true, "StopGracePeriod": 10000000000, "CapabilityDrop": ["ALL"],
        "Mounts": [
          {"Type": "volume", "Source": "troupe-scratch-abcdefghijklmnop-0-{{.Task.ID}}", "Target": "/run", "VolumeOptions": {
            "NoCopy": true,
            "Labels": {"com.troupe.instance": "test", "com.troupe.environment": "env_abcdefghijklmnop", "com.troupe.service": "web", "com.troupe.scratch": "1"},
            "DriverConfig": {"Name": "local", "Options": {"type": "tmpfs", "device": "tmpfs", "o": "size=67108864,mode=0755,uid=10001,gid=10001,nosuid,nodev,noexec"}}}},
          {"Type": "tmpfs", "Target": "/tmp", "TmpfsOptions": {"SizeBytes": 67108864, "Mode": 1023}}]
      },
      "Resources": {"Limits": {"NanoCPUs": 1000000000, "MemoryBytes": 536870912, "Pids": 256}},
      "RestartPolicy": {"Condition": "any", "Delay": 1000000000},
      "LogDriver": {"Name": "json-file", "Options": {"max-size": "10m", "max-file": "3"}},
      "Networks": [{"Target": "net1", "Aliases": ["web"]}]
    },
    "Mode": {"Replicated": {"Replicas": 1}},
    "UpdateConfig": {"Parallelism": 1, "FailureAction": "pause", "Monitor": 5000000000, "MaxFailureRatio": 0, "Order": "start-first"},
    "EndpointSpec": {"Mode": "dnsrr"}
  })");
  EXPECT_EQ(service_spec(plain_plan(), context), expected);
}

json container_of(const model::service_plan& plan) {
  return service_spec(plan, context)["TaskTemplate"]["ContainerSpec"];
}

TEST(ServiceRequest, WhatAReleaseSaysOfItsContainersIsSaidToDocker) {
  auto plan = plain_plan();
  auto& s = plan.spec.setup;
  s.init = false;
  s.stop_grace_seconds = 90;
  s.stop_signal = "SIGQUIT";
  s.hostname = "mail.example.org";
  s.working_dir = "/srv";
  s.tty = true;
  s.ulimits = {{"nofile", {1024, 65536}}, {"memlock", {-1, -1}}};
  s.extra_hosts = {{"db.example.org", "10.0.0.7"}};
  s.dns = {"1.1.1.1"};
  s.sysctls = {{"net.core.somaxconn", "1024"}};
  s.labels = {{"org.example.team", "shop"}, {"com.troupe.service", "another"}};
  s.shm_size_mb = 256;
  s.logs = {20, 5};
  const auto c = container_of(plan);
  EXPECT_EQ(c["Init"], false);
  EXPECT_EQ(c["StopGracePeriod"], 90'000'000'000);
  EXPECT_EQ(c["StopSignal"], "SIGQUIT");
  EXPECT_EQ(c["Hostname"], "mail.example.org");
  EXPECT_EQ(c["Dir"], "/srv");
  EXPECT_EQ(c["TTY"], true);
  EXPECT_EQ(c["Ulimits"],
            json::parse(R"([{"Name":"memlock","Soft":-1,"Hard":-1},{"Name":"nofile","Soft":1024,"Hard":65536}])"));
  EXPECT_EQ(c["Hosts"], json::parse(R"(["10.0.0.7 db.example.org"])"));
  EXPECT_EQ(c["DNSConfig"], json::parse(R"({"Nameservers":["1.1.1.1"]})"));
  EXPECT_EQ(c["Sysctls"], json::parse(R"({"net.core.somaxconn":"1024"})"));
  EXPECT_EQ(c["Labels"]["org.example.team"], "shop");
  EXPECT_EQ(c["Labels"]["com.troupe.service"], "web") << "Troupe's own come last";
  EXPECT_NE(c["Labels"]["com.docker.compose.project"], nullptr) << "said, or the image says it";
  EXPECT_EQ(c["Labels"]["com.troupe.grace"], "90") << "for whoever stops it without Swarm";
  EXPECT_EQ(c["Mounts"].back(),
            json::parse(R"({"Type":"tmpfs","Target":"/dev/shm","TmpfsOptions":{"SizeBytes":268435456,"Mode":1023}})"));
  EXPECT_EQ(service_spec(plan, context)["TaskTemplate"]["LogDriver"]["Options"],
            json::parse(R"({"max-size":"20m","max-file":"5"})"));
}

TEST(ServiceRequest, DirectoriesInMemoryAreAsLargeAsAskedForAndRunProgramsWhereAskedFor) {
  auto plan = plain_plan();
  plan.image.scratch = {{"/a", false, 128, false}, {"/b", false, 1, true}, {"/c", true, 2, true}};
  const auto mounts = container_of(plan)["Mounts"];
  EXPECT_EQ(mounts[0],
            json::parse(R"({"Type":"tmpfs","Target":"/a","TmpfsOptions":{"SizeBytes":134217728,"Mode":1023}})"));
  const auto options = [&](std::size_t i) { return mounts[i]["VolumeOptions"]["DriverConfig"]["Options"]["o"]; };
  EXPECT_EQ(options(1), "size=1048576,mode=1777,uid=10001,gid=10001,nosuid,nodev,exec");
  EXPECT_EQ(options(2), "size=2097152,mode=0755,uid=10001,gid=10001,nosuid,nodev,exec");
}

TEST(ServiceRequest, ADirectoryIsAsTheImageHasIt) {
  auto plan = plain_plan();
  model::scratch_directory made{"/run/mysqld"}, copied{"/conf"};
  made.made = model::directory_owner{999, 998, 02775};
  copied.copied = true;
  plan.image.scratch = {made, copied};
  const auto mounts = container_of(plan)["Mounts"];
  EXPECT_EQ(mounts[0]["VolumeOptions"]["DriverConfig"]["Options"]["o"],
            "size=67108864,mode=2775,uid=999,gid=998,nosuid,nodev,noexec");
  EXPECT_EQ(mounts[1]["Source"], "troupe-scratch-abcdefghijklmnop-1-{{.Task.ID}}") << "one a task";
  EXPECT_FALSE(mounts[1]["VolumeOptions"].contains("NoCopy"));
  EXPECT_FALSE(mounts[1]["VolumeOptions"].contains("DriverConfig"));
  EXPECT_EQ(mounts[1]["VolumeOptions"]["Labels"]["com.troupe.scratch"], "1") << "swept once it is not used";
}

TEST(ServiceRequest, AUserHasItsGroupsAndAHome) {
  auto plan = plain_plan();
  EXPECT_FALSE(container_of(plan).contains("Groups"));
  EXPECT_FALSE(container_of(plan).contains("Env"));
  plan.image.groups = {101, 50};
  plan.image.home = "/tmp";
  EXPECT_EQ(container_of(plan)["Groups"], json::parse(R"(["101","50"])"));
  EXPECT_EQ(container_of(plan)["Env"], json::parse(R"(["HOME=/tmp"])"));
  plan.spec.env = {{"HOME", "/data"}};
  EXPECT_EQ(container_of(plan)["Env"], json::parse(R"(["HOME=/data"])")) << "as the release says";
}

TEST(ServiceRequest, APresetThatAReleaseGotByItselfCounts) {
  auto plan = plain_plan();
  plan.image.rules = model::house_rules::second;
  plan.image.preset = model::security_preset::drops_root;
  EXPECT_EQ(container_of(plan)["CapabilityAdd"].size(), 6U);
  EXPECT_EQ(container_of(plan)["ReadOnly"], true);
  plan.spec.security.preset = model::security_preset::restricted;
  EXPECT_EQ(container_of(plan)["CapabilityAdd"].size(), 1U) << "named in the release";
}

TEST(ServiceRequest, WhatNobodyAskedForComesWithAReleaseAndNotUnderWhatRuns) {
  auto plan = plain_plan();
  for (const auto* name : {"Hostname", "CapabilityAdd"}) EXPECT_FALSE(container_of(plan).contains(name)) << name;
  plan.image.rules = model::house_rules::second;
  EXPECT_EQ(container_of(plan)["Hostname"], R"(web{{if ne .Task.Slot "1"}}-{{.Task.Slot}}{{end}})");
  EXPECT_EQ(container_of(plan)["CapabilityAdd"], json::array({"CAP_NET_BIND_SERVICE"}));
  const auto one = container_of(plan);
  plan.replicas = plan.spec.replicas = 3;
  EXPECT_EQ(container_of(plan), one) << "scaling replaces no container";
}

TEST(ServiceRequest, AnInitIsAddedUnlessTheImageStartsWithOne) {
  auto plan = plain_plan();
  EXPECT_EQ(container_of(plan)["Init"], true);
  plan.image.starts_with_init = true;
  EXPECT_EQ(container_of(plan)["Init"], false);
  plan.spec.setup.init = true;
  EXPECT_EQ(container_of(plan)["Init"], true) << "asked for";
}

TEST(ServiceRequest, APresetIsASetOfFieldsAndWhatIsSaidBesideItCounts) {
  auto plan = plain_plan();
  plan.image.rules = model::house_rules::second;
  auto& asked = plan.spec.security;
  const auto granted = [&] {
    std::set<std::string> names;
    const auto c = container_of(plan);
    for (const auto& name : c.at("CapabilityAdd")) names.insert(name.get<std::string>().substr(4));
    return names;
  };
  const std::set<std::string> drops{"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID", "NET_BIND_SERVICE"};
  asked.preset = model::security_preset::drops_root;
  EXPECT_EQ(granted(), drops);
  EXPECT_EQ(container_of(plan)["ReadOnly"], true);
  asked.preset = model::security_preset::baseline;
  auto more = drops;
  more.insert({"KILL", "FSETID", "SYS_CHROOT"});
  EXPECT_EQ(granted(), more);
  EXPECT_EQ(container_of(plan)["ReadOnly"], false);
  asked.read_only_root = true;
  asked.capabilities = std::vector<std::string>{"CHOWN"};
  EXPECT_EQ(granted(), (std::set<std::string>{"CHOWN", "NET_BIND_SERVICE"}));
  EXPECT_EQ(container_of(plan)["ReadOnly"], true);
}

TEST(ServiceRequest, AnUpdateGoesAsTheReleaseHasIt) {
  auto plan = plain_plan();
  const auto update = [&] { return service_spec(plan, context)["UpdateConfig"]; };
  plan.spec.update = {model::update_order::stop_first, 3, 20};
  EXPECT_EQ(update()["Order"], "stop-first");
  EXPECT_EQ(update()["Parallelism"], 3);
  EXPECT_EQ(update()["Delay"], 20'000'000'000);
  plan.spec.update.order = model::update_order::start_first;
  EXPECT_EQ(update()["Order"], "start-first");
  plan.spec.volumes = {{"data", "/data", false}};
  EXPECT_EQ(update()["Order"], "stop-first") << "never two writers of one volume";
}

TEST(ServiceAnswer, StopFirstAsAskedDoesNotMeanThatItWritesAlone) {
  auto plan = plain_plan();
  plan.spec.volumes = {{"data", "/data", false, true}};
  plan.spec.update.order = model::update_order::stop_first;
  const auto shared = service_spec(plan, context);
  EXPECT_FALSE(standing_of(shared, shared).writes_alone) << "one after the other, not all at once";
  plan.spec.volumes = {{"data", "/data", false}};
  const auto alone = service_spec(plan, context);
  EXPECT_TRUE(standing_of(alone, alone).writes_alone);
}

TEST(ServiceRequest, HostPortsStopFirstAndIngressNeedsAVirtualAddress) {
  auto plan = plain_plan();
  plan.spec.ports = {{80, std::nullopt}, {81, 8081}};
  auto spec = service_spec(plan, context);
  EXPECT_EQ(spec["UpdateConfig"]["Order"], "stop-first");
  EXPECT_EQ(
      spec["EndpointSpec"],
      json::parse(
          R"({"Mode":"dnsrr","Ports":[{"Protocol":"tcp","TargetPort":81,"PublishedPort":8081,"PublishMode":"host"}]})"));
  plan.spec.ports = {{53, 5353, model::port_protocol::udp, model::port_mode::ingress}};
  spec = service_spec(plan, context);
  EXPECT_EQ(spec["UpdateConfig"]["Order"], "start-first");
  EXPECT_EQ(spec["EndpointSpec"]["Mode"], "vip");
}

TEST(ServiceRequest, WhatWritesAloneStopsFirstAndHasTimeToEnd) {
  auto plan = plain_plan();
  const auto grace = [&] { return service_spec(plan, context)["TaskTemplate"]["ContainerSpec"]["StopGracePeriod"]; };
  const auto order = [&] { return service_spec(plan, context)["UpdateConfig"]["Order"]; };
  EXPECT_EQ(grace(), 10'000'000'000);
  plan.spec.volumes = {{"data", "/data", false}};
  EXPECT_EQ(order(), "stop-first");
  EXPECT_EQ(grace(), 60'000'000'000);
  plan.spec.volumes = {{"data", "/data", false, true}};
  EXPECT_EQ(order(), "start-first") << "shared";
  plan.spec.volumes = {{"data", "/data", true}};
  EXPECT_EQ(order(), "start-first") << "only read";
  plan.spec.volumes.clear();
  plan.image.volumes = {{"auto-web-data-1", "/data"}};
  EXPECT_EQ(order(), "stop-first") << "declared by the image";
  const auto mounts = service_spec(plan, context)["TaskTemplate"]["ContainerSpec"]["Mounts"];
  EXPECT_EQ(mounts[0]["Source"], "troupe-abcdefghijklmnop-auto-web-data-1");
  EXPECT_EQ(mounts[0]["Target"], "/data");
}

TEST(ServiceAnswer, TellsWhetherContainersWouldBeReplacedAndWhetherTheyWroteAlone) {
  auto plan = plain_plan();
  plan.spec.volumes = {{"data", "/data", false}};
  const auto database = service_spec(plan, context);
  auto standing = standing_of(database, database);
  EXPECT_TRUE(standing.exists);
  EXPECT_EQ(standing.replicas, 1U);
  EXPECT_FALSE(standing.other_containers);
  EXPECT_TRUE(standing.writes_alone);
  EXPECT_EQ(standing_of(database, with_replicas(database, 0)).replicas, 0U);
  EXPECT_FALSE(standing_of(database, with_replicas(database, 0)).other_containers);
  plan.spec.env["A"] = "2";
  EXPECT_TRUE(standing_of(service_spec(plan, context), database).other_containers);
  plan.spec.env.clear();
  plan.spec.ports = {{80, 8080}};
  EXPECT_TRUE(standing_of(service_spec(plan, context), database).other_containers) << "other ports, other containers";
  plan.spec.ports.clear();
  plan.spec.volumes = {{"other", "/data", false}};
  EXPECT_FALSE(standing_of(service_spec(plan, context), database).writes_alone) << "to another volume";
}

TEST(ServiceRequest, ProbeAddressIsAnArgumentNotScript) {
  auto plan = plain_plan();
  plan.spec.health = model::health_check{{}, model::http_probe{8080, "/$(reboot);`x`"}, 5, 3, 4, 10};
  const auto test = service_spec(plan, context)["TaskTemplate"]["ContainerSpec"]["Healthcheck"]["Test"];
  EXPECT_EQ(test[0], "CMD");
  EXPECT_EQ(test[3].get<std::string>().find("reboot"), std::string::npos);
  EXPECT_EQ(test[5], "http://127.0.0.1:8080/$(reboot);`x`");
}

TEST(ServiceRequest, WithAProberNoProgramOfTheImageIsNeeded) {
  auto plan = plain_plan();
  plan.image.prober = "troupe-prober-1";
  plan.spec.health = model::health_check{{}, model::http_probe{8080, "/up"}, 5, 3, 4, 10};
  const auto container = service_spec(plan, context)["TaskTemplate"]["ContainerSpec"];
  EXPECT_EQ(container["Healthcheck"]["Test"], json::parse(R"(["CMD", "/.troupe/prober", "http", "8080", "/up"])"));
  EXPECT_EQ(container["Mounts"][0]["Target"], "/.troupe");
  EXPECT_EQ(container["Mounts"][0]["ReadOnly"], true);
  EXPECT_TRUE(writable_volumes(service_spec(plan, context)).empty());
}

TEST(ServiceRequest, WhatNothingChecksIsHeldWhereTheOldContainerServesMeanwhile) {
  auto plan = plain_plan();
  plan.image.hold_seconds = 5;
  const auto check = [&] { return service_spec(plan, context)["TaskTemplate"]["ContainerSpec"]["Healthcheck"]; };
  EXPECT_TRUE(check().is_null()) << "without a prober";
  plan.image.prober = "troupe-prober-1";
  EXPECT_EQ(check()["Interval"], 5'000'000'000);
  EXPECT_EQ(check()["Test"], json::parse(R"(["CMD", "/.troupe/prober", "hold"])"));
  plan.spec.volumes = {{"data", "/data", false}};
  EXPECT_TRUE(check().is_null()) << "the old one has ended anyway";
  plan.spec.volumes.clear();
  plan.image.has_health_check = true;
  EXPECT_TRUE(check().is_null()) << "the image's own check decides";
}

TEST(ServiceRequest, AnImagesCheckIsLeftAsItIsUnlessItsTimesAreOutOfBounds) {
  auto plan = plain_plan();
  plan.image.has_health_check = true;
  plan.image.check = {300, 30, 3, 0, false};
  EXPECT_FALSE(service_spec(plan, context)["TaskTemplate"]["ContainerSpec"].contains("Healthcheck"));
  plan.image.check = {1, 1, 3, 0, true};
  EXPECT_EQ(service_spec(plan, context)["TaskTemplate"]["ContainerSpec"]["Healthcheck"],
            json::parse(R"({"Interval":1000000000,"Timeout":1000000000,"Retries":3,"StartPeriod":0})"))
      << "no test: Docker takes the image's";
  plan.spec.health = model::health_check{{"x"}, std::nullopt, 7, 3, 4, 10};
  EXPECT_EQ(service_spec(plan, context)["TaskTemplate"]["ContainerSpec"]["Healthcheck"]["Interval"], 7000000000);
}

TEST(ServiceRequest, AJobRunsOnceAndUnchecked) {
  auto plan = plain_plan();
  plan.spec.job = model::job_terms{};
  plan.image.has_health_check = true;
  plan.image.prober = "prober";
  plan.image.hold_seconds = 5;
  const auto spec = service_spec(plan, {"i", "n", {1, 41}});
  EXPECT_EQ(spec["TaskTemplate"]["RestartPolicy"]["Condition"], "none");
  EXPECT_EQ(spec["TaskTemplate"]["ContainerSpec"]["Healthcheck"]["Test"], json::array({"NONE"}));
  EXPECT_EQ(spec["UpdateConfig"]["Order"], "stop-first");
  EXPECT_EQ(spec["Mode"]["Replicated"]["Replicas"], 1);
}

TEST(ServiceAnswer, ACompletedTaskIsASuccessAndOneThatWasShutDownIsNot) {
  const auto task = [](const char* state) {
    return json{{"ID", "t"},
                {"Status", {{"State", state}, {"ContainerStatus", {{"ContainerID", "c"}, {"ExitCode", 0}}}}}};
  };
  for (const auto* state : {"complete", "failed", "shutdown", "running", "orphaned"})
    EXPECT_EQ(read_tasks(json::array({task(state)}), "web").at(0).seen.completed, std::string(state) == "complete")
        << state;
}

TEST(ServiceRequest, TemplatesOfATenantArriveAsText) {
  EXPECT_EQ(escape_template("a{{.Node.Hostname}}"), R"(a{{"{{"}}.Node.Hostname}})");
  EXPECT_EQ(escape_template("{{{"), R"({{"{{"}}{)");
  EXPECT_EQ(escape_template("{}"), "{}");
}

TEST(ServiceRequest, NewPrivilegesAreRefusedWhereTheApiKnowsHow) {
  EXPECT_FALSE(service_spec(plain_plan(), context)["TaskTemplate"]["ContainerSpec"].contains("Privileges"));
  EXPECT_EQ(service_spec(plain_plan(), {"test", "net1", {1, 44}})["TaskTemplate"]["ContainerSpec"]["Privileges"],
            json::parse(R"({"NoNewPrivileges":true})"));
}

// Every path that may occur in a request, with '*' for an index or a label.
void expect_closed(const json& value, const std::string& path, const std::set<std::string>& known) {
  ASSERT_TRUE(known.contains(path)) << path;
  if (path.ends_with("/Labels")) return;
  if (path.ends_with("/Sysctls")) {
    for (const auto& inner : value) expect_closed(inner, path + "/*", known);
    return;
  }
  if (value.is_object())
    for (const auto& [key, inner] : value.items()) expect_closed(inner, path + '/' + key, known);
  if (value.is_array())
    for (const auto& inner : value) expect_closed(inner, path + "/*", known);
}

std::set<std::string> schema() {
  std::set<std::string> all{""};
  for (const std::string path : {"/Name",
                                 "/Labels",
                                 "/TaskTemplate/ContainerSpec/Image",
                                 "/TaskTemplate/ContainerSpec/Labels",
                                 "/TaskTemplate/ContainerSpec/User",
                                 "/TaskTemplate/ContainerSpec/Init",
                                 "/TaskTemplate/ContainerSpec/ReadOnly",
                                 "/TaskTemplate/ContainerSpec/StopGracePeriod",
                                 "/TaskTemplate/ContainerSpec/StopSignal",
                                 "/TaskTemplate/ContainerSpec/Hostname",
                                 "/TaskTemplate/ContainerSpec/Dir",
                                 "/TaskTemplate/ContainerSpec/TTY",
                                 "/TaskTemplate/ContainerSpec/Ulimits/*/Name",
                                 "/TaskTemplate/ContainerSpec/Ulimits/*/Soft",
                                 "/TaskTemplate/ContainerSpec/Ulimits/*/Hard",
                                 "/TaskTemplate/ContainerSpec/Hosts/*",
                                 "/TaskTemplate/ContainerSpec/DNSConfig/Nameservers/*",
                                 "/TaskTemplate/ContainerSpec/Sysctls/*",
                                 "/TaskTemplate/ContainerSpec/CapabilityDrop/*",
                                 "/TaskTemplate/ContainerSpec/CapabilityAdd/*",
                                 "/TaskTemplate/ContainerSpec/Command/*",
                                 "/TaskTemplate/ContainerSpec/Args/*",
                                 "/TaskTemplate/ContainerSpec/Env/*",
                                 "/TaskTemplate/ContainerSpec/Privileges/NoNewPrivileges",
                                 "/TaskTemplate/ContainerSpec/Healthcheck/Test/*",
                                 "/TaskTemplate/ContainerSpec/Healthcheck/Interval",
                                 "/TaskTemplate/ContainerSpec/Healthcheck/Timeout",
                                 "/TaskTemplate/ContainerSpec/Healthcheck/Retries",
                                 "/TaskTemplate/ContainerSpec/Healthcheck/StartPeriod",
                                 "/TaskTemplate/ContainerSpec/Mounts/*/Type",
                                 "/TaskTemplate/ContainerSpec/Mounts/*/Source",
                                 "/TaskTemplate/ContainerSpec/Mounts/*/Target",
                                 "/TaskTemplate/ContainerSpec/Mounts/*/ReadOnly",
                                 "/TaskTemplate/ContainerSpec/Mounts/*/TmpfsOptions/SizeBytes",
                                 "/TaskTemplate/ContainerSpec/Mounts/*/TmpfsOptions/Mode",
                                 "/TaskTemplate/ContainerSpec/Mounts/*/VolumeOptions/NoCopy",
                                 "/TaskTemplate/ContainerSpec/Mounts/*/VolumeOptions/Labels",
                                 "/TaskTemplate/ContainerSpec/Mounts/*/VolumeOptions/DriverConfig/Name",
                                 "/TaskTemplate/ContainerSpec/Mounts/*/VolumeOptions/DriverConfig/Options/type",
                                 "/TaskTemplate/ContainerSpec/Mounts/*/VolumeOptions/DriverConfig/Options/device",
                                 "/TaskTemplate/ContainerSpec/Mounts/*/VolumeOptions/DriverConfig/Options/o",
                                 "/TaskTemplate/Resources/Limits/NanoCPUs",
                                 "/TaskTemplate/Resources/Limits/MemoryBytes",
                                 "/TaskTemplate/Resources/Limits/Pids",
                                 "/TaskTemplate/RestartPolicy/Condition",
                                 "/TaskTemplate/RestartPolicy/Delay",
                                 "/TaskTemplate/RestartPolicy/MaxAttempts",
                                 "/TaskTemplate/LogDriver/Name",
                                 "/TaskTemplate/LogDriver/Options/max-size",
                                 "/TaskTemplate/LogDriver/Options/max-file",
                                 "/TaskTemplate/Networks/*/Target",
                                 "/TaskTemplate/Networks/*/Aliases/*",
                                 "/Mode/Replicated/Replicas",
                                 "/UpdateConfig/Parallelism",
                                 "/UpdateConfig/Delay",
                                 "/UpdateConfig/FailureAction",
                                 "/UpdateConfig/Monitor",
                                 "/UpdateConfig/MaxFailureRatio",
                                 "/UpdateConfig/Order",
                                 "/EndpointSpec/Mode",
                                 "/EndpointSpec/Ports/*/Protocol",
                                 "/EndpointSpec/Ports/*/TargetPort",
                                 "/EndpointSpec/Ports/*/PublishedPort",
                                 "/EndpointSpec/Ports/*/PublishMode"})
    for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
      all.insert(path.substr(0, end));
      if (end == std::string::npos) break;
    }
  return all;
}

TEST(ServiceRequest, NoPlanLeavesTheClosedSchema) {
  const auto known = schema();
  std::mt19937_64 random(7);
  const auto below = [&](std::uint64_t n) { return static_cast<std::uint32_t>(random() % n); };
  const std::vector<std::string> nasty{
      "/",           "/etc",  "{{.Node.ID}}", "host",    "/var/run/docker.sock", "a\nb", "ALL",      "CAP_SYS_ADMIN",
      "SYS_ADMIN",   "CHOWN", "CAP_SETUID",   "net_raw", "--privileged",         "bind", "\xff\xfe", "{{",
      "x,exec,suid", "0:0"};
  const auto text = [&] { return nasty[below(nasty.size())]; };
  for (int round = 0; round < 20'000; ++round) {
    auto plan = plain_plan();
    auto& s = plan.spec;
    plan.replicas = below(5);
    plan.image.uid = below(2) == 0 ? 0 : below(70'000);
    for (auto n = below(4); n > 0; --n) s.env[text()] = text();
    for (auto n = below(3); n > 0; --n) s.volumes.push_back({text(), '/' + text(), below(2) == 0});
    for (auto n = below(3); n > 0; --n) s.command.push_back(text());
    for (auto n = below(3); n > 0; --n) s.args.push_back(text());
    if (below(2) == 0)
      for (auto& all = s.security.capabilities.emplace(); all.size() < 4 && below(5) != 0;) all.push_back(text());
    s.security.preset = static_cast<model::security_preset>(below(3));
    plan.image.rules = static_cast<model::house_rules>(below(2));
    for (auto n = below(3); n > 0; --n)
      plan.image.scratch.push_back({'/' + text(), below(2) == 0, below(99), below(2) == 0});
    if (below(2) == 0) {
      s.setup.init = below(2) == 0;
      s.setup.stop_signal = s.setup.hostname = s.setup.working_dir = text();
      s.setup.tty = below(2) == 0;
      s.setup.ulimits[text()] = {below(9), below(9)};
      s.setup.extra_hosts = {{text(), text()}};
      s.setup.dns = {text()};
      s.setup.sysctls[text()] = text();
      s.setup.labels[text()] = text();
      s.setup.shm_size_mb = below(3);
      s.update = {static_cast<model::update_order>(below(2)), below(9), below(9)};
    }
    for (auto n = below(3); n > 0; --n)
      s.ports.push_back(
          {static_cast<std::uint16_t>(below(65535) + 1),
           below(2) == 0 ? std::nullopt : std::optional<std::uint16_t>(static_cast<std::uint16_t>(below(65535) + 1)),
           static_cast<model::port_protocol>(below(2)), static_cast<model::port_mode>(below(2))});
    if (below(2) == 0) s.health = model::health_check{{text()}, std::nullopt, 1, 1, 1, 1};
    if (below(3) == 0) s.health = model::health_check{{}, model::http_probe{80, text()}, 1, 1, 1, 1};
    if (below(2) == 0) s.security.read_only_root = below(4) != 0;
    const auto spec = service_spec(plan, {"test", "net1", below(2) == 0 ? api_version{1, 41} : api_version{1, 47}});
    expect_closed(spec, "", known);
    ASSERT_FALSE(HasFailure());
    const auto& container = spec["TaskTemplate"]["ContainerSpec"];
    ASSERT_EQ(container["CapabilityDrop"], json::array({"ALL"}));
    if (container.contains("CapabilityAdd")) {
      for (const auto& cap : container["CapabilityAdd"]) ASSERT_TRUE(granted_capability(cap.get<std::string>())) << cap;
    }
    ASSERT_EQ(spec["TaskTemplate"]["Networks"].size(), 1U);
    ASSERT_EQ(spec["TaskTemplate"]["Networks"][0]["Target"], "net1");
    for (const auto& m : container["Mounts"]) {
      ASSERT_TRUE(m["Type"] == "volume" || m["Type"] == "tmpfs");
      if (m["Type"] == "volume") {
        ASSERT_TRUE(m["Source"].get<std::string>().starts_with("troupe-"));
      }
      if (m["Type"] == "volume" && m["VolumeOptions"].contains("DriverConfig")) {
        ASSERT_EQ(m["VolumeOptions"]["DriverConfig"]["Options"]["device"], "tmpfs");
      }
    }
    ASSERT_FALSE(drift(spec, spec));
    ASSERT_FALSE(dump(spec).empty());
  }
}

// As Docker 20.10 gives a service back.
json read_back(json spec) {
  spec["TaskTemplate"]["ContainerSpec"]["Isolation"] = "default";
  spec["TaskTemplate"]["RestartPolicy"]["MaxAttempts"] = 0;
  spec["TaskTemplate"]["Runtime"] = "container";
  spec["TaskTemplate"]["ForceUpdate"] = 3;
  spec["UpdateConfig"].erase("MaxFailureRatio");
  return spec;
}

TEST(Drift, EngineDefaultsAreNone) {
  EXPECT_EQ(drift(service_spec(plain_plan(), context), read_back(service_spec(plain_plan(), context))), std::nullopt);
}

TEST(Drift, EveryChangeByHandIsFound) {
  const auto sent = service_spec(plain_plan(), context);
  const std::vector<std::pair<std::string, std::function<void(json&)>>> changes{
      {"TaskTemplate/ContainerSpec/Image", [](json& s) { s["TaskTemplate"]["ContainerSpec"]["Image"] = "other"; }},
      {"TaskTemplate/ContainerSpec/Env", [](json& s) { s["TaskTemplate"]["ContainerSpec"]["Env"] = {"A=1"}; }},
      {"TaskTemplate/ContainerSpec/ReadOnly", [](json& s) { s["TaskTemplate"]["ContainerSpec"].erase("ReadOnly"); }},
      {"TaskTemplate/ContainerSpec/CapabilityDrop",
       [](json& s) { s["TaskTemplate"]["ContainerSpec"]["CapabilityDrop"].clear(); }},
      {"TaskTemplate/ContainerSpec/CapabilityAdd",
       [](json& s) { s["TaskTemplate"]["ContainerSpec"]["CapabilityAdd"] = {"CAP_SYS_ADMIN"}; }},
      {"TaskTemplate/ContainerSpec/Mounts",
       [](json& s) {
         s["TaskTemplate"]["ContainerSpec"]["Mounts"].push_back({{"Type", "bind"}});
       }},
      {"TaskTemplate/Networks",
       [](json& s) {
         s["TaskTemplate"]["Networks"].push_back({{"Target", "host"}});
       }},
      {"TaskTemplate/Resources/Limits/MemoryBytes",
       [](json& s) { s["TaskTemplate"]["Resources"]["Limits"].erase("MemoryBytes"); }},
      {"TaskTemplate/Placement", [](json& s) { s["TaskTemplate"]["Placement"]["Constraints"] = {"node.id==x"}; }},
      {"Mode/Replicated/Replicas", [](json& s) { s["Mode"]["Replicated"]["Replicas"] = 2; }},
      {"EndpointSpec/Ports",
       [](json& s) {
         s["EndpointSpec"]["Ports"] = {{{"TargetPort", 1}}};
       }},
      {"Labels/x", [](json& s) { s["Labels"]["x"] = "y"; }},
  };
  for (const auto& [path, change] : changes) {
    auto there = read_back(sent);
    change(there);
    EXPECT_EQ(drift(sent, there), path);
  }
}

}  // namespace
}  // namespace troupe::docker::tests
