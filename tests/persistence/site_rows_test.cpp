#include "tests/persistence/database_fixture.hpp"

namespace troupe::persistence::testing {
namespace {

struct SiteRows : DatabaseTest {
  template <class M>
  auto tell(M message) {
    using answer = typename caf::response_type<actors::site_rows_actor::signatures, M>::type;
    using value = caf::detail::tl_head_t<answer>;
    std::optional<value> out;
    self->request(caf::actor_cast<actors::site_rows_actor>(database), 10s, std::move(message))
        .receive([&](value& v) { out = std::move(v); },
                 [&](const caf::error& e) { ADD_FAILURE() << system.render(e); });
    if (!out) throw std::runtime_error("no answer");
    return std::move(*out);
  }
  std::vector<model::site> all() { return tell(actors::load_sites{}).value(); }
  model::site claim_of(int n) {
    const auto e = saved_environment(make_user(), n, "e" + std::to_string(n));
    model::site s;
    s.id = {id("dom", n)};
    s.environment = e.id;
    s.owner = e.owner;
    s.domain = "n" + std::to_string(n) + ".example.org";
    s.detail = "it's \"here\"";
    s.failures = {at(1), at(2)};
    s.next_try = at(3);
    s.created_at = s.updated_at = at(n);
    return s;
  }
};

TEST_F(SiteRows, ARowComesBackAsItWasSaved) {
  auto one = claim_of(1), two = claim_of(2);
  two.pinned = true;
  two.service = "web";
  two.port = 8080;
  two.chosen_port = 8080;
  two.paths = {{"/api", "api", 9000}, {"/v2", "next", 0, 7000}};
  two.settings = {500, 60, false, model::frame_policy::deny, true, "example.org"};
  two.status = model::site_status::renewing;
  two.certificate = model::certificate{at(10), at(20)};
  two.warned_days = 7;
  two.failures.clear();
  two.next_try.reset();
  ASSERT_TRUE(tell(actors::save_sites{{one, two}, {}}));
  EXPECT_EQ(all(), (std::vector<model::site>{one, two}));
  one.revision = 2;
  one.status = model::site_status::limited;
  one.failures.push_back(at(9));
  ASSERT_TRUE(tell(actors::save_sites{{one}, {}}));
  ASSERT_TRUE(tell(actors::save_sites{{one}, {}})) << "repeating it is harmless";
  EXPECT_EQ(all(), (std::vector<model::site>{one, two}));
}

TEST_F(SiteRows, WhatWasReleasedDoesNotComeBackWithALateChange) {
  auto one = claim_of(1);
  ASSERT_TRUE(tell(actors::save_sites{{one}, {}}));
  ASSERT_TRUE(tell(actors::save_sites{{}, {one.id}}));
  one.revision = 2;
  ASSERT_TRUE(tell(actors::save_sites{{one}, {}}));
  EXPECT_TRUE(all().empty());
}

TEST_F(SiteRows, AnEnvironmentHasSeveral) {
  auto one = claim_of(1), two = claim_of(2);
  two.environment = one.environment;
  two.owner = one.owner;
  ASSERT_TRUE(tell(actors::save_sites{{one, two}, {}}));
  EXPECT_EQ(all(), (std::vector<model::site>{one, two}));
}

TEST_F(SiteRows, ThePlatformsOwnNameHasNoEnvironment) {
  model::site s;
  s.id = {id("dom", 1)};
  s.domain = "troupe.example.org";
  s.created_at = s.updated_at = at(1);
  ASSERT_TRUE(tell(actors::save_sites{{s}, {}}));
  EXPECT_EQ(all(), std::vector<model::site>{s});
}

TEST_F(SiteRows, ANameChangesHandsInOneTransactionAndIsNeverTwoHands) {
  const auto one = claim_of(1);
  auto two = claim_of(2);
  two.domain = one.domain;
  ASSERT_TRUE(tell(actors::save_sites{{one}, {}}));
  EXPECT_FALSE(tell(actors::save_sites{{two}, {}}));
  EXPECT_EQ(all(), std::vector<model::site>{one});
  ASSERT_TRUE(tell(actors::save_sites{{two}, {one.id}}));
  ASSERT_TRUE(tell(actors::save_sites{{two}, {one.id}}));
  EXPECT_EQ(all(), std::vector<model::site>{two});
  ASSERT_TRUE(tell(actors::save_sites{{}, {two.id}}));
  EXPECT_TRUE(all().empty());
}

}  // namespace
}  // namespace troupe::persistence::testing
