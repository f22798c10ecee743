// The fuzz targets over their seeds and 20,000 random changes of them: the same each time.
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/fuzz/targets.hpp"

namespace {

using target = int (*)(const std::uint8_t*, std::size_t);

void run(target one, const std::vector<std::string>& seeds, int rounds) {
  const auto feed = [&](const std::string& text) {
    EXPECT_EQ(one(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()), 0);
  };
  for (const auto& seed : seeds) feed(seed);
  std::mt19937 random(42);
  for (int i = 0; i < rounds; ++i) {
    std::string text = seeds[random() % seeds.size()];
    for (auto changes = random() % 4 + 1; changes > 0 && !text.empty(); --changes) {
      const auto at = random() % text.size();
      switch (random() % 4) {
        case 0: text[at] = static_cast<char>(random()); break;
        case 1: text.erase(at, random() % 8 + 1); break;
        case 2: text.insert(at, text.substr(random() % text.size(), random() % 16)); break;
        default: text.insert(at, 1, "\"{}[],:\\\0/@.-_"[random() % 15]); break;
      }
    }
    feed(text);
  }
}

}  // namespace

TEST(FuzzSeeds, JsonBodies) {
  run(troupe::fuzz::json_body,
      {R"({"environmentId":"env_aaaaaaaaaaaaaaaa","image":"nginx","ports":[{"container":80,"host":8080}],"envVars":{"A":"b"}})",
       R"({"environmentId":"env_aaaaaaaaaaaaaaaa","image":"a/b:c@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","healthCheck":{"command":["x"]},"security":{"capabilities":["KILL"]}})",
       R"([[[[[1e5,-0,0.1,"\ud83d\ude00"]]]],{"a":{"b":null}}])", "{\"a\":1,\"a\":2}", "\xEF\xBB\xBF{}",
       R"({"name":"x","keyId":"y","replicas":18446744073709551616})"},
      20'000);
}

TEST(FuzzSeeds, ComposeFiles) {
  const std::string deep(100'000, '[');
  troupe::fuzz::compose_file(reinterpret_cast<const std::uint8_t*>(deep.data()), deep.size());
  run(troupe::fuzz::compose_file,
      {"name: shop\nx-a: &a\n  restart: always\n  environment: {A: \"${A:-b}\", B: }\nservices:\n  web:\n    <<: *a\n  "
       "  image: nginx:1\n"
       "    ports: [\"8080:80\", {target: 53, published: 53, protocol: udp, mode: host}]\n    expose: [9000]\n"
       "    volumes: [\"data:/data:ro\", /anonymous, {type: volume, source: a_b, target: /c}]\n    tmpfs: "
       "/t:size=64m,exec\n"
       "    depends_on:\n      init: {condition: service_completed_successfully}\n      db:\n  init:\n    image: b\n   "
       " restart: on-failure:3\n"
       "  db: {extends: init, command: [sh, -c, 'x y'], healthcheck: {test: curl x, interval: 1m30s}, profiles: "
       "[dev]}\n",
       R"({"services": {"web": {"image": "a", "deploy": {"replicas": 2, "resources": {"limits": {"cpus": "0.5", "memory": "1.5g"}}}}}})",
       "services:\n  a_b:\n    image: a\n    ulimits: {nofile: {soft: 1, hard: 2}, core: 0}\n    sysctls: "
       "[net.core.somaxconn=1]\n"
       "    labels: {a: b}\n    extra_hosts: [\"a:::1\"]\n    dns: 8.8.8.8\n    user: 1:1\n    cap_add: [CAP_KILL]\n"
       "    x-troupe:\n      security: {preset: baseline}\n      volumes: [{mountPath: /e, ephemeral: true}]\n      "
       "tag: null\n",
       "services: {a: {image: $B, extends: {service: b}}, b: {image: |\n  x\n}}\n---\n",
       "\xEF\xBB\xBF%YAML 1.2\n--- !!map\n? services\n: *a\n"},
      20'000);
}

TEST(FuzzSeeds, ImageReferences) {
  run(troupe::fuzz::image_reference,
      {"nginx", "ghcr.io/a/b:c", "localhost:5000/x__y/z-w\nv1", "a@sha256:" + std::string(64, 'a'), "[::1]:5000/x"},
      200'000);
}

TEST(FuzzSeeds, KeyHeaders) {
  run(troupe::fuzz::key_header,
      {"Bearer rw_prod_aaaaaaaaaaaaaaaa." + std::string(40, 's') + "\nrw_prod_aaaaaaaaaaaaaaaa." + std::string(40, 's'),
       "limit=5&cursor=ZDE&wait=30s&since=2026-01-01T00:00:00%2B01:00", "text/plain;q=0.5, application/json",
       "Basic x\n\nBearer"},
      100'000);
}

TEST(FuzzSeeds, EngineAnswers) {
  run(troupe::fuzz::engine_answers,
      {R"({"ID":"x","Version":{"Index":7},"Spec":{"Name":"n","Labels":{"a":"b"},"TaskTemplate":{"ContainerSpec":{"Image":"i@sha256:0"}},"Mode":{"Replicated":{"Replicas":1}}}})",
       R"([{"ID":"t","Version":{"Index":9},"CreatedAt":"2026-11-23T14:46:31.247069858Z","Slot":1,"NodeID":"n","Status":{"State":"failed","Err":"task: non-zero exit 1","ContainerStatus":{"ContainerID":"c","ExitCode":1}},"DesiredState":"shutdown"}])",
       R"({"Id":"sha256:aa","RepoDigests":["a@sha256:bb"],"Config":{"User":"1:2","Volumes":{"/data":{}},"Healthcheck":{"Test":["CMD","x"]}}})",
       "{\"status\":\"Downloading\",\"progressDetail\":{\"current\":5,\"total\":10},\"id\":\"aa\"}\n{\"status\":"
       "\"Digest: sha256:" +
           std::string(64, 'a') + "\"}\n",
       "{\"Type\":\"container\",\"Action\":\"die\",\"Actor\":{\"ID\":\"c\",\"Attributes\":{\"com.troupe.instance\":"
       "\"troupe\",\"com.troupe.environment\":\"env_aaaaaaaaaaaaaaaa\"}},\"timeNano\":1}\n",
       std::string("etc/passwd") + std::string(90, '\0') + "0000644" + std::string(405, '\0')},
      20'000);
}

TEST(FuzzSeeds, LogFrames) {
  const auto frame = [](char stream, const std::string& text) {
    return std::string{stream, 0, 0, 0, 0, 0, 0, static_cast<char>(text.size())} + text;
  };
  run(troupe::fuzz::log_frames,
      {frame(1, "2026-11-23T14:46:31.247069858Z hello\n") + frame(2, "2026-11-23T14:46:31.3Z half") +
           frame(2, " and half\n"),
       frame(1, "no time\n\n") + frame(1, ""),
       frame(1, "2026-11-23T14:46:31Z a piece") + frame(2, "2026-11-23T14:46:31Z \x1b[31mred\x1b[0m\n") +
           frame(1, "2026-11-23T14:46:32Z and its end\r\n")},
      20'000);
}

TEST(FuzzSeeds, Events) {
  run(troupe::fuzz::events,
      {"{\"Type\":\"container\",\"Action\":\"die\",\"Actor\":{\"ID\":\"c\",\"Attributes\":{\"com.troupe.instance\":"
       "\"troupe\",\"com.troupe.environment\":\"env_aaaaaaaaaaaaaaaa\",\"com.docker.swarm.task.name\":\"a-web.1.x\"}},"
       "\"timeNano\":1700000000000000005}\n",
       "{\"Type\":\"service\",\"Action\":\"remove\",\"Actor\":{\"Attributes\":{\"name\":\"aaaaaaaaaaaaaaaa-web-2\"}}}"
       "\n",
       "{\"Type\":\"network\",\"Actor\":{\"Attributes\":{\"name\":\"troupe-aaaaaaaaaaaaaaaa\"}}}\n\n",
       R"([{"ID":"a","x":["}]",{"b":{}}]},{"ID":"\\\"]"},{}])", "aaaaaaaaaaaaaaaa-web", "troupe-aaaaaaaaaaaaaaaa"},
      20'000);
}

TEST(FuzzSeeds, EdgeAnswers) {
  const std::string deep(1'000'000, '[');
  troupe::fuzz::edge_answers(reinterpret_cast<const std::uint8_t*>(deep.data()), deep.size());
  const auto frame = [](char stream, const std::string& text) {
    return std::string{stream, 0, 0, 0, 0, 0, 0, static_cast<char>(text.size())} + text;
  };
  run(troupe::fuzz::edge_answers,
      {R"({"sites":{"site_a":{}},"certificates":{"site_a":{"domain":"a.example","notBefore":1,"notAfter":2}}})",
       R"({"generation":7,"refused":{"site_a":"no such file"}})", R"({"result":"ok"})",
       R"({"result":"failed","kind":"limited","detail":"too many","retryAfterSeconds":3600})",
       R"({"result":"issued","notBefore":1700000000,"notAfter":9223372036854775807})",
       frame(1, R"({"result":"ok"})") + frame(2, "a warning\n") + frame(1, "\n")},
      20'000);
}

TEST(FuzzSeeds, ImageAnswers) {
  const std::string id = R"({"Id":"sha256:)" + std::string(64, 'a') + R"(",)";
  run(troupe::fuzz::image_answers,
      {id +
           R"("Config":{"User":"1:2","Volumes":{"/data/":{},"/etc":{}},"Healthcheck":{"Test":["CMD","x"],"Interval":1}}})" +
           std::string(1, '\0') + "root:x:0:0::/:/bin/sh\nwww:x:33:33::/:/bin/sh\n",
       id +
           R"("Config":{"User":"www","Labels":{"com.troupe.x":"y","a":"b"},"Env":["A=b"],"ExposedPorts":{"80/tcp":{}}}})" +
           std::string(1, '\0') + "/a/../etc/./x",
       id +
           R"("RepoDigests":["a@sha256:bb"],"Config":{"Healthcheck":{"Test":["CMD-SHELL","x"],"StartPeriod":9223372036854775807,"Retries":-1}}})"},
      20'000);
}

TEST(FuzzSeeds, TarEntries) {
  const std::string header = "etc/passwd" + std::string(90, '\0') + "0000644" + std::string(1, '\0') + "0000000" +
                             std::string(1, '\0') + "0000000" + std::string(1, '\0') + "00000000005" +
                             std::string(21, '\0') + "0" + std::string(100, '\0') + "ustar" + std::string(250, '\0');
  auto longer = header;
  longer[156] = 'x';
  run(troupe::fuzz::tar_entries, {header + "hello" + std::string(507, '\0'), longer + std::string(512, 'y') + header},
      20'000);
}

TEST(FuzzSeeds, Settings) {
  run(troupe::fuzz::settings,
      {"DATABASE_URL=postgresql://troupe:secret@localhost:5432/"
       "troupe\nPORT=3000\nHOST_PORTS=8000-8999,9000\nPULL_TIMEOUT=10m\n",
       "DATABASE_URL=postgresql://a@[::1]/x?sslmode=require\nADMIN_ADDRESS=127.0.0.1:9000\nTRUSTED_PROXIES=10.0.0.0/8\n"
       "PRIVATE_REGISTRIES=a:5000,b\nTELEGRAM_BOT_TOKEN=123456:ABCDEFGHIJKLMNOPQRSTUVWXYZ\nTELEGRAM_MODE=polling\n",
       "90d", "postgres://u:p%40@h:1,i/db?a=b"},
      5'000);
}

TEST(FuzzSeeds, McpMessages) {
  const std::string modern =
      R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"extensions":{"io.modelcontextprotocol/tasks":{}}},"progressToken":7})";
  run(troupe::fuzz::mcp_message,
      {"\n"
       R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_logs","arguments":{"deploymentId":"dep_aaaaaaaaaaaaaaaa","tail":10}}})",
       "mcp-protocol-version:2026-07-28\nmcp-method:tools/call\nmcp-name:=?base64?Z2V0X2xvZ3M=?=\n\n"
       R"({"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"get_logs",)" +
           modern + "}}",
       "mcp-protocol-version:2025-11-25\n\n"
       R"({"jsonrpc":"2.0","method":"notifications/initialized"})",
       "\n"
       R"([{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}])",
       "\n"
       R"({"jsonrpc":"2.0","id":-1,"result":{},"params":{"a":"\u001b[31m\u202e![x]\u200b!["}})",
       "\n" + std::string(40, '[') + std::string(40, ']')},
      20'000);
}

TEST(FuzzSeeds, RawRequests) {
  run(troupe::fuzz::raw_requests,
      {"GET /environments?limit=1 HTTP/1.1\r\nHost: a\r\n\r\n",
       "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\nHost: a\r\n\r\n",
       "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"},
      20'000);
}
