#include "actors/codec/release_json.hpp"

#include <gtest/gtest.h>

namespace troupe::codec {
namespace {

using nlohmann::json;

model::release_spec full_release() {
  model::release_spec spec;
  spec.service = "web";
  spec.image = {"registry.example.com:5000", "team/web", "1.27", ""};
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
  spec.security = {"1000:1000", false, {"/tmp"}, {"NET_BIND_SERVICE"}};
  return spec;
}

TEST(ReleaseJson, ComesBackEqualThroughText) {
  const auto spec = full_release();
  EXPECT_EQ(release_from_json(json::parse(to_json(spec).dump())), spec);
}

TEST(ReleaseJson, HasTheShapeOfTheDeploymentBody) {
  EXPECT_EQ(to_json(full_release()), json::parse(R"({
    "name": "web", "image": "registry.example.com:5000/team/web", "tag": "1.27", "replicas": 3,
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
    "security": {"user": "1000:1000", "readOnlyRootFilesystem": false, "writablePaths": ["/tmp"], "capabilities": ["NET_BIND_SERVICE"]}
  })"));
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
