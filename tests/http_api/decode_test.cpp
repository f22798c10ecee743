// JSON, schemas, rules and headers: what is read from outside, without actors.
#include <map>

#include <gtest/gtest.h>

#include "http/api/accept.hpp"
#include "http/api/body_schemas.hpp"
#include "http/api/json_decode.hpp"
#include "http/api/key_header.hpp"
#include "http/api/problem_answer.hpp"
#include "http/api/query.hpp"
#include "http/api/release_rules.hpp"
#include "http/api/routes.hpp"
#include "tests/http_api/api_world.hpp"

using namespace troupe;
using namespace troupe::http;
using namespace troupe::http::api;
using nlohmann::json;

namespace {

std::vector<model::violation> faults(std::string_view text) {
  const auto decoded = decode_json(text);
  return decoded.index() == 1 ? std::get<1>(decoded) : std::vector<model::violation>{};
}

struct body_reader {
  config::settings settings = test::default_settings();
  body_schemas schemas{settings};

  std::map<std::string, std::string> violations(const json& body, std::string_view schema = "create_deployment") const {
    std::map<std::string, std::string> out;
    for (const auto& v : schemas.check(schema, body)) out.emplace(v.pointer, v.detail);
    if (schema == "create_deployment")
      for (const auto& v : check_release(body, settings)) out.emplace(v.pointer, v.detail);
    return out;
  }
};

json valid() {
  return {{"environmentId", "env_aaaaaaaaaaaaaaaa"}, {"image", "nginx"}};
}
json with(const char* pointer, json value) {
  auto body = valid();
  body[json::json_pointer(pointer)] = std::move(value);
  return body;
}

}  // namespace

TEST(JsonDecode, RefusesWhatTwoReadersCouldUnderstandDifferently) {
  const struct {
    std::string text, pointer, detail;
  } cases[] = {
      {"", "", "is not valid JSON at byte 1"},
      {"{", "", "is not valid JSON"},
      {"{}x", "", "is not valid JSON at byte 3"},
      {"{}{}", "", "is not valid JSON at byte 3"},
      {"\xEF\xBB\xBF{}", "", "begins with a byte order mark"},
      {"{\"a\":\"\xff\"}", "", "is not valid UTF-8 at byte 7"},
      {"{\"a\":\"\xed\xa0\x80\"}", "", "is not valid UTF-8 at byte 7"},
      {"{\"a\":\"\xc0\xaf\"}", "", "is not valid UTF-8 at byte 7"},
      {R"({"a":"\ud800"})", "/a", "half of a surrogate pair"},
      {R"({"a":"\u0000"})", "/a", "U+0000"},
      {R"({"a\u0000":1})", "", "U+0000"},
      {R"({"a":1,"a":2})", "/a", "given twice"},
      {R"({"x":[{"a":1,"a":2}]})", "/x/0/a", "given twice"},
      {R"({"a":1e400})", "/a", "beyond what a JSON number holds"},
      {R"({"a":9007199254740992})", "/a", "beyond what a JSON number holds"},
      {R"({"a":[1,18446744073709551616]})", "/a/1", "beyond what a JSON number holds"},
      {R"({"a":NaN})", "/a", "is not valid JSON"},
      {R"({"a":01})", "/a", "is not valid JSON"},
      {R"({'a':1})", "", "is not valid JSON"},
      {R"({"a":1,})", "", "is not valid JSON"},
      {"{\"a\":\"\n\"}", "/a", "is not valid JSON"},
      {"{/**/}", "", "is not valid JSON"},
  };
  for (const auto& c : cases) {
    const auto found = faults(c.text);
    ASSERT_FALSE(found.empty()) << c.text;
    EXPECT_NE(found[0].detail.find(c.detail), std::string::npos) << c.text << " -> " << found[0].detail;
    EXPECT_TRUE(found[0].pointer == c.pointer || c.detail == "is not valid JSON")
        << c.text << " -> " << found[0].pointer;
  }
}

TEST(JsonDecode, BoundsDepthTextsAndMembers) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(faults(nested(32)).empty());
  EXPECT_NE(faults(nested(33)).at(0).detail.find("nested deeper than 32"), std::string::npos);
  EXPECT_FALSE(faults(nested(100'000)).empty());
  EXPECT_FALSE(faults(std::string(1'000'000, '[')).empty());
  EXPECT_TRUE(faults('"' + std::string(32 * 1024, 'x') + '"').empty());
  EXPECT_FALSE(faults('"' + std::string(32 * 1024 + 1, 'x') + '"').empty());
  json many = json::array();
  for (int i = 0; i < 1000; ++i) many.push_back(i);
  EXPECT_TRUE(faults(many.dump()).empty());
  many.push_back(0);
  EXPECT_NE(faults(json{{"a", many}}.dump()).at(0).detail.find("more than 1000 elements"), std::string::npos);
  EXPECT_EQ(faults(json{{"a", many}}.dump()).at(0).pointer, "/a");
}

TEST(JsonDecode, KeepsWhatIsValid) {
  const std::string text =
      R"({"a":[1,-2,0.5,1e3,true,null,"\ud83d\ude00 \u00e4/~"],"b":{"c":{}},"~/":9007199254740991})";
  EXPECT_EQ(std::get<0>(decode_json(text)), json::parse(text));
}

TEST(JsonDecode, AWholeNumberMayHaveAPoint) {
  const auto read = std::get<0>(decode_json(R"([1.0,1e3,-2.00,0.5])"));
  EXPECT_TRUE(read[0].is_number_integer() && read[1].is_number_integer() && read[2].is_number_integer());
  EXPECT_TRUE(read[3].is_number_float());
}

TEST(JsonDecode, WhatIsForbiddenIsToldBesideTheRest) {
  const auto read = decode_leniently(R"({"a":"x\u0000","b":1})");
  ASSERT_TRUE(read.value);
  EXPECT_EQ((*read.value)["b"], 1);
  ASSERT_EQ(read.violations.size(), 1U);
  EXPECT_EQ(read.violations[0].pointer, "/a");
  EXPECT_FALSE(decode_leniently("{").value);
}

TEST(JsonDecode, NullMembersAreAsIfLeftOut) {
  auto value = json::parse(R"({"a":null,"b":[{"c":null,"d":1}],"e":{"f":null}})");
  drop_nulls(value);
  EXPECT_EQ(value, json::parse(R"({"b":[{"d":1}],"e":{}})"));
}

TEST(JsonDecode, PointersEscapeTheirTokens) {
  EXPECT_EQ(faults(R"({"a/b~c":[0,{"x":1,"x":2}]})").at(0).pointer, "/a~1b~0c/1/x");
}

TEST(ReleaseBody, TheLeastAndTheMostAreValid) {
  const body_reader reader;
  EXPECT_TRUE(reader.violations(valid()).empty());
  const json full = json::parse(
      R"({"environmentId":"env_aaaaaaaaaaaaaaaa","image":"ghcr.io/a/b","tag":"v1","name":"web-1","replicas":1,
    "ports":[{"container":80,"host":8080,"protocol":"tcp","mode":"host"},{"container":53,"protocol":"udp"}],
    "envVars":{"A":"1","_b":""},"volumes":[{"name":"data","mountPath":"/data","readOnly":true}],"command":["/bin/sh","-c"],"args":["x; y"],
    "healthCheck":{"command":["true"],"intervalSeconds":1,"timeoutSeconds":1,"retries":1,"startPeriodSeconds":0},
    "resources":{"cpus":0.5,"memoryMb":64,"pids":10},"restartPolicy":{"condition":"on-failure","maxAttempts":3,"delaySeconds":2},
    "security":{"user":"1000:1000","readOnlyRootFilesystem":false,"writablePaths":["/run","/tmp/x"],"capabilities":["CHOWN","KILL"]}})");
  EXPECT_TRUE(reader.violations(full).empty());
  auto filled = full;
  reader.schemas.fill_defaults("create_deployment", filled);
  const auto spec = release_of(filled);
  EXPECT_EQ(spec.service, "web-1");
  EXPECT_EQ(spec.security.capabilities, (std::vector<std::string>{"CHOWN", "KILL"}));
  EXPECT_EQ(spec.restart.condition, model::restart_condition::on_failure);
  EXPECT_EQ(spec.ports[1].protocol, model::port_protocol::udp);
}

TEST(ReleaseBody, WhatFewContainersNeedCanBeSaid) {
  const body_reader reader;
  auto body = valid();
  body.update(
      json::parse(R"({"init":false,"stopGracePeriodSeconds":90,"stopSignal":"SIGRTMIN+3","hostname":"mail.example.org",
    "workingDir":"/srv/app-1","tty":true,"ulimits":{"nofile":{"soft":1024,"hard":65536},"memlock":{"soft":-1,"hard":-1}},
    "extraHosts":[{"host":"db.example.org","address":"10.0.0.7"},{"host":"six","address":"::1"}],"dns":["1.1.1.1","2606:4700::1111"],
    "sysctls":{"net.core.somaxconn":"1024","kernel.shmmax":"1","kernel.msgmax":"1","kernel.sem":"1 2 3 4","fs.mqueue.msg_max":"1"},
    "labels":{"org.example.team":"shop","com.example/x_y-z":""},"shmSizeMb":256,"tmpfs":[{"path":"/a"},{"path":"/b","sizeMb":1,"exec":true}],
    "logs":{"maxSizeMb":1,"maxFiles":10},"update":{"order":"start-first","parallelism":2,"delaySeconds":5},
    "security":{"preset":"drops-root","effective":{"user":"0:0"}}})"));
  EXPECT_EQ(json(reader.violations(body)), json::object());
  reader.schemas.fill_defaults("create_deployment", body);
  const auto spec = release_of(body);
  EXPECT_EQ(spec.setup.init, false);
  EXPECT_EQ(spec.setup.stop_grace_seconds, 90U);
  EXPECT_EQ(spec.setup.ulimits.at("memlock").hard, -1);
  EXPECT_EQ(spec.setup.tmpfs, (std::vector<model::memory_directory>{{"/a", 64, false}, {"/b", 1, true}}));
  EXPECT_EQ(spec.update, (model::update_policy{model::update_order::start_first, 2, 5}));
  EXPECT_EQ(spec.security.preset, model::security_preset::drops_root);
  EXPECT_FALSE(spec.security.capabilities || spec.security.read_only_root) << "the preset's";
  auto least = valid();
  reader.schemas.fill_defaults("create_deployment", least);
  EXPECT_EQ(release_of(least).setup, model::container_setup{});
  EXPECT_EQ(release_of(least).update, model::update_policy{});
  EXPECT_EQ(release_of(least).security, model::security{});
}

TEST(ReleaseBody, StartFirstIsForWhatCanLiveSideBySide) {
  const body_reader reader;
  auto body = with("/update", {{"order", "start-first"}});
  EXPECT_TRUE(reader.violations(body).empty());
  body["volumes"] = {{{"name", "data"}, {"mountPath", "/data"}}};
  const auto found = reader.violations(body);
  ASSERT_TRUE(found.contains("/update/order")) << json(found);
  for (const auto* word : {"\"data\"", "`shared`"})
    EXPECT_NE(found.at("/update/order").find(word), std::string::npos) << found.at("/update/order");
  for (const auto* way : {"shared", "readOnly"}) {
    auto allowed = body;
    allowed["volumes"][0][way] = true;
    EXPECT_TRUE(reader.violations(allowed).empty()) << way;
  }
  body.erase("volumes");
  body["ports"] = {{{"container", 80}, {"host", 8080}}};
  EXPECT_NE(reader.violations(body).at("/update/order").find("8080"), std::string::npos);
  body["ports"][0]["mode"] = "ingress";
  EXPECT_TRUE(reader.violations(body).empty());
  body["ports"][0]["mode"] = "host";
  body["update"]["order"] = "stop-first";
  EXPECT_TRUE(reader.violations(body).empty());
}

TEST(ReleaseBody, AJobIsToldWhatIsAServicesAndAServiceWhatIsAJobs) {
  const body_reader reader;
  auto body = with("/kind", "job");
  EXPECT_TRUE(reader.violations(body).empty());
  reader.schemas.fill_defaults("create_deployment", body);
  auto spec = release_of(body);
  ASSERT_TRUE(spec.job);
  EXPECT_EQ(*spec.job, (model::job_terms{0, 3600}));
  body["backoffLimit"] = 100;
  body["deadlineSeconds"] = 86400;
  EXPECT_EQ(release_of(body).job, (model::job_terms{100, 86400}));

  const json wrong{{"healthCheck", {{"command", {"true"}}}},
                   {"restartPolicy", {{"condition", "any"}}},
                   {"update", {{"order", "stop-first"}}},
                   {"replicas", 2},
                   {"ports", {{{"container", 80}, {"host", 8080}}}}};
  for (const auto& [field, value] : wrong.items()) {
    auto refused = with("/kind", "job");
    refused[field] = value;
    const auto found = reader.violations(refused);
    const auto at = field == "ports" ? "/ports/0/host" : "/" + field;
    ASSERT_TRUE(found.contains(at)) << json(found);
    EXPECT_NE(found.at(at).find("job"), std::string::npos) << found.at(at);
  }
  auto inside = with("/kind", "job");
  inside["ports"] = {{{"container", 80}}};
  EXPECT_TRUE(reader.violations(inside).empty());
  for (const auto* field : {"backoffLimit", "deadlineSeconds"}) {
    const auto found = reader.violations(with((std::string("/") + field).c_str(), 5));
    EXPECT_NE(found.at(std::string("/") + field).find("`kind`"), std::string::npos) << json(found);
  }
  const json outside{{"backoffLimit", 101}, {"deadlineSeconds", 0}, {"kind", "cron"}};
  for (const auto& [field, value] : outside.items()) {
    auto refused = with("/kind", "job");
    refused[field] = value;
    EXPECT_TRUE(reader.violations(refused).contains("/" + field)) << field;
  }
}

TEST(ReleaseBody, DefaultsComeFromTheSettings) {
  body_reader reader;
  reader.settings.default_cpus = 0.25;
  reader.settings.default_memory_mb = 99;
  const body_schemas schemas(reader.settings);
  auto body = with("/resources", {{"pids", 7}});
  schemas.fill_defaults("create_deployment", body);
  const auto spec = release_of(body);
  EXPECT_EQ(spec.limits.cpus, 0.25);
  EXPECT_EQ(spec.limits.memory_mb, 99U);
  EXPECT_EQ(spec.limits.pids, 7U);
}

TEST(ReleaseBody, EachFaultIsToldAtItsPlace) {
  const body_reader reader;
  const struct {
    json body;
    std::string pointer, detail;
  } cases[] = {
      {json::array(), "", "must be an object"},
      {json::object(), "/image", "is required"},
      {with("/nonsense", 1), "/nonsense", "is not a known field"},
      {with("/ports", {{{"container", 80}, {"hots", 1}}}), "/ports/0/hots", "is not a known field"},
      {with("/image", 5), "/image", "must be a text"},
      {with("/image", ""), "/image", "must not be empty"},
      {with("/image", "a;b"), "/image", "lower-case"},
      {with("/image", std::string(1000, 'a')), "/image", "at most 512"},
      {with("/tag", "a b"), "/tag", "must be 1 to 128"},
      {with("/name", "-x"), "/name", "DNS label"},
      {with("/name", std::string(41, 'a')), "/name", "at most 40"},
      {with("/replicas", -1), "/replicas", "from 1 to 100"},
      {with("/replicas", 1.5), "/replicas", "whole number"},
      {with("/replicas", 1.0), "/replicas", "whole number"},
      {with("/replicas", "1"), "/replicas", "whole number"},
      {with("/replicas", nullptr), "/replicas", "whole number"},
      {with("/replicas", 101), "/replicas", "from 1 to 100"},
      {with("/ports", {{{"container", 0}}}), "/ports/0/container", "from 1 to 65535"},
      {with("/ports", {{{"container", 65536}}}), "/ports/0/container", "from 1 to 65535"},
      {with("/ports", {{{"host", 8080}}}), "/ports/0/container", "is required"},
      {with("/ports", {{{"container", 1}, {"protocol", "sctp"}}}), "/ports/0/protocol", "one of: tcp, udp"},
      {with("/ports", {{{"container", 1}}, {{"container", 1}}}), "/ports/1/container", "twice"},
      {with("/ports", {{{"container", 1}, {"host", 8080}}, {{"container", 2}, {"host", 8080}}}), "/ports/1/host",
       "twice"},
      {with("/ports", {{{"container", 1}, {"host", 80}}}), "/ports/0/host", "not among the host ports"},
      {with("/ports", {{{"container", 1}, {"host", 3000}}}), "/ports/0/host", "platform's own"},
      {with("/ports", {{{"container", 1}, {"host", 2377}}}), "/ports/0/host", "platform's own"},
      {with("/envVars", {{"A=B", "x"}}), "/envVars/A=B", "the name is not of the form"},
      {with("/envVars", {{"", "x"}}), "/envVars/", "the name is not of the form"},
      {with("/envVars", {{"A", 1}}), "/envVars/A", "must be a text"},
      {with("/envVars", {{std::string(129, 'A'), "x"}}), "/envVars/" + std::string(129, 'A'), "the name"},
      {with("/volumes", {{{"name", "a"}, {"mountPath", "/a"}}, {{"name", "a"}, {"mountPath", "/b"}}}),
       "/volumes/1/name", "twice"},
      {with("/volumes", {{{"name", "a"}, {"mountPath", "/a"}}, {{"name", "b"}, {"mountPath", "/a"}}}),
       "/volumes/1/mountPath", "twice"},
      {with("/volumes", {{{"mountPath", "/a"}}}), "/volumes/0/name", "is missing"},
      {with("/volumes", {{{"name", "a"}, {"mountPath", "/a"}, {"ephemeral", true}}}), "/volumes/0/name", "in memory"},
      {with("/volumes", {{{"mountPath", "/a"}, {"ephemeral", true}, {"shared", true}}}), "/volumes/0/shared",
       "in memory"},
      {with("/volumes", {{{"name", "a"}, {"mountPath", "/a"}, {"shared", 1}}}), "/volumes/0/shared", "must be"},
      {with("/volumes", {{{"name", "../a"}, {"mountPath", "/a"}}}), "/volumes/0/name", "DNS label"},
      {with("/healthCheck", json::object()), "/healthCheck", "exactly one"},
      {with("/healthCheck", {{"command", {"a"}}, {"http", {{"port", 1}}}}), "/healthCheck", "exactly one"},
      {with("/healthCheck", {{"command", "curl localhost"}}), "/healthCheck/command", "must be a list"},
      {with("/healthCheck", {{"http", {{"port", 80}, {"path", "/a b"}}}}), "/healthCheck/http/path",
       "is not of the form"},
      {with("/security", {{"capabilities", {"SYS_ADMIN"}}}), "/security/capabilities/0", "one of: CHOWN"},
      {with("/security", {{"capabilities", {"KILL", "KILL"}}}), "/security/capabilities", "twice"},
      {with("/security", {{"user", "a b"}}), "/security/user", "is not of the form"},
      {with("/security", {{"user", "4294967296"}}), "/security/user", "above 2147483647"},
      {with("/security", {{"privileged", true}}), "/security/privileged", "is not a known field"},
      {with("/security", {{"writablePaths", {"/etc"}}}), "/security/writablePaths/0", "must be a directory below /etc"},
      {with("/security", {{"preset", "privileged"}}), "/security/preset", "one of: restricted, drops-root, baseline"},
      {with("/update", {{"order", "both"}}), "/update/order", "one of: stop-first, start-first"},
      {with("/update", {{"parallelism", 0}}), "/update/parallelism", "from 1 to 100"},
      {with("/update", {{"delaySeconds", 301}}), "/update/delaySeconds", "from 0 to 300"},
      {with("/init", "no"), "/init", "true or false"},
      {with("/stopGracePeriodSeconds", 0), "/stopGracePeriodSeconds", "from 1 to 600"},
      {with("/stopSignal", "TERM"), "/stopSignal", "one of: SIGTERM"},
      {with("/hostname", "a_b"), "/hostname", "A host name"},
      {with("/hostname", "a..b"), "/hostname", "A host name"},
      {with("/workingDir", "srv"), "/workingDir", "An absolute path"},
      {with("/ulimits", {{"rtprio", {{"soft", 1}, {"hard", 1}}}}), "/ulimits/rtprio", "nofile"},
      {with("/ulimits", {{"nofile", {{"soft", 1}}}}), "/ulimits/nofile/hard", "is required"},
      {with("/ulimits", {{"nofile", {{"soft", 2}, {"hard", 1}}}}), "/ulimits/nofile/soft", "not be above `hard`"},
      {with("/ulimits", {{"core", {{"soft", -1}, {"hard", 1}}}}), "/ulimits/core/soft", "not be above `hard`"},
      {with("/ulimits", {{"nofile", {{"soft", 1}, {"hard", -1}}}}), "/ulimits/nofile/hard", "0 to 1048576"},
      {with("/extraHosts", {{{"host", "a b"}, {"address", "10.0.0.1"}}}), "/extraHosts/0/host", "A host name"},
      {with("/extraHosts", {{{"host", "a"}, {"address", "10.0.0"}}}), "/extraHosts/0/address", "IPv4 or IPv6"},
      {with("/extraHosts", {{{"host", "a"}}}), "/extraHosts/0/address", "is required"},
      {with("/dns", {"dns.example.org"}), "/dns/0", "IPv4 or IPv6"},
      {with("/sysctls", {{"vm.swappiness", "1"}}), "/sysctls/vm.swappiness", "net.*"},
      {with("/sysctls", {{"kernel.panic", "1"}}), "/sysctls/kernel.panic", "net.*"},
      {with("/sysctls", {{"net/core/x", "1"}}), "/sysctls/net~1core~1x", "net.*"},
      {with("/sysctls", {{"net.core.somaxconn", 1}}), "/sysctls/net.core.somaxconn", "must be a text"},
      {with("/labels", {{"com.troupe.service", "x"}}), "/labels/com.troupe.service", "reserved"},
      {with("/labels", {{"com.docker.stack.namespace", "x"}}), "/labels/com.docker.stack.namespace", "reserved"},
      {with("/labels", {{"a b", "x"}}), "/labels/a b", "letters, digits"},
      {with("/labels", {{"a", std::string(4096, 'x')},
                        {"b", std::string(4096, 'x')},
                        {"c", std::string(4096, 'x')},
                        {"d", std::string(4096, 'x')}}),
       "/labels", "16384 bytes"},
      {with("/shmSizeMb", 0), "/shmSizeMb", "from 1 to"},
      {with("/tmpfs", {{{"path", "/proc/x"}}}), "/tmpfs/0/path", "must not be in /proc"},
      {with("/tmpfs", {{{"path", "/dev/shm"}}}), "/tmpfs/0/path", "`shmSizeMb`"},
      {with("/tmpfs", {{{"path", "/a"}}, {{"path", "/a"}}}), "/tmpfs/1/path", "twice"},
      {with("/tmpfs", {{{"path", "/a"}, {"sizeMb", 0}}}), "/tmpfs/0/sizeMb", "from 1 to"},
      {with("/logs", {{"maxSizeMb", 101}}), "/logs/maxSizeMb", "from 1 to 100"},
      {with("/resources", {{"cpus", 0}}), "/resources/cpus", "from 0.01"},
      {with("/resources", {{"memoryMb", 1}}), "/resources/memoryMb", "from 6"},
  };
  for (const auto& c : cases) {
    const auto found = reader.violations(c.body);
    ASSERT_TRUE(found.contains(c.pointer)) << c.body.dump().substr(0, 300) << " -> " << json(found).dump();
    EXPECT_NE(found.at(c.pointer).find(c.detail), std::string::npos) << found.at(c.pointer);
  }
}

TEST(ReleaseBody, AHostPortAllowsOneReplica) {
  const body_reader reader;
  auto body = with("/ports", {{{"container", 80}, {"host", 8080}}});
  body["replicas"] = 2;
  EXPECT_NE(reader.violations(body).at("/ports/0/host").find("leave `host` out"), std::string::npos);
  body["ports"][0]["mode"] = "ingress";
  EXPECT_TRUE(reader.violations(body).empty());
}

TEST(ReleaseBody, AWritableVolumeAllowsOneReplicaUnlessItIsShared) {
  const body_reader reader;
  auto body = with("/volumes", {{{"name", "a"}, {"mountPath", "/a"}}});
  EXPECT_TRUE(reader.violations(body).empty());
  body["replicas"] = 2;
  EXPECT_NE(reader.violations(body).at("/volumes/0").find("`shared`"), std::string::npos);
  for (const auto* way : {"shared", "readOnly"}) {
    auto allowed = body;
    allowed["volumes"][0][way] = true;
    EXPECT_TRUE(reader.violations(allowed).empty()) << way;
  }
  body["volumes"] = {{{"mountPath", "/a"}, {"ephemeral", true}}};
  EXPECT_TRUE(reader.violations(body).empty());
  reader.schemas.fill_defaults("create_deployment", body);
  EXPECT_EQ(release_of(body).ephemeral, std::vector<std::string>{"/a"});
  EXPECT_TRUE(release_of(body).volumes.empty());
}

TEST(ReleaseBody, IngressIsRefusedWhereItCannotWork) {
  const body_reader reader;
  auto body = with("/ports", {{{"container", 80}, {"host", 8080}, {"mode", "ingress"}}});
  EXPECT_TRUE(check_release(body, reader.settings, "").empty());
  const auto found = check_release(body, reader.settings, "must be host: no IPVS");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].pointer, "/ports/0/mode");
  EXPECT_EQ(found[0].detail, "must be host: no IPVS");
  body["ports"][0].erase("mode");
  EXPECT_TRUE(check_release(body, reader.settings, "must be host: no IPVS").empty());
}

TEST(ReleaseBody, TheBoundsOfAHealthCheckAreTheModels) {
  const body_reader reader;
  using bounds = model::health_check_bounds;
  const struct {
    const char* field;
    model::bound within;
  } fields[] = {{"intervalSeconds", bounds::interval_seconds},
                {"timeoutSeconds", bounds::timeout_seconds},
                {"retries", bounds::retries},
                {"startPeriodSeconds", bounds::start_period_seconds}};
  for (const auto& f : fields)
    for (const auto& [value, good] : {std::pair{f.within.least - 1, false},
                                      {f.within.least, true},
                                      {f.within.most, true},
                                      {f.within.most + 1, false}})
      EXPECT_EQ(reader.violations(with("/healthCheck", {{"command", {"x"}}, {f.field, value}})).empty(), good)
          << f.field << ' ' << value;
}

TEST(ReleaseBody, AllEnvironmentVariablesTogetherAreBounded) {
  const body_reader reader;
  json env = json::object();
  for (int i = 0; i < 9; ++i) env["A" + std::to_string(i)] = std::string(32'000, 'x');
  EXPECT_TRUE(reader.violations(with("/envVars", env)).contains("/envVars"));
  env.clear();
  for (int i = 0; i < 501; ++i) env["A" + std::to_string(i)] = "x";
  EXPECT_NE(reader.violations(with("/envVars", env)).at("/envVars").find("at most 500"), std::string::npos);
}

TEST(ReleaseBody, MountPathsKeepOutOfTheSystem) {
  const body_reader reader;
  const auto fault = [&](const std::string& path) {
    return reader.violations(with("/volumes", {{{"name", "a"}, {"mountPath", path}}})).contains("/volumes/0/mountPath");
  };
  for (const std::string bad :
       {"a",     "/",       "/a/",    "//a",   "/a//b", "/a/../b", "/a/.",           "/..",
        "/proc", "/proc/1", "/sys/x", "/dev",  "/etc",  "/run",    "/run/secrets/x", "/var/run/docker.sock",
        "/a b",  "/a:b",    "/a,b",   "/a\nb", "/a;b",  "C:\\x",   "/\xc3\xa4"})
    EXPECT_TRUE(fault(bad)) << bad;
  for (const std::string good : {"/data", "/etc/nginx", "/run/app", "/procx", "/var/lib/postgresql/data",
                                 "/usr/share/nginx/html", "/devices", "/a.b/_c-d+e@f~g"})
    EXPECT_FALSE(fault(good)) << good;
}

TEST(ReleaseBody, LongTextsUnderAPatternAreRefusedAndCrashNothing) {
  const body_reader reader;
  for (const auto* field : {"/environmentId", "/name", "/image", "/tag"})
    EXPECT_TRUE(reader.violations(with(field, std::string(32'000, 'a'))).contains(field)) << field;
  EXPECT_TRUE(reader.violations(with("/security", {{"user", std::string(32'000, 'a')}})).contains("/security/user"));
  EXPECT_FALSE(reader.violations(with("/envVars", {{std::string(32'000, 'A'), "x"}})).empty());
}

// Metacharacters in every text: refused, or (arguments and variables, which no shell ever sees) passed on as they are.
TEST(ReleaseBody, MetacharactersAreRefusedWhereverTheyCouldMeanSomething) {
  const body_reader reader;
  const std::vector<std::string> hostile = {";id",          "|id",  "&id",    "$(id)", "`id`", "a>b",     "a<b",
                                            "a\nb",         "a\rb", "a'b",    "a\"b",  "a\\b", "../../x", "a b",
                                            "--privileged", "a\tb", "${IFS}", "*",     "a#b",  "%00",     "{{.ID}}"};
  for (const auto& text : hostile) {
    for (const auto* field : {"/environmentId", "/image", "/tag", "/name", "/security/user", "/security/preset",
                              "/restartPolicy/condition", "/hostname", "/stopSignal", "/workingDir"})
      EXPECT_TRUE(reader.violations(with(field, text)).contains(field)) << field << ' ' << text;
    EXPECT_FALSE(reader.violations(with("/volumes", {{{"name", text}, {"mountPath", "/a"}}})).empty()) << text;
    if (text != "--privileged") {
      EXPECT_FALSE(reader.violations(with("/volumes", {{{"name", "a"}, {"mountPath", "/" + text}}})).empty()) << text;
      EXPECT_FALSE(reader.violations(with("/security", {{"writablePaths", {"/" + text}}})).empty()) << text;
    }
    EXPECT_FALSE(reader.violations(with("/security", {{"capabilities", {text}}})).empty()) << text;
    EXPECT_FALSE(reader.violations(json{{"name", text}}, "create_environment").empty()) << text;
    EXPECT_FALSE(reader.violations(json{{"keyId", text}}, "revoke_key").empty()) << text;
    EXPECT_TRUE(reader.violations(with("/envVars", {{text, "x"}})).empty()) << text;
    auto body = with("/envVars", {{"A", text}});
    body["command"] = {text};
    EXPECT_TRUE(reader.violations(body).empty());
    reader.schemas.fill_defaults("create_deployment", body);
    EXPECT_EQ(release_of(body).env.at("A"), text);
    EXPECT_EQ(release_of(body).command.at(0), text);
  }
}

TEST(KeyHeader, ReadsEitherHeaderAndRefusesADisagreement) {
  const auto read = [](header_list headers) {
    request asked;
    asked.headers = std::move(headers);
    const auto key = presented_key_of(asked);
    return key ? std::string(*key) : std::string("none");
  };
  EXPECT_EQ(read({{"x-api-key", "k"}}), "k");
  EXPECT_EQ(read({{"authorization", "Bearer k"}}), "k");
  EXPECT_EQ(read({{"authorization", "bEARER  k"}}), "k");
  EXPECT_EQ(read({{"authorization", "Bearer k"}, {"x-api-key", "k"}}), "k");
  for (const header_list& bad : {header_list{},
                                 {{"x-api-key", ""}},
                                 {{"authorization", "Bearer "}},
                                 {{"authorization", "Bearer"}},
                                 {{"authorization", "Basic k"}},
                                 {{"authorization", "Bearer k"}, {"x-api-key", "j"}},
                                 {{"x-api-key", "k"}, {"x-api-key", "j"}},
                                 {{"authorization", "Basic k"}, {"x-api-key", "k"}}})
    EXPECT_EQ(read(bad), "none");
}

TEST(Accept, RanksTheThreeKinds) {
  EXPECT_EQ(preferred_media(""), media::json);
  EXPECT_EQ(preferred_media("*/*"), media::json);
  EXPECT_EQ(preferred_media("text/plain"), media::text);
  EXPECT_EQ(preferred_media("Text/Event-Stream"), media::events);
  EXPECT_EQ(preferred_media("text/plain;q=0.5, application/json"), media::json);
  EXPECT_EQ(preferred_media("text/html, text/plain; q=0.8, */*;q=0.1"), media::text);
  EXPECT_EQ(preferred_media("text/plain;q=0"), media::json);
  EXPECT_EQ(preferred_media(";;,,q=;\x01"), media::json);
  EXPECT_TRUE(is_json_type("application/json"));
  EXPECT_TRUE(is_json_type("Application/JSON; charset=UTF-8"));
  EXPECT_FALSE(is_json_type("application/json; charset=latin1"));
  EXPECT_FALSE(is_json_type("text/json"));
  EXPECT_FALSE(is_json_type("multipart/form-data"));
}

TEST(Cursor, OpensOnlyWhatItMade) {
  for (const std::string position : {"1", "18446744073709551615", "env_aaaaaaaaaaaaaaaa"})
    EXPECT_EQ(open_cursor('d', make_cursor('d', position)), position);
  EXPECT_FALSE(open_cursor('e', make_cursor('d', "1")));
  for (const std::string bad : {"", "A", "!!!!", "ZDE=", "ZDEx ", "ZDF"}) EXPECT_FALSE(open_cursor('d', bad)) << bad;
}

TEST(Problems, EachConsequenceHasItsStatus) {
  using model::consequence;
  EXPECT_EQ(status_of(consequence::retry), 429);
  EXPECT_EQ(status_of(consequence::rejected), 400);
  EXPECT_EQ(status_of(consequence::conflict), 409);
  EXPECT_EQ(status_of(consequence::not_found), 404);
  EXPECT_EQ(status_of(consequence::cancelled), 409);
  EXPECT_EQ(status_of(consequence::unavailable), 503);
  EXPECT_EQ(status_of(consequence::outdated), 412);
  EXPECT_EQ(refusal_of(model::problem{consequence::not_found, "row 17", {{"/a", "b"}}, 0}).detail,
            refusal_of(model::problem{consequence::not_found, "", {}, 0}).detail);
  EXPECT_GT(refusal_of(model::problem{consequence::unavailable, "", {}, 0}).retry_after_seconds, 0);
}

TEST(Routes, NoTwoAreTheSame) {
  for (const auto& a : routes())
    for (const auto& b : routes())
      if (&a != &b) {
        EXPECT_FALSE(a.method == b.method && a.path == b.path) << a.path;
        EXPECT_NE(a.operation, b.operation);
      }
}
