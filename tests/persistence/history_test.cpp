#include <algorithm>

#include <pqxx/pqxx>

#include "tests/persistence/database_fixture.hpp"

namespace troupe::persistence::testing {
namespace {

using model::deployment_status;
using std::chrono::hours;

// Rows of the fixture are of 2025: what is over is old.
struct History : DatabaseTest {
  database_options options() override {
    auto out = DatabaseTest::options();
    out.kept = {hours(24 * 90), 2};
    out.forget_every = 50ms;
    return out;
  }
  model::deployment ended(const model::environment& e, int n, const std::string& service, deployment_status how,
                          std::optional<model::deployment_id> former = {}) {
    auto d = deployment(e, n, service);
    d.former = std::move(former);
    add(d);
    d = next(d, how);
    add(d);
    return d;
  }
  // Saved with the others at once, so that no pass comes between.
  void add(const model::deployment& d) {
    const auto changes = one(d).changes;
    together_.changes.insert(together_.changes.end(), changes.begin(), changes.end());
  }
  std::string told(const std::string& sql) {
    pqxx::connection connection(place->url());
    pqxx::nontransaction tx(connection);
    const auto rows = tx.exec(sql);
    return rows.empty() || rows[0][0].is_null() ? "" : rows[0][0].c_str();
  }
  std::string deployments() { return told("SELECT string_agg(number::text, ' ' ORDER BY number) FROM deployments"); }
  void becomes(const std::string& wanted) {
    ASSERT_TRUE(ask(std::exchange(together_, {})));
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (deployments() != wanted && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(20ms);
    EXPECT_EQ(deployments(), wanted);
  }

private:
  actors::save together_;
};

TEST_F(History, ApplicationsThatAreOldAndOverGo) {
  const auto shop = saved_environment(make_user());
  const auto keep = [&](int n, model::apply_status status) {
    model::application a;
    a.id = {id("op", n)};
    a.environment = shop.id;
    a.owner = shop.owner;
    a.status = status;
    a.created_at = a.updated_at = at(n);
    EXPECT_TRUE(ask(actors::save{{actors::save_application{a, model::dependencies{{"preview", {{"db"}}}}}}}));
  };
  keep(1, model::apply_status::succeeded);
  keep(2, model::apply_status::applying);
  ended(shop, 1, "preview", deployment_status::failed);
  const auto end = std::chrono::steady_clock::now() + 20s;
  while (ask(actors::find_application{{id("op", 1)}}) && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(20ms);
  EXPECT_FALSE(ask(actors::find_application{{id("op", 1)}}));
  EXPECT_TRUE(ask(actors::find_application{{id("op", 2)}}));
  EXPECT_TRUE(ask(actors::list_dependencies{shop.id}).value().empty()) << "nothing of the service is left";
}

TEST_F(History, WhatIsOldAndOverGoesButForTheNewestOfAServiceThatIsThere) {
  const auto shop = saved_environment(make_user());
  std::optional<model::deployment_id> former;
  for (int n = 1; n <= 5; ++n) former = ended(shop, n, "web", deployment_status::superseded, former).id;
  auto serving = deployment(shop, 6, "web");
  serving.former = former;
  add(serving);
  add(next(serving, deployment_status::running));
  ended(shop, 7, "preview", deployment_status::failed);
  ended(shop, 8, "preview", deployment_status::cancelled);
  becomes("5 6");
  EXPECT_EQ(told("SELECT former FROM deployments WHERE number = 5"), "") << "what it came after is gone";
  EXPECT_EQ(told("SELECT former FROM deployments WHERE number = 6"), former->text);
  EXPECT_EQ(told("SELECT count(*) FROM transitions WHERE deployment_id NOT IN (SELECT id FROM deployments)"), "0");
  EXPECT_EQ(ask(actors::find_deployment{model::deployment_id{id("dep", 1)}}).error().kind, consequence::not_found);
  // The actor of what lives goes on writing its row.
  EXPECT_TRUE(ask(one(next(next(serving, deployment_status::running), deployment_status::stopped))));
}

TEST_F(History, WhatIsNewOrWhatALivingOneRefersToStays) {
  const auto shop = saved_environment(make_user());
  for (int n = 1; n <= 4; ++n) ended(shop, n, "web", deployment_status::superseded);
  auto serving = deployment(shop, 5, "web");
  serving.rollback_of = model::deployment_id{id("dep", 1)};
  add(serving);
  auto late = deployment(shop, 6, "late");
  add(late);
  late = next(late, deployment_status::cancelled);
  late.updated_at = std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  add(late);
  becomes("1 4 5 6");
}

TEST_F(History, ADeletedEnvironmentGoesOnceNothingOfItIsLeftAndItsKeyWithIt) {
  auto shop = saved_environment(make_user());
  auto web = deployment(shop, 1, "web");
  web.spec.env["A"] = "b";
  ASSERT_TRUE(ask(one(web)));
  ASSERT_TRUE(ask(one(next(web, deployment_status::removed))));
  ASSERT_EQ(told("SELECT count(*) FROM data_keys"), "1");
  ++shop.revision;
  shop.status = model::environment_status::deleted;
  ASSERT_TRUE(ask(actors::save{{actors::save_environment{shop}}}));
  const auto end = std::chrono::steady_clock::now() + 20s;
  const auto left = "SELECT (SELECT count(*) FROM environments) + (SELECT count(*) FROM data_keys)";
  while (told(left) != "0" && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(20ms);
  EXPECT_EQ(told(left), "0");
}

TEST_F(History, APassLooksAtAPageAtATime) {
  const auto shop = saved_environment(make_user());
  pqxx::connection connection(place->url());
  {
    pqxx::nontransaction tx(connection);
    tx.exec(
        "INSERT INTO deployments (id, job_id, environment_id, owner_id, number, service, spec, generation, status, "
        "wanted, degraded, "
        "degraded_reason, revision, created_at, updated_at, error) SELECT 'dep_' || n, 'job_' || n, '" +
        shop.id.text + "', '" + shop.owner.text +
        "', n, 's' || n % 7, '{}', 1, 'FAILED', 'run', false, '', 1, '2025-01-01', '2025-01-01', '{}' "
        "FROM generate_series(1, 2000) AS n");
  }
  becomes("");
}

}  // namespace
}  // namespace troupe::persistence::testing
