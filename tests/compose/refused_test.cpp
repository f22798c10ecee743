// What cannot be: each with its place, its key, the reason and what to write instead.
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>

#include "http/compose/known_words.hpp"
#include "tests/compose/compose_file.hpp"

using namespace troupe::http::compose;
using namespace troupe::test;
using testing::HasSubstr;
using testing::StartsWith;

TEST(ComposeRefuses, WhatCannotBeSaidHere) {
  const std::pair<const char*, const char*> cases[] = {
      {"env_file: .env", "4:5 services.web.env_file is refused: no file beside this one is read"},
      {"env_file: [{path: a, required: false}, b]", "4:5 services.web.env_file is refused"},
      {"ipc: shareable", "services.web.ipc is refused"},
      {"privileged: \"${P:-true}\"", "services.web.privileged is refused"},
      {"secrets: [a]", "services.web.secrets is refused"},
      {"configs: [a]", "services.web.configs is refused"},
      {"devices: [/dev/a]", "services.web.devices is refused"},
      {"privileged: true", "services.web.privileged is refused"},
      {"pid: host", "services.web.pid is refused"},
      {"ipc: host", "services.web.ipc is refused"},
      {"cgroup: host", "services.web.cgroup is refused"},
      {"userns_mode: host", "services.web.userns_mode is refused"},
      {"credential_spec: {file: a}", "services.web.credential_spec is refused"},
      {"gpus: all", "services.web.gpus is refused"},
      {"runtime: x", "services.web.runtime is refused"},
      {"provider: {type: x}", "services.web.provider is refused"},
      {"network_mode: host", "4:19 services.web.network_mode is refused"},
      {"network_mode: none", "services.web.network_mode is refused"},
      {"network_mode: service:db", "services.web.network_mode is refused"},
      {"deploy: {mode: global}", "services.web.deploy.mode is refused: no service runs on every machine"},
      {"deploy: {mode: replicated-job}", "services.web.deploy.mode is refused: write x-troupe: {kind: job}"},
      {"deploy: {resources: {reservations: {devices: [{driver: nvidia}]}}}", "reservations.devices is refused"},
      {"security_opt: [seccomp:unconfined]", "services.web.security_opt[0] is refused"},
      {"volumes: [./a:/b]", "4:15 services.web.volumes[0] mounts files of the machine"},
      {"volumes: [/a:/b]", "services.web.volumes[0] mounts files of the machine"},
      {"volumes: [~/a:/b:ro]", "services.web.volumes[0] mounts files of the machine"},
      {"volumes: ['C:\\a:/b']", "services.web.volumes[0] mounts files of the machine"},
      {"volumes: [{type: bind, source: /a, target: /b}]", "services.web.volumes[0] mounts files of the machine"},
      {"volumes: [/var/run/docker.sock:/var/run/docker.sock]", "services.web.volumes[0] mounts the Engine's socket"},
      {"volumes: [{type: bind, source: /var/run/docker.sock, target: /a}]", "mounts the Engine's socket"},
      {"volumes: [data]", "services.web.volumes[0] must be a name and a path"},
      {"volumes: [\"a:/b:rx\"]", "services.web.volumes[0] is an option of volumes that is not known here"},
      {"volumes: [\"_:/b\"]", "services.web.volumes[0] has the name \"_\", which cannot be one here"},
      {"volumes: [\"a_b:/b\", \"a.b:/c\"]", "services.web.volumes[1] becomes a-b here, as \"a_b\" does"},
      {"volumes: [{source: a}]", "services.web.volumes[0] has no target"},
      {"volumes: [{type: npipe, source: a, target: /b}]", "must be of type volume or tmpfs"},
      {"volumes: [{source: a, target: /b, volume: {subpath: c}}]", "volume.subpath is refused"},
      {"ports: [\"127.0.0.1:8080:80\"]", "services.web.ports[0] names an address of the machine"},
      {"ports: [\"[::1]:8080:80\"]", "services.web.ports[0] names an address of the machine"},
      {"ports: [{target: 80, host_ip: 127.0.0.1}]", "services.web.ports[0].host_ip names an address of the machine"},
      {"ports: [\"8000-8005:80\"]", "services.web.ports[0] has a range of the machine's ports for one of the"},
      {"ports: [\"8000-8005:80-81\"]", "services.web.ports[0] must have ranges of one length"},
      {"ports: [\"80/sctp\"]", "services.web.ports[0] must have tcp or udp"},
      {"ports: [a]", "services.web.ports[0] must be a port from 1 to 65535"},
      {"ports: [\"70000:80\"]", "services.web.ports[0] must have a port of the machine"},
      {"ports: [\"1-1000:1-1000\"]", "services.web.ports[0] is a range of more than 32 ports"},
      {"ports: [{published: 80}]", "services.web.ports[0] has no target"},
      {"ports: [{target: 80, published: 8000-8010}]", "services.web.ports[0].published must be one port"},
      {"ports: 80", "services.web.ports must be a list"},
      {"expose: [\"80:80\"]", "services.web.expose[0] publishes a port"},
      {"restart: sometimes", "services.web.restart must be"},
      {"restart: always:3", "services.web.restart must be"},
      {"healthcheck: {test: [curl, a]}", "services.web.healthcheck.test[0] must be CMD"},
      {"healthcheck: {test: [CMD]}", "services.web.healthcheck.test has no command"},
      {"healthcheck: {interval: 10}", "services.web.healthcheck.interval must be a duration with a unit"},
      {"init: yes", "4:11 services.web.init must be true or false"},
      {"mem_limit: much", "services.web.mem_limit must be a size"},
      {"cpus: half", "services.web.cpus must be a number"},
      {"scale: 1.5", "services.web.scale must be a whole number"},
      {"scale: 2\ndeploy: {replicas: 3}", "services.web.deploy.replicas says something else than line 4"},
      {"pull_policy: never", "services.web.pull_policy must be always or missing"},
      {"extra_hosts: [\"a:host-gateway\"]", "services.web.extra_hosts[0] is refused"},
      {"extra_hosts: [a]", "services.web.extra_hosts[0] must be a name and an address"},
      {"environment: [=a]", "services.web.environment[0] has no name"},
      {"environment: {A: [b]}", "services.web.environment.A must be a text"},
      {"environment: text", "services.web.environment must be a map, or a list"},
      {"environment: {A: \"${NONE}\"}", "4:22 services.web.environment.A needs the variable NONE, which is not given"},
      {"command: \"a 'b\"", "services.web.command has a quote that is not closed"},
      {"enviroment: {A: b}", "4:5 services.web.enviroment is not known here: was environment meant?"},
      {"healthcheck: {intervall: 5s}", "services.web.healthcheck.intervall is not known here: was interval meant?"},
      {"nonsense: x", "services.web.nonsense is not known here: leave it out"},
      {"x-troupe: {name: b}", "services.web.x-troupe.name is the service's key"},
      {"x-troupe: {environmentId: b}", "services.web.x-troupe.environmentId is said where"},
      {"x-troupe: [a]", "services.web.x-troupe must be a map"},
  };
  for (const auto& [lines, holds] : cases) EXPECT_THAT(told(outcome_of(web(lines)).wrong), HasSubstr(holds)) << lines;
}

TEST(ComposeRefuses, WhatTheFileCannotSayAsAWhole) {
  const std::pair<const char*, const char*> cases[] = {
      {"name: x\n", "1:1 services has no service"},
      {"services: {}\n", "1:1 services has no service"},
      {"services: [a]\n", "services must be a map"},
      {"services: {web: }\n", "services.web is empty: it needs an image"},
      {"services: {web: a}\n", "services.web must be a map"},
      {"services: {web: {init: true}}\n", "1:12 services.web has no image"},
      {"services: {web: {image: }}\n", "services.web"},
      {"services: {web: {image: , build: .}}\n", "services.web.build is refused: images are not built here"},
      {"services:\n  web: {build: .}\n", "2:9 services.web.build is refused: images are not built here"},
      {"services: {web: {image: a}}\nsecrets: {a: {file: b}}\n", "2:1 secrets is refused"},
      {"services: {web: {image: a}}\nconfigs: {a: {file: b}}\n", "2:1 configs is refused"},
      {"services: {web: {image: a}}\ninclude: [a.yml]\n", "2:1 include is refused"},
      {"services: {web: {image: a}}\nservice: {}\n", "2:1 service is not known here: was services meant?"},
      {"services: {web: {image: a}}\nvolumes: {a: {external: true}}\n", "volumes.a.external is refused"},
      {"services: {web: {image: a}}\nvolumes: {a: {driver: nfs}}\n", "volumes.a.driver must be local"},
      {"services: {web: {image: a}}\nvolumes: {a: {driver_opts: {type: nfs}}}\n", "volumes.a.driver_opts is refused"},
      {"services: {_: {image: a}}\n", "services._ has the name \"_\", which cannot be one here"},
  };
  for (const auto& [text, holds] : cases) EXPECT_THAT(told(outcome_of(text).wrong), HasSubstr(holds)) << text;
}

TEST(ComposeRefuses, AllThatIsWrongAtOnceInTheOrderOfLines) {
  const auto wrong = outcome_of(
                         "include: [x]\nservices:\n  b: {image: a, pid: host}\n  a:\n    privileged: true\n    image: "
                         "${NONE}\nfoo: bar\n")
                         .wrong;
  ASSERT_EQ(wrong.size(), 5u);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(wrong[i].at.line, (std::vector<std::uint32_t>{1, 3, 5, 6, 7})[i]);
  std::string many = "services:\n";
  for (int i = 0; i < 100; ++i) many += "  s" + std::to_string(i) + ": {image: a, pid: host}\n";
  EXPECT_EQ(outcome_of(many).wrong.size(), 50u);
}

TEST(ComposeRefuses, NothingThatItsPageDoesNotName) {
  std::ifstream file(TROUPE_SOURCE_DIR "/docs/compose.md");
  std::ostringstream page;
  page << file.rdbuf();
  for (const auto* words : {&words_of_services(), &words_of_the_top(), &words_of_deploy()})
    for (const auto& one : *words) EXPECT_THAT(page.str(), HasSubstr(std::string(one.key) + '`')) << one.key;
}

TEST(ComposeRefuses, OnceWhatAnAliasLeadsToTwice) {
  EXPECT_EQ(outcome_of("x-a: &a {pid: host, image: b}\nservices: {one: *a, two: *a}\n").wrong.size(), 1u);
}
