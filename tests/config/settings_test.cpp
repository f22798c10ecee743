#include "config/settings.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <type_traits>
#include <unistd.h>

#include <gmock/gmock.h>

#include "config/setting_table.hpp"

namespace troupe::config {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using environment = std::map<std::string, std::string>;

std::variant<settings, std::vector<violation>> parse_map(const environment& variables) {
  return parse([&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional{found->second};
  });
}

settings good(const environment& variables) {
  auto result = parse_map(variables);
  if (const auto* wrong = std::get_if<std::vector<violation>>(&result)) {
    ADD_FAILURE() << wrong->front().setting << ": " << wrong->front().message;
    return {};
  }
  return std::get<settings>(std::move(result));
}

std::vector<violation> bad(const environment& variables) {
  auto result = parse_map(variables);
  if (std::holds_alternative<settings>(result)) return {};
  return std::get<std::vector<violation>>(std::move(result));
}

auto is_about(const std::string& name) {
  return Field(&violation::setting, name);
}
auto says(const std::string& name, const std::string& text) {
  return AllOf(is_about(name), Field(&violation::message, HasSubstr(text)));
}

const std::string token = "123456789:AAbb-CCdd_EEffGGhhIIjjKKllMMnnOOppQQ";
const std::string webhook_value(32, 'w');

// A directory of its own for each test, removed at its end.
struct SettingsFile : ::testing::Test {
  std::filesystem::path directory;
  void SetUp() override {
    std::string form = (std::filesystem::temp_directory_path() / "troupe-settings-XXXXXX").string();
    ASSERT_NE(mkdtemp(form.data()), nullptr);
    directory = form;
  }
  void TearDown() override { std::filesystem::remove_all(directory); }
  std::string write(const std::string& name, const std::string& content) const {
    std::ofstream{directory / name, std::ios::binary} << content;
    return (directory / name).string();
  }
};

TEST(Settings, DefaultsAreTheDocumentedOnes) {
  const auto s = good({});
  EXPECT_EQ(s.bind_address, "127.0.0.1");
  EXPECT_EQ(s.port, 3000);
  EXPECT_EQ(s.internal_port, 3010);
  EXPECT_EQ(s.admin_address, (endpoint{"127.0.0.1", 3001}));
  EXPECT_EQ(s.public_base_url, "http://localhost:3000");
  EXPECT_EQ(s.api_key_prefix, "rw_prod_");
  EXPECT_EQ(s.deployments_per_minute, 5U);
  EXPECT_EQ(s.plans_per_minute, 30U);
  EXPECT_EQ(s.magic_link_ttl, 15min);
  EXPECT_EQ(s.database_url.reveal(), "postgresql:///troupe");
  EXPECT_EQ(s.docker_host, "unix:///var/run/docker.sock");
  EXPECT_EQ(s.stability_window, 5s);
  EXPECT_EQ(s.crash_patience, 30s);
  EXPECT_EQ(s.shutdown_grace, 30s);
  EXPECT_EQ(s.host_ports, (std::vector<port_range>{{1024, 65535}}));
  EXPECT_THAT(s.private_registries, IsEmpty());
  EXPECT_TRUE(s.telegram_bot_token.empty());
  EXPECT_TRUE(s.telegram_webhook_secret.empty());
  EXPECT_EQ(s.telegram_api_url, "https://api.telegram.org");
  EXPECT_EQ(s.telegram_mode, telegram_mode::webhook);
  EXPECT_EQ(s.acme_directory_url, "https://acme-v02.api.letsencrypt.org/directory");
  EXPECT_EQ(s.edge_container, "troupe-edge");
  EXPECT_EQ(s.log_level, log::level::info);
  EXPECT_EQ(s.log_format, log::format::text);
  EXPECT_THAT(s.origins, IsEmpty());
}

TEST(Settings, TheTableNamesEachSettingOnceWithAComment) {
  std::set<std::string> names;
  for (const auto& row : setting_table()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_FALSE(row.comment.empty()) << row.name;
    EXPECT_FALSE(row.expects.empty()) << row.name;
    EXPECT_EQ(row.comment.find('\n'), std::string::npos) << row.name;
  }
}

TEST(Settings, EveryDefaultIsShownAsItIsWritten) {
  const auto s = good({});
  for (const auto& row : setting_table()) EXPECT_EQ(row.show(s), row.default_value) << row.name;
}

struct sample {
  std::string name;
  std::vector<std::string> taken, refused;
};

const std::vector<sample>& samples() {
  const std::vector<std::string> bad_ports{"0",   "65536", "-1", "+80", "80a", " 80", "http", "99999999999999999999",
                                           "8e3", "0x50"};
  const std::vector<std::string> bad_counts{"0", "-1", "1.5", "many", "4294967296"};
  const std::vector<std::string> bad_durations{"5", "5 s", "-5s", "1.5m", "1h30m", "forever", "999999d"};
  const std::vector<std::string> bad_urls{"localhost",     "ftp://x",          "http://",     "https:///x",
                                          "http://u:p@x",  "http://x y",       "http://x/#f", "http://x:0",
                                          "http://x:port", "http://1.2.3.400", "http://-x",   "http://x..y",
                                          "http://[::g]",  "http://x\"",       "//x"};
  static const std::vector<sample> all{
      {"BIND_ADDRESS",
       {"0.0.0.0", "127.0.0.1", "::", "::1", "fe80::1"},
       {"localhost", "127.0.0", "1.2.3.256", "[::1]", "127.0.0.1:80", "*", "::g"}},
      {"PORT", {"1", "80", "65535"}, bad_ports},
      {"INTERNAL_PORT", {"1", "65535"}, bad_ports},
      {"ADMIN_ADDRESS",
       {"0.0.0.0:9000", "[::1]:3001"},
       {"3001", ":3001", "localhost:3001", "::1:3001", "[127.0.0.1]:3001", "127.0.0.1", "127.0.0.1:0", "[::1]",
        "[]:1"}},
      {"TRUSTED_PROXIES",
       {"10.0.0.7", "10.0.0.0/8,172.16.0.0/12", "2001:db8::/32,0.0.0.0/0"},
       {"edge", "10.0.0.0/33", "10.0.0.0/", "/8", "10.0.0.0/8,", "10.0.0.0/8, 10.0.0.1", "::/129", "10.0.0.0/8/8"}},
      {"HTTP_THREADS", {"1", "64"}, {"0", "65", "two", "-2"}},
      {"CORS_ALLOWED_ORIGINS",
       {"*", "https://app.example.org", "http://localhost:5173, https://a.example"},
       {"app.example.org", "https://app.example.org/", "https://a.example/x", "https://a.example:443", "http://a:80",
        "*,https://a.example", "null", "https://*.example.org", "ftp://a"}},
      {"MCP_ALLOWED_ORIGINS", {"*", "http://[::1]:6274"}, {"localhost", "http://a/", "https://a?b"}},
      {"PUBLISHED_HOST", {"203.0.113.7", "node.example.org", "[2001:db8::7]"}, {"a b", "http://x", "x:80", "x/"}},
      {"PUBLIC_BASE_URL",
       {"https://troupe.example.com", "http://10.0.0.1:8080/base", "https://[2001:db8::1]:8443"},
       bad_urls},
      {"API_KEY_PREFIX",
       {"rw_test_", "T_"},
       {"rw", "_", "rw.prod_", "rw-prod_", "rw prod_", std::string(32, 'a') + '_'}},
      {"DEPLOYMENTS_PER_MINUTE", {"1", "1000000"}, bad_counts},
      {"PLANS_PER_MINUTE", {"1", "1000000"}, bad_counts},
      {"MAGIC_LINK_TTL", {"1s", "15m", "1d"}, bad_durations},
      {"DATABASE_URL",
       {"postgres://u:p@h:5432/d", "postgresql:///d?host=/run/pg"},
       {"mysql://h/d", "h", "postgres:/d", "postgres://h:x/d", "host=h dbname=d"}},
      {"DATABASE_TIMEOUT", {"100ms", "5m"}, {"99ms", "301s", "5", "soon"}},
      {"DOCKER_HOST",
       {"unix:///run/docker.sock", "tcp://127.0.0.1:2375", "tcp://[::1]:2375", "tcp://dind:2376",
        "simulated:", "simulated:seed=7"},
       {"/var/run/docker.sock", "unix://", "unix:///", "unix://run/docker.sock", "unix:///run/dir/",
        "unix:///" + std::string(107, 'a'), "tcp://", "tcp://:2375", "tcp://h", "tcp:", "tcp:2375", "tcp://h:0",
        "tcp://h:2375/x", "http://h:2375", "ssh://h", "npipe://x", "simulated", "simulated: x"}},
      {"INSTANCE", {"troupe", "t", "a-b-9"}, {"Troupe", "a_b", "-a", "a-", "a.b", std::string(33, 'a'), "a b"}},
      {"ENGINE_TIMEOUT", {"100ms", "10m"}, {"0s", "11m", "x"}},
      {"PULL_TIMEOUT", {"1s", "1d"}, {"999ms", "25h", "10"}},
      {"START_TIMEOUT", {"1s", "1d"}, {"0s", "2d", "120"}},
      {"STABILITY_WINDOW", {"0s", "1h"}, bad_durations},
      {"CRASH_PATIENCE", {"0s", "1h"}, bad_durations},
      {"SHUTDOWN_GRACE", {"1s", "1h"}, bad_durations},
      {"HOST_PORTS",
       {"1-65535", "8080", "8080,9000-9100", "8080, 9000-9100", "none"},
       {"", "0", "0-10", "1-65536", "200-100", "80,80", "80-90,85", "90,80", "80,", ",80", "80--90", "-", "80-", "a-b",
        "all", "80;90", "1-2-3"}},
      {"PRIVATE_REGISTRIES",
       {"localhost:5000", "10.0.0.1", "[::1]:5000,registry.internal", "a, b:1"},
       {"http://localhost:5000", "localhost:5000/x", "a,,b", "a,", "a b", "a:b", "10.0.0.0/8", "*", "u@h", "::1"}},
      {"REMOVALS_PER_MINUTE", {"1", "1000000"}, {"0", "1000001", "-1", "all"}},
      {"MAX_REPLICAS", {"1", "10000"}, {"0", "10001", "x"}},
      {"DEFAULT_CPUS",
       {"0.01", "0.5", "2", "1024"},
       {"0", "0.001", "1025", "-1", "1e3", "nan", "inf", ".", "1.2.3", "1,5", ""}},
      {"DEFAULT_MEMORY_MB", {"6", "512"}, {"5", "512m", "-1", "99999999999"}},
      {"DEFAULT_PIDS", {"1", "4194304"}, bad_counts},
      {"KEPT_LOGS_MB", {"1", "1048576"}, bad_counts},
      {"KEPT_LOGS_TIME", {"1m", "7d", "3650d"}, {"59s", "3651d", "7"}},
      {"KEPT_LOGS_TOTAL_MB", {"1", "1073741824"}, bad_counts},
      {"TELEGRAM_API_URL", {"http://127.0.0.1:9000", "https://bots.example.com/api"}, bad_urls},
      {"TELEGRAM_MODE", {"webhook", "polling"}, {"Webhook", "none", "push"}},
      {"TELEGRAM_ACCESS", {"open", "invite"}, {"Open", "none", "everybody"}},
      {"TELEGRAM_ALLOWED_USERS", {"1", "123456789,987654321"}, {"@anna", "0", "1,,2", "-5", "1234567890123456789"}},
      {"MAX_SECURITY_PRESET", {"restricted", "baseline"}, {"privileged", "Baseline", "none"}},
      {"PROFILE_FALLBACK", {"off", "drops-root", "baseline"}, {"restricted", "Off", "none", "drops_root"}},
      {"TELEGRAM_BOT_TOKEN", {}, {"token", ":x", "12:", "12:a/b", "ab:cd", "12:a b", "12:a?b"}},
      {"TELEGRAM_WEBHOOK_SECRET",
       {webhook_value, std::string(256, 'x'), std::string(31, 'a') + '-'},
       {std::string(31, 'w'), std::string(257, 'w'), webhook_value + '!', webhook_value + ' '}},
      {"ACME_DIRECTORY_URL",
       {"https://127.0.0.1:14000/dir", "https://ca/dir?x=1"},
       {"http://ca/dir", "ca", "https://", "https://u@ca/dir"}},
      {"ACME_EMAIL",
       {"ops@example.com", "a+b@sub.example.org"},
       {"ops", "@example.com", "ops@", "ops@host", "a b@example.com", "a@b@c.de", "ops@[127.0.0.1]"}},
      {"ACME_CA_BUNDLE", {"/proc/self/status"}, {"/nonexistent/ca.pem", "/tmp", "relative-and-missing.pem"}},
      {"EDGE_CONTAINER", {"edge", "troupe_edge.1"}, {"e", "-edge", "my edge", "edge/1", std::string(129, 'e')}},
      {"EDGE_ADDRESSES", {"203.0.113.7", "203.0.113.7, 2001:db8::7"}, {"example.org", "203.0.113", "203.0.113.7,"}},
      {"DOMAINS_PER_ENVIRONMENT", {"1", "1000"}, {"0", "1001", "ten"}},
      {"KEPT_HISTORY_TIME", {"1d", "3650d"}, {"1h", "0", "4000d", "90"}},
      {"KEPT_RELEASES", {"10", "1000"}, {"9", "1001", "all"}},
      {"EDGE_UPSTREAM",
       {"troupe.troupe-front:3000", "10.0.0.7:80"},
       {"troupe", "troupe:3000", ":80", "troupe:0", "[::1]:80", "http://troupe:80"}},
      {"STATE_DIR", {"/tmp", "not/there/yet"}, {"/proc/self/status"}},
      {"SECRETS_KEY_FILE", {"/run/secrets/key", "not/there/yet"}, {"/tmp"}},
      {"LOG_LEVEL", {"trace", "debug", "info", "warn", "error"}, {"INFO", "warning", "off", "1"}},
      {"LOG_FORMAT", {"text", "json"}, {"JSON", "xml"}},
  };
  return all;
}

TEST(Settings, EverySettingHasSamples) {
  std::set<std::string> sampled, names;
  for (const auto& each : samples()) sampled.insert(each.name);
  for (const auto& row : setting_table()) names.insert(row.name);
  EXPECT_EQ(sampled, names);
}

TEST(Settings, GoodValuesAreTaken) {
  for (const auto& each : samples())
    for (const auto& value : each.taken) {
      const auto wrong = bad({{each.name, value}});
      EXPECT_THAT(wrong, IsEmpty()) << each.name << '=' << value << (wrong.empty() ? "" : wrong.front().message);
    }
}

TEST(Settings, BadValuesAreRefusedByName) {
  for (const auto& each : samples())
    for (const auto& value : each.refused)
      if (!value.empty() || each.name == "HOST_PORTS") {
        EXPECT_THAT(bad({{each.name, value}}), ElementsAre(is_about(each.name))) << each.name << '=' << value;
      }
}

TEST(Settings, ControlCharactersAreRefusedEverywhereAndShownEscaped) {
  for (const auto& each : samples())
    for (const auto& value : each.taken)
      for (const char c : {'\r', '\n', '\t', '\x1b', '\0', '\x7f'}) {
        const auto wrong = bad({{each.name, value + c}});
        ASSERT_THAT(wrong, ElementsAre(is_about(each.name))) << each.name << '=' << value;
        EXPECT_EQ(wrong.front().message.find(c), std::string::npos);
      }
}

TEST(Settings, AHugeValueIsRefusedBriefly) {
  for (const auto& row : setting_table()) {
    const auto wrong = bad({{row.name, std::string(1'000'000, '9')}});
    ASSERT_THAT(wrong, ElementsAre(is_about(row.name)));
    EXPECT_LT(wrong.front().message.size(), 400U);
  }
}

TEST(Settings, AnEmptyValueIsTheDefault) {
  environment variables;
  for (const auto& row : setting_table())
    if (row.name != "HOST_PORTS") variables[row.name] = "";
  const auto s = good(variables);
  for (const auto& row : setting_table()) EXPECT_EQ(row.show(s), row.default_value) << row.name;
  EXPECT_THAT(s.origins, IsEmpty());
}

TEST(Settings, ValuesArriveTyped) {
  const auto s = good({{"PORT", "8080"},
                       {"ADMIN_ADDRESS", "[::1]:9001"},
                       {"HOST_PORTS", "8080, 9000-9100"},
                       {"PRIVATE_REGISTRIES", "Registry.Internal:5000, 10.0.0.7,registry.internal:5000"},
                       {"DEFAULT_CPUS", "0.5"},
                       {"STABILITY_WINDOW", "0s"},
                       {"PUBLIC_BASE_URL", "https://troupe.example.com/"},
                       {"LOG_FORMAT", "json"},
                       {"LOG_LEVEL", "debug"},
                       {"TELEGRAM_MODE", "polling"},
                       {"TELEGRAM_BOT_TOKEN", token}});
  EXPECT_EQ(s.port, 8080);
  EXPECT_EQ(s.admin_address, (endpoint{"::1", 9001}));
  EXPECT_EQ(s.host_ports, (std::vector<port_range>{{8080, 8080}, {9000, 9100}}));
  EXPECT_THAT(s.private_registries, ElementsAre("registry.internal:5000", "10.0.0.7"));
  EXPECT_DOUBLE_EQ(s.default_cpus, 0.5);
  EXPECT_EQ(s.stability_window, 0s);
  EXPECT_EQ(s.public_base_url, "https://troupe.example.com");
  EXPECT_EQ(s.log_format, log::format::json);
  EXPECT_EQ(s.log_level, log::level::debug);
  EXPECT_EQ(s.telegram_mode, telegram_mode::polling);
  EXPECT_EQ(s.telegram_bot_token.reveal(), token);
  EXPECT_EQ(s.origins.at("PORT"), "environment");
}

TEST(Settings, TheBaseUrlFollowsTheDoorUnlessItIsSet) {
  const auto url = [](const environment& with) { return good(with).public_base_url; };
  EXPECT_EQ(url({{"PORT", "8080"}}), "http://localhost:8080");
  EXPECT_EQ(url({{"PORT", "80"}, {"BIND_ADDRESS", "0.0.0.0"}}), "http://localhost");
  EXPECT_EQ(url({{"BIND_ADDRESS", "192.0.2.7"}}), "http://192.0.2.7:3000");
  EXPECT_EQ(url({{"BIND_ADDRESS", "fe80::1"}, {"PORT", "8080"}}), "http://[fe80::1]:8080");
  EXPECT_EQ(url({{"PORT", "8080"}, {"PUBLIC_BASE_URL", "https://x.example"}}), "https://x.example");
}

TEST(Settings, HostPortsAllowTheirEndsAndNothingOutside) {
  const auto ranges = good({{"HOST_PORTS", "8080,9000-9100"}}).host_ports;
  for (const std::uint16_t port : {8080, 9000, 9050, 9100}) EXPECT_TRUE(allows(ranges, port)) << port;
  for (const std::uint16_t port : {0, 8079, 8081, 8999, 9101, 65535}) EXPECT_FALSE(allows(ranges, port)) << port;
  EXPECT_FALSE(allows(good({{"HOST_PORTS", "none"}}).host_ports, 8080));
}

TEST(Settings, AllViolationsComeAtOnceInTheOrderOfTheTable) {
  EXPECT_THAT(bad({{"LOG_LEVEL", "loud"}, {"PORT", "x"}, {"DOCKER_HOST", "ssh://h"}, {"MAGIC_LINK_TTL", "15"}}),
              ElementsAre(says("PORT", "\"x\""), says("MAGIC_LINK_TTL", "\"15\""), says("DOCKER_HOST", "\"ssh://h\""),
                          says("LOG_LEVEL", "trace, debug, info, warn or error")));
}

TEST(Settings, EqualPortsAreRefusedPairByPair) {
  EXPECT_THAT(bad({{"PORT", "3010"}}), ElementsAre(says("INTERNAL_PORT", "PORT; both are 3010")));
  EXPECT_THAT(bad({{"PORT", "3001"}}), ElementsAre(says("ADMIN_ADDRESS", "3001")));
  EXPECT_THAT(bad({{"ADMIN_ADDRESS", "[::1]:3010"}}), ElementsAre(says("ADMIN_ADDRESS", "INTERNAL_PORT")));
  EXPECT_EQ(bad({{"PORT", "7"}, {"INTERNAL_PORT", "7"}, {"ADMIN_ADDRESS", "127.0.0.1:7"}}).size(), 3U);
}

TEST(Settings, ABadPortIsNotComparedToo) {
  EXPECT_EQ(bad({{"PORT", "x"}, {"INTERNAL_PORT", "3001"}}).size(), 2U);
}

TEST(Settings, AWebhookNeedsItsSecret) {
  EXPECT_THAT(bad({{"TELEGRAM_BOT_TOKEN", token}}), ElementsAre(says("TELEGRAM_WEBHOOK_SECRET", "required")));
  EXPECT_THAT(bad({{"TELEGRAM_BOT_TOKEN", token}, {"TELEGRAM_WEBHOOK_SECRET", ""}}),
              ElementsAre(says("TELEGRAM_WEBHOOK_SECRET", "required")));
  EXPECT_THAT(bad({{"TELEGRAM_BOT_TOKEN", token}, {"TELEGRAM_WEBHOOK_SECRET", "short"}}),
              ElementsAre(says("TELEGRAM_WEBHOOK_SECRET", "32 to 256")));
  EXPECT_THAT(bad({{"TELEGRAM_BOT_TOKEN", token}, {"TELEGRAM_WEBHOOK_SECRET", webhook_value}}), IsEmpty());
  EXPECT_THAT(bad({{"TELEGRAM_BOT_TOKEN", token}, {"TELEGRAM_MODE", "polling"}}), IsEmpty());
  EXPECT_THAT(bad({{"TELEGRAM_MODE", "webhook"}}), IsEmpty());
}

TEST(Settings, AViolationNeverShowsASecret) {
  const std::string canary = "CANARY!with bad letters";
  for (const auto& row : setting_table())
    if (row.secret) {
      for (const auto& value : {canary, canary + '\n', "postgres://u:" + canary + "@h/d"})
        for (const auto& each : bad({{row.name, value}}))
          EXPECT_THAT(each.message, Not(HasSubstr("CANARY"))) << row.name;
      EXPECT_THAT(bad({{row.name, canary}}), ElementsAre(is_about(row.name)));
    }
}

TEST_F(SettingsFile, EverySecretMayComeFromAFile) {
  const auto s = good({{"DATABASE_URL_FILE", write("url", "postgres://u:password1@h/d\n")},
                       {"TELEGRAM_BOT_TOKEN_FILE", write("token", token + "\r\n")},
                       {"TELEGRAM_WEBHOOK_SECRET_FILE", write("secret", webhook_value)}});
  EXPECT_EQ(s.database_url.reveal(), "postgres://u:password1@h/d");
  EXPECT_EQ(s.telegram_bot_token.reveal(), token);
  EXPECT_EQ(s.telegram_webhook_secret.reveal(), webhook_value);
  EXPECT_EQ(s.origins.at("DATABASE_URL"), "file " + (directory / "url").string());
}

TEST_F(SettingsFile, ValueAndFileTogetherAreRefused) {
  for (const auto& row : setting_table())
    if (row.secret) {
      const auto wrong = bad({{row.name, "CANARY"}, {row.name + "_FILE", write("f", "CANARY")}});
      EXPECT_THAT(wrong, ElementsAre(says(row.name, "set twice"))) << row.name;
      EXPECT_THAT(wrong.front().message, Not(HasSubstr("CANARY")));
    }
}

TEST_F(SettingsFile, AFileThatCannotGiveASecretIsNamed) {
  for (const auto& path :
       {(directory / "missing").string(), directory.string(), write("empty", ""), write("line", "\n")})
    EXPECT_THAT(bad({{"TELEGRAM_BOT_TOKEN_FILE", path}}), ElementsAre(says("TELEGRAM_BOT_TOKEN_FILE", path)));
  EXPECT_THAT(bad({{"TELEGRAM_BOT_TOKEN_FILE", write("two", token + "\n" + token)}}),
              ElementsAre(is_about("TELEGRAM_BOT_TOKEN")));
  EXPECT_THAT(bad({{"TELEGRAM_BOT_TOKEN_FILE", write("huge", std::string(100'000, '1'))}}),
              ElementsAre(says("TELEGRAM_BOT_TOKEN", "longer")));
}

TEST_F(SettingsFile, OnlySecretsHaveAFileVariant) {
  EXPECT_EQ(good({{"PORT_FILE", write("port", "8080")}}).port, 3000);
}

TEST_F(SettingsFile, AnUnreadableSecretIsOneViolationNotTwo) {
  EXPECT_THAT(bad({{"TELEGRAM_BOT_TOKEN", token}, {"TELEGRAM_WEBHOOK_SECRET_FILE", (directory / "missing").string()}}),
              ElementsAre(is_about("TELEGRAM_WEBHOOK_SECRET_FILE")));
}

TEST(Settings, TheSecretsAreListedWithTheirDangerousParts) {
  const auto s = good({{"DATABASE_URL", "postgres://u:p%40ssword@h/d"},
                       {"TELEGRAM_BOT_TOKEN", token},
                       {"TELEGRAM_WEBHOOK_SECRET", webhook_value}});
  EXPECT_THAT(secrets(s),
              ElementsAre("p%40ssword", "p@ssword", token, token.substr(token.find(':') + 1), webhook_value));
  EXPECT_THAT(secrets(good({})), IsEmpty());
  EXPECT_THAT(secrets(good({{"DATABASE_URL", "postgres://troupe:troupe@h/troupe"}})), IsEmpty());
}

TEST(Secret, PrintsItsMaskAndConvertsToNothing) {
  std::ostringstream out;
  out << secret{"CANARY"} << ' ' << secret{"postgres://u:CANARY@h", "postgres://u:****@h"};
  EXPECT_EQ(out.str(), "**** postgres://u:****@h");
  static_assert(!std::is_convertible_v<secret, std::string> && !std::is_convertible_v<secret, std::string_view>);
  EXPECT_EQ(secret{"CANARY"}.reveal(), "CANARY");
}

}  // namespace
}  // namespace troupe::config
