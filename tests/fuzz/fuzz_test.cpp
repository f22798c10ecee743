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
