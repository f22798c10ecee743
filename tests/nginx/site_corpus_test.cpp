// What an attacker may choose, in files that the real nginx reads with the edge's own configuration.
#include <cstdlib>
#include <fstream>
#include <random>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "actors/model/domain_name.hpp"
#include "actors/model/site_path.hpp"
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
    fs::create_directories(dir / "etc/proxies");
    for (const auto& file : fs::directory_iterator(sources / "conf/proxies"))
      write("etc/proxies/" + file.path().filename().string(), content_of(file.path()));
    for (const auto& file : fs::directory_iterator(sources / "conf"))
      if (file.is_regular_file()) write("etc/" + file.path().filename().string(), content_of(file.path()));
    fs::copy_file("/etc/nginx/mime.types", dir / "etc/mime.types");
    write("nginx.conf", content_of(sources / "nginx.conf"));
    write("listen-http.conf", "listen 127.0.0.1:1;");
    write("listen-https.conf", "listen 127.0.0.1:2 ssl http2;");
    write("listen-http-default.conf", "listen 127.0.0.1:1 default_server;");
    write("listen-https-default.conf", "listen 127.0.0.1:2 ssl http2 default_server;");
    write("front.conf",
          "include /etc/nginx/proxies/cloudflare.conf; include /etc/nginx/proxies/fastly.conf; "
          "include /etc/nginx/proxies/private.conf; real_ip_header X-Forwarded-For;");
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
  std::string path() {
    while (true)
      if (auto text = '/' + word("abcXYZ0189-_.~/;{}$\"'# \n\\%", 12); model::is_site_path(text)) return text;
  }
};

TEST_F(SiteCorpus, NginxTakesEveryFile) {
  if (!fs::exists("/usr/sbin/nginx")) GTEST_SKIP() << "nginx is not installed";
  ASSERT_NO_THROW(check()) << "the edge's configuration without a site";
  const std::size_t all = std::getenv("TROUPE_LONG") ? 100'000 : 5'000, at_a_time = 5'000;
  std::set<std::string> used;
  std::size_t with_paths = 0;
  for (std::size_t done = 0; done < all; done += at_a_time) {
    std::string text;
    for (std::size_t i = 0; i < at_a_time; ++i) {
      model::site s;
      s.id = {model::id_text("dom", random(), random())};
      s.environment = {model::id_text("env", random(), random())};
      do s.domain = domain();
      while (!used.insert(s.domain).second);
      if (i % 3 != 0) s.certificate = model::certificate{{}, model::timestamp(std::chrono::seconds(random()))};
      model::site_targets targets;
      const auto target = [this] {
        return model::site_target{word("abcdefghijklmnopqrstuvwxyz0123456789", 40),
                                  static_cast<std::uint16_t>(1 + random() % 65535)};
      };
      if (i % 3 == 1) targets.root = target();
      // Each setting somewhere, and paths, with a service and without.
      if (i % 5 == 0)
        s.settings = {
            1 + static_cast<std::uint32_t>(random() % 10'240), 60, false, model::frame_policy::deny, true, ""};
      if (i % 7 == 0) s.settings.redirect_to = domain();
      for (std::size_t n = i % 11 == 0 ? 3 : 0; n > 0; --n) {
        s.paths.push_back({path(), "api"});
        targets.paths.emplace_back(n == 1 ? std::nullopt : std::optional(target()));
      }
      if (s.paths.size() == 3 && s.paths[0].path != s.paths[1].path && s.paths[0].path != s.paths[2].path &&
          s.paths[1].path != s.paths[2].path)
        ++with_paths;
      else
        s.paths.clear();
      text += render_site(s, targets, "");
    }
    write("live/all.conf", text);
    ASSERT_NO_THROW(check()) << "names " << done << " to " << done + at_a_time;
  }
  EXPECT_GT(with_paths, all / 20);
  // The test itself can fail: one file that is not of the grammar's making.
  write("live/all.conf", "server { server_name a b; } }");
  EXPECT_THROW(check(), std::runtime_error);
}

}  // namespace
}  // namespace troupe::nginx
