#include "nginx/site_config.hpp"

#include <random>
#include <regex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "actors/model/domain_name.hpp"

namespace troupe::nginx {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

model::site some_site() {
  model::site s;
  s.id = {"dom_abcdefghijklmnop"};
  s.environment = {"env_qrstuvwxyz234567"};
  s.domain = "shop.example.org";
  return s;
}
const model::site_targets web{model::site_target{"web", 8080}, {}};

model::site with_certificate() {
  auto s = some_site();
  s.certificate =
      model::certificate{model::timestamp(std::chrono::seconds(1'000)), model::timestamp(std::chrono::seconds(9'000))};
  return s;
}

TEST(SiteConfig, WithoutACertificateNothingIsSaidOfOne) {
  const auto text = render_site(some_site(), web, "");
  EXPECT_THAT(text, HasSubstr("server_name shop.example.org;"));
  EXPECT_THAT(text, Not(HasSubstr("ssl_certificate")));
  EXPECT_THAT(text, Not(HasSubstr("tasks.")));
}

TEST(SiteConfig, WithOneTheServiceIsAskedForOnItsOwnNetworkAlone) {
  const auto text = render_site(with_certificate(), web, "");
  EXPECT_THAT(text, HasSubstr("ssl_certificate $edge_certificates/dom_abcdefghijklmnop/fullchain.pem;"));
  EXPECT_THAT(text, HasSubstr("tasks.qrstuvwxyz234567-web.troupe-qrstuvwxyz234567:8080;"));
  EXPECT_THAT(render_site(with_certificate(), {}, ""), Not(HasSubstr("tasks.")));
}

TEST(SiteConfig, ThePlatformsNameLeadsToThePlatform) {
  auto s = with_certificate();
  s.environment = {};
  EXPECT_THAT(render_site(s, {}, "troupe:3000"), HasSubstr("troupe:3000"));
}

TEST(SiteConfig, ANewCertificateIsAnotherText) {
  auto renewed = with_certificate();
  renewed.certificate->not_after += std::chrono::hours(1);
  EXPECT_NE(render_site(with_certificate(), web, ""), render_site(renewed, web, ""));
  EXPECT_EQ(render_site(with_certificate(), web, ""), render_site(with_certificate(), web, ""));
}

TEST(SiteConfig, WhatIsAskedForIsSaidAndNothingElse) {
  auto s = with_certificate();
  EXPECT_THAT(render_site(s, web, ""), Not(HasSubstr("client_max_body_size")));
  s.settings = {500, 60, false, model::frame_policy::any, true, ""};
  const auto text = render_site(s, web, "");
  for (const auto* line : {"client_max_body_size 500m;", "proxy_read_timeout 60s;", "underscores_in_headers on;",
                           "set $edge_plain_transport yes;", "set $edge_frames ANY;"})
    EXPECT_THAT(text, HasSubstr(line));
}

TEST(SiteConfig, ARedirectAsksNoService) {
  auto s = with_certificate();
  s.settings.redirect_to = "example.org";
  const auto text = render_site(s, web, "");
  EXPECT_THAT(text, HasSubstr("location / { return 308 https://example.org$request_uri; }"));
  EXPECT_THAT(text, Not(HasSubstr("tasks.")));
  s.settings.redirect_to = "example.org; }";
  EXPECT_THROW(render_site(s, web, ""), std::invalid_argument);
}

TEST(SiteConfig, APathIsThatVeryOneAndWhatIsBelowIt) {
  auto s = with_certificate();
  s.paths = {{"/api", "api"}, {"/gone", "gone"}};
  const auto text = render_site(s, {web.root, {model::site_target{"api", 9000}, std::nullopt}}, "");
  for (const auto* match :
       {"location = /api { set $edge_upstream tasks.qrstuvwxyz234567-api.", "location ^~ /api/ { set",
        "location = /gone { default_type", "location / { set $edge_upstream tasks.qrstuvwxyz234567-web."})
    EXPECT_THAT(text, HasSubstr(match));
  for (const auto* wrong : {"", "/", "api", "/api/", "//api", "/a b", "/a;", "/a{", "/a/../b", "/.", "/%61", "/a$b",
                            "/.well-known/acme-challenge", "/.well-known/acme-challenge/x", "/\xc3\xa4"}) {
    s.paths = {{wrong, "api"}};
    EXPECT_THROW(render_site(s, web, ""), std::invalid_argument) << wrong;
  }
  for (const auto* good : {"/a", "/.well-known", "/a.b/c~d/e-f_g", "/..a"}) {
    s.paths = {{good, "api"}};
    EXPECT_NO_THROW(render_site(s, web, "")) << good;
  }
}

TEST(SiteConfig, NothingButACanonicalDomainGetsIntoAFile) {
  for (const auto* wrong : {"", "a b.c", "a.b;", "A.b", "a.b\n", "*.a.b", "a.b{", "$a.b"}) {
    auto s = some_site();
    s.domain = wrong;
    EXPECT_THROW(render_site(s, web, ""), std::invalid_argument) << wrong;
  }
  auto s = some_site();
  s.id = {"dom_../../etc/passwd"};
  EXPECT_THROW(render_site(s, web, ""), std::invalid_argument);
}

// What an attacker may choose: the domain and the service's name (a DNS label, checked where it came in).
TEST(SiteConfig, AHundredThousandNamesGiveFilesOfOneServerNameEach) {
  std::mt19937 random(21);
  const std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789----";
  const std::string_view hostile = "ab0-.;{}$\"' \n\r\t\\/#*_:";
  const auto word = [&](std::string_view alphabet, std::size_t most) {
    std::string out;
    for (auto n = 1 + random() % most; n > 0; --n) out += alphabet[random() % alphabet.size()];
    return out;
  };
  const std::regex directive("server_name ([^;]*);");
  std::size_t taken = 0;
  for (int i = 0; i < 100'000; ++i) {
    auto text = i % 2 ? word(letters, 20) + '.' + word(letters, 12) : word(hostile, 24);
    const auto domain = model::canonical_domain(text);
    if (!domain) continue;
    ++taken;
    auto s = i % 4 < 2 ? with_certificate() : some_site();
    s.domain = *domain;
    const auto file = render_site(
        s, {model::site_target{word("abcdefghij0123456789", 40), static_cast<std::uint16_t>(1 + random() % 65535)}, {}},
        "");
    for (std::sregex_iterator it(file.begin(), file.end(), directive), end; it != end; ++it)
      ASSERT_EQ((*it)[1].str(), *domain);
    ASSERT_EQ(std::count(file.begin(), file.end(), '{'), std::count(file.begin(), file.end(), '}'));
  }
  EXPECT_GT(taken, 10'000U) << "a corpus that the grammar refuses shows nothing";
}

}  // namespace
}  // namespace troupe::nginx
