// What each word of a service becomes.
#include <gmock/gmock.h>

#include "tests/compose/compose_file.hpp"

using namespace troupe::test;
using namespace troupe::http::compose;
using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

namespace {

// Names of what was noted, one a line.
std::string noted(const std::string& lines) {
  return told(read_well(web(lines)).ignored);
}

}  // namespace

TEST(ComposeFields, BecomeThoseOfADeployment) {
  const std::pair<const char*, const char*> cases[] = {
      {"command: [a, \"b c\"]", R"({"args": ["a", "b c"]})"},
      {"command: sh -c 'echo a; b'", R"({"args": ["sh", "-c", "echo a; b"]})"},
      {"command: []", R"({"args": []})"},
      {"command:", "{}"},
      {"entrypoint: /run.sh --x", R"({"command": ["/run.sh", "--x"]})"},
      {"entrypoint: [\"\"]", R"({"command": [""]})"},
      {"environment: [A=b=c, B=, GIVEN, MISSING, A=d]",
       R"({"envVars": {"A": "d", "B": "", "GIVEN": "yes", "MISSING": null}})"},
      {"environment: {A: b, GIVEN: , MISSING: }", R"({"envVars": {"A": "b", "GIVEN": "yes", "MISSING": null}})"},
      {"environment: {A: \"${GIVEN}-$$x\", $B: c}", R"({"envVars": {"A": "yes-$x", "$B": "c"}})"},
      {"environment: {}", R"({"envVars": {}})"},
      {"ports: [\"8080:80\"]", R"({"ports": [{"container": 80, "host": 8080}]})"},
      {"ports: [\"53:5353/udp\", \"1:2/tcp\"]",
       R"({"ports": [{"container": 5353, "host": 53, "protocol": "udp"}, {"container": 2, "host": 1, "protocol": "tcp"}]})"},
      {"ports: [\"8000-8001:80-81\"]",
       R"({"ports": [{"container": 80, "host": 8000}, {"container": 81, "host": 8001}]})"},
      {"ports: [80]", R"({"ports": [{"container": 80}]})"},
      {"ports: [{target: 80, published: \"8080\", protocol: tcp, mode: ingress}]",
       R"({"ports": [{"container": 80, "host": 8080, "protocol": "tcp", "mode": "ingress"}]})"},
      {"ports: [\"0.0.0.0:8080:80\", \"[::]:8081:81\", {target: 82, published: 8082, host_ip: 0.0.0.0}]",
       R"({"ports": [{"container": 80, "host": 8080}, {"container": 81, "host": 8081}, {"container": 82, "host": 8082}]})"},
      {"ports: []", R"({"ports": []})"},
      {"expose: [80, \"53/udp\", \"90-91\"]",
       R"({"ports": [{"container": 80}, {"container": 53, "protocol": "udp"}, {"container": 90}, {"container": 91}]})"},
      {"expose: [\"80\", \"81\"]\nports: [\"8080:80\"]",
       R"({"ports": [{"container": 80, "host": 8080}, {"container": 81}]})"},
      {"volumes: [data:/data, \"data2:/ro:ro\", /only]",
       R"({"volumes": [{"name": "data", "mountPath": "/data"}, {"name": "data2", "mountPath": "/ro", "readOnly": true}, {"name": "web-only", "mountPath": "/only"}]})"},
      {"volumes: [{type: volume, source: data, target: /data, read_only: false}, {type: tmpfs, target: /t, tmpfs: "
       "{size: 67108864}}]",
       R"({"volumes": [{"name": "data", "mountPath": "/data", "readOnly": false}], "tmpfs": [{"path": "/t", "sizeMb": 64}]})"},
      {"volumes: [\"web-a:/x\", /A, /var/www/html/sites/default/files/private/]",
       R"({"volumes": [{"name": "web-a", "mountPath": "/x"}, {"name": "web-a-2", "mountPath": "/A"},
           {"name": "ar-www-html-sites-default-files-private", "mountPath": "/var/www/html/sites/default/files/private/"}]})"},
      {"volumes: []", R"({"volumes": []})"},
      {"tmpfs: /run", R"({"tmpfs": [{"path": "/run"}]})"},
      {"tmpfs: [\"/run:size=64m,exec\", \"/t:noexec\"]",
       R"({"tmpfs": [{"path": "/run", "sizeMb": 64, "exec": true}, {"path": "/t", "exec": false}]})"},
      {"healthcheck:\n  test: [CMD, curl, -f, http://localhost]\n  interval: 1m30s\n  timeout: 1500ms\n  retries: 3\n  "
       "start_period: 40s",
       R"({"healthCheck": {"command": ["curl", "-f", "http://localhost"], "intervalSeconds": 90, "timeoutSeconds": 2, "retries": 3, "startPeriodSeconds": 40}})"},
      {"healthcheck: {test: [CMD-SHELL, pg_isready -U postgres]}",
       R"({"healthCheck": {"command": ["/bin/sh", "-c", "pg_isready -U postgres"]}})"},
      {"healthcheck: {test: curl -f localhost || exit 1, disable: false}",
       R"({"healthCheck": {"command": ["/bin/sh", "-c", "curl -f localhost || exit 1"]}})"},
      {"deploy:\n  mode: replicated\n  replicas: 3\n  resources: {limits: {cpus: '0.50', memory: 50M, pids: 100}}",
       R"({"replicas": 3, "resources": {"cpus": 0.5, "memoryMb": 50, "pids": 100}})"},
      {"deploy:\n  restart_policy: {condition: on-failure, delay: 5s, max_attempts: 3}\n  update_config: {order: "
       "start-first, parallelism: 2, delay: 10s}",
       R"({"restartPolicy": {"condition": "on-failure", "delaySeconds": 5, "maxAttempts": 3}, "update": {"order": "start-first", "parallelism": 2, "delaySeconds": 10}})"},
      {"scale: 2\ncpus: 1.5\nmem_limit: 1g\npids_limit: 50",
       R"({"replicas": 2, "resources": {"cpus": 1.5, "memoryMb": 1024, "pids": 50}})"},
      {"mem_limit: 1g\ndeploy: {resources: {limits: {memory: 1024m}}}", R"({"resources": {"memoryMb": 1024}})"},
      {"restart: no", R"({"restartPolicy": {"condition": "none"}})"},
      {"restart: always", R"({"restartPolicy": {"condition": "any"}})"},
      {"restart: unless-stopped", R"({"restartPolicy": {"condition": "any"}})"},
      {"restart: on-failure", R"({"restartPolicy": {"condition": "on-failure"}})"},
      {"restart: on-failure:5", R"({"restartPolicy": {"condition": "on-failure", "maxAttempts": 5}})"},
      {"stop_grace_period: 1m\nstop_signal: SIGINT\ninit: true\nshm_size: 256mb\ntty: true",
       R"({"stopGracePeriodSeconds": 60, "stopSignal": "SIGINT", "init": true, "shmSizeMb": 256, "tty": true})"},
      {"stop_signal: QUIT", R"({"stopSignal": "SIGQUIT"})"},
      {"stop_signal: RTMIN+3", R"({"stopSignal": "SIGRTMIN+3"})"},
      {"ulimits: {nproc: 65535, nofile: {soft: 1024, hard: 65536}}",
       R"({"ulimits": {"nproc": {"soft": 65535, "hard": 65535}, "nofile": {"soft": 1024, "hard": 65536}}})"},
      {"sysctls: [net.core.somaxconn=1024]", R"({"sysctls": {"net.core.somaxconn": "1024"}})"},
      {"sysctls: {net.core.somaxconn: 1024}", R"({"sysctls": {"net.core.somaxconn": "1024"}})"},
      {"user: 1000:1000\nread_only: true\ncap_add: [CAP_CHOWN, setuid]",
       R"({"security": {"user": "1000:1000", "readOnlyRootFilesystem": true, "capabilities": ["CHOWN", "SETUID"]}})"},
      {"user: 1000", R"({"security": {"user": "1000"}})"},
      {"hostname: rabbit\nworking_dir: /app", R"({"hostname": "rabbit", "workingDir": "/app"})"},
      {"extra_hosts: [\"a:10.0.0.1\", \"b=10.0.0.2\", \"c:::1\", \"d=[::1]\"]",
       R"({"extraHosts": [{"host": "a", "address": "10.0.0.1"}, {"host": "b", "address": "10.0.0.2"}, {"host": "c", "address": "::1"}, {"host": "d", "address": "::1"}]})"},
      {"extra_hosts: {a: 10.0.0.1, b: [10.0.0.2, 10.0.0.3]}",
       R"({"extraHosts": [{"host": "a", "address": "10.0.0.1"}, {"host": "b", "address": "10.0.0.2"}, {"host": "b", "address": "10.0.0.3"}]})"},
      {"dns: 8.8.8.8", R"({"dns": ["8.8.8.8"]})"},
      {"dns: [8.8.8.8, 9.9.9.9]", R"({"dns": ["8.8.8.8", "9.9.9.9"]})"},
      {"labels: [a=b, c]", R"({"labels": {"a": "b", "c": ""}})"},
      {"labels: {a: 1, b: true}", R"({"labels": {"a": "1", "b": "true"}})"},
      {"logging: {driver: json-file, options: {max-size: 10m, max-file: \"3\"}}",
       R"({"logs": {"maxSizeMb": 10, "maxFiles": 3}})"},
      {"logging: {options: {max-size: 500k}}", R"({"logs": {"maxSizeMb": 1}})"},
      {"pull_policy: always", R"({"imagePullPolicy": "always"})"},
      {"privileged: false\ndevices: []\nruntime: runc\nipc: private\nnetwork_mode: \"\"\nsecrets: {}", "{}"},
      {"pull_policy: if_not_present", R"({"imagePullPolicy": "ifMissing"})"},
      {"x-other: {a: b}\nnetworks: [one]", "{}"},
  };
  for (const auto& [lines, becomes] : cases)
    EXPECT_EQ(fields(lines, {{"GIVEN", "yes"}}), json::parse(becomes)) << lines;
}

TEST(ComposeFields, WithoutEffectAreNotedWithTheReason) {
  const std::pair<const char*, const char*> cases[] = {
      {"ports: [\"80\"]", "4:13 services.web.ports[0] is not published: no port of the machine is chosen at random"},
      {"ports: [{target: 80}]", "4:13 services.web.ports[0] is not published"},
      {"healthcheck: {disable: true}", "services.web.healthcheck.disable has no effect: where the image has a check"},
      {"healthcheck: {test: NONE}", ""},
      {"healthcheck: {test: [NONE]}", "services.web.healthcheck.test has no effect"},
      {"healthcheck: {start_interval: 5s}", "services.web.healthcheck.start_interval has no effect"},
      {"deploy: {endpoint_mode: vip}", "services.web.deploy.endpoint_mode has no effect"},
      {"deploy: {resources: {reservations: {memory: 20M}}}",
       "services.web.deploy.resources.reservations has no effect"},
      {"deploy: {rollback_config: {parallelism: 1}}", "services.web.deploy.rollback_config has no effect"},
      {"deploy: {restart_policy: {condition: any}}\nrestart: always", "5:14 services.web.restart has no effect beside"},
      {"cap_drop: [ALL]", "services.web.cap_drop has no effect: all capabilities are dropped already"},
      {"security_opt: [no-new-privileges:true]", "services.web.security_opt[0] has no effect"},
      {"container_name: x", "4:5 services.web.container_name has no effect"},
      {"platform: linux/amd64", "services.web.platform has no effect"},
      {"networks: [a, b]", "services.web.networks has no effect: all services of an environment share one network"},
      {"networks: {a: {aliases: [db]}}", "services.web.networks.a.aliases has no effect: a service has no second name"},
      {"networks: {a: {ipv4_address: 10.0.0.1}}", "services.web.networks.a.ipv4_address has no effect: all services"},
      {"network_mode: bridge", "services.web.network_mode has no effect"},
      {"links: [db]", "services.web.links has no effect"},
      {"links: [db, \"db:sql\"]", "4:17 services.web.links[1] has no effect: a service has no second name"},
      {"build: .", "4:5 services.web.build has no effect: images are not built here"},
      {"develop: {watch: []}", "services.web.develop has no effect"},
      {"deploy: {placement: {constraints: [a]}}", "services.web.deploy.placement has no effect"},
      {"logging: {driver: syslog}", "services.web.logging.driver has no effect: what containers write is kept here"},
      {"env_file: [{path: a, required: false}]", "services.web.env_file[0] has no effect"},
      {"healthcheck: {interval: 5s}", "4:18 services.web.healthcheck has no effect without a test"},
      {"extra_hosts: [\"host.docker.internal:host-gateway\"]", "4:19 services.web.extra_hosts[0] has no effect"},
      {"security_opt: [label=disable]", "services.web.security_opt[0] has no effect"},
      {"pull_policy: daily", "services.web.pull_policy has no effect"},
      {"volumes: [/etc/localtime:/etc/localtime:ro]", "4:15 services.web.volumes[0] has no effect: a container has no"},
      {"volumes: [{type: bind, source: /etc/timezone, target: /etc/timezone}]",
       "services.web.volumes[0] has no effect"},
      {"volumes: [/data]", "4:15 services.web.volumes[0] has no name, and is called web-data here"},
      {"external_links: [db]", "services.web.external_links has no effect"},
      {"stdin_open: true", "services.web.stdin_open has no effect"},
      {"tmpfs: [\"/t:mode=1777\"]", "services.web.tmpfs[0] has the option mode=1777"},
      {"volumes: [\"Data_1:/d:z\"]", "services.web.volumes[0] is called data-1 here"},
      {"logging: {options: {compress: \"true\"}}", "services.web.logging.options.compress has no effect"},
  };
  for (const auto& [lines, holds] : cases) EXPECT_THAT(noted(lines), HasSubstr(holds)) << lines;
}

TEST(ComposeFields, OfTheFileMayNameVolumesNetworksAndAVersion) {
  const auto app = read_well(
      "version: \"3.8\"\nservices: {web: {image: a, volumes: [data:/d], networks: [one]}}\n"
      "volumes:\n  data:\n  more: {}\n  third: {driver: local, name: x, labels: {a: b}}\nnetworks:\n  one:\n  two: "
      "{internal: true}\n"
      "x-a: b\nx-troupe: {a: b}\n");
  EXPECT_EQ(app.services.size(), 1u);
  EXPECT_THAT(told(app.ignored), StartsWith("1:1 version has no effect"));
  EXPECT_THAT(told(app.ignored), HasSubstr("volumes.third.name has no effect"));
  EXPECT_THAT(told(app.ignored), HasSubstr("networks has no effect"));
  EXPECT_THAT(told(app.ignored), HasSubstr("x-troupe has no effect here: write it in a service"));
}

TEST(ComposeFields, KnowTheirPlaces) {
  const auto app =
      read_well(web("environment:\n  A/b: c\n  D: e\nports:\n  - target: 80\n    published: 8080\n  - "
                    "\"1:2\"\ndeploy:\n  replicas: 2"));
  const auto& one = app.services.at(0);
  const auto at = [&](const char* pointer) {
    const auto found = place_of(one, pointer);
    return std::to_string(found.line) + ':' + std::to_string(found.column);
  };
  EXPECT_EQ(at(""), "2:3");
  EXPECT_EQ(at("/nothing"), "2:3");
  EXPECT_EQ(at("/image"), "3:12");
  EXPECT_EQ(at("/envVars/A~1b"), "5:12");
  EXPECT_EQ(at("/envVars/D"), "6:10");
  EXPECT_EQ(at("/envVars/none"), "5:7");
  EXPECT_EQ(at("/ports/0/container"), "8:17");
  EXPECT_EQ(at("/ports/0/host"), "9:20");
  EXPECT_EQ(at("/ports/1/host"), "10:9");
  EXPECT_EQ(at("/ports/7/host"), "8:7");
  EXPECT_EQ(at("/replicas"), "12:17");
}

TEST(ComposeOwnFields, AreMergedOverTheOthers) {
  const std::pair<const char*, const char*> cases[] = {
      {"x-troupe: {kind: service, tag: \"1\"}", R"({"kind": "service", "tag": "1"})"},
      {"x-troupe: {security: {preset: drops-root}}\nuser: \"1\"",
       R"({"security": {"user": "1", "preset": "drops-root"}})"},
      {"healthcheck: {interval: 5s}\nx-troupe:\n  healthCheck: {http: {port: 80, path: /up}}",
       R"({"healthCheck": {"intervalSeconds": 5, "http": {"port": 80, "path": "/up"}}})"},
      {"volumes: [a_1:/a, b:/b, /c]\nx-troupe:\n  volumes:\n    - {name: a_1, shared: true}\n    - {mountPath: /c, "
       "ephemeral: true}\n    - {mountPath: /d, ephemeral: true}",
       R"({"volumes": [{"name": "a-1", "mountPath": "/a", "shared": true}, {"name": "b", "mountPath": "/b"},
           {"mountPath": "/c", "ephemeral": true}, {"mountPath": "/d", "ephemeral": true}]})"},
      {"ports: [\"1:2\"]\nx-troupe: {ports: [{container: 5}]}", R"({"ports": [{"container": 5}]})"},
      {"init: true\nx-troupe: {init: null}", "{}"},
      {"x-troupe: {a: 1.5, b: \"1\", c: yes, d: true, e: [1, x], unknown: {f: -1}}",
       R"({"a": 1.5, "b": "1", "c": "yes", "d": true, "e": [1, "x"], "unknown": {"f": -1}})"},
      {"x-troupe: {imagePullPolicy: \"${P:-ifMoved}\"}", R"({"imagePullPolicy": "ifMoved"})"},
  };
  for (const auto& [lines, becomes] : cases) EXPECT_EQ(fields(lines), json::parse(becomes)) << lines;
}

TEST(ComposeOwnFields, KnowTheirPlaces) {
  const auto app =
      read_well(web("ports: [\"1:2\", \"3:4\"]\nvolumes: [\"a:/a\"]\nx-troupe:\n  ports:\n    - container: 5\n  "
                    "volumes:\n    - name: a\n      shared: true\n  none: {at: all}"));
  const auto& one = app.services.at(0);
  EXPECT_EQ(place_of(one, "/ports/0/container").line, 8u);
  EXPECT_EQ(place_of(one, "/ports/1").line, 8u);
  EXPECT_EQ(place_of(one, "/volumes/0/mountPath").line, 5u);
  EXPECT_EQ(place_of(one, "/volumes/0/shared").line, 11u);
  EXPECT_EQ(place_of(one, "/none/at").line, 12u);
}
