#include "actors/model/image_reference.hpp"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

using troupe::model::image_reference;
using troupe::model::parse_image;

namespace {
const std::string digest = "sha256:" + std::string(64, 'a');
}

TEST(ImageReference, SplitsAndCompletesWhatPeopleWrite) {
  const struct {
    std::string image, tag;
    image_reference want;
  } cases[] = {
      {"nginx", "", {"docker.io", "library/nginx", "latest", ""}},
      {"nginx", "1.25", {"docker.io", "library/nginx", "1.25", ""}},
      {"nginx:1.25", "", {"docker.io", "library/nginx", "1.25", ""}},
      {"acme/web", "", {"docker.io", "acme/web", "latest", ""}},
      {"docker.io/nginx", "", {"docker.io", "library/nginx", "latest", ""}},
      {"index.docker.io/acme/web", "", {"docker.io", "acme/web", "latest", ""}},
      {"GHCR.io/owner/app:v1", "", {"ghcr.io", "owner/app", "v1", ""}},
      {"localhost/app", "", {"localhost", "app", "latest", ""}},
      {"localhost:5000/app", "", {"localhost:5000", "app", "latest", ""}},
      {"127.0.0.1:5000/a/b/c:x", "", {"127.0.0.1:5000", "a/b/c", "x", ""}},
      {"registry/app", "", {"docker.io", "registry/app", "latest", ""}},
      {"acme/a__b.c-d--e/f_g", "", {"docker.io", "acme/a__b.c-d--e/f_g", "latest", ""}},
      {"nginx@" + digest, "", {"docker.io", "library/nginx", "", digest}},
      {"nginx:1@" + digest, "", {"docker.io", "library/nginx", "1", digest}},
      {"nginx", std::string(128, 't'), {"docker.io", "library/nginx", std::string(128, 't'), ""}},
  };
  for (const auto& c : cases) {
    const auto parsed = parse_image(c.image, c.tag);
    ASSERT_TRUE(parsed.reference) << c.image << ": " << parsed.error;
    EXPECT_EQ(*parsed.reference, c.want) << c.image;
    EXPECT_TRUE(parsed.error.empty());
  }
}

TEST(ImageReference, RefusesWhatTheGrammarDoesNotAllow) {
  for (const std::string bad : {"",
                                " ",
                                "a;b",
                                "A/b",
                                "Nginx",
                                "a:b@c",
                                "--privileged",
                                "-a",
                                "a-",
                                "http://x",
                                "https://ghcr.io/a",
                                "a/../b",
                                "../a",
                                "a//b",
                                "/a",
                                "a/",
                                "[::1]:5000/x",
                                "a\xe2\x80\xa4"
                                "b",
                                "a b",
                                "a\nb",
                                "a|b",
                                "a&b",
                                "$(a)",
                                "`a`",
                                "a>b",
                                "a'b",
                                "a\"b",
                                "a:",
                                "a:-b",
                                "a:.b",
                                "a@",
                                "a@sha256:",
                                "a@md5:0",
                                "a___b",
                                "a..b",
                                "a._b",
                                "localhost:0/a",
                                "localhost:65536/a",
                                "localhost:x/a",
                                "localhost:/a",
                                ".x.com/a",
                                "x..com/a",
                                "x-.com/a",
                                "x.com/A",
                                "x.com:80:90/a",
                                "x.com/a:b:c",
                                ":5000/a",
                                "@",
                                ":",
                                "/"})
    EXPECT_FALSE(parse_image(bad, "").reference) << bad;
  EXPECT_FALSE(parse_image(std::string("a\0b", 3), "").reference);
  EXPECT_FALSE(parse_image(std::string(300, 'a'), "").reference);
  EXPECT_FALSE(parse_image(std::string(250, 'a'), "").reference) << "too long once completed";
  EXPECT_FALSE(parse_image(std::string(64, 'a'), "").reference) << "an image id";
  EXPECT_FALSE(parse_image("a@" + digest + "0", "").reference);
  EXPECT_FALSE(parse_image("a@sha256:" + std::string(64, 'A'), "").reference);
  for (const std::string bad : {"-a", ".a", "a b", "a:b", "a@b", "a/b", "a;b", "a\n"})
    EXPECT_FALSE(parse_image("nginx", bad).reference) << bad;
  EXPECT_FALSE(parse_image("nginx", std::string(129, 't')).reference);
}

TEST(ImageReference, ATagInBothPlacesIsRefused) {
  EXPECT_FALSE(parse_image("nginx:1", "2").reference);
  EXPECT_FALSE(parse_image("nginx:1", "1").reference);
  EXPECT_FALSE(parse_image("nginx@" + digest, "1").reference);
}

TEST(ImageReference, ItsTextReadsBackAsTheSame) {
  for (const std::string& text : std::vector<std::string>{"nginx", "ghcr.io/a/b:c", "localhost:5000/x/y",
                                                          "nginx:1@" + digest, "nginx@" + digest}) {
    const auto once = parse_image(text, "").reference.value();
    EXPECT_EQ(parse_image(once.text(), "").reference.value(), once) << once.text();
  }
}

TEST(ImageReference, GivesItsServiceADnsLabel) {
  const auto name = [](std::string_view image) { return parse_image(image, "").reference.value().service_name(); };
  EXPECT_EQ(name("nginx"), "nginx");
  EXPECT_EQ(name("ghcr.io/owner/my_app.v2:3"), "my-app-v2");
  EXPECT_EQ(name("acme/" + std::string(39, 'a') + "-b"), std::string(39, 'a'));
  EXPECT_EQ(name("acme/" + std::string(60, 'a')), std::string(40, 'a'));
}

TEST(ImageReference, AnyBytesGiveAnAnswerThatHoldsTogether) {
  std::mt19937 random(7);
  const std::string alphabet = "aZ09._-/:@[]~ %\n\0sha256";
  for (int i = 0; i < 200'000; ++i) {
    std::string text(random() % 40, ' ');
    for (auto& c : text) c = alphabet[random() % alphabet.size()];
    const auto parsed = parse_image(text, "");
    ASSERT_NE(parsed.reference.has_value(), !parsed.error.empty());
    if (parsed.reference) {
      ASSERT_EQ(parse_image(parsed.reference->text(), "").reference.value(), *parsed.reference) << text;
      const auto label = parsed.reference->service_name();
      ASSERT_FALSE(label.empty());
      ASSERT_LE(label.size(), 40U);
      ASSERT_NE(label.front(), '-');
      ASSERT_NE(label.back(), '-');
    }
  }
}
