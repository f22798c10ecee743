#include "actors/codec/release_json.hpp"

#include <gtest/gtest.h>

namespace troupe::codec {
namespace {

using nlohmann::json;

model::release_spec full_release() {
  model::release_spec spec;
  spec.service = "web";
  spec.image = {"registry.example.com:5000", "team/web", "1.27", ""};
  spec.pull = model::pull_policy::if_missing;
  spec.queue = model::queue_policy::all;
  spec.replicas = 3;
  spec.ports = {{80, 8080, model::port_protocol::tcp, model::port_mode::ingress},
                {53, std::nullopt, model::port_protocol::udp}};
  spec.env = {{"EMPTY", ""}, {"TEXT", "ä \"quoted\" \\ {a,b} \n"}};
  spec.volumes = {{"data", "/var/lib/data", true}, {"cache", "/cache", false, true}};
  spec.ephemeral = {"/scratch"};
  spec.command = {"/bin/app"};
  spec.args = {"--flag", ""};
  spec.health = model::health_check{{"curl", "-f", "http://localhost"}, std::nullopt, 7, 8, 9, 11};
  spec.limits = {0.1, 64, 32};
  spec.restart = {model::restart_condition::on_failure, 4, 6};
  spec.security = {"1000:1000", false, {"/tmp"}, {{"NET_BIND_SERVICE"}}, model::security_preset::drops_root};
  spec.update = {model::update_order::start_first, 2, 10};
  auto& s = spec.setup;
  s.init = false;
  s.stop_grace_seconds = 90;
  s.stop_signal = "SIGQUIT";
  s.hostname = "web.example.org";
  s.working_dir = "/srv";
  s.tty = true;
  s.ulimits = {{"memlock", {-1, -1}}, {"nofile", {1024, 65536}}};
  s.extra_hosts = {{"db.example.org", "10.0.0.7"}};
  s.dns = {"1.1.1.1", "2606:4700::1111"};
  s.sysctls = {{"net.core.somaxconn", "1024"}};
  s.labels = {{"org.example.team", "shop"}};
  s.shm_size_mb = 256;
  s.tmpfs = {{"/scratch2", 128, true}};
  s.logs = {20, 5};
  return spec;
}

TEST(ReleaseJson, ComesBackEqualThroughText) {
  const auto spec = full_release();
  EXPECT_EQ(release_from_json(json::parse(to_json(spec).dump())), spec);
}

TEST(ReleaseJson, AJobComesBackEqualAndAServiceSaysNothingOfIt) {
  auto spec = full_release();
  EXPECT_FALSE(to_json(spec).contains("kind")) << "as in rows of before there were jobs";
  spec.restart = {};
  spec.update = {};
  spec.health.reset();
  spec.job = model::job_terms{3, 60};
  const auto text = to_json(spec);
  EXPECT_EQ(text["kind"], "job");
  EXPECT_EQ(text["backoffLimit"], 3);
  EXPECT_EQ(text["deadlineSeconds"], 60);
  for (const auto* other : {"restartPolicy", "update", "healthCheck"}) EXPECT_FALSE(text.contains(other)) << other;
  EXPECT_EQ(release_from_json(text), spec);
}

TEST(ReleaseJson, HasTheShapeOfTheDeploymentBody) {
  EXPECT_EQ(to_json(full_release()), json::parse(R"({
    "name": "web", "image": "registry.example.com:5000/team/web", "tag": "1.27", "imagePullPolicy": "ifMissing", "queue": "all", "replicas": 3,
    "ports": [{"container": 80, "host": 8080, "protocol": "tcp", "mode": "ingress"},
              {"container": 53, "protocol": "udp", "mode": "host"}],
    "envVars": {"EMPTY": "", "TEXT": "ä \"quoted\" \\ {a,b} \n"},
    "volumes": [{"name": "data", "mountPath": "/var/lib/data", "readOnly": true, "shared": false},
                {"name": "cache", "mountPath": "/cache", "readOnly": false, "shared": true},
                {"mountPath": "/scratch", "ephemeral": true}],
    "command": ["/bin/app"], "args": ["--flag", ""],
    "healthCheck": {"command": ["curl", "-f", "http://localhost"], "intervalSeconds": 7, "timeoutSeconds": 8, "retries": 9, "startPeriodSeconds": 11},
    "resources": {"cpus": 0.1, "memoryMb": 64, "pids": 32},
    "restartPolicy": {"condition": "on-failure", "maxAttempts": 4, "delaySeconds": 6},
    "security": {"preset": "drops-root", "user": "1000:1000", "readOnlyRootFilesystem": false, "writablePaths": ["/tmp"], "capabilities": ["NET_BIND_SERVICE"]},
    "update": {"order": "start-first", "parallelism": 2, "delaySeconds": 10},
    "init": false, "stopGracePeriodSeconds": 90, "stopSignal": "SIGQUIT", "hostname": "web.example.org", "workingDir": "/srv", "tty": true,
    "ulimits": {"memlock": {"soft": -1, "hard": -1}, "nofile": {"soft": 1024, "hard": 65536}},
    "extraHosts": [{"host": "db.example.org", "address": "10.0.0.7"}], "dns": ["1.1.1.1", "2606:4700::1111"],
    "sysctls": {"net.core.somaxconn": "1024"}, "labels": {"org.example.team": "shop"}, "shmSizeMb": 256,
    "tmpfs": [{"path": "/scratch2", "sizeMb": 128, "exec": true}], "logs": {"maxSizeMb": 20, "maxFiles": 5}
  })"));
}

TEST(ReleaseJson, WhatWasNotAskedForIsNotThere) {
  model::release_spec spec;
  spec.image = {"docker.io", "library/nginx", "1", ""};
  const auto text = to_json(spec);
  for (const auto* name :
       {"init", "stopGracePeriodSeconds", "stopSignal", "hostname", "workingDir", "shmSizeMb", "healthCheck"})
    EXPECT_FALSE(text.contains(name)) << name;
  EXPECT_FALSE(text["update"].contains("order"));
  for (const auto* name : {"readOnlyRootFilesystem", "capabilities"}) EXPECT_FALSE(text["security"].contains(name));
  EXPECT_EQ(release_from_json(text), spec);
}

TEST(ReleaseJson, RowsOfBeforeThereWerePresetsAskedForWhatTheyDoNotHaveByDefault) {
  const auto asked = [](const char* security) {
    return release_from_json({{"image", "docker.io/library/nginx"}, {"security", json::parse(security)}}).security;
  };
  EXPECT_EQ(asked(R"({"user":"","readOnlyRootFilesystem":true,"writablePaths":[],"capabilities":[]})"),
            model::security{});
  const auto more = asked(R"({"user":"0","readOnlyRootFilesystem":false,"writablePaths":[],"capabilities":["KILL"]})");
  EXPECT_EQ(more.read_only_root, false);
  EXPECT_EQ(more.capabilities, std::vector<std::string>{"KILL"});
  EXPECT_EQ(asked(R"({"preset":"baseline","readOnlyRootFilesystem":true})").read_only_root, true);
}

TEST(ReleaseJson, EveryKindOfImageComesBackEqual) {
  const std::string digest = "sha256:" + std::string(64, 'a');
  for (const model::image_reference& image :
       std::initializer_list<model::image_reference>{{"docker.io", "library/nginx", "latest", ""},
                                                     {"docker.io", "library/nginx", "", digest},
                                                     {"localhost:5000", "nginx", "1.27-alpine", digest},
                                                     {"[::1]:5000", "a/b/c", "v1", ""}}) {
    auto spec = full_release();
    spec.image = image;
    const auto text = to_json(spec);
    EXPECT_EQ(release_from_json(text).image, image) << text;
    EXPECT_EQ(text.contains("tag"), image.digest.empty()) << text;
  }
}

TEST(ReleaseJson, AHttpProbeComesBackEqual) {
  auto spec = full_release();
  spec.health = model::health_check{{}, model::http_probe{8080, "/ready"}};
  const auto text = to_json(spec);
  EXPECT_EQ(text.at("healthCheck").at("http"), nlohmann::json::parse(R"({"port": 8080, "path": "/ready"})"));
  EXPECT_FALSE(text.at("healthCheck").contains("command"));
  EXPECT_EQ(release_from_json(text), spec);
}

TEST(ReleaseJson, FieldsLeftOutTakeTheDefaults) {
  model::release_spec spec;
  spec.image = {"docker.io", "library/nginx", "", ""};
  EXPECT_EQ(release_from_json(json::parse(R"({"image": "docker.io/library/nginx"})")), spec);
}

TEST(ReleaseJson, AnUnknownEnumValueIsAnError) {
  EXPECT_THROW(release_from_json(json::parse(R"({"image": "a/b", "restartPolicy": {"condition": "sometimes"}})")),
               std::exception);
}

}  // namespace
}  // namespace troupe::codec
