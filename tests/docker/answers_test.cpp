#include <gtest/gtest.h>

#include "actors/model/volume_use.hpp"
#include "actors/secrets/base64.hpp"
#include "docker/api_version.hpp"
#include "docker/event_reader.hpp"
#include "docker/failure_classes.hpp"
#include "docker/image_answer.hpp"
#include "docker/image_profile.hpp"
#include "docker/registry_auth.hpp"
#include "docker/registry_policy.hpp"
#include "docker/tar_entry.hpp"
#include "tests/docker/plans.hpp"

namespace troupe::docker::tests {
namespace {

using model::consequence;
using model::failure_code;

TEST(ApiVersion, TheLowerOfBothIsSpoken) {
  EXPECT_EQ(negotiate("1.41"), (api_version{1, 41}));
  EXPECT_EQ(negotiate("1.99"), newest_version);
  for (const auto* text : {"1.40", "", "1", "1.", "1.x", "-1.41", "1.41 "})
    EXPECT_EQ(negotiate(text), std::nullopt) << text;
}

TEST(FailureClasses, PullErrorsOfDocker) {
  struct row {
    int status;
    const char* text;
    failure_code code;
    consequence kind;
  };
  const row rows[] = {
      {404, "manifest for 10.99.0.1:5000/web:nope not found: manifest unknown: manifest unknown",
       failure_code::image_not_found, consequence::rejected},
      {404,
       "pull access denied for nope, repository does not exist or may require 'docker login': denied: requested access",
       failure_code::image_not_found, consequence::rejected},
      {500, "Get \"http://10.99.0.1:5999/v2/\": dial tcp 10.99.0.1:5999: connect: connection refused",
       failure_code::registry_unreachable, consequence::retry},
      {500, "Get \"https://x/v2/\": dial tcp 10.1.1.1:443: connect: no route to host",
       failure_code::registry_unreachable, consequence::retry},
      {500, "Get \"https://registry.invalid/v2/\": dial tcp: lookup registry.invalid on 1.1.1.1:53: no such host",
       failure_code::registry_unreachable, consequence::retry},
      {500, "Get \"http://10.99.0.1:5001/v2/web/manifests/1\": no basic auth credentials",
       failure_code::registry_denied, consequence::rejected},
      {500, "unauthorized: authentication required", failure_code::registry_denied, consequence::rejected},
      {500, "x509: certificate signed by unknown authority", failure_code::registry_unreachable, consequence::rejected},
      {500, "toomanyrequests: You have reached your pull rate limit", failure_code::registry_unreachable,
       consequence::retry},
      {400, "invalid reference format: repository name must be lowercase", failure_code::image_not_found,
       consequence::rejected},
      {200, "unknown blob", failure_code::image_invalid, consequence::rejected},
      {200, "filesystem layer verification failed for digest sha256:0", failure_code::image_invalid,
       consequence::rejected},
      {404, "no matching manifest for linux/amd64 in the manifest list entries", failure_code::image_invalid,
       consequence::rejected},
  };
  for (const auto& r : rows) {
    const auto e = classify_pull(r.status, r.text, "h/web:1");
    EXPECT_EQ(e.what.code, r.code) << r.text;
    EXPECT_EQ(e.kind, r.kind) << r.text;
    for (const auto* raw : {"10.99", "10.1.1", "dial", "x509", "/v2/"})
      EXPECT_EQ((e.what.message + e.what.detail).find(raw), std::string::npos) << r.text;
  }
}

TEST(RegistryAuth, IsWhatTheEngineReads) {
  const model::registry_login login{"docker.io", "alice", "\xc3\xbf\xc3\xbe?>~", "", {}};
  auto text = auth_header(login);
  ASSERT_EQ(text.substr(0, 17), "X-Registry-Auth: ");
  text.erase(0, 17);
  EXPECT_EQ(text.find_first_of("+/"), std::string::npos) << "base64 for URLs";
  EXPECT_EQ(text.size() % 4, 0U) << "with padding";
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  const auto read = json::parse(secrets::from_base64(text).value());
  EXPECT_EQ(read, auth_config(login));
  EXPECT_EQ(read["serveraddress"], "https://index.docker.io/v1/") << "as Docker Hub has it";
  EXPECT_EQ(auth_config({"ghcr.io", "a", "b", "", {}})["serveraddress"], "ghcr.io");
}

TEST(RegistryAuth, WhatARegistrySaysToALoginIsClassified) {
  struct row {
    int status;
    const char* text;
    failure_code code;
    consequence kind;
  };
  for (const auto& r :
       std::vector<row>{{401, "Get \"https://ghcr.io/v2/\": unauthorized: incorrect username or password",
                         failure_code::registry_denied, consequence::rejected},
                        {500, "login attempt to http://10.1.1.1:5001/v2/ failed with status: 401 Unauthorized",
                         failure_code::registry_denied, consequence::rejected},
                        {500, "Get \"https://ghcr.io/v2/\": dial tcp: lookup ghcr.io on 1.1.1.1:53: no such host",
                         failure_code::registry_unreachable, consequence::retry},
                        {500, "Get \"https://h/v2/\": x509: certificate signed by unknown authority",
                         failure_code::registry_unreachable, consequence::rejected},
                        {500, "login attempt to https://h/v2/ failed with status: 404 Not Found",
                         failure_code::registry_unreachable, consequence::retry}}) {
    const auto e =
        classify_login({.status = r.status, .body = nullptr, .message = r.text}, {"ghcr.io", "a", "b", "", {}});
    EXPECT_EQ(e.what.code, r.code) << r.text;
    EXPECT_EQ(e.kind, r.kind) << r.text;
    EXPECT_NE(e.what.message.find("ghcr.io"), std::string::npos) << e.what.message;
  }
}

TEST(RegistryAuth, ARefusedPullNamesTheCallThatGivesALogin) {
  const auto pulled = [](const char* said) { return classify_pull(500, said, "ghcr.io/acme/app:1").what; };
  const auto denied = pulled("denied: requested access to the resource is denied");
  EXPECT_NE(hint_for_login(denied, "ghcr.io", false).find("PUT /registries/ghcr.io"), std::string::npos);
  EXPECT_NE(hint_for_login(denied, "ghcr.io", true).find("may read it"), std::string::npos);
  const auto limited = pulled("toomanyrequests: You have reached your pull rate limit");
  EXPECT_TRUE(is_rate_limit(limited));
  EXPECT_NE(hint_for_login(limited, "docker.io", false).find("a limit of its own"), std::string::npos);
  EXPECT_EQ(hint_for_login(limited, "docker.io", true), limited.hint);
  EXPECT_FALSE(is_rate_limit(denied));
}

TEST(FailureClasses, TaskErrorsOfDocker) {
  struct row {
    const char *state, *error;
    int exit;
    evidence found;
    failure_code code;
    bool fatal;
  };
  const row rows[] = {
      {"rejected", "No such image: 10.99.0.1/x:1", 0, {}, failure_code::image_not_found, true},
      {"failed", "task: non-zero exit (3)", 3, {false, "going down\n", {}, {}}, failure_code::exited, false},
      {"complete", "", 0, {}, failure_code::exited, false},
      {"failed", "task: non-zero exit (137)", 137, {true, {}, {}, {}}, failure_code::out_of_memory, false},
      {"failed", "task: non-zero exit (137)", 137, {}, failure_code::exited, false},
      {"failed",
       "task: non-zero exit (127)",
       127,
       {false, "[FATAL tini (7)] exec /nope failed: No such file or directory\n", {}, {}},
       failure_code::command_not_found,
       true},
      {"failed",
       "task: non-zero exit (127)",
       127,
       {false, "sh: foo: not found\n", {}, {}},
       failure_code::exited,
       false},
      {"failed",
       "task: non-zero exit (143): dockerexec: unhealthy container",
       143,
       {false, {}, "wget: refused", {}},
       failure_code::unhealthy,
       false},
      {"complete", "", 0, {false, "stopped", {}, {}, true}, failure_code::unhealthy, false},
      {"complete", "", 0, {false, "done", {}, {}, false}, failure_code::exited, false},
      {"failed",
       "starting container failed: unable to find user nosuch: no matching entries in passwd file",
       128,
       {},
       failure_code::unknown_user,
       true},
      {"failed",
       "starting container failed: driver failed programming external connectivity on endpoint x: Error starting "
       "userland proxy: listen tcp4 0.0.0.0:18097: bind: address already in use",
       0,
       {},
       failure_code::port_conflict,
       false},
      {"failed",
       "starting container failed: OCI runtime create failed: exec: \"/nope\": stat /nope: no such file or directory: "
       "unknown",
       127,
       {},
       failure_code::command_not_found,
       true},
      {"failed",
       "task: non-zero exit (1)",
       1,
       {false, "mkdir() \"/var/cache/nginx\" failed (30: Read-only file system)\n", {}, {}},
       failure_code::read_only_filesystem,
       false},
      {"failed",
       "task: non-zero exit (1)",
       1,
       {false, "chown(\"/x\", 33) failed (1: Operation not permitted)\n", {}, {}},
       failure_code::permission_denied,
       false},
      {"failed",
       "task: non-zero exit (1)",
       1,
       {false, "PermissionError: [Errno 13] Permission denied: '/data/x'\n", {}, {}},
       failure_code::permission_denied,
       false},
      {"failed",
       "task: non-zero exit (1)",
       1,
       {false, "Error: open /data/x: permission denied", {}, {}},
       failure_code::permission_denied,
       false},
      {"failed",
       "task: non-zero exit (1)",
       1,
       {false, "Os { code: 13, message: Permission denied (os error 13) }\n", {}, {}},
       failure_code::permission_denied,
       false},
      {"failed",
       "task: non-zero exit (1)",
       1,
       {false, "FATAL:  permission denied for database \"app\"\nssh: Permission denied, please try again\n", {}, {}},
       failure_code::exited,
       false},
      {"rejected",
       "Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available",
       0,
       {},
       failure_code::no_capacity,
       true},
  };
  for (const auto& r : rows) {
    task_answer task;
    task.state = r.state;
    task.error = r.error;
    task.seen.phase = model::task_phase::ended;
    task.seen.exit_code = r.exit;
    const auto seen = judge(task, r.found);
    ASSERT_TRUE(seen.trouble) << r.error;
    EXPECT_EQ(seen.trouble->code, r.code) << r.error;
    EXPECT_EQ(seen.fatal, r.fatal) << r.error;
    EXPECT_EQ((seen.trouble->message + seen.trouble->detail).find("10.99"), std::string::npos);
  }
}

TEST(FailureClasses, TheAnswerNamesTheOneFieldThatMendsIt) {
  const container_rights stands_in{}, images{true, false}, root{false, true};
  const struct {
    const char* lines;
    container_rights rights;
    int exit;
    failure_code code;
    const char* hint;  // a part of it
  } rows[] = {
      {"chown: changing ownership of '/var/lib/mysql': Operation not permitted\n", stands_in, 1,
       failure_code::permission_denied, R"(`security.preset`: "drops-root")"},
      {"error: failed switching to \"mysql\": operation not permitted\n", stands_in, 1, failure_code::permission_denied,
       R"(`security.preset`: "drops-root")"},
      {"setpriv: setgroups failed: Operation not permitted", root, 1, failure_code::permission_denied,
       R"(`security.preset`: "baseline")"},
      {"chroot: cannot change root directory to '/x': Operation not permitted", stands_in, 1,
       failure_code::permission_denied, R"(`security.preset`: "baseline")"},
      {"This program must be run as root\n", stands_in, 1, failure_code::permission_denied,
       R"(`security.preset`: "drops-root")"},
      {"mkdir: can't create directory '/opt/app/cache': Read-only file system\n", stands_in, 1,
       failure_code::read_only_filesystem, R"(`security.writablePaths`: ["/opt/app/cache"])"},
      {"/entrypoint.sh: line 5: /opt/app/conf/app.ini: Read-only file system\n", stands_in, 1,
       failure_code::read_only_filesystem, R"(`security.writablePaths`: ["/opt/app/conf"])"},
      {"open() \"/etc/nginx/conf.d/x.conf\" failed (30: Read-only file system)\n", stands_in, 1,
       failure_code::read_only_filesystem, R"(`security.writablePaths`: ["/etc/nginx/conf.d"])"},
      {"Error: EROFS: read-only file system, open '/home/node/.cache/x'\n", images, 1,
       failure_code::read_only_filesystem, R"(`security.writablePaths`: ["/home/node/.cache"])"},
      {"OSError: [Errno 30] Read-only file system: '/srv/x/y'\n", images, 1, failure_code::read_only_filesystem,
       R"(`security.writablePaths`: ["/srv/x"])"},
      {"sh: can't create /etc/x: Read-only file system\n", stands_in, 1, failure_code::read_only_filesystem,
       "`security.readOnlyRootFilesystem`: false"},
      {"PermissionError: [Errno 13] Permission denied: '/data/x'\n", images, 1, failure_code::permission_denied,
       "a volume at /data"},
      {"Error: open /data/x: permission denied", stands_in, 1, failure_code::permission_denied,
       R"(`security.preset`: "drops-root")"},
      {"could not resize shared memory segment \"/PostgreSQL.1\" to 134217728 bytes: No space left on device\n", images,
       1, failure_code::exited, "`shmSizeMb`"},
      {"", images, 135, failure_code::exited, "`shmSizeMb`"},
      {"write /tmp/work/part.7: no space left on device\n", images, 1, failure_code::exited,
       R"(`tmpfs`: [{"path": "/tmp",)"},
      {"[FATAL tini (7)] exec /usr/bin/server failed: Operation not permitted\n", stands_in, 1,
       failure_code::permission_denied, R"(`security.preset`: "drops-root")"},
      {"[FATAL tini (7)] exec /usr/bin/server failed: Exec format error\n", stands_in, 1, failure_code::image_invalid,
       "this host's platform"},
      {"Error: Database is uninitialized and superuser password is not specified.\n  You must specify "
       "POSTGRES_PASSWORD "
       "to a non-empty value\nchmod: Operation not permitted\n",
       stands_in, 1, failure_code::exited, R"(`envVars`: {"POSTGRES_PASSWORD": )"},
      {"[ERROR] [Entrypoint]: password option is not specified\n  You need to specify one of the following as an "
       "environment variable:\n  - MARIADB_ROOT_PASSWORD\n",
       images, 1, failure_code::exited, R"(`envVars`: {"MARIADB_ROOT_PASSWORD": )"},
      {"/start: line 3: TOKEN: unbound variable\n", images, 1, failure_code::exited, R"(`envVars`: {"TOKEN": )"},
      {"warning: LOG_LEVEL is not set, using info by default\ngoing down\n", images, 1, failure_code::exited,
       "last log lines"},
  };
  for (const auto& r : rows) {
    task_answer task;
    task.state = "failed";
    task.error = "task: non-zero exit (" + std::to_string(r.exit) + ")";
    task.seen.phase = model::task_phase::ended;
    task.seen.exit_code = r.exit;
    evidence found;
    found.last_lines = r.lines;
    found.rights = r.rights;
    const auto seen = judge(task, found);
    ASSERT_TRUE(seen.trouble) << r.lines;
    EXPECT_EQ(model::failure_code_texts[seen.trouble->code], model::failure_code_texts[r.code]) << r.lines;
    EXPECT_NE(seen.trouble->hint.find(r.hint), std::string::npos) << r.lines << seen.trouble->hint;
    EXPECT_NE(seen.trouble->detail.find("exit code"), std::string::npos) << r.lines;
  }
}

TEST(FailureClasses, AProgramWithCapabilitiesThatItsContainerLacksIsToldAtItsStart) {
  task_answer task;
  task.state = "failed";
  task.error =
      "starting container failed: OCI runtime create failed: container_linux.go:380: starting container process "
      "caused: "
      "exec: \"/usr/bin/server\": operation not permitted: unknown";
  task.seen.phase = model::task_phase::ended;
  const auto seen = judge(task, {});
  ASSERT_TRUE(seen.trouble);
  EXPECT_EQ(seen.trouble->code, failure_code::permission_denied);
  EXPECT_NE(seen.trouble->hint.find("`security.preset`"), std::string::npos);
}

TEST(FailureClasses, PendingTasksAreUnplaceableNotFatal) {
  task_answer task;
  task.state = "pending";
  task.error = "no suitable node (host-mode port already in use on 1 node)";
  auto seen = judge(task, {});
  EXPECT_TRUE(seen.unplaceable && !seen.fatal);
  EXPECT_EQ(seen.trouble->code, failure_code::port_conflict);
  task.error = "no suitable node (insufficient resources on 1 node)";
  EXPECT_EQ(judge(task, {}).trouble->code, failure_code::no_capacity);
}

TEST(FailureClasses, ATaskWhoseNodeIsAwayWaits) {
  task_answer task;
  task.state = "pending";
  task.error = "no suitable node (1 node not available for new tasks)";
  const auto seen = judge(task, {});
  EXPECT_FALSE(seen.unplaceable);
  ASSERT_TRUE(seen.trouble);
  EXPECT_EQ(seen.trouble->code, failure_code::no_capacity);
}

TEST(FailureClasses, AStoppedTaskHasNoTrouble) {
  task_answer task;
  task.state = "shutdown";
  task.seen.phase = model::task_phase::ended;
  task.seen.exit_code = 143;
  EXPECT_FALSE(judge(task, {}).trouble);
}

TEST(JsonReader, HostileTextIsNothing) {
  EXPECT_FALSE(parse_json(std::string(100'000, '[')));
  EXPECT_FALSE(parse_json("{\"a\":"));
  EXPECT_TRUE(parse_json("{\"a\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[\"}"));
  for (const auto* text : {"null", "[]", "1", "\"x\"", "{}", R"({"Id":1,"RepoDigests":{},"Config":[]})",
                           R"({"ID":7,"Version":[],"Spec":"x","Status":3,"Labels":[1]})",
                           R"([1,null,"x",{"Status":{"PortStatus":{"Ports":[1,{"PublishedPort":99999999999}]}}}])",
                           R"({"Type":"container","Actor":{"Attributes":[1]},"timeNano":"x"})",
                           R"({"progressDetail":3,"id":9,"status":{}})",
                           R"({"Version":{"Index":18446744073709551615},"ID":"x","Spec":{}})"}) {
    const auto body = parse_json(text);
    ASSERT_TRUE(body);
    EXPECT_NO_THROW({
      read_image(*body);
      read_service(*body);
      read_tasks(*body, "web");
      read_event(text, "test");
      pull_progress p;
      p.line(text);
    }) << text;
  }
}

TEST(JsonReader, TimesOfGo) {
  EXPECT_EQ(time_of("1970-01-02T00:00:01.000002Z")->time_since_epoch().count(), 86'401'000'002);
  EXPECT_EQ(*time_of("2026-11-23T15:46:31.247069858+01:00"), *time_of("2026-11-23T14:46:31.247069Z"));
  for (const auto* text :
       {"", "2026", "2026-13-01T00:00:00Z", "2026-11-23 14:46:31Z", "2026-11-23T14:46:31", "0001-01-01T00:00:00Z"})
    EXPECT_FALSE(time_of(text)) << text;
}

TEST(Events, ContainerEventsAreKnownByLabelOthersByName) {
  const auto e = read_event(
      R"({"Type":"container","Action":"die","Actor":{"ID":"c1","Attributes":{"com.troupe.instance":"test","com.troupe.environment":"env_abcdefghijklmnop","com.troupe.service":"web","com.troupe.deployment":"dep_bcdefghijklmnopq","com.docker.swarm.task.name":"abcdefghijklmnop-web.2.jvj","exitCode":"3"}},"timeNano":1700000000000000005})",
      "test");
  ASSERT_TRUE(e);
  EXPECT_EQ(e->environment.text, "env_abcdefghijklmnop");
  EXPECT_EQ(e->service, "web");
  EXPECT_EQ(e->task_name, "web.2");
  EXPECT_EQ(e->nanoseconds, 1700000000000000005);
  const auto s = read_event(
      R"({"Type":"service","Action":"remove","Actor":{"Attributes":{"name":"abcdefghijklmnop-web-2"}}})", "test");
  EXPECT_TRUE(s->of_service);
  EXPECT_EQ(s->service, "web-2");
  EXPECT_EQ(read_event(R"({"Type":"network","Actor":{"Attributes":{"name":"troupe-abcdefghijklmnop"}}})", "test")
                ->environment.text,
            "env_abcdefghijklmnop");
  EXPECT_TRUE(
      read_event(
          R"({"Type":"container","Actor":{"Attributes":{"com.troupe.instance":"other","com.troupe.environment":"env_abcdefghijklmnop"}}})",
          "test")
          ->environment.empty());
  EXPECT_NE(event_query(1700000000000000005).find("since=1700000000.000000005"), std::string::npos);
}

TEST(Events, AnEventOfTheEdgeIsOne) {
  const auto e = read_event(
      R"({"Type":"container","Action":"start","Actor":{"ID":"c1","Attributes":{"com.troupe.edge":"test"}},"timeNano":7})",
      "test");
  ASSERT_TRUE(e);
  EXPECT_TRUE(e->of_edge);
}

TEST(FailureClasses, WhatTheMachineDoesNotAllowIsSaidByItsField) {
  const struct {
    const char *state, *error, *field;
  } cases[] = {
      {"failed",
       "starting container failed: OCI runtime create failed: container_linux.go:380: starting container process "
       "caused: "
       "process_linux.go:545: container init caused: write sysctl key net.core.rmem_max: open "
       "/proc/sys/net/core/rmem_max: no such file or directory: unknown",
       "`sysctls`"},
      {"rejected", "sysctl \"vm.swappiness\" is not in a separate kernel namespace", "`sysctls`"},
      {"failed",
       "starting container failed: OCI runtime create failed: process_linux.go:508: setting rlimits for ready process "
       "caused: error setting rlimit type 7: operation not permitted: unknown",
       "`ulimits`"},
  };
  for (const auto& c : cases) {
    task_answer task;
    task.state = c.state;
    task.error = c.error;
    task.seen.phase = model::task_phase::ended;
    const auto seen = judge(task, {});
    ASSERT_TRUE(seen.trouble) << c.error;
    EXPECT_EQ(seen.trouble->code, failure_code::permission_denied);
    EXPECT_TRUE(seen.fatal);
    EXPECT_NE(seen.trouble->hint.find(c.field), std::string::npos) << seen.trouble->hint;
  }
}

TEST(FailureClasses, WhatAnEngineSaysBetweenTwoLivesIsNoVerdict) {
  const auto judged = [](const char* state, const char* error) {
    task_answer task;
    task.state = state;
    task.error = error;
    task.seen.phase = model::task_phase::ended;
    return judge(task, {});
  };
  for (const auto* error : {"node is missing network attachments, ip addresses may be exhausted", "context canceled",
                            "rpc error: code = Unavailable desc = transport is closing"}) {
    const auto seen = judged("rejected", error);
    ASSERT_TRUE(seen.trouble) << error;
    EXPECT_TRUE(seen.excused && !seen.fatal) << error;
    EXPECT_TRUE(model::is_retryable(seen.trouble->code)) << error;
  }
  EXPECT_TRUE(
      judged("failed", "starting container failed: network sandbox join failed: subnet sandbox join failed").excused);
  EXPECT_TRUE(judged("orphaned", "").excused);
  EXPECT_FALSE(judged("rejected", "network troupe-x not found").fatal);
  EXPECT_FALSE(judged("rejected", "No such image: x").excused);
  EXPECT_FALSE(judged("failed", "task: non-zero exit (143)").excused);
  task_answer stopped;
  stopped.state = "complete";
  stopped.seen.phase = model::task_phase::ended;
  stopped.seen.exit_code = 0;
  EXPECT_FALSE(judge(stopped, {}).excused);
  evidence found;
  found.with_the_engine = true;
  const auto with_the_engine = judge(stopped, found);
  EXPECT_TRUE(with_the_engine.excused && !with_the_engine.fatal);
  EXPECT_NE(with_the_engine.trouble->message.find("with the Engine"), std::string::npos);
  found.out_of_memory = true;
  EXPECT_FALSE(judge(stopped, found).excused);
}

// One header, as Docker's archives have it.
std::string header(const std::string& path, char type, std::size_t size, std::uint32_t mode = 0755) {
  auto block = directory_archive("x", mode, 33, 34)->substr(0, tar_block);
  block.replace(0, 100, std::string(100, '\0')).replace(0, path.size(), path);
  char digits[12];
  std::snprintf(digits, sizeof digits, "%011zo", size);
  block.replace(124, 11, digits);
  block[156] = type;
  return block;
}

TEST(Tar, AListingTellsWhatThereIsHoweverItComes) {
  const auto capable = std::string("\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);  // NET_BIND_SERVICE
  const auto record = "57 SCHILY.xattr.security.capability=" + capable + '\n';
  const auto longer = "213 path=x/" + std::string(201, 'l') + "\n";
  const auto padded = [](std::string text) {
    return text.append((tar_block - text.size() % tar_block) % tar_block, '\0');
  };
  const auto archive = header("x/", '5', 0) + header("x/file", '0', 700) + std::string(2 * tar_block, 'f') +
                       header("PaxHeaders/a", 'x', record.size()) + padded(record) + header("x/able", '0', 0) +
                       header("PaxHeaders/b", 'x', longer.size()) + padded(longer) + header("x/short", '5', 0, 01777) +
                       header("x/link", '2', 0) + std::string(2 * tar_block, '\0');
  for (const std::size_t step : {1, 511, 512, 100'000}) {
    std::vector<listed_entry> seen;
    tar_listing listing([&](const auto& entry) { return seen.push_back(entry), true; });
    bool more = true;
    for (std::size_t at = 0; at < archive.size() && more; at += step)
      more = listing.feed(std::string_view(archive).substr(at, step));
    EXPECT_FALSE(more) << "it ends";
    ASSERT_EQ(seen.size(), 5U) << step;
    EXPECT_EQ(seen[0].path, "x");
    EXPECT_EQ(seen[0].head.uid, 33U);
    EXPECT_EQ(seen[1].capabilities, 0U);
    EXPECT_EQ(seen[2].capabilities, 1U << 10U);
    EXPECT_EQ(seen[3].path, "x/" + std::string(201, 'l'));
    EXPECT_EQ(seen[3].head.mode, 01777U);
    EXPECT_EQ(seen[4].head.type, '2');
  }
  int asked = 0;
  tar_listing first([&](const auto&) { return ++asked, false; });
  EXPECT_FALSE(first.feed(archive));
  EXPECT_EQ(asked, 1);
  tar_listing none([](const auto&) { return true; });
  EXPECT_FALSE(none.feed(std::string(512, 'x')));
}

TEST(Tar, ADirectoryIsReadBackAsWritten) {
  const auto archive = directory_archive("srv/data", 0755, 10001, 10002);
  ASSERT_TRUE(archive);
  const auto entry = read_tar_header(*archive);
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->uid, 10001U);
  EXPECT_EQ(entry->gid, 10002U);
  EXPECT_EQ(entry->mode, 0755U);
  EXPECT_EQ(entry->type, '5');
  EXPECT_FALSE(read_tar_header("short"));
  EXPECT_FALSE(read_tar_header(std::string(512, 'x')));
  EXPECT_FALSE(directory_archive(std::string(200, 'x'), 0, 0, 0));
}

TEST(RegistryPolicy, PrivateAddressesAreRefusedUnlessListed) {
  const resolver none = [](const std::string&) { return std::vector<std::string>{}; };
  for (const auto* host : {"localhost:5000", "127.0.0.1:5000", "10.1.2.3", "169.254.169.254", "192.168.0.1:80",
                           "172.31.0.1", "[::1]:5000", "[fe80::1]", "[fd00::2]:5000", "[::ffff:10.0.0.1]", "100.64.0.1",
                           "0.0.0.0", "registry.internal", "127.1", "2130706433", "0x7f000001"}) {
    const auto denied = registry_denial(host, {}, none);
    ASSERT_TRUE(denied) << host;
    EXPECT_EQ(denied->what.code, failure_code::registry_denied);
    EXPECT_NE(denied->what.message.find("PRIVATE_REGISTRIES"), std::string::npos);
    EXPECT_FALSE(registry_denial(host, {host}, none)) << host;
  }
  const resolver outside = [](const std::string&) { return std::vector<std::string>{"8.8.4.4"}; };
  EXPECT_FALSE(registry_denial("ghcr.io", {}, outside));
  for (const auto* host : {"docker.io", "8.8.8.8:5000", "[2606:4700::1111]"})
    EXPECT_FALSE(registry_denial(host, {}, none)) << host;
  const resolver inside = [](const std::string&) { return std::vector<std::string>{"8.8.8.8", "10.0.0.7"}; };
  EXPECT_TRUE(registry_denial("evil.example", {}, inside));
  EXPECT_FALSE(registry_denial("evil.example:5000", {"evil.example"}, inside));
}

TEST(RegistryPolicy, ANameWithoutAnAddressIsNotAsked) {
  const resolver none = [](const std::string&) { return std::vector<std::string>{}; };
  const auto denied = registry_denial("nowhere.example:5000", {}, none);
  ASSERT_TRUE(denied);
  EXPECT_EQ(denied->kind, consequence::retry);
  EXPECT_EQ(denied->what.code, failure_code::registry_unreachable);
  EXPECT_NE(denied->what.message.find("nowhere.example"), std::string::npos);
  EXPECT_FALSE(registry_denial("nowhere.example:5000", {"nowhere.example"}, none)) << "the operator knows it";
}

image_profile nginx() {
  image_profile p{"", {}, "root:x:0:0::/:/bin/sh\nwww-data:x:33:34::/:/bin/sh\n", "root:x:0:\nstaff:x:50:\n", {}};
  p.paths = {{"/run", {true, "/run", 0755, false}},
             {"/var/run", {true, "/run", 0755, false}},
             {"/tmp", {true, "/tmp", 01777, false}},
             {"/var/lib/nginx", {true, "/var/lib/nginx", 0755, false}},
             {"/var/log/nginx", {true, "/var/log/nginx", 0755, true}}};
  return p;
}

TEST(ImageProfile, RootBecomesNobodyUnlessAskedFor) {
  model::release_spec spec;
  const auto uid = [&](const image_profile& p) { return std::get<run_as>(user_to_run_as(spec, p)).uid; };
  auto image = nginx();
  EXPECT_EQ(uid(image), 10001U);
  for (const auto* root : {"root", "0", "0:0", "root:staff"}) {
    image.user = root;
    EXPECT_EQ(uid(image), 10001U) << root;
  }
  image.user = "www-data:staff";
  const auto as = std::get<run_as>(user_to_run_as(spec, image));
  EXPECT_EQ(as.uid, 33U);
  EXPECT_EQ(as.gid, 50U);
  spec.security.user = "root";
  EXPECT_EQ(uid(image), 0U);
  spec.security.user = "www-data";
  EXPECT_EQ(std::get<run_as>(user_to_run_as(spec, image)).gid, 34U);
  for (const auto* unknown : {"nosuch", "www-data:nosuch", "-1", "99999999999"}) {
    spec.security.user = unknown;
    EXPECT_EQ(std::get<model::failure>(user_to_run_as(spec, image)).code, failure_code::unknown_user) << unknown;
  }
}

TEST(ImageProfile, AUserHasTheGroupsThatTheImageListsItIn) {
  model::release_spec spec;
  const auto as = [&](const image_profile& p) { return std::get<run_as>(user_to_run_as(spec, p)); };
  auto image = nginx();
  image.group = "root:x:0:\nssl-cert:x:101:nobody,www-data\nstaff:x:50:www-data\nwww-data:x:34:\nother:x:9:www\n";
  const std::vector<std::uint32_t> both{101, 50};
  for (const auto* user : {"www-data", "33"}) {
    image.user = user;
    EXPECT_EQ(as(image).gid, 34U) << user;
    EXPECT_EQ(as(image).groups, both) << user;
  }
  image.user = "www-data:staff";
  EXPECT_TRUE(as(image).groups.empty()) << "Docker's rule: a group that is named is the only one";
  image.user = "1001";
  EXPECT_EQ(as(image).gid, 0U) << "of no user: group 0";
}

TEST(ImageProfile, WhereRootIsNotMeantWhoeverItsDataBelongsToRunsIt) {
  model::release_spec spec;
  const auto as = [&](const image_profile& p) { return std::get<run_as>(user_to_run_as(spec, p)); };
  auto image = nginx();
  EXPECT_EQ(as(image).gid, 0U) << "as OpenShift has it";
  image.passwd += "mysql:x:999:998::/:/bin/sh\n";
  image.group += "ssl-cert:x:101:mysql\n";
  image.volumes = {"/tmp", "/var/lib/mysql"};
  image.paths["/tmp"].uid = 33;
  image.paths["/var/lib/mysql"] = {true, "/var/lib/mysql", 0700, false, 999, 998};
  EXPECT_EQ(as(image).uid, 999U) << "what passes is no data";
  EXPECT_EQ(as(image).gid, 998U);
  EXPECT_EQ(as(image).groups, std::vector<std::uint32_t>{101});
  spec.security.preset = model::security_preset::drops_root;
  EXPECT_EQ(as(image).uid, 0U);
  spec.security.preset.reset();
  image.volumes.push_back("/more");
  image.paths["/more"] = {true, "/more", 0755, false, 33, 33};
  EXPECT_EQ(as(image).uid, 10001U) << "it is not clear whose";
  image.volumes = {"/more"};
  image.passwd = "root:x:0:0::/:/bin/sh\n";
  EXPECT_EQ(as(image).uid, 10001U) << "nobody whom the image knows";
  image = nginx();
  image.working_dir = "/srv";
  image.paths["/srv"] = {true, "/srv", 0755, false, 33, 33};
  EXPECT_EQ(as(image).uid, 33U);
}

TEST(ImageProfile, AUserWhomTheImageDoesNotKnowHasAHomeToWriteTo) {
  auto image = nginx();
  EXPECT_EQ(home_for(unprivileged, image), "/tmp");
  EXPECT_EQ(home_for({33, 33}, image), "") << "it has one of its own";
  image.has_home = true;
  EXPECT_EQ(home_for(unprivileged, image), "");
}

TEST(ImageProfile, UnderAPresetOfItsOwnTheImagesRootStaysRoot) {
  model::release_spec spec;
  const auto uid = [&](const image_profile& p) { return std::get<run_as>(user_to_run_as(spec, p)).uid; };
  auto image = nginx();
  for (const auto preset : {model::security_preset::drops_root, model::security_preset::baseline}) {
    spec.security.preset = preset;
    for (const auto* root : {"", "root", "0:0"}) {
      image.user = root;
      EXPECT_EQ(uid(image), 0U) << root;
    }
    image.user = "www-data";
    EXPECT_EQ(uid(image), 33U) << "it is the image's user";
  }
}

TEST(ImageProfile, AnImageShowsByWhatItStartsThatItNeedsMore) {
  using model::security_preset;
  model::release_spec spec;
  auto image = nginx();
  const auto need = [&](const std::string& path, const std::string& script, std::uint64_t capabilities = 0,
                        const run_as& user = unprivileged) {
    image.program = {path, script, capabilities};
    const auto found = find_need(spec, image, user);
    return found ? std::optional(found->preset) : std::nullopt;
  };
  for (const auto* word : {"gosu", "su-exec", "setpriv", "runuser"})
    EXPECT_EQ(need("/entrypoint.sh", "#!/bin/sh\nchown app /data\nexec " + std::string(word) + " app \"$@\"\n"),
              security_preset::drops_root)
        << word;
  EXPECT_EQ(need("/e", "#!/bin/sh\n# we do not use gosu here\nexec my-gosu \"$@\"\n"), std::nullopt);
  EXPECT_EQ(need("/e", "#!/bin/sh\nif [ \"$(id -u)\" = 0 ]; then exec gosu app \"$0\"; fi\nexec \"$@\"\n"),
            std::nullopt)
      << "it does without root, too";
  EXPECT_EQ(need("/e", "#!/bin/sh\nexec gosu app x\n", 0, {33, 33}), std::nullopt) << "the image's own user";
  EXPECT_EQ(need("/init", "#!/bin/sh -e\nexec /package/admin/s6-overlay/libexec/preinit\n"), security_preset::baseline);
  EXPECT_EQ(need("/usr/bin/caddy", "", 1U << 10U), std::nullopt) << "everybody's";
  EXPECT_EQ(need("/usr/bin/x", "", 1U << 7U, {33, 33}), security_preset::drops_root);
  EXPECT_EQ(need("/usr/bin/x", "", 1U << 18U), security_preset::baseline);
  EXPECT_EQ(need("/usr/bin/x", "", 1U << 21U), std::nullopt) << "no preset has it";
  spec.command = {"/bin/true"};
  EXPECT_EQ(need("/e", "#!/bin/sh\nexec gosu app x\n"), std::nullopt);
}

TEST(ImageProfile, TheProgramIsFoundBehindAnInit) {
  using places = std::vector<std::string>;
  EXPECT_EQ(places_of_program({"/entrypoint.sh", "serve"}), places{"/entrypoint.sh"});
  EXPECT_EQ(places_of_program({"/usr/bin/tini", "-g", "--", "/entrypoint.sh"}), places{"/entrypoint.sh"});
  EXPECT_EQ(places_of_program({"docker-entrypoint.sh"}).front(), "/usr/local/bin/docker-entrypoint.sh");
  EXPECT_EQ(places_of_program({"bin/app"}), places{});
  EXPECT_EQ(places_of_program({}), places{});
}

TEST(ImageProfile, APresetIsMoreThanRestrictedInstallationsGrant) {
  model::release_spec spec;
  EXPECT_FALSE(find_privilege_fault(spec, unprivileged, false)) << "NET_BIND_SERVICE is everybody's";
  spec.security.capabilities = std::vector<std::string>{"NET_BIND_SERVICE"};
  EXPECT_FALSE(find_privilege_fault(spec, unprivileged, false));
  EXPECT_TRUE(find_privilege_fault(spec, {0, 0}, false));
  spec.security = {};
  spec.security.preset = model::security_preset::drops_root;
  EXPECT_TRUE(find_privilege_fault(spec, unprivileged, false)) << "its capabilities";
  EXPECT_FALSE(find_privilege_fault(spec, {0, 0}, true));
}

TEST(ImageProfile, AnInitOfTheImagesIsKnownByItsName) {
  model::release_spec spec;
  image_answer image;
  const auto starts = [&](const std::string& entrypoint, const std::string& command) {
    image.entrypoint = entrypoint;
    image.command = command;
    return starts_with_init(spec, image);
  };
  for (const auto* init : {"/init", "/sbin/init", "tini", "/usr/bin/tini", "/sbin/tini", "/usr/bin/dumb-init",
                           "/sbin/docker-init", "dumb-init"}) {
    EXPECT_TRUE(starts(init, "")) << init;
    EXPECT_TRUE(starts("", init)) << init;
  }
  EXPECT_FALSE(starts("/docker-entrypoint.sh", "/init")) << "it may run it, and may not";
  EXPECT_FALSE(starts("/app/init", ""));
  EXPECT_FALSE(starts("", ""));
  spec.command = {"/bin/sh"};
  EXPECT_FALSE(starts("/init", "")) << "the release has a command of its own";
  spec.command = {"tini", "--", "sh"};
  EXPECT_TRUE(starts("/bin/sh", ""));
}

TEST(ImageAnswer, HasTheFirstWordsOfWhatItRuns) {
  const auto image =
      read_image({{"Id", "sha256:" + std::string(64, 'a')},
                  {"Config", {{"Entrypoint", {"/usr/bin/tini", "--"}}, {"Cmd", {"serve", "x"}}, {"User", nullptr}}}});
  ASSERT_TRUE(image);
  EXPECT_EQ(image->entrypoint, "/usr/bin/tini");
  EXPECT_EQ(image->command, "serve");
}

std::vector<model::scratch_directory> scratch_of(const model::release_spec& spec, const image_profile& image,
                                                 run_as user = unprivileged) {
  return scratch_for(spec, image, user, declared_for(spec, image));
}

image_profile database() {
  auto p = nginx();
  p.volumes = {"/data", "/linked", "/tmp"};
  p.paths["/data"] = {true, "/data", 0755, false};
  p.paths["/linked"] = {true, "/var/lib/linked", 0755, false};
  return p;
}

TEST(ImageProfile, WhatTheImageDeclaresAsDataGetsAVolumeAndIsSaid) {
  model::release_spec spec;
  spec.service = "db";
  const auto found = declared_for(spec, database());
  ASSERT_EQ(found.volumes.size(), 2U);
  EXPECT_EQ(found.volumes[0].mount_path, "/data");
  EXPECT_EQ(found.volumes[0].name, model::own_volume("db", "/data"));
  EXPECT_FALSE(found.volumes[0].shared || found.volumes[0].read_only);
  EXPECT_EQ(found.passing, std::vector<std::string>{"/tmp"});
  ASSERT_EQ(found.warnings.size(), 3U);
  EXPECT_NE(found.warnings[0].find(found.volumes[0].name), std::string::npos);
  for (const auto& dir : scratch_of(spec, database())) EXPECT_NE(dir.path, "/data") << "never in memory in silence";
}

TEST(ImageProfile, WhatTheReleaseNamesIsAsItSays) {
  model::release_spec spec;
  spec.volumes = {{"mine", "/data"}, {"other", "/var/lib/linked"}};
  EXPECT_TRUE(declared_for(spec, database()).volumes.empty()) << "by its path or by where that leads";
  spec.volumes = {{"parent", "/var/lib"}};
  EXPECT_EQ(declared_for(spec, database()).volumes.size(), 2U) << "Docker would mount one of its own within";
  spec.volumes.clear();
  spec.ephemeral = {"/data", "/elsewhere"};
  spec.security.writable_paths = {"/linked"};
  EXPECT_TRUE(declared_for(spec, database()).volumes.empty());
  const auto scratch = scratch_of(spec, database());
  for (const auto* path : {"/data", "/elsewhere", "/var/lib/linked"})
    EXPECT_TRUE(std::any_of(scratch.begin(), scratch.end(), [&](const auto& d) { return d.path == path; })) << path;
  spec.security.read_only_root = false;
  const std::vector<model::scratch_directory> both{{"/data", true}, {"/elsewhere", false}};
  EXPECT_EQ(scratch_of(spec, database()), both) << "asked for in memory, whatever the root is";
  EXPECT_EQ(declared_for(spec, database()).volumes.size(), 1U) << "a writable path means nothing then";
}

TEST(ImageProfile, ScratchGoesWhereTheUserCannotWrite) {
  model::release_spec spec;
  const model::scratch_directory tmp{"/tmp", false, 64, true};
  const std::vector<model::scratch_directory> expected{{"/run", true}, tmp, {"/var/lib/nginx", true}};
  EXPECT_EQ(scratch_of(spec, nginx()), expected) << "links once, logs to stdout kept";
  EXPECT_FALSE(scratch_of(spec, nginx(), {0, 0})[0].owned);
  spec.volumes = {{"a", "/var/lib/nginx", false}, {"b", "/var/run", false}};
  spec.security.writable_paths = {"/opt/x", "/var/log/nginx"};
  const std::vector<model::scratch_directory> less{{"/opt/x", false}, tmp, {"/var/log/nginx", true}};
  EXPECT_EQ(scratch_of(spec, nginx()), less) << "volumes win, asked for is given";
  spec.security.read_only_root = false;
  EXPECT_TRUE(scratch_of(spec, nginx()).empty());
}

TEST(ImageProfile, ADirectoryInMemoryIsAsTheReleaseSays) {
  model::release_spec spec;
  spec.setup.tmpfs = {{"/data", 128, true}, {"/tmp", 256, false}};
  spec.security.read_only_root = false;
  const std::vector<model::scratch_directory> expected{{"/data", true, 128, true}, {"/tmp", false, 256, false}};
  EXPECT_EQ(scratch_of(spec, database()), expected) << "whatever the root is";
  for (const auto& v : declared_for(spec, database()).volumes) EXPECT_NE(v.mount_path, "/data") << "it is named";
  const auto examined = paths_to_examine(spec, {});
  EXPECT_NE(std::find(examined.begin(), examined.end(), "/data"), examined.end());
  spec.security.read_only_root.reset();
  const auto all = scratch_of(spec, database());
  EXPECT_EQ(std::count_if(all.begin(), all.end(), [](const auto& d) { return d.path == "/tmp"; }), 1);
}

TEST(ImageProfile, DirectoriesBelowThoseInMemoryAreThereAsTheImageHasThem) {
  model::release_spec spec;
  auto image = nginx();
  auto& run = image.paths["/run"];
  run.within = {{"/run/lock", {0, 0, 01777}},
                {"/run/mysqld", {999, 999, 0755}},
                {"/run/rooted", {0, 0, 0755}},
                {"/run/bad name", {0, 0, 0755}},
                {"/run/secrets/x", {0, 0, 0755}}};
  image.paths["/var/run"] = run;
  const auto find = [](const auto& all, const std::string& path) {
    const auto it = std::find_if(all.begin(), all.end(), [&](const auto& d) { return d.path == path; });
    return it == all.end() ? std::optional<model::scratch_directory>() : *it;
  };
  const auto made = [](std::uint32_t id, std::uint32_t mode) { return model::directory_owner{id, id, mode}; };
  auto all = scratch_of(spec, image, {999, 999});
  EXPECT_EQ(find(all, "/run/mysqld")->made, made(999, 0755));
  EXPECT_EQ(find(all, "/run/lock")->made, made(0, 01777));
  EXPECT_TRUE(find(all, "/run/rooted")->owned) << "its program expects to write there";
  EXPECT_FALSE(find(all, "/run/bad name"));
  EXPECT_FALSE(find(all, "/run/secrets/x"));
  all = scratch_of(spec, image, {0, 0});
  EXPECT_EQ(find(all, "/run/mysqld")->made, made(999, 0755));
  EXPECT_EQ(find(all, "/run/rooted")->made, made(0, 0755));
  EXPECT_EQ(find(all, "/run"), (model::scratch_directory{"/run"})) << "root's anyway";
  spec.volumes = {{"v", "/run/mysqld"}};
  EXPECT_FALSE(find(scratch_of(spec, image, {0, 0}), "/run/mysqld"));
  run.within.clear();
  for (int i = 0; i < 100; ++i) run.within.push_back({"/run/" + std::to_string(i), {}});
  EXPECT_LT(scratch_of(spec, image, {0, 0}).size(), 40U) << "each is a mount";
}

TEST(ImageProfile, ADirectoryOfSomebodysStaysHis) {
  model::release_spec spec;
  auto image = nginx();
  image.paths["/var/lib/nginx"] = {true, "/var/lib/nginx", 02770, false, 33, 34};
  const model::directory_owner as_made{33, 34, 02770};
  for (const auto& user : {run_as{0, 0}, run_as{33, 34}, run_as{7, 34}, run_as{7, 7, {34}}})
    EXPECT_EQ(scratch_of(spec, image, user).back().made, as_made) << user.uid;
  EXPECT_TRUE(scratch_of(spec, image, {7, 7}).back().owned);
}

TEST(ImageProfile, AWritablePathHasWhatTheImageHasThereWhereItsUserMayWrite) {
  model::release_spec spec;
  spec.security.writable_paths = {"/conf", "/empty"};
  auto image = nginx();
  image.paths["/conf"] = {true, "/conf", 0775, false, 33, 0, true, {{"/conf/d", {33, 0, 0755}}}, true};
  image.paths["/empty"] = {true, "/empty", 0755, false, 33, 0, true, {}, false};
  const auto copied = [&](const run_as& user) {
    std::vector<std::string> paths;
    for (const auto& dir : scratch_of(spec, image, user))
      if (dir.copied) paths.push_back(dir.path);
    return paths;
  };
  const std::vector<std::string> conf{"/conf"};
  EXPECT_EQ(copied({33, 33}), conf);
  EXPECT_EQ(copied(unprivileged), conf) << "group 0 may write";
  EXPECT_EQ(copied({0, 0}), conf);
  EXPECT_TRUE(hidden_by_scratch(spec, image, scratch_of(spec, image)).empty());
  image.paths["/conf"].mode = 0755;
  EXPECT_TRUE(copied(unprivileged).empty());
  const auto told = hidden_by_scratch(spec, image, scratch_of(spec, image));
  ASSERT_EQ(told.size(), 1U);
  EXPECT_NE(told[0].find("files in /conf"), std::string::npos);
}

TEST(ImageProfile, ProgramsRunFromTmpUnlessTheReleaseSaysOtherwise) {
  model::release_spec spec;
  const auto tmp = [&] {
    const auto all = scratch_of(spec, nginx());
    return std::find_if(all.begin(), all.end(), [](const auto& d) { return d.path == "/tmp"; })->exec;
  };
  EXPECT_TRUE(tmp());
  spec.setup.tmpfs = {{"/tmp", 64, false}};
  EXPECT_FALSE(tmp());
}

TEST(PullProgress, GrowsAndEndsWithTheDigest) {
  pull_progress p;
  const auto digest = "sha256:" + std::string(64, 'b');
  int last = 0;
  for (const std::string line :
       {R"({"status":"Pulling from web","id":"1"})", R"({"status":"Pulling fs layer","progressDetail":{},"id":"aa"})",
        R"({"status":"Downloading","progressDetail":{"current":50,"total":100},"id":"aa"})",
        R"({"status":"Pulling fs layer","progressDetail":{},"id":"bb"})", R"({"status":"Pull complete","id":"aa"})"}) {
    p.line(line);
    EXPECT_GE(p.percent(), last);
    last = p.percent();
  }
  EXPECT_GT(last, 0);
  EXPECT_LT(last, 100);
  p.line("{\"status\":\"Digest: " + digest + "\"}");
  p.line("{\"status\":\"Status: Downloaded newer image for x\"}");
  EXPECT_EQ(p.percent(), 100);
  EXPECT_EQ(p.digest(), digest);
  p.line(R"({"errorDetail":{"message":"unknown blob"},"error":"unknown blob"})");
  EXPECT_EQ(p.error(), "unknown blob");
}

}  // namespace
}  // namespace troupe::docker::tests
