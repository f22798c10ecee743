// Applications as PostgreSQL keeps them.
#include <gtest/gtest.h>

#include "tests/persistence/database_fixture.hpp"

namespace troupe::persistence::testing {
namespace {

using model::apply_status;
using model::consequence;

struct ApplicationRows : DatabaseTest {
  model::environment shop;

  void SetUp() override {
    DatabaseTest::SetUp();
    shop = saved_environment(make_user());
  }

  model::application application(int n, apply_status status = apply_status::applying) {
    model::application a;
    a.id = {id("op", n)};
    a.environment = shop.id;
    a.owner = shop.owner;
    a.status = status;
    a.on_failure = model::failure_policy::keep;
    a.detail = "web: \"why\"";
    a.steps.push_back({model::step_action::update,
                       "web",
                       {id("dep", n)},
                       {id("job", n)},
                       {"db"},
                       model::deployment_id{id("dep", 90)},
                       true,
                       {id("dep", 91)},
                       {id("job", 91)},
                       false,
                       model::step_status::in_progress,
                       "because"});
    a.steps.push_back(
        {model::step_action::create, "db", {id("dep", n + 50)}, {id("job", n + 50)}, {}, {}, {}, {}, {}, true, {}, {}});
    a.created_at = a.updated_at = at(n);
    return a;
  }
  outcome<done> keep(const model::application& a) { return ask(actors::save{{actors::save_application{a}}}); }
};

TEST_F(ApplicationRows, AreReadAsTheyWereSavedAndOneThatIsOlderChangesNothing) {
  auto a = application(1);
  ASSERT_TRUE(keep(a));
  EXPECT_EQ(*ask(actors::find_application{a.id, shop.owner}).value(), a);
  ASSERT_TRUE(keep(a)) << "repeated";
  const auto before = a;
  ++a.revision;
  a.status = apply_status::failed;
  a.cancelled = true;
  a.updated_at += 1s;
  ASSERT_TRUE(keep(a));
  ASSERT_TRUE(keep(before));
  EXPECT_EQ(*ask(actors::find_application{a.id}).value(), a);
  EXPECT_EQ(ask(actors::find_application{a.id, make_user("other", 2)}).error().kind, consequence::not_found);
  EXPECT_EQ(ask(actors::find_application{{id("op", 9)}}).error().kind, consequence::not_found);
}

TEST_F(ApplicationRows, AreThereWithTheirReleasesOrNotAtAll) {
  auto holder = deployment(saved_environment(shop.owner, 2, "other"), 3, "other"), web = deployment(shop, 4);
  holder.spec.ports = web.spec.ports = {{80, std::uint16_t{8081}}};
  ASSERT_TRUE(ask(one(holder)));
  const auto a = application(1);
  const auto refused = ask(actors::save{{actors::save_deployment{web, "", {}}, actors::save_application{a}}});
  EXPECT_EQ(refused.error().kind, consequence::conflict);
  EXPECT_FALSE(ask(actors::find_application{a.id}));
  web.spec.ports.clear();
  ASSERT_TRUE(ask(actors::save{{actors::save_deployment{web, "", {}}, actors::save_application{a}}}));
  EXPECT_TRUE(ask(actors::find_application{a.id}));
  EXPECT_TRUE(ask(actors::find_deployment{web.id}));
}

TEST_F(ApplicationRows, WhatIsUnderWayIsLoadedWithWhatLives) {
  ASSERT_TRUE(keep(application(1)));
  ASSERT_TRUE(keep(application(2, apply_status::succeeded)));
  ASSERT_TRUE(keep(application(3, apply_status::rolling_back)));
  EXPECT_EQ(ask(actors::load_living{}).value().applications.size(), 2U);
  EXPECT_EQ(ask(actors::load_environment{shop.id}).value().applications.size(), 2U);
  const auto other = saved_environment(shop.owner, 2, "other");
  EXPECT_TRUE(ask(actors::load_environment{other.id}).value().applications.empty());
}

TEST_F(ApplicationRows, WhoAwaitsWhomIsReplacedWithTheApplicationThatSaysSo) {
  using model::awaited_state;
  const auto apply = [&](int n, const model::dependencies& awaits) {
    return ask(actors::save{{actors::save_application{application(n), awaits}}});
  };
  const auto stored = [&] { return ask(actors::list_dependencies{shop.id}).value(); };
  const model::dependencies first{
      {"web", {{"api", awaited_state::healthy}, {"migrate", awaited_state::completed, false}}},
      {"api", {{"db"}}},
      {"db", {}}};
  ASSERT_TRUE(apply(1, first));
  ASSERT_TRUE(apply(1, first)) << "repeated";
  auto there = first;
  there.erase("db");
  EXPECT_EQ(stored(), there);
  ASSERT_TRUE(keep(application(1))) << "as each step saves it";
  EXPECT_EQ(stored(), there);
  ASSERT_TRUE(apply(2, {{"web", {{"db"}}}, {"db", {}}}));
  there["web"] = {{"db"}};
  EXPECT_EQ(stored(), there) << "api is not named, and stays";
  const auto other = saved_environment(shop.owner, 2, "other");
  EXPECT_TRUE(ask(actors::list_dependencies{other.id}).value().empty());
}

TEST_F(ApplicationRows, WhoAwaitsWhomIsNotSavedWhereTheReleasesAreRefused) {
  auto holder = deployment(saved_environment(shop.owner, 2, "other"), 3), web = deployment(shop, 4);
  holder.spec.ports = web.spec.ports = {{80, std::uint16_t{8081}}};
  ASSERT_TRUE(ask(one(holder)));
  const actors::save_application what{application(1), model::dependencies{{"web", {{"db"}}}}};
  EXPECT_FALSE(ask(actors::save{{actors::save_deployment{web, "", {}}, what}}));
  EXPECT_TRUE(ask(actors::list_dependencies{shop.id}).value().empty());
}

TEST_F(ApplicationRows, WhatAServiceAwaitsGoesWithItsLastRelease) {
  using model::deployment_status;
  auto old = deployment(shop, 1), web = deployment(shop, 2), migrate = deployment(shop, 3, "migrate");
  const model::dependencies awaits{{"web", {{"migrate"}}}, {"migrate", {{"db"}}}};
  ASSERT_TRUE(ask(one(old)));
  ASSERT_TRUE(ask(actors::save{{actors::save_deployment{web, "", {}}, actors::save_deployment{migrate, "", {}},
                                actors::save_application{application(1), awaits}}}));
  const auto stored = [&] { return ask(actors::list_dependencies{shop.id}).value(); };
  ASSERT_TRUE(ask(one(next(old, deployment_status::removed))));
  EXPECT_EQ(stored(), awaits) << "a newer one is there";
  ASSERT_TRUE(ask(one(next(migrate, deployment_status::succeeded))));
  EXPECT_EQ(stored(), awaits) << "a job that has succeeded is there";
  ASSERT_TRUE(ask(one(next(web, deployment_status::removed))));
  EXPECT_EQ(stored(), (model::dependencies{{"migrate", {{"db"}}}}));
}

TEST_F(ApplicationRows, AreListedNewestFirstAPageAtATime) {
  for (int n = 1; n <= 5; ++n) ASSERT_TRUE(keep(application(n, apply_status::succeeded)));
  const auto page = [&](std::optional<model::operation_id> before) {
    std::string out;
    const auto found = ask(actors::list_applications{shop.owner, shop.id, std::move(before), 2});
    for (const auto& a : found.value()) out += a->id.text.back();
    return out;
  };
  EXPECT_EQ(page({}), "fe");
  EXPECT_EQ(page(model::operation_id{id("op", 4)}), "dc");
  EXPECT_EQ(page(model::operation_id{id("op", 2)}), "b");
}

}  // namespace
}  // namespace troupe::persistence::testing
