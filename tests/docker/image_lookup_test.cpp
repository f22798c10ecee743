// What an image's reference leads to, of what an Engine says.
#include <gtest/gtest.h>

#include "docker/engine.hpp"
#include "tests/docker/scripted_engine.hpp"

namespace troupe::docker::tests {
namespace {

using namespace std::chrono_literals;

const std::string one = "sha256:" + std::string(64, '1'), two = "sha256:" + std::string(64, '2');

struct ImageLookup : ::testing::Test {
  // By what a path holds; the Engine is linux/amd64.
  std::map<std::string, std::string> answers{{"/version", R"({"ApiVersion":"1.41","Os":"linux","Arch":"amd64"})"}};
  std::mutex mutex;
  std::vector<std::string> asked;
  scripted_engine scripted{[this](const std::string& path) {
    const std::lock_guard lock(mutex);
    asked.push_back(path);
    for (const auto& [part, answer] : answers)
      if (path.find(part) != std::string::npos) return scripted_engine::once(answer);
    return scripted_engine::once("{}");  // an image that is not here has no id either
  }};
  engine_options options;
  std::unique_ptr<engine> docker;

  void SetUp() override {
    options.docker_host = scripted.host();
    options.private_registries = {"registry.internal"};
    docker = std::make_unique<engine>(options);
  }

  static std::string local(const std::string& digest, const std::string& architecture = "amd64",
                           const std::string& more = "") {
    return R"({"Id":"sha256:)" + std::string(64, 'a') + R"(","Os":"linux","Architecture":")" + architecture +
           R"(","RepoDigests":[)" + (digest.empty() ? "" : R"("registry.internal/app@)" + digest + '"') + "]" + more +
           "}";
  }
  static std::string remote(const std::string& digest, const std::string& type, const std::string& platforms) {
    return R"({"Descriptor":{"mediaType":")" + type + R"(","digest":")" + digest + R"("},"Platforms":)" + platforms +
           "}";
  }
  static constexpr const char* index = "application/vnd.docker.distribution.manifest.list.v2+json";
  static constexpr const char* manifest = "application/vnd.docker.distribution.manifest.v2+json";

  model::image_prospect look_up(model::pull_policy pull = {}, std::vector<std::string> held = {},
                                std::string digest = "") {
    const auto got = docker->look_up_image(
        {{"registry.internal", "app", digest.empty() ? "1" : "", digest}, pull, {"usr_a"}, std::move(held)});
    EXPECT_TRUE(got) << got.error().what.message;
    return got ? got.value() : model::image_prospect{};
  }
  bool was_asked(const std::string& part) {
    const std::lock_guard lock(mutex);
    return std::any_of(asked.begin(), asked.end(), [&](const auto& p) { return p.find(part) != std::string::npos; });
  }
};

TEST_F(ImageLookup, ARegistrySaysItsDigestAndItsPlatforms) {
  answers["/distribution/"] =
      remote(two, index, R"([{"os":"linux","architecture":"arm64"},{"os":"linux","architecture":"amd64"}])");
  const auto got = look_up();
  EXPECT_EQ(got.digest, two);
  EXPECT_EQ(got.fits, true);
  EXPECT_FALSE(got.here);
  EXPECT_FALSE(got.fault);
  EXPECT_FALSE(was_asked("/images/create")) << "nothing is pulled";
}

TEST_F(ImageLookup, ATagThatMovedIsNotHereAndTheOneThatDidNotIs) {
  answers["app:1/json"] = answers["app%3A1/json"] = local(one);
  answers["/distribution/"] = remote(two, manifest, R"([{"os":"linux","architecture":"amd64"}])");
  EXPECT_FALSE(look_up().here);
  answers["/distribution/"] = remote(one, manifest, R"([{"os":"linux","architecture":"amd64"}])");
  answers["app@" + one] = answers["app%40sha256%3A" + one.substr(7)] = local(one);
  EXPECT_TRUE(look_up().here);
}

TEST_F(ImageLookup, OfAnotherPlatformItIsToldHowAReleaseWouldEnd) {
  answers["/distribution/"] =
      remote(two, index, R"([{"os":"linux","architecture":"arm64"},{"os":"unknown","architecture":"unknown"}])");
  auto got = look_up();
  EXPECT_EQ(got.fits, false);
  ASSERT_TRUE(got.fault);
  EXPECT_EQ(got.fault->code, model::failure_code::image_invalid);
  EXPECT_NE(got.fault->message.find("not made for this machine"), std::string::npos) << "it is not even pulled";
  answers["/distribution/"] = remote(two, manifest, R"([{"os":"linux","architecture":"arm64"}])");
  got = look_up();
  ASSERT_TRUE(got.fault);
  EXPECT_EQ(got.fault->message, "The image was built for another platform.") << "it is pulled, and does not run";
  answers["/distribution/"] = remote(two, manifest, "null");
  EXPECT_EQ(look_up().fits, std::nullopt) << "not every registry says it";
}

TEST_F(ImageLookup, TheRegistryIsLeftAloneWhereAReleaseWouldLeaveIt) {
  answers["app:1/json"] = answers["app%3A1/json"] = local(one);
  answers["app@" + one] = answers["app%40sha256%3A" + one.substr(7)] = local(one);
  answers["/distribution/"] = remote(one, manifest, "[]");
  const std::string pinned = "registry.internal/app@" + one;
  EXPECT_TRUE(look_up(model::pull_policy::if_missing, {pinned}).here);
  EXPECT_TRUE(look_up({}, {pinned}, one).here) << "by digest";
  EXPECT_FALSE(was_asked("/distribution/"));
  look_up(model::pull_policy::if_missing);
  EXPECT_TRUE(was_asked("/distribution/")) << "that it lies here is no leave to have it";
}

TEST_F(ImageLookup, WhatWasBuiltHereIsTaken) {
  answers["app:1/json"] = answers["app%3A1/json"] = local("", "arm64");
  const auto got = look_up();
  EXPECT_EQ(got.digest, "sha256:" + std::string(64, 'a'));
  EXPECT_TRUE(got.here);
  EXPECT_EQ(got.fits, false);
  EXPECT_FALSE(was_asked("/distribution/"));
  answers["app:1/json"] = answers["app%3A1/json"] = local("", "amd64", R"(,"Config":{"Labels":{"com.troupe.x":"y"}})");
  ASSERT_TRUE(look_up().fault);
  EXPECT_EQ(look_up().fault->code, model::failure_code::image_invalid) << "what it declares is looked at, too";
}

TEST_F(ImageLookup, ARegistryThatMayNotBeAskedIsNotAsked) {
  const auto got = docker->look_up_image({{"10.0.0.1:5000", "app", "1", ""}, {}, {"usr_a"}, {}});
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().what.code, model::failure_code::registry_denied);
  EXPECT_FALSE(was_asked("/distribution/"));
}

// A release may wait for one: that it comes about is not ruled out.
TEST_F(ImageLookup, NodesThatTakeNothingNowCountToo) {
  const auto node = [](const char* state, const char* availability) {
    return std::string(R"({"Status":{"State":")") + state + R"("},"Spec":{"Availability":")" + availability +
           R"("},"Description":{"Resources":{"NanoCPUs":2000000000,"MemoryBytes":2147483648}}})";
  };
  answers["/nodes"] = '[' + node("ready", "active") + ',' + node("down", "active") + ',' + node("ready", "drain") + ']';
  const auto got = docker->list_nodes();
  ASSERT_TRUE(got);
  ASSERT_EQ(got.value().size(), 3U);
  EXPECT_EQ(got.value()[0].cpus, 2);
  EXPECT_EQ(got.value()[0].memory_mb, 2048U);
}

}  // namespace
}  // namespace troupe::docker::tests
