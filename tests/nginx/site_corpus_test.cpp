// What an attacker may choose, in files that the real nginx reads with the edge's own configuration.
#include <cstdlib>
#include <fstream>
#include <random>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "actors/model/domain_name.hpp"
#include "nginx/nginx_process.hpp"
#include "nginx/site_config.hpp"
#include "tests/nginx/state_directory.hpp"

namespace troupe::nginx {
namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
  return text;
}

struct SiteCorpus : ::testing::Test {
  testing::state_directory place;
  const fs::path dir = place.path(), sources = fs::path(TROUPE_SOURCE_DIR) / "nginx/edge";
  std::mt19937 random{4711};

  void SetUp() override {
    for (const auto* made : {"etc", "live", "tmp/nginx", "challenges", "certificates"})
      fs::create_directories(dir / made);
    for (const auto& file : fs::directory_iterator(sources / "conf"))
      write("etc/" + file.path().filename().string(), content_of(file.path()));
    fs::copy_file("/etc/nginx/mime.types", dir / "etc/mime.types");
    write("nginx.conf", content_of(sources / "nginx.conf"));
    write("listen-http.conf", "listen 127.0.0.1:1;");
    write("listen-https.conf", "listen 127.0.0.1:2 ssl http2;");
    write("listen-http-default.conf", "listen 127.0.0.1:1 default_server;");
    write("listen-https-default.conf", "listen 127.0.0.1:2 ssl http2 default_server;");
    write("workers.conf", "worker_processes 1;");
    write("connections.conf", "worker_connections 512;");
    write("live/generation.inc", "return 200 1;");
  }
  std::string here(std::string text) const {
    for (const auto& [what, with] :
         {std::pair{"/run/nginx", ""}, {"/etc/nginx", "/etc"}, {"/edge/", "/"}, {"/tmp/nginx", "/tmp"}})
      text =
          replaced(std::move(text), what, (what == std::string("/edge/") ? dir.string() + "/" : dir.string() + with));
    return text;
  }
  void write(const std::string& name, const std::string& text) { std::ofstream(dir / name) << here(text); }
  void check() const { check_configuration("/usr/sbin/nginx", dir / "nginx.conf"); }

  std::string word(std::string_view alphabet, std::size_t most) {
    std::string out;
    for (auto n = 1 + random() % most; n > 0; --n) out += alphabet[random() % alphabet.size()];
    return out;
  }
  // Names that get past the grammar, out of letters that like to get past others.
  std::string domain() {
    while (true) {
      std::string text;
      for (auto labels = 1 + random() % 4; labels > 0; --labels) text += word("abcXYZ0189--;{}$\"'# \n\\/*_", 9) + '.';
      text += word("abcdefghijklmnopqrstuvwxyz", 8);
      if (const auto name = model::canonical_domain(text)) return *name;
    }
  }
};

TEST_F(SiteCorpus, NginxTakesEveryFile) {
  if (!fs::exists("/usr/sbin/nginx")) GTEST_SKIP() << "nginx is not installed";
  ASSERT_NO_THROW(check()) << "the edge's configuration without a site";
  const std::size_t all = std::getenv("TROUPE_LONG") ? 100'000 : 5'000, at_a_time = 5'000;
  std::set<std::string> used;
  for (std::size_t done = 0; done < all; done += at_a_time) {
    std::string text;
    for (std::size_t i = 0; i < at_a_time; ++i) {
      model::site s;
      s.id = {model::id_text("dom", random(), random())};
      s.environment = {model::id_text("env", random(), random())};
      do s.domain = domain();
      while (!used.insert(s.domain).second);
      if (i % 3 != 0) s.certificate = model::certificate{{}, model::timestamp(std::chrono::seconds(random()))};
      std::optional<model::site_target> target;
      if (i % 3 == 1)
        target = {word("abcdefghijklmnopqrstuvwxyz0123456789", 40), static_cast<std::uint16_t>(1 + random() % 65535)};
      text += render_site(s, target, "");
    }
    write("live/all.conf", text);
    ASSERT_NO_THROW(check()) << "names " << done << " to " << done + at_a_time;
  }
  // The test itself can fail: one file that is not of the grammar's making.
  write("live/all.conf", "server { server_name a b; } }");
  EXPECT_THROW(check(), std::runtime_error);
}

}  // namespace
}  // namespace troupe::nginx
