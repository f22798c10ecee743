#include "tests/persistence/database_fixture.hpp"

namespace troupe::persistence::testing {
namespace {

using actors::notice_kind;

struct TelegramRows : DatabaseTest {
  template <class M>
  auto tell(M message) {
    using answer = typename caf::response_type<actors::telegram_rows_actor::signatures, M>::type;
    using value = caf::detail::tl_head_t<answer>;
    std::optional<value> out;
    self->request(caf::actor_cast<actors::telegram_rows_actor>(database), 10s, std::move(message))
        .receive([&](value& v) { out = std::move(v); },
                 [&](const caf::error& e) { ADD_FAILURE() << system.render(e); });
    if (!out || !out->ok()) throw std::runtime_error("no answer, or a problem");
    return std::move(out->value());
  }
  std::vector<std::int64_t> accept(const std::vector<std::int64_t>& ids) {
    actors::accept_telegram_updates what;
    for (const auto id : ids) what.updates.push_back({id, 5, R"({"text":"a \"b\" \\ {c,d}"})"});
    std::vector<std::int64_t> out;
    for (const auto& one : tell(what)) {
      EXPECT_EQ(one.body, R"({"text":"a \"b\" \\ {c,d}"})");
      out.push_back(one.id);
    }
    return out;
  }
  bool let_in(std::int64_t id, std::string invite_hash = {}) {
    model::outcome<actors::telegram_account> out = model::problem{};
    self->request(
            caf::actor_cast<actors::telegram_rows_actor>(database), 10s,
            actors::ensure_telegram_account{id, {this->id("usr", static_cast<int>(id))}, false, std::move(invite_hash)})
        .receive([&](model::outcome<actors::telegram_account>& got) { out = std::move(got); },
                 [&](const caf::error& e) { ADD_FAILURE() << system.render(e); });
    if (!out) {
      EXPECT_EQ(out.error().kind, model::consequence::not_found) << out.error().detail;
    }
    return out.ok();
  }
  model::user_id person(std::int64_t id, bool notified) {
    const auto account = tell(actors::ensure_telegram_account{id, {this->id("usr", static_cast<int>(id))}});
    if (notified) tell(actors::set_telegram_notify{account.user, true});
    return account.user;
  }
  // Moves the row's moments to the present, where there is something to tell.
  model::deployment happened(const model::environment& e, int n, model::deployment_status status, bool job = false) {
    auto d = deployment(e, n, "s" + std::to_string(n));
    d.status = status;
    if (job) d.spec.job = model::job_terms{};
    d.created_at = d.updated_at =
        std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()) + 1s;
    if (status == model::deployment_status::running) d.running_since = d.updated_at;
    if (status == model::deployment_status::failed)
      d.error = model::make_failure(model::failure_code::exited, "it exited");
    EXPECT_TRUE(ask(one(d)));
    return d;
  }
};

TEST_F(TelegramRows, AnInvitationLetsSoManyInAndTheyStayIn) {
  tell(actors::insert_telegram_invite{"inv_a", "hash", 2, 1h});
  EXPECT_FALSE(let_in(5));
  EXPECT_FALSE(let_in(5, "another"));
  EXPECT_TRUE(let_in(5, "hash"));
  EXPECT_TRUE(let_in(5, "hash")) << "a second time it takes nothing";
  EXPECT_TRUE(let_in(6, "hash"));
  EXPECT_FALSE(let_in(7, "hash")) << "two people have used it";
  EXPECT_EQ(place->value("SELECT count(*) FROM users WHERE name = 'telegram:7'"), "0");
  EXPECT_TRUE(let_in(5));
  const auto all = tell(actors::list_telegram_invites{});
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].used_by, (std::vector<std::int64_t>{5, 6}));
  EXPECT_FALSE(all[0].good);
  tell(actors::revoke_telegram_invite{"inv_a"});
  EXPECT_FALSE(let_in(5));
  tell(actors::insert_telegram_invite{"inv_b", "late", 1, 1h});
  place->value("UPDATE telegram_invites SET expires_at = now() - interval '1 second' RETURNING 1");
  EXPECT_FALSE(let_in(8, "late"));
}

TEST_F(TelegramRows, WhoHasAKeyThatIsGoodIsIn) {
  const auto user = person(5, false);
  EXPECT_FALSE(let_in(5));
  place->value("INSERT INTO api_keys (key_id, owner_id, name, scopes, secret_hash, created_at) VALUES ('k', '" +
               user.text + "', 'n', '{}', 'h', now()) RETURNING 1");
  EXPECT_TRUE(let_in(5));
  place->value("UPDATE api_keys SET expires_at = now() - interval '1 second' RETURNING 1");
  EXPECT_FALSE(let_in(5));
}

TEST_F(TelegramRows, WhatConcernsTheAccountsSafetyIsToldToWhoWantsNoNotices) {
  const auto user = person(5, false);
  EXPECT_EQ(tell(actors::find_telegram_chat{user}), std::nullopt);
  EXPECT_EQ(tell(actors::find_telegram_chat{user, true}), 5);
  tell(actors::block_telegram_chat{5});
  EXPECT_EQ(tell(actors::find_telegram_chat{user, true}), std::nullopt);
}

TEST_F(TelegramRows, AnUpdateIsGivenOutUntilItIsFinishedAndNeverAgain) {
  EXPECT_EQ(accept({9, 7}), (std::vector<std::int64_t>{7, 9}));
  EXPECT_EQ(accept({7, 8}), (std::vector<std::int64_t>{7, 8}));
  tell(actors::finish_telegram_updates{{7, 9}});
  EXPECT_EQ(accept({7, 8, 9}), (std::vector<std::int64_t>{8}));
  stop();
  start();
  const auto waiting = tell(actors::load_telegram_updates{});
  ASSERT_EQ(waiting.size(), 1U);
  EXPECT_EQ(waiting[0].id, 8);
  EXPECT_EQ(place->value("SELECT string_agg(body, '') FROM telegram_updates WHERE handled_at IS NOT NULL"), "");
}

TEST_F(TelegramRows, WhatWasHandledTwoDaysAgoIsForgottenAndWhatWaitsIsNot) {
  accept({1, 2});
  tell(actors::finish_telegram_updates{{1}});
  place->value(
      "UPDATE telegram_updates SET handled_at = handled_at - interval '49 hours', received_at = received_at - interval "
      "'49 hours' "
      "RETURNING 1");
  accept({3});
  EXPECT_EQ(place->value("SELECT string_agg(update_id::text, ',' ORDER BY update_id) FROM telegram_updates"), "2,3");
}

TEST_F(TelegramRows, OnePersonIsOneAccountAndWritingLiftsABlock) {
  const auto user = person(5, true);
  EXPECT_EQ(person(5, false), user);
  EXPECT_EQ(tell(actors::find_telegram_chat{user}), 5);
  tell(actors::block_telegram_chat{5});
  EXPECT_EQ(tell(actors::find_telegram_chat{user}), std::nullopt);
  EXPECT_TRUE(tell(actors::ensure_telegram_account{5, {id("usr", 77)}}).notify);
  EXPECT_EQ(tell(actors::find_telegram_chat{user}), 5);
  tell(actors::set_telegram_notify{user, false});
  EXPECT_EQ(tell(actors::find_telegram_chat{user}), std::nullopt);
}

TEST_F(TelegramRows, OwnersWhoWantItAreToldEachThingUntilItWasTold) {
  const auto wants = saved_environment(person(5, true), 1), wants_not = saved_environment(person(6, false), 2);
  const auto ran = happened(wants, 1, model::deployment_status::running);
  const auto failed = happened(wants, 2, model::deployment_status::failed);
  happened(wants, 3, model::deployment_status::pending);
  happened(wants_not, 4, model::deployment_status::failed);
  const auto first = tell(actors::collect_deployment_notices{false, {ran.id}});
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].chat, 5);
  EXPECT_EQ(first[0].deployment, ran.id);
  EXPECT_EQ(first[0].kind, notice_kind::running);
  EXPECT_EQ(tell(actors::collect_deployment_notices{}).size(), 2U) << "the untold one comes again";
  tell(actors::tell_deployment_notices{first});
  const auto left = tell(actors::collect_deployment_notices{});
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].deployment, failed.id);
  tell(actors::tell_deployment_notices{left});
  EXPECT_TRUE(tell(actors::collect_deployment_notices{}).empty());
}

TEST_F(TelegramRows, OfAJobItsEndIsTold) {
  const auto env = saved_environment(person(5, true));
  happened(env, 1, model::deployment_status::running, true);
  const auto done = happened(env, 2, model::deployment_status::succeeded, true);
  const auto told = tell(actors::collect_deployment_notices{});
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].deployment, done.id);
  EXPECT_EQ(told[0].kind, notice_kind::succeeded);
}

TEST_F(TelegramRows, WhatWasBeforeTheWishOrIsOldIsNoNews) {
  const auto user = person(5, false);
  const auto env = saved_environment(user);
  auto old = deployment(env, 1);
  old.status = model::deployment_status::running;
  old.running_since = old.updated_at;
  ASSERT_TRUE(ask(one(old)));
  tell(actors::set_telegram_notify{user, true});
  EXPECT_TRUE(tell(actors::collect_deployment_notices{}).empty());
}

}  // namespace
}  // namespace troupe::persistence::testing
