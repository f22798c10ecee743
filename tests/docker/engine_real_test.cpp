// Against a real Engine: TROUPE_TEST_DOCKER_HOST (a Swarm manager), TROUPE_TEST_REGISTRY (web, crash, oom, nginx; tag
// 1), TROUPE_TEST_DENIED_REGISTRY (wants credentials). Each test has an environment of its own and leaves nothing.
#include <cstdlib>
#include <future>
#include <mutex>
#include <random>

#include <caf/all.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "docker/deadline.hpp"
#include "docker/engine.hpp"
#include "docker/engine_actor.hpp"
#include "docker/engine_facts.hpp"
#include "docker/event_stream.hpp"
#include "docker/labels.hpp"
#include "tests/docker/kept_logs.hpp"
#include "tests/docker/plans.hpp"

namespace troupe::docker::tests {
namespace {

using namespace std::chrono_literals;
using model::failure_code;

class RealEngine : public ::testing::Test {
protected:
  void SetUp() override {
    const auto* host = std::getenv("TROUPE_TEST_DOCKER_HOST");
    const auto* registry = std::getenv("TROUPE_TEST_REGISTRY");
    if (host == nullptr || registry == nullptr)
      GTEST_SKIP() << "TROUPE_TEST_DOCKER_HOST and TROUPE_TEST_REGISTRY are not set";
    std::random_device device;
    const auto random = random_bits((std::uint64_t{device()} << 32U) | device());
    environment_ = model::new_id<model::environment_id>(random);
    deployment_ = model::new_id<model::deployment_id>(random);
    registry_ = registry;
    options_.docker_host = host;
    options_.instance = "test-" + std::string(environment_.bare());
    options_.private_registries = {registry_.substr(0, registry_.find(':'))};
    if (const auto* denied = std::getenv("TROUPE_TEST_DENIED_REGISTRY"))
      options_.private_registries.emplace_back(denied);
    options_.stop_grace = 2000ms;
    docker_ = std::make_unique<engine>(options_);
  }
  void TearDown() override {
    if (!docker_) return;
    for (const auto& image : images_) EXPECT_TRUE(docker_->api().remove("/images/" + image + "?force=1").ok());
    for (const auto& service : services_) EXPECT_TRUE(docker_->remove_service({environment_, service}));
    EXPECT_TRUE(docker_->remove_volumes({environment_}));
    EXPECT_TRUE(docker_->remove_network({environment_}));
    const auto left =
        docker_->api().get("/containers/json?all=1&" +
                           filter_query({{"label", {label_filter(names::instance_label, options_.instance)}}}));
    EXPECT_TRUE(list_of(left.body).empty()) << left.body;
    const auto volumes = docker_->api().get(
        "/volumes?" + filter_query({{"label", {label_filter(names::instance_label, options_.instance)}}}));
    EXPECT_TRUE(list_of(at(volumes.body, "Volumes")).empty()) << volumes.body;
  }

  model::release_spec spec(const std::string& image, const std::string& service = "app") {
    model::release_spec s;
    s.service = service;
    s.image = {registry_, image, "1", ""};
    s.limits = {0.5, 64, 64};
    return s;
  }
  // Resolved, its network and volumes made.
  model::service_plan plan(const model::release_spec& s) {
    services_.insert(s.service);
    const auto image = docker_->resolve_image({s, {}});
    EXPECT_TRUE(image) << (image ? "" : image.error().what.message);
    EXPECT_TRUE(docker_->ensure_network({environment_}));
    std::vector<std::string> volumes;
    for (const auto& v : s.volumes) volumes.push_back(v.name);
    EXPECT_TRUE(docker_->ensure_volumes({environment_, volumes}));
    return {environment_, deployment_, 1, s, image ? image.value() : model::resolved_image{}, s.replicas};
  }
  model::service_observation converge(const model::service_plan& p) {
    auto seen = docker_->converge_service({p});
    EXPECT_TRUE(seen) << (seen ? "" : seen.error().what.message);
    return seen ? seen.value() : model::service_observation{};
  }
  template <class Condition>
  model::service_observation until(const model::service_plan& p, Condition reached, milliseconds limit = 30s) {
    model::service_observation seen;
    const bool in_time = wait_until(limit, [&] { return reached(seen = converge(p)); });
    EXPECT_TRUE(in_time);
    if (!in_time)
      for (const auto& t : seen.tasks)
        ADD_FAILURE() << t.name << ' ' << model::task_phase_texts[t.phase] << ' '
                      << (t.trouble ? t.trouble->message + '|' + t.trouble->detail : "");
    return seen;
  }
  static bool runs(const model::service_observation& seen) {
    return std::any_of(seen.tasks.begin(), seen.tasks.end(),
                       [](const auto& t) { return t.wanted && t.phase == model::task_phase::running; });
  }
  static const model::task_observation* troubled(const model::service_observation& seen) {
    const auto it =
        std::find_if(seen.tasks.begin(), seen.tasks.end(), [](const auto& t) { return t.trouble.has_value(); });
    return it == seen.tasks.end() ? nullptr : &*it;
  }
  std::string in_container(const std::string& id, const std::vector<std::string>& command) {
    auto& api = docker_->api();
    const auto made =
        api.post("/containers/" + id + "/exec", {{"AttachStdout", true}, {"AttachStderr", true}, {"Cmd", command}});
    return api
        .raw({.method = "POST",
              .path = "/exec/" + text_of(at(made.body, "Id")) + "/start",
              .body = R"({"Detach":false,"Tty":false})"})
        .body;
  }
  // The name of a local image: the test's web server, after this command was run in it, and with this configuration.
  std::string make_image(const json& config, const std::string& command = {}) {
    auto& api = docker_->api();
    const auto base = docker_->resolve_image({spec("web"), {}});
    EXPECT_TRUE(base);
    json what{{"Image", base ? base.value().pinned : ""}};
    if (!command.empty()) what["Cmd"] = {"/bin/sh", "-c", command};
    const auto container = "/containers/" + text_of(at(api.post("/containers/create", what).body, "Id"));
    if (!command.empty()) {
      EXPECT_TRUE(api.post(container + "/start").ok());
      const auto ended = api.post(container + "/wait");
      EXPECT_EQ(number_of(at(ended.body, "StatusCode"), -1), 0) << command;
    }
    const auto name = "troupe-test-" + std::string(environment_.bare()) + '-' + std::to_string(images_.size());
    EXPECT_EQ(api.post("/commit?container=" + container.substr(12) + "&repo=" + name + "&tag=1", config).status, 201);
    EXPECT_TRUE(api.remove(container + "?force=1").ok());
    images_.push_back(name + ":1");
    return name;
  }
  model::release_spec spec_of_local(const std::string& image) {
    auto s = spec("web");
    s.image = {"docker.io", "library/" + image, "1", ""};
    return s;
  }
  // That cannot be had, and what each is refused as.
  std::vector<std::pair<model::image_reference, std::string>> refused_images() const {
    const auto host = registry_.substr(0, registry_.find(':'));
    std::vector<std::pair<model::image_reference, std::string>> out{
        {{registry_, "web", "nope", ""}, "IMAGE_NOT_FOUND"},
        {{registry_, "nope", "1", ""}, "IMAGE_NOT_FOUND"},
        {{host + ":5999", "web", "1", ""}, "REGISTRY_UNREACHABLE"},
        {{"127.0.0.1:5000", "web", "1", ""}, "REGISTRY_DENIED"}};
    if (const auto* denied = std::getenv("TROUPE_TEST_DENIED_REGISTRY"))
      out.push_back({{denied, "web", "1", ""}, "REGISTRY_DENIED"});
    return out;
  }
  std::string refusal_of(const model::release_spec& s) {
    const auto r = docker_->resolve_image({s, {}});
    return r ? "" : std::string(model::failure_code_texts[r.error().what.code]) + ' ' + r.error().what.message;
  }
  void expect_failure(const model::release_spec& s, failure_code code, const std::string& evidence) {
    const auto p = plan(s);
    const auto seen = until(p, [](const auto& o) { return troubled(o) != nullptr; });
    if (const auto* t = troubled(seen)) {
      EXPECT_EQ(model::failure_code_texts[t->trouble->code], model::failure_code_texts[code])
          << t->trouble->message << '|' << t->trouble->detail;
      EXPECT_NE((t->trouble->message + t->trouble->detail).find(evidence), std::string::npos)
          << t->trouble->message << '|' << t->trouble->detail;
    }
  }

  model::environment_id environment_;
  model::deployment_id deployment_;
  std::string registry_;
  engine_options options_;
  std::unique_ptr<engine> docker_;
  std::set<std::string> services_;
  std::vector<std::string> images_;
};

TEST_F(RealEngine, EveryEffectMayBeRepeated) {
  const auto s = [&] {
    auto one = spec("web");
    one.volumes = {{"data", "/data", false}};
    return one;
  }();
  const auto first = docker_->ensure_network({environment_});
  ASSERT_TRUE(first);
  EXPECT_EQ(docker_->ensure_network({environment_}).value().network_id, first.value().network_id);
  EXPECT_EQ(docker_->ensure_volumes({environment_, {"data"}}).value().created, std::vector<std::string>{"data"});
  EXPECT_TRUE(docker_->ensure_volumes({environment_, {"data"}}).value().created.empty());
  const auto p = plan(s);
  EXPECT_EQ(converge(p).change, model::applied::created);
  EXPECT_EQ(converge(p).change, model::applied::nothing);
  until(p, runs);
  EXPECT_EQ(converge(p).change, model::applied::nothing);
  EXPECT_TRUE(docker_->remove_service({environment_, "app"}));
  EXPECT_TRUE(docker_->remove_service({environment_, "app"}));
  EXPECT_TRUE(docker_->remove_volumes({environment_}));
  EXPECT_TRUE(docker_->remove_volumes({environment_}));
  EXPECT_TRUE(docker_->remove_network({environment_}));
  EXPECT_TRUE(docker_->remove_network({environment_}));
}

TEST_F(RealEngine, ContainerIsHardenedAsSeenFromInside) {
  auto s = spec("web");
  s.env = {{"NODE", "{{.Node.Hostname}}"}};
  const auto p = plan(s);
  EXPECT_TRUE(p.image.pinned.find("@sha256:") != std::string::npos) << p.image.pinned;
  const auto began = std::chrono::steady_clock::now();
  const auto seen = until(p, runs);
  RecordProperty("converge_ms", static_cast<int>((std::chrono::steady_clock::now() - began) / 1ms));
  ASSERT_FALSE(seen.tasks.empty());
  const auto& id = seen.tasks.front().container;
  const auto status = in_container(id, {"/bin/cat", "/proc/1/status"});
  EXPECT_NE(status.find("CapEff:\t0000000000000000"), std::string::npos) << status;
  EXPECT_NE(status.find("CapBnd:\t0000000000000400"), std::string::npos) << status;  // NET_BIND_SERVICE
  EXPECT_TRUE(in_container(id, {"/bin/cat", "/proc/sys/kernel/hostname"}).ends_with("app\n")) << "the service's name";
  EXPECT_NE(status.find("Uid:\t10001\t10001"), std::string::npos) << status;
  EXPECT_NE(status.find("Seccomp:\t2"), std::string::npos) << status;
  EXPECT_NE(in_container(id, {"/bin/touch", "/x"}).find("Read-only file system"), std::string::npos);
  EXPECT_EQ(in_container(id, {"/bin/touch", "/tmp/x"}), "");
  EXPECT_NE(in_container(id, {"/bin/env"}).find("NODE={{.Node.Hostname}}"), std::string::npos);
  const auto inspected = docker_->api().get("/containers/" + id + "/json").body;
  const auto& host = at(inspected, "HostConfig");
  EXPECT_EQ(number_of(at(host, "Memory")), 64 << 20);
  EXPECT_EQ(number_of(at(host, "NanoCpus")), 500'000'000);
  EXPECT_EQ(number_of(at(host, "PidsLimit")), 64);
  EXPECT_TRUE(flag_of(at(host, "ReadonlyRootfs")));
  EXPECT_FALSE(flag_of(at(host, "Privileged")));
  EXPECT_EQ(text_of(at(host, "LogConfig", "Config", "max-size")), "10m");
  const auto& labels = at(inspected, "Config", "Labels");
  EXPECT_EQ(text_of(at(labels, names::deployment_label)), deployment_.text);
  EXPECT_EQ(text_of(at(labels, names::generation_label)), "1");
}

TEST_F(RealEngine, GrantedCapabilityIsGrantedAndComparesEqual) {
  auto s = spec("web");
  s.security.capabilities = std::vector<std::string>{"NET_BIND_SERVICE", "CAP_CHOWN"};
  const auto p = plan(s);
  const auto seen = until(p, runs);
  EXPECT_NE(
      in_container(seen.tasks.front().container, {"/bin/cat", "/proc/1/status"}).find("CapBnd:\t0000000000000401"),
      std::string::npos);
  EXPECT_EQ(converge(p).change, model::applied::nothing);
}

TEST_F(RealEngine, WhatFewContainersNeedIsSeenFromInsideAndComparesEqual) {
  auto s = spec("web");
  s.setup.stop_grace_seconds = 3;
  s.setup.stop_signal = "SIGQUIT";
  s.setup.hostname = "mail.example.org";
  s.setup.working_dir = "/tmp";
  s.setup.ulimits = {{"nofile", {1024, 2048}}};
  s.setup.extra_hosts = {{"db.example.org", "10.0.0.7"}};
  s.setup.dns = {"1.1.1.1"};
  s.setup.sysctls = {{"net.ipv4.tcp_keepalive_time", "77"}};
  s.setup.labels = {{"org.example.team", "shop"}};
  s.setup.shm_size_mb = 8;
  s.setup.tmpfs = {{"/mem", 4, true}};
  s.setup.logs = {1, 2};
  s.setup.tty = true;
  s.update = {model::update_order::stop_first, 2, 1};
  const auto p = plan(s);
  const auto seen = until(p, runs);
  ASSERT_FALSE(seen.tasks.empty());
  const auto& id = seen.tasks.front().container;
  EXPECT_NE(in_container(id, {"/bin/cat", "/proc/sys/kernel/hostname"}).find("mail.example.org"), std::string::npos);
  EXPECT_NE(in_container(id, {"/bin/cat", "/proc/1/limits"}).find("1024                 2048"), std::string::npos);
  EXPECT_NE(in_container(id, {"/bin/cat", "/etc/hosts"}).find("10.0.0.7\tdb.example.org"), std::string::npos);
  EXPECT_NE(in_container(id, {"/bin/cat", "/proc/sys/net/ipv4/tcp_keepalive_time"}).find("77"), std::string::npos);
  const auto mounts = in_container(id, {"/bin/cat", "/proc/mounts"});
  EXPECT_NE(mounts.find("size=8192k"), std::string::npos) << mounts;
  EXPECT_NE(mounts.find(" /mem tmpfs"), std::string::npos) << mounts;
  const auto inspected = docker_->api().get("/containers/" + id + "/json").body;
  EXPECT_EQ(text_of(at(inspected, "Config", "StopSignal")), "SIGQUIT");
  EXPECT_EQ(text_of(at(inspected, "Config", "WorkingDir")), "/tmp");
  EXPECT_EQ(text_of(at(inspected, "Config", "Labels", "org.example.team")), "shop");
  EXPECT_TRUE(flag_of(at(inspected, "Config", "Tty")));
  EXPECT_EQ(converge(p).change, model::applied::nothing);
}

TEST_F(RealEngine, UnderDropsRootAnImageStartsAsRootWithWhatItNeedsToStepDown) {
  auto s = spec("web");
  s.security.preset = model::security_preset::drops_root;
  const auto p = plan(s);
  EXPECT_EQ(p.image.uid, 0U);
  const auto seen = until(p, runs);
  ASSERT_FALSE(seen.tasks.empty());
  const auto status = in_container(seen.tasks.front().container, {"/bin/cat", "/proc/1/status"});
  EXPECT_NE(status.find("CapEff:\t00000000000004cb"), std::string::npos) << status;
  EXPECT_EQ(converge(p).change, model::applied::nothing);
}

TEST_F(RealEngine, NginxOfDebianRunsWithDefaults) {
  const auto p = plan(spec("nginx"));
  EXPECT_EQ(p.image.uid, 10001U);
  const auto seen = until(p, runs);
  ASSERT_FALSE(seen.tasks.empty());
  EXPECT_TRUE(wait_until(10s, [&] {
    return in_container(seen.tasks.front().container, {"/bin/wget", "-q", "-O", "-", "http://127.0.0.1:80/"})
               .find("Welcome to nginx!") != std::string::npos;
  }));
  EXPECT_EQ(converge(p).tasks.size(), 1U) << "no restart";
}

TEST_F(RealEngine, VolumeIsWritableForTheUserAndKeepsItsFiles) {
  auto s = spec("web");
  s.volumes = {{"data", "/srv/data", false}, {"pages", "/www", false}};
  s.command = {"/bin/sh", "-c", "echo kept >> /srv/data/f && echo more > /www/more && exec /bin/httpd -f -p 8080"};
  auto p = plan(s);
  until(p, runs);
  p.generation = 2;  // a restart
  const auto seen = until(p, [](const auto& o) {
    return !o.tasks.empty() && o.tasks.front().generation == 2 && o.tasks.front().phase == model::task_phase::running;
  });
  const auto text = in_container(seen.tasks.front().container, {"/bin/cat", "/srv/data/f", "/www/index.html"});
  EXPECT_NE(text.find("kept\nkept\n"), std::string::npos) << text;
  EXPECT_NE(text.find("web 1"), std::string::npos) << "what the image has there is copied: " << text;
}

TEST_F(RealEngine, DriftByHandIsHealed) {
  const auto p = plan(spec("web"));
  until(p, runs);
  auto& api = docker_->api();
  const auto there = api.get("/services/" + names::service(environment_, "app")).body;
  auto spec = there["Spec"];
  spec["TaskTemplate"]["ContainerSpec"]["Env"] = {"BY=hand"};
  spec["Mode"]["Replicated"]["Replicas"] = 2;
  ASSERT_TRUE(api.post("/services/" + text_of(there["ID"]) +
                           "/update?version=" + std::to_string(number_of(at(there, "Version", "Index"))),
                       spec)
                  .ok());
  docker_->forget(environment_, "app");  // as the actor does when the change's event comes
  EXPECT_EQ(converge(p).change, model::applied::updated);
  EXPECT_EQ(converge(p).change, model::applied::nothing);
  const auto healed = api.get("/services/" + names::service(environment_, "app")).body;
  EXPECT_EQ(at(healed, "Spec", "TaskTemplate", "ContainerSpec"), at(there, "Spec", "TaskTemplate", "ContainerSpec"));
  EXPECT_EQ(at(healed, "Spec", "TaskTemplate", "ContainerSpec", "Env"), json({"HOME=/tmp"}))
      << "of a user that the image does not know";
}

TEST_F(RealEngine, DriftWhoseEventIsLostIsHealedByTheNextFullLook) {
  const auto p = plan(spec("web"));
  until(p, runs);
  auto& api = docker_->api();
  const auto there = api.get("/services/" + names::service(environment_, "app")).body;
  auto spec = there["Spec"];
  spec["TaskTemplate"]["ContainerSpec"]["Env"] = {"BY=hand"};
  ASSERT_TRUE(api.post("/services/" + text_of(there["ID"]) +
                           "/update?version=" + std::to_string(number_of(at(there, "Version", "Index"))),
                       spec)
                  .ok());
  const auto end = std::chrono::steady_clock::now() + recent_looks::lifetime + std::chrono::seconds(10);
  auto change = model::applied::nothing;
  while (change == model::applied::nothing && std::chrono::steady_clock::now() < end) change = converge(p).change;
  EXPECT_EQ(change, model::applied::updated);
}

TEST_F(RealEngine, AStrangersServiceIsNeitherTouchedNorAdopted) {
  const auto p = plan(spec("web"));
  const auto name = names::service(environment_, "app");
  ASSERT_EQ(docker_->api()
                .post("/services/create", {{"Name", name},
                                           {"TaskTemplate", {{"ContainerSpec", {{"Image", p.image.pinned}}}}},
                                           {"Mode", {{"Replicated", {{"Replicas", 0}}}}}})
                .status,
            201);
  const auto refused = docker_->converge_service({p});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, model::consequence::rejected);
  EXPECT_FALSE(docker_->remove_service({environment_, "app"}));
  EXPECT_TRUE(docker_->api().get("/services/" + name).ok());
  EXPECT_TRUE(docker_->api().remove("/services/" + name).ok());
}

TEST_F(RealEngine, PullFailuresAreClassified) {
  const auto fails = [&](model::image_reference image) {
    auto s = spec("web");
    s.image = std::move(image);
    const auto r = docker_->resolve_image({s, {}});
    EXPECT_FALSE(r);
    return r ? std::string() : std::string(model::failure_code_texts[r.error().what.code]);
  };
  for (const auto& [image, code] : refused_images()) EXPECT_EQ(fails(image), code) << image.text();
  auto s = spec("web");
  s.security.user = "nosuch";
  const auto unknown = docker_->resolve_image({s, {}});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().what.code, failure_code::unknown_user);
}

TEST_F(RealEngine, ALookupFindsWhatAPullWouldAndPullsNothing) {
  const auto look_up = [&](model::image_reference image) {
    return docker_->look_up_image({std::move(image), {}, {"usr_aaaaaaaaaaaaaaaa"}, {}});
  };
  const auto code = [&](model::image_reference image) {
    const auto got = look_up(std::move(image));
    return got ? "found " + got.value().digest : std::string(model::failure_code_texts[got.error().what.code]);
  };
  for (const auto& [image, wanted] : refused_images()) EXPECT_EQ(code(image), wanted) << image.text();

  auto s = spec("web");
  s.image = {registry_, "web", "2", ""};
  // Others on this Engine may have it, and may pull it just now.
  const auto is_here = [&](const std::string& reference) {
    return docker_->api().get("/images/" + reference + "/json").ok();
  };
  const auto before = look_up(s.image);
  ASSERT_TRUE(before) << before.error().what.message;
  EXPECT_EQ(before.value().fits, true);
  EXPECT_TRUE(before.value().here || !is_here(s.image.name() + '@' + before.value().digest));
  const auto pulled = docker_->resolve_image({s, {}});
  ASSERT_TRUE(pulled);
  EXPECT_EQ(before.value().digest, pulled.value().digest);
  const auto after = look_up(s.image);
  ASSERT_TRUE(after);
  EXPECT_TRUE(after.value().here);
  EXPECT_EQ(after.value().digest, pulled.value().digest);
  const auto nodes = docker_->list_nodes();
  ASSERT_TRUE(nodes);
  ASSERT_EQ(nodes.value().size(), 1U);
  EXPECT_GT(nodes.value()[0].memory_mb, 0U);
}

TEST_F(RealEngine, APrivateImageIsHadByWhoHasALoginAlone) {
  const auto* denied = std::getenv("TROUPE_TEST_DENIED_REGISTRY");
  const auto* login = std::getenv("TROUPE_TEST_DENIED_LOGIN");
  if (denied == nullptr || login == nullptr)
    GTEST_SKIP() << "TROUPE_TEST_DENIED_REGISTRY and TROUPE_TEST_DENIED_LOGIN are not set";
  const std::string name_and_password(login);
  const auto colon = name_and_password.find(':');
  const model::registry_login good{
      denied, name_and_password.substr(0, colon), name_and_password.substr(colon + 1), "", {}};
  auto wrong = good;
  wrong.password += "?";
  const model::user_id alice{"usr_aaaaaaaaaaaaaaaa"}, bob{"usr_bbbbbbbbbbbbbbbb"};
  const auto book = std::make_shared<actors::registry_book>();
  options_.logins = book;
  docker_ = std::make_unique<engine>(options_);

  EXPECT_TRUE(docker_->check_registry_login({alice, good}));
  const auto refused = docker_->check_registry_login({alice, wrong});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, model::consequence::rejected) << refused.error().what.message;
  EXPECT_EQ(refused.error().what.code, failure_code::registry_denied);
  auto closed = good;
  closed.registry = "127.0.0.1:5000";
  EXPECT_EQ(docker_->check_registry_login({alice, closed}).error().what.code, failure_code::registry_denied)
      << "a login sends the Engine nowhere that a pull may not";

  auto s = spec("web");
  s.image = {denied, "web", "1", ""};
  const auto code_for = [&](const model::user_id& who, std::vector<std::string> held = {}) {
    const auto r = docker_->resolve_image({s, {}, who, std::move(held)});
    return r ? "had" : std::string(model::failure_code_texts[r.error().what.code]) + ": " + r.error().what.hint;
  };
  EXPECT_THAT(code_for(alice), testing::HasSubstr("PUT /registries/" + s.image.registry));
  book->put(alice, good);
  const auto had = docker_->resolve_image({s, {}, alice});
  ASSERT_TRUE(had) << had.error().what.message;
  images_.push_back(had.value().pinned);
  images_.push_back(s.image.text());  // without its digest it would pass for one that was built here
  EXPECT_THAT(code_for(bob), testing::StartsWith("REGISTRY_DENIED")) << "that it is here now is no leave";
  s.pull = model::pull_policy::if_missing;
  EXPECT_THAT(code_for(bob), testing::StartsWith("REGISTRY_DENIED"));
  EXPECT_EQ(code_for(alice, {had.value().pinned}), "had");
  EXPECT_TRUE(docker_->look_up_image({s.image, {}, alice, {}}));
  const auto unseen = docker_->look_up_image({s.image, s.pull, bob, {}});
  ASSERT_FALSE(unseen) << "nor to look at it";
  EXPECT_EQ(unseen.error().what.code, failure_code::registry_denied);
  book->put(alice, wrong);
  EXPECT_EQ(code_for(alice, {had.value().pinned}), "had") << "the registry is not asked";
  s.pull = model::pull_policy::always;
  EXPECT_THAT(code_for(alice, {had.value().pinned}), testing::HasSubstr("give another with PUT /registries/"));

  book->put(alice, good);
  services_.insert("app");
  ASSERT_TRUE(docker_->ensure_network({environment_}));
  const model::service_plan plan{environment_, deployment_, 1, s, had.value(), 1};
  EXPECT_TRUE(wait_until(30s, [&] {
    const auto seen = docker_->converge_service({plan, false, alice});
    return seen && runs(seen.value());
  })) << "the Engine takes the login of a service, too";
  EXPECT_TRUE(docker_->remove_service({environment_, "app"}));
}

TEST_F(RealEngine, ImageBuiltHereIsUsedWithoutARegistry) {
  auto& api = docker_->api();
  auto s = spec("web");
  const auto base = docker_->resolve_image({s, {}});
  ASSERT_TRUE(base);
  const auto made = api.post("/containers/create", {{"Image", base.value().pinned}});
  const auto id = text_of(at(made.body, "Id"));
  const auto name = "troupe-test-" + std::string(environment_.bare());
  ASSERT_EQ(api.post("/commit?container=" + id + "&repo=" + name + "&tag=1").status, 201);
  EXPECT_TRUE(api.remove("/containers/" + id + "?force=1").ok());
  s.image = {"docker.io", "library/" + name, "1", ""};
  const auto local = docker_->resolve_image({s, {}});
  EXPECT_TRUE(local) << (local ? "" : local.error().what.message);
  if (local) {
    EXPECT_EQ(local.value().pinned, local.value().digest);
    EXPECT_FALSE(local.value().note.empty());
    services_.insert("app");
    EXPECT_TRUE(docker_->ensure_network({environment_}));
    until({environment_, deployment_, 1, s, local.value(), 1}, runs);
    EXPECT_TRUE(docker_->remove_service({environment_, "app"}));
  }
  EXPECT_TRUE(api.remove("/images/" + name + ":1").ok());
}

TEST_F(RealEngine, NoLinkOfAnImageLeadsAMountIntoTheSystem) {
  const auto image = make_image(nullptr,
                                "ln -s /etc /data; ln -s dev /devl; mkdir /a; ln -s ../proc /a/b; ln -s /x /c; "
                                "ln -s /etc/none /dangling; ln -s / /root-of-all; mkdir /srv/ok; ln -s /srv /s");
  const auto with_volume = [&](const std::string& path) {
    auto s = spec_of_local(image);
    s.volumes = {{"v", path, false}};
    return s;
  };
  const auto with_scratch = [&](const std::string& path) {
    auto s = spec_of_local(image);
    s.security.writable_paths = {path};
    return s;
  };
  for (const auto& [path, real] : {std::pair{"/data", "/etc"},
                                   {"/data/x", "/etc/x"},
                                   {"/devl", "/dev"},
                                   {"/devl/shm", "/dev/shm"},
                                   {"/a/b", "/proc"},
                                   {"/a/b/sys", "/proc/sys"},
                                   {"/dangling", "/etc/none"},
                                   {"/dangling/deeper", "/etc/none/deeper"},
                                   {"/root-of-all", "/"},
                                   {"/root-of-all/dev", "/dev"}})
    for (const auto& s : {with_volume(path), with_scratch(path)})
      EXPECT_EQ(refusal_of(s).substr(0, std::string(path).size() + std::string(real).size() + 41),
                "IMAGE_INVALID The path " + std::string(path) + " leads to " + real + " in the ");
  for (const auto* path : {"/s/ok", "/c/d", "/s", "/new/place"})
    for (const auto& s : {with_volume(path), with_scratch(path)}) EXPECT_EQ(refusal_of(s), "") << path;
  const auto declaring = make_image({{"Volumes", {{"/data", json::object()}}}}, "rm -rf /data; ln -s /etc /data");
  EXPECT_TRUE(refusal_of(spec_of_local(declaring)).starts_with("IMAGE_INVALID The path /data leads to /etc in the "));
  const auto harmless = docker_->resolve_image({with_scratch("/s/ok"), {}});
  ASSERT_TRUE(harmless);
  const auto& scratch = harmless.value().scratch;
  EXPECT_TRUE(std::any_of(scratch.begin(), scratch.end(), [](const auto& d) { return d.path == "/srv/ok"; }));
}

TEST_F(RealEngine, AnImageThatDeclaresTooMuchIsRefusedAtOnce) {
  json volumes = json::object();
  for (int i = 0; i < 400; ++i) volumes["/v/" + std::to_string(i)] = json::object();
  const auto greedy = make_image({{"Volumes", volumes}});
  const auto labelled = make_image({{"Labels", {{"description", std::string(3U << 19U, 'x')}}}});
  const auto pretending = make_image({{"Labels", {{"com.troupe.environment", "env_bbbbbbbbbbbbbbbb"}}}});
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(refusal_of(spec_of_local(greedy)), "IMAGE_INVALID The image declares 400 volumes; 32 are allowed.");
  EXPECT_NE(refusal_of(spec_of_local(labelled)).find("bytes of labels; 65536 are allowed"), std::string::npos);
  EXPECT_NE(refusal_of(spec_of_local(pretending)).find("com.troupe.environment"), std::string::npos);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
}

TEST_F(RealEngine, AnImagesHealthCheckIsNotRunMoreOftenThanAReleaseMayAsk) {
  const auto image =
      make_image({{"Healthcheck",
                   {{"Test", {"CMD", "true"}}, {"Interval", 1'000'000}, {"Timeout", 5'000'000'000}, {"Retries", 2}}}});
  const auto p = plan(spec_of_local(image));
  EXPECT_EQ(p.image.check, (model::image_check{1, 5, 2, 0, true}));
  const auto seen = until(p, runs);
  ASSERT_FALSE(seen.tasks.empty());
  const auto inspected = docker_->api().get("/containers/" + seen.tasks.front().container + "/json").body;
  const auto& check = at(inspected, "Config", "Healthcheck");
  EXPECT_EQ(number_of(at(check, "Interval")), 1'000'000'000);
  EXPECT_EQ(number_of(at(check, "Timeout")), 5'000'000'000);
  EXPECT_EQ(at(check, "Test"), json::parse(R"(["CMD","true"])")) << "the image's own";
  EXPECT_EQ(converge(p).change, model::applied::nothing) << "it is read back as it was sent";
  EXPECT_TRUE(docker_->remove_service({environment_, "app"}));
}

TEST_F(RealEngine, ALongLineIsOneLineOfItsTime) {
  auto s = spec("web");
  s.command = {
      "/bin/sh", "-c",
      "echo first; head -c 40000 /dev/zero | tr '\\0' x; echo end; head -c 100000 /dev/zero | tr '\\0' y; echo;"
      "printf '\\033[32mINFO\\033[0m last\\n'; exec /bin/httpd -f -p 8080"};
  until(plan(s), runs);
  kept_logs kept(*docker_);
  std::vector<actors::log_line> lines;
  ASSERT_TRUE(wait_until(20s, [&] {
    lines = kept.read({environment_, "app", deployment_, 100, {}});
    return !lines.empty() && lines.back().message == "INFO last";
  })) << lines.size();
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_EQ(lines[0].message, "first");
  EXPECT_TRUE(lines[1].message == std::string(40'000, 'x') + "end") << lines[1].message.size();
  EXPECT_TRUE(lines[2].message + lines[3].message == std::string(100'000, 'y'));
  EXPECT_EQ(lines[3].at, lines[2].at);
  EXPECT_GE(lines[2].at, lines[1].at);
  const auto coloured = kept.read({environment_, "app", deployment_, 1, {}, true});
  ASSERT_EQ(coloured.size(), 1U);
  EXPECT_EQ(coloured[0].message, "\x1b[32mINFO\x1b[0m last");
}

TEST_F(RealEngine, WhatACrashWroteIsShownFromItsEnd) {
  auto s = spec("web");
  s.command = {"/bin/sh", "-c",
               "head -c 320000 /dev/zero | tr '\\0' x; for i in $(seq 1 300); do echo line $i; done; exit 3"};
  const auto seen = until(plan(s), [](const auto& o) { return troubled(o) != nullptr; });
  const auto* t = troubled(seen);
  ASSERT_NE(t, nullptr);
  EXPECT_LT(t->trouble->detail.size(), shown_evidence + 100);
  EXPECT_NE(t->trouble->detail.find("line 299\nline 300\n"), std::string::npos);
  EXPECT_NE(t->trouble->detail.find("line 150\n"), std::string::npos) << "more than the last few";
}

TEST_F(RealEngine, ExitIsToldWithCodeAndLastLines) {
  expect_failure(spec("crash"), failure_code::exited, "cannot open the database: connection refused");
}
TEST_F(RealEngine, OutOfMemoryIsRecognised) {
  expect_failure(spec("oom"), failure_code::out_of_memory, "137");
}

TEST_F(RealEngine, MissingProgramIsRecognised) {
  auto s = spec("web");
  s.command = {"/nope"};
  expect_failure(s, failure_code::command_not_found, "does not exist");
}

TEST_F(RealEngine, ReadOnlyFileSystemIsRecognised) {
  auto s = spec("web");
  s.command = {"/bin/sh", "-c", "echo x > /etc/x"};
  expect_failure(s, failure_code::read_only_filesystem, "exit code");
}

TEST_F(RealEngine, MissingPermissionIsRecognised) {
  auto s = spec("web");
  s.security.read_only_root = false;
  s.command = {"/bin/sh", "-c", "echo x > /etc/x"};
  expect_failure(s, failure_code::permission_denied, "ermission denied");
}

TEST_F(RealEngine, FailingHealthCheckIsToldWithItsOutput) {
  auto s = spec("web");
  s.health = model::health_check{{"/bin/sh", "-c", "echo not today; exit 1"}, std::nullopt, 1, 3, 1, 0};
  expect_failure(s, failure_code::unhealthy, "not today");
}

TEST_F(RealEngine, AFailingHealthCheckIsToldAlsoOfAProgramThatEndsInGoodOrder) {
  auto s = spec("web");
  s.command = {"/bin/sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done"};
  s.health = model::health_check{{"/bin/sh", "-c", "echo not today; exit 1"}, std::nullopt, 1, 3, 1, 0};
  expect_failure(s, failure_code::unhealthy, "not today");
}

TEST_F(RealEngine, PassingHttpProbeMakesItRun) {
  auto s = spec("web");
  s.health = model::health_check{{}, model::http_probe{8080, "/index.html"}, 1, 3, 3, 10};
  until(plan(s), runs);
}

TEST_F(RealEngine, TheProberNeedsNothingOfTheImage) {
  auto s = spec_of_local(make_image({{"Env", {"http_proxy=http://127.0.0.1:9"}}}, "rm -f /bin/wget /bin/sh"));
  s.command = {"/bin/busybox", "httpd", "-f", "-p", "8080", "-h", "/www"};
  s.health = model::health_check{{}, model::http_probe{8080, "/index.html"}, 1, 3, 3, 10};
  const auto p = plan(s);
  EXPECT_FALSE(p.image.prober.empty());
  until(p, runs);
  auto other = spec("web");
  other.health = model::health_check{{}, model::http_probe{8080, "/missing"}, 1, 3, 1, 0};
  other.service = "other";
  expect_failure(other, failure_code::unhealthy, "GET /missing on port 8080 answers 404");
}

TEST_F(RealEngine, WhatDiesBeforeItsHoldIsOverCostsTheOneBeforeNothing) {
  options_.hold = 3s;
  docker_ = std::make_unique<engine>(options_);
  const auto first = plan(spec("web"));
  EXPECT_EQ(first.image.hold_seconds, 3U);
  const auto began = std::chrono::steady_clock::now();
  const auto seen = until(first, runs);
  EXPECT_GE(std::chrono::steady_clock::now() - began, 3s) << "out of service until then";
  EXPECT_TRUE(seen.tasks.front().held);
  auto next = first;
  next.deployment = model::new_id<model::deployment_id>(random_bits(7));
  next.spec.command = {"/bin/sh", "-c", "sleep 1; exit 3"};
  std::set<std::string> ended;
  until(next, [&](const auto& now) {
    EXPECT_TRUE(std::any_of(now.tasks.begin(), now.tasks.end(), [&](const auto& t) {
      return t.deployment == first.deployment && t.wanted && t.phase == model::task_phase::running;
    })) << "the former serves all the time";
    for (const auto& t : now.tasks)
      if (t.deployment == next.deployment && t.trouble) ended.insert(t.id);
    return ended.size() >= 2;
  });
  until(first, runs);
}

TEST_F(RealEngine, HostPortOfAnotherServiceIsUnplaceable) {
  auto one = spec("web", "one"), two = spec("web", "two");
  const std::uint16_t port = static_cast<std::uint16_t>(20'000 + std::hash<std::string>{}(environment_.text) % 10'000);
  one.ports = two.ports = {{8080, port}};
  const auto first = plan(one);
  const auto seen = until(first, runs);
  EXPECT_EQ(seen.tasks.front().published, std::vector<std::uint16_t>{port});
  const auto late = until(plan(two), [](const auto& o) { return troubled(o) != nullptr; });
  EXPECT_TRUE(troubled(late)->unplaceable);
  EXPECT_EQ(troubled(late)->trouble->code, failure_code::port_conflict);
}

TEST_F(RealEngine, LogsAreReadInOrderWithTail) {
  auto s = spec("web");
  s.command = {"/bin/sh", "-c", "for i in 1 2 3 4 5; do echo line $i; done; echo oops >&2; exec /bin/httpd -f -p 8080"};
  until(plan(s), runs);
  kept_logs kept(*docker_);
  std::vector<actors::log_line> lines;
  ASSERT_TRUE(wait_until(10s, [&] {
    return (lines = kept.read({environment_, "app", deployment_, 100, {}})).size() == 6;
  }));
  std::vector<std::string> out;  // the two streams are stamped apart from each other
  for (const auto& l : lines)
    if (!l.is_stderr) out.push_back(l.message);
  EXPECT_EQ(out, (std::vector<std::string>{"line 1", "line 2", "line 3", "line 4", "line 5"}));
  EXPECT_EQ(lines[0].container, "app.1");
  EXPECT_TRUE(
      std::any_of(lines.begin(), lines.end(), [](const auto& l) { return l.is_stderr && l.message == "oops"; }));
  EXPECT_EQ(kept.read({environment_, "app", deployment_, 2, {}}).size(), 2U);
  EXPECT_LT(kept.read({environment_, "app", deployment_, 100, lines[5].at}).size(), 6U);
}

TEST_F(RealEngine, NoLineIsLostOrDoubledAcrossRestartsOfTheServer) {
  auto s = spec("web");
  s.command = {"/bin/sh", "-c",
               "i=0; while [ $i -lt 20000 ]; do j=0; while [ $j -lt 100 ]; do echo line $((i+j)); j=$((j+1)); done;"
               "i=$((i+100)); sleep 0.1; done; echo over >&2; exec /bin/httpd -f -p 8080"};
  until(plan(s), runs);
  const scratch_directory scratch;
  for (int life = 0; life < 6; ++life) {  // each as a server that is killed: what waits in memory is lost
    kept_logs kept(*docker_, scratch.path());
    const auto before = kept.read({environment_, "app", deployment_, 1, {}});
    wait_until(3s, [&] {
      const auto now = kept.read({environment_, "app", deployment_, 1, {}});
      return !now.empty() && (before.empty() || now[0].number > before[0].number + 1'500);
    });
    kept.kill();
  }
  kept_logs kept(*docker_, scratch.path());
  ASSERT_TRUE(wait_until(60s, [&] {
    actors::read_logs last{environment_, "app", deployment_, 1, {}};
    last.contains = "over";
    return !kept.read(last).empty();
  }));
  std::vector<std::string> lines;
  actors::read_logs next{environment_, "app", deployment_, 10'000, {}};
  for (next.after = 0;;) {
    const auto page = kept.read(next);
    if (page.empty()) break;
    for (const auto& line : page) {
      next.after = std::max(*next.after, line.number);
      if (!line.is_stderr) lines.push_back(line.message);
    }
  }
  ASSERT_EQ(lines.size(), 20'000U);
  for (std::size_t i = 0; i < lines.size(); ++i) ASSERT_EQ(lines[i], "line " + std::to_string(i));
  EXPECT_TRUE(docker_->remove_service({environment_, "app"}));
}

TEST_F(RealEngine, WhatAContainerWroteLastIsKeptWhenItsServiceIsRemoved) {
  auto s = spec("web");
  s.command = {"/bin/sh", "-c",
               "trap 'echo draining; sleep 1; echo drained; exit 0' TERM; echo up; while :; do sleep 0.1; done"};
  kept_logs kept(*docker_);
  docker_->before_removal([&](const std::vector<log_source>& which) { EXPECT_TRUE(kept.keeper().settle(which, 3s)); });
  until(plan(s), runs);
  EXPECT_TRUE(docker_->remove_service({environment_, "app"}));
  std::vector<std::string> lines;
  for (const auto& line : kept.read({environment_, "app", deployment_, 100, {}})) lines.push_back(line.message);
  EXPECT_EQ(lines, (std::vector<std::string>{"up", "draining", "drained"}));
}

TEST_F(RealEngine, AVolumeIsListedWithItsSizeAndRemovedOnceNothingUsesIt) {
  ASSERT_TRUE(docker_->ensure_volumes({environment_, {"data", "other"}}));
  docker_->measure_volumes();
  const auto found = docker_->list_volumes({environment_}).value();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].name, "data");
  EXPECT_TRUE(found[0].since);
  EXPECT_EQ(found[0].bytes, 0U);
  EXPECT_TRUE(found[0].measured);
  auto s = spec("web");
  s.volumes = {{"data", "/data", false}};
  until(plan(s), runs);
  const auto in_use = docker_->remove_volume({environment_, "data"});
  ASSERT_FALSE(in_use);
  EXPECT_EQ(in_use.error().kind, model::consequence::conflict);
  EXPECT_TRUE(docker_->remove_service({environment_, "app"}));
  EXPECT_TRUE(docker_->remove_volume({environment_, "data"}));
  EXPECT_EQ(docker_->remove_volume({environment_, "data"}).error().kind, model::consequence::not_found);
  EXPECT_EQ(docker_->list_volumes({environment_}).value().size(), 1U);
}

TEST_F(RealEngine, ListingChangesWithTheService) {
  const auto p = plan(spec("web"));
  until(p, runs);
  const auto before = docker_->list();
  ASSERT_TRUE(before);
  ASSERT_EQ(before.value().services.size(), 1U);
  EXPECT_EQ(before.value().networks, std::vector<model::environment_id>{environment_});
  EXPECT_EQ(docker_->list().value().services[0].fingerprint, before.value().services[0].fingerprint);
  docker_->api().remove("/containers/" + converge(p).tasks.front().container + "?force=1");
  EXPECT_TRUE(wait_until(
      10s, [&] { return docker_->list().value().services[0].fingerprint != before.value().services[0].fingerprint; }));
}

TEST_F(RealEngine, ListingTellsTheReleaseThatAServiceIsOf) {
  const auto p = plan(spec("web"));
  converge(p);
  EXPECT_EQ(docker_->list().value().services.at(0).maker, p.deployment);
}

TEST_F(RealEngine, MoreRemovalsThanAMinuteMayHaveWait) {
  options_.removals_per_minute = 1;
  engine slow(options_);
  converge(plan(spec("web")));
  ASSERT_TRUE(docker_->ensure_volumes({environment_, {"data"}}));
  EXPECT_TRUE(slow.remove_service({environment_, "absent"})) << "what is not there costs nothing";
  EXPECT_TRUE(slow.remove_service({environment_, "app"}));
  const auto refused = slow.remove_volumes({environment_});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, model::consequence::retry);
  EXPECT_TRUE(docker_->ensure_volumes({environment_, {"data"}}).value().created.empty()) << "the volume is still there";
}

TEST_F(RealEngine, FactsForTheOperator) {
  const auto facts = find_engine_facts(docker_->api());
  EXPECT_TRUE(facts.reachable);
  EXPECT_TRUE(facts.swarm_manager);
  EXPECT_GE(facts.networks_possible, 1U);
  EXPECT_FALSE(facts.runc.empty());
}

TEST_F(RealEngine, ActorTellsEventsAndFollowsLogs) {
  caf::actor_system_config config;
  caf::put(config.content, "scheduler.policy", caf::atom("sharing"));
  caf::actor_system system{config};
  struct told {
    std::mutex mutex;
    int touched = 0, listed = 0;
    std::vector<std::string> lines;
    std::promise<void> ended;
  };
  auto seen = std::make_shared<told>();
  caf::scoped_actor self{system};
  const scratch_directory scratch;
  options_.shelf.directory = scratch.path();
  const auto front = spawn_engine(system, options_);
  const auto observer = system.spawn([seen, service = std::string("app")]() -> actors::engine_observer::behavior_type {
    return {[seen, service](const actors::service_touched& t) {
              const std::lock_guard lock(seen->mutex);
              if (t.service == service) ++seen->touched;
            },
            [](const actors::environment_touched&) {},
            [seen](const actors::engine_listed&) {
              const std::lock_guard lock(seen->mutex);
              ++seen->listed;
            },
            [](const actors::engine_reach&) {}};
  });
  self->send(front, observer);
  auto s = spec("web");
  s.command = {"/bin/sh", "-c", "echo started; exec /bin/httpd -f -p 8080"};
  const auto p = plan(s);
  const auto converge_by_actor = [&] {
    model::service_observation result;
    self->request(front, 20s, actors::converge_service{p})
        .receive(
            [&](model::outcome<model::service_observation, model::effect_error>& r) {
              ASSERT_TRUE(r);
              result = r.value();
            },
            [&](caf::error& e) { FAIL() << system.render(e); });
    return result;
  };
  EXPECT_EQ(converge_by_actor().change, model::applied::created);
  auto sink = std::make_shared<actors::log_sink>();
  sink->line = [seen](const actors::log_line& line) {
    const std::lock_guard lock(seen->mutex);
    seen->lines.push_back(line.message);
    return true;
  };
  sink->ended = [seen] { seen->ended.set_value(); };
  self->send(front, actors::follow_logs{{environment_, "app", deployment_, 100, {}}, sink});
  EXPECT_TRUE(wait_until(20s, [&] { return runs(converge_by_actor()); }));
  EXPECT_TRUE(wait_until(10s,
                         [&] {
                           const std::lock_guard lock(seen->mutex);
                           return seen->lines == std::vector<std::string>{"started"} && seen->touched > 0 &&
                                  seen->listed > 0;
                         }))
      << ::testing::PrintToString(seen->lines) << " touched " << seen->touched << " listed " << seen->listed;
  self->request(front, 30s, actors::remove_service{environment_, "app"})
      .receive([&](model::outcome<model::done, model::effect_error>& r) { EXPECT_TRUE(r); },
               [&](caf::error& e) { FAIL() << system.render(e); });
  EXPECT_EQ(seen->ended.get_future().wait_for(10s), std::future_status::ready);
  self->send_exit(front, caf::exit_reason::user_shutdown);
  self->send_exit(observer, caf::exit_reason::user_shutdown);
}

}  // namespace
}  // namespace troupe::docker::tests
