// A migrated database, an actor on it, and rows to save.
#pragma once

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "persistence/database.hpp"
#include "tests/persistence/scratch_database.hpp"

namespace troupe::persistence::testing {

using namespace std::chrono_literals;
using model::consequence;
using model::done;
using model::outcome;

struct DatabaseTest : ::testing::Test {
  struct configuration : caf::actor_system_config {
    configuration() { set("scheduler.policy", caf::atom("sharing")); }
  };

  void SetUp() override {
    if (!server_url()) GTEST_SKIP() << "TROUPE_TEST_DATABASE_URL is not set";
    place = std::make_unique<scratch_database>();
    const auto migrated = migrations::apply(place->url());
    ASSERT_TRUE(migrated) << migrated.error().detail;
    start();
  }
  void TearDown() override {
    stop();
    place.reset();
    if (!key_directory.empty()) std::filesystem::remove_all(key_directory);
  }

  // Rows here are of 2025, and stay.
  virtual database_options options() {
    return {.url = place->url(),
            .timeout = 2s,
            .kept = {std::chrono::hours(24 * 36'500), 10},
            .claim = claim,
            .keys = house_keys};
  }
  std::string key_file() { return key_directory / "secrets.key"; }
  void start() {
    if (key_directory.empty()) {
      std::string name = std::filesystem::temp_directory_path() / "troupe-keys-XXXXXX";
      key_directory = ::mkdtemp(name.data());
    }
    const auto opened = open_keyring(place->url(), key_file(), true, 2s);
    ASSERT_TRUE(opened) << opened.error().detail;
    house_keys = opened.value();
    auto claimed = claim_house(place->url());
    ASSERT_TRUE(claimed) << claimed.error().detail;
    claim = claimed.value();
    database = spawn_database(system, options(), [this](const std::string&) { ++fenced_calls; });
  }
  void stop() {
    claim.reset();
    if (!database) return;
    self->monitor(database);
    self->send_exit(database, caf::exit_reason::user_shutdown);
    database = nullptr;
    self->receive([](const caf::down_msg&) {});
  }

  template <class M>
  auto ask(M message, std::chrono::milliseconds timeout = 10s) {
    return ask(database, std::move(message), timeout);
  }
  template <class M>
  auto ask(const actors::database_actor& whom, M message, std::chrono::milliseconds timeout = 10s) {
    using answer = typename caf::response_type<actors::database_actor::signatures, M>::type;
    using value = caf::detail::tl_head_t<answer>;
    std::optional<value> out;
    self->request(whom, timeout, std::move(message))
        .receive([&](value& v) { out = std::move(v); },
                 [&](const caf::error& e) { ADD_FAILURE() << "no answer: " << system.render(e); });
    if (!out) throw std::runtime_error("no answer");
    return std::move(*out);
  }

  // All at once; the outcomes in the same order.
  std::vector<outcome<done>> save_all(const std::vector<actors::save>& saves) {
    std::vector<outcome<done>> out(saves.size());
    std::vector<decltype(self->request(database, caf::infinite, saves.front()))> pending;
    for (const auto& s : saves) pending.push_back(self->request(database, 20s, s));
    for (std::size_t i = 0; i < saves.size(); ++i)
      pending[i].receive([&](const outcome<done>& v) { out[i] = v; },
                         [&](const caf::error& e) { ADD_FAILURE() << system.render(e); });
    return out;
  }

  static model::timestamp at(std::int64_t micros) {
    return model::timestamp{std::chrono::microseconds{1'760'000'000'000'000 + micros}};
  }
  static std::string id(const char* prefix, int n) {
    std::string text = std::string(prefix) + "_aaaaaaaaaaaaaaaa";
    for (auto place = text.rbegin(); n > 0; ++place, n /= 26) *place = static_cast<char>('a' + n % 26);
    return text;
  }

  model::user_id make_user(const std::string& name = "operator", int n = 1) {
    return ask(actors::ensure_user{name, {id("usr", n)}}).value();
  }

  model::environment environment(const model::user_id& owner, int n, const std::string& name) {
    model::environment e;
    e.id = {id("env", n)};
    e.owner = owner;
    e.name = name;
    e.created_at = e.updated_at = at(n);
    return e;
  }
  model::environment saved_environment(const model::user_id& owner, int n = 1, const std::string& name = "shop") {
    const auto e = environment(owner, n, name);
    const auto saved = ask(actors::save{{actors::save_environment{e}}});
    EXPECT_TRUE(saved) << saved.error().detail;
    return e;
  }
  model::deployment deployment(const model::environment& e, int n, const std::string& service = "web") {
    model::deployment d;
    d.id = {id("dep", n)};
    d.job = {id("job", n)};
    d.environment = e.id;
    d.owner = e.owner;
    d.number = static_cast<std::uint64_t>(n);
    d.spec.service = service;
    d.spec.image = {"docker.io", "library/nginx", "1.27", ""};
    d.created_at = d.updated_at = at(n);
    return d;
  }
  static actors::save one(const model::deployment& d, std::string detail = "told") {
    return {{actors::save_deployment{d, std::move(detail), {}}}};
  }
  static model::deployment next(model::deployment d, model::deployment_status status) {
    ++d.revision;
    d.status = status;
    d.updated_at += 1s;
    if (status == model::deployment_status::failed)
      d.error = model::make_failure(model::failure_code::exited, "it exited");
    return d;
  }
  model::deployment stored(const model::deployment& d) { return ask(actors::find_deployment{d.id}).value().row; }

  configuration config;
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  std::unique_ptr<scratch_database> place;
  std::filesystem::path key_directory;
  keyring_ptr house_keys;
  house_claim_ptr claim;
  actors::database_actor database;
  std::atomic<int> fenced_calls{0};
};

}  // namespace troupe::persistence::testing
