#include <nlohmann/json.hpp>

#include "persistence/statements.hpp"
#include "persistence/unknown_ids.hpp"
#include "tests/persistence/database_fixture.hpp"

namespace troupe::persistence::testing {
namespace {

using model::deployment_status;
struct Query : DatabaseTest {};

TEST_F(Query, LivingRowsAreEnvironmentsNotDeletedAndDeploymentsNotFinal) {
  const auto owner = make_user();
  const auto a = saved_environment(owner, 1, "a");
  auto b = saved_environment(owner, 2, "b");
  const auto alive = deployment(a, 1);
  const auto dead = deployment(a, 2, "other");
  const auto of_deleted = deployment(b, 3);
  for (const auto& d : {alive, dead, of_deleted}) ASSERT_TRUE(ask(one(d)));
  ASSERT_TRUE(ask(one(next(dead, deployment_status::cancelled))));
  ++b.revision;
  b.status = model::environment_status::deleted;
  ASSERT_TRUE(ask(actors::save{{actors::save_environment{b}}}));
  const auto living = ask(actors::load_living{}).value();
  EXPECT_EQ(living.environments, std::vector{a});
  EXPECT_EQ(living.deployments, std::vector{alive});
  EXPECT_EQ(ask(actors::load_environment{a.id}).value().deployments, std::vector{alive});
  EXPECT_EQ(ask(actors::load_environment{b.id}).error().kind, consequence::not_found);
  EXPECT_EQ(ask(actors::load_environment{b.id, {}, true}).value().environments.at(0).status,
            model::environment_status::deleted);
}

TEST_F(Query, DeploymentsArePagedNewestFirstAndOnlyForTheOwner) {
  const auto owner = make_user();
  const auto env = saved_environment(owner);
  EXPECT_TRUE(ask(actors::list_deployments{owner, env.id, {}, 10}).value().empty());
  for (int i = 1; i <= 5; ++i) ASSERT_TRUE(ask(one(deployment(env, i))));
  const auto numbers = [](const std::vector<actors::stored_deployment>& list) {
    std::vector<std::uint64_t> out;
    for (const auto& d : list) out.push_back(d.row.number);
    return out;
  };
  EXPECT_EQ(numbers(ask(actors::list_deployments{owner, env.id, {}, 2}).value()), (std::vector<std::uint64_t>{5, 4}));
  EXPECT_EQ(numbers(ask(actors::list_deployments{owner, env.id, 4, 10}).value()),
            (std::vector<std::uint64_t>{3, 2, 1}));
  EXPECT_EQ(ask(actors::list_deployments{make_user("other", 2), env.id, {}, 10}).error().kind, consequence::not_found);
  EXPECT_EQ(ask(actors::list_deployments{owner, {"env_nowhere"}, {}, 10}).error().kind, consequence::not_found);
  EXPECT_EQ(numbers(ask(actors::list_recent_deployments{3}).value()), (std::vector<std::uint64_t>{5, 4, 3}));
}

TEST_F(Query, DeploymentsAreFilteredByServiceAndStatusAndAcrossEnvironments) {
  const auto owner = make_user();
  const auto a = saved_environment(owner, 1, "a"), b = saved_environment(owner, 2, "b");
  auto gone = saved_environment(owner, 3, "gone");
  std::vector<model::deployment> all;
  int n = 0;
  for (const auto& [env, service] : {std::pair{a, "web"}, {a, "db"}, {a, "web"}, {b, "web"}, {gone, "web"}}) {
    auto d = deployment(env, ++n, service);
    d.created_at += std::chrono::seconds(n);
    ASSERT_TRUE(ask(one(d)));
    all.push_back(d);
  }
  ASSERT_TRUE(ask(one(next(all[0], deployment_status::cancelled))));
  ++gone.revision;
  gone.status = model::environment_status::deleted;
  ASSERT_TRUE(ask(actors::save{{actors::save_environment{gone}}}));
  const auto ids = [](const std::vector<actors::stored_deployment>& list) {
    std::vector<model::deployment_id> out;
    for (const auto& d : list) out.push_back(d.row.id);
    return out;
  };
  using list = std::vector<model::deployment_id>;
  EXPECT_EQ(ids(ask(actors::list_deployments{owner, a.id, {}, 10, "web"}).value()), (list{all[2].id, all[0].id}));
  EXPECT_EQ(ids(ask(actors::list_deployments{owner, a.id, {}, 10, "", deployment_status::cancelled}).value()),
            list{all[0].id});
  EXPECT_EQ(ids(ask(actors::list_deployments{owner, a.id, all[2].number, 10, "web"}).value()), list{all[0].id});
  EXPECT_TRUE(ask(actors::list_deployments{owner, a.id, {}, 10, "none"}).value().empty());
  EXPECT_EQ(ids(ask(actors::list_own_deployments{owner, {}, 10}).value()),
            (list{all[3].id, all[2].id, all[1].id, all[0].id}));
  EXPECT_EQ(ids(ask(actors::list_own_deployments{owner, all[2].id, 1}).value()), list{all[1].id});
  EXPECT_EQ(ids(ask(actors::list_own_deployments{owner, {}, 10, "web", deployment_status::pending}).value()),
            (list{all[3].id, all[2].id}));
  EXPECT_EQ(ids(ask(actors::list_own_deployments{owner, {}, 10, "", {}, {b.id}}).value()), list{all[3].id});
  EXPECT_TRUE(ask(actors::list_own_deployments{make_user("other", 2), {}, 10}).value().empty());
}

TEST_F(Query, AServiceHasEndedWhereItsNewestReleaseCameToItsEndAndNoneLives) {
  const auto env = saved_environment(make_user());
  int n = 0;
  const auto release = [&](const char* service, std::optional<deployment_status> end) {
    const auto d = deployment(env, ++n, service);
    EXPECT_TRUE(ask(one(d)));
    if (end) {
      EXPECT_TRUE(ask(one(next(d, *end))));
    }
    return d;
  };
  release("a-b", deployment_status::removed);
  release("a-b", deployment_status::cancelled);
  release("ab", deployment_status::cancelled);
  release("done", deployment_status::succeeded);
  release("gone", deployment_status::removed);
  release("lives", std::nullopt);
  release("lives", deployment_status::cancelled);
  const auto names = [&](std::string after, std::uint32_t limit) {
    std::vector<std::string> out;
    for (const auto& d : ask(actors::list_ended_services{env.id, std::move(after), limit}).value())
      out.push_back(d.row.spec.service);
    return out;
  };
  using list = std::vector<std::string>;
  EXPECT_EQ(names("", 10), (list{"a-b", "ab", "done"})) << "by bytes, whatever the database's language";
  EXPECT_EQ(names("a-b", 10), (list{"ab", "done"}));
  EXPECT_EQ(names("", 1), list{"a-b"});
}

TEST_F(Query, AJobIsDoneWhateverRunOfItFailedSince) {
  const auto env = saved_environment(make_user());
  int n = 0;
  const auto run = [&](const char* name, deployment_status end, bool is_job = true) {
    auto d = deployment(env, ++n, name);
    if (is_job) d.spec.job.emplace();
    EXPECT_TRUE(ask(one(d)));
    EXPECT_TRUE(ask(one(next(d, end))));
  };
  run("migrate", deployment_status::succeeded);
  run("migrate", deployment_status::succeeded);
  run("migrate", deployment_status::failed);
  run("migrate", deployment_status::cancelled);
  run("never", deployment_status::failed);
  run("removed", deployment_status::succeeded);
  run("removed", deployment_status::removed);
  run("service", deployment_status::succeeded);
  run("service", deployment_status::failed, false);
  const auto told = [&](bool done_jobs) {
    std::string out;
    for (const auto& d : ask(actors::list_ended_services{env.id, {}, 10, done_jobs}).value())
      out += d.row.spec.service + ' ' + std::string(model::deployment_status_texts[d.row.status]) + ' ' +
             std::to_string(d.row.number) + '\n';
    return out;
  };
  const auto number = [&](int of) { return std::to_string(deployment(env, of, "x").number) + '\n'; };
  EXPECT_EQ(told(true), "migrate SUCCEEDED " + number(2) + "never FAILED " + number(5) + "service FAILED " + number(9));
  EXPECT_EQ(told(false),
            "migrate CANCELLED " + number(4) + "never FAILED " + number(5) + "service FAILED " + number(9));
}

TEST_F(Query, ServicesThatLiveCostAListOfThoseThatEndedNothing) {
  const auto env = saved_environment(make_user());
  std::vector<actors::save> saves;
  for (int n = 1; n <= 500; ++n) saves.push_back(one(deployment(env, n, "s" + std::to_string(n))));
  for (const auto& saved : save_all(saves)) ASSERT_TRUE(saved);
  ASSERT_TRUE(ask(one(next(deployment(env, 250, "s250"), deployment_status::failed))));
  pqxx::connection connection(place->url());
  pqxx::work tx(connection);
  tx.exec("ANALYZE deployments");
  tx.exec("PREPARE ended AS " + std::string(statements::ended_services.sql));
  const auto plan =
      tx.exec("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE ended ('" + env.id.text + "', '', '50', 'true')");
  const auto whole = nlohmann::json::parse(plan.at(0)[0].c_str()).at(0).at("Plan");
  EXPECT_EQ(whole.at("Actual Rows"), 1);
  EXPECT_LT(whole.at("Shared Hit Blocks").get<int>() + whole.at("Shared Read Blocks").get<int>(), 100) << whole.dump(1);
}

TEST_F(Query, EnvironmentsArePagedInOrderOfCreation) {
  const auto owner = make_user();
  const auto a = saved_environment(owner, 3, "a"), b = saved_environment(owner, 4, "b"),
             c = saved_environment(owner, 5, "c");
  saved_environment(make_user("other", 2), 6, "d");
  EXPECT_EQ(ask(actors::list_environments{owner, {}, 2}).value(), (std::vector{a, b}));
  EXPECT_EQ(ask(actors::list_environments{owner, b.id, 2}).value(), std::vector{c});
}

TEST_F(Query, ThePredecessorIsTheNewestThatHasRun) {
  const auto env = saved_environment(make_user());
  auto ran = deployment(env, 1), removed = deployment(env, 2), failed = deployment(env, 3),
       other = deployment(env, 4, "other");
  for (auto* d : {&ran, &removed, &failed, &other}) {
    if (d != &failed) d->running_since = at(1);
    ASSERT_TRUE(ask(one(*d)));
  }
  removed = next(removed, deployment_status::removed);
  failed = next(failed, deployment_status::failed);
  ASSERT_TRUE(ask(one(removed)));
  ASSERT_TRUE(ask(one(failed)));
  EXPECT_EQ(ask(actors::find_predecessor{env.id, "web", 5}).value().row, ran);
  EXPECT_EQ(ask(actors::find_predecessor{env.id, "web", 1}).error().kind, consequence::not_found);
  EXPECT_EQ(ask(actors::find_predecessor{env.id, "never-deployed", 5}).error().kind, consequence::not_found);
}

TEST_F(Query, AJobIsNobodysPredecessor) {
  const auto env = saved_environment(make_user());
  auto service = deployment(env, 1), job = deployment(env, 2);
  job.spec.job = model::job_terms{};
  for (auto* d : {&service, &job}) {
    d->running_since = at(1);
    ASSERT_TRUE(ask(one(*d)));
  }
  EXPECT_EQ(ask(actors::find_predecessor{env.id, "web", 3}).value().row, service);
}

TEST_F(Query, IdsThatNoRowKnowsAreToldApart) {
  const auto living = saved_environment(make_user(), 1, "living");
  auto gone = saved_environment(make_user(), 2, "gone");
  const auto ended = deployment(living, 1);
  ASSERT_TRUE(ask(one(ended)));
  ASSERT_TRUE(ask(one(next(ended, deployment_status::removed))));
  ++gone.revision;
  gone.status = model::environment_status::deleted;
  ASSERT_TRUE(ask(actors::save{{actors::save_environment{gone}}}));
  const auto unknown =
      find_unknown_ids(place->url(), {{living.id.text, gone.id.text, "env_never"}, {ended.id.text, "dep_never"}}, 2s)
          .value();
  EXPECT_EQ(unknown.environments, (std::set<std::string>{gone.id.text, "env_never"}));
  EXPECT_EQ(unknown.deployments, std::set<std::string>{"dep_never"}) << "a release that has ended is known";
  EXPECT_TRUE(find_unknown_ids(place->url(), {}, 2s).value().environments.empty());
}

TEST_F(Query, TheTimelineIsInOrderAndResumable) {
  auto d = deployment(saved_environment(make_user()), 1);
  ASSERT_TRUE(ask(one(d, "accepted")));
  d = next(d, deployment_status::pulling_image);
  ASSERT_TRUE(ask(one(d, "its turn")));
  const auto all = ask(actors::list_transitions{d.id}).value();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].detail, "accepted");
  EXPECT_EQ(all[1].status, deployment_status::pulling_image);
  EXPECT_EQ(all[1].at, d.updated_at);
  EXPECT_EQ(ask(actors::list_transitions{d.id, 1}).value().size(), 1U);
}

TEST_F(Query, OfSeveralTimelinesTheNewestLinesAreReadInTheOrderOfTheirTimes) {
  const auto env = saved_environment(make_user());
  auto a = deployment(env, 1, "a"), b = deployment(env, 2, "b");
  ASSERT_TRUE(ask(one(a, "a accepted")));
  ASSERT_TRUE(ask(one(b, "b accepted")));
  a = next(a, deployment_status::pulling_image);
  a.updated_at = b.updated_at + 1s;
  ASSERT_TRUE(ask(one(a, "a begins")));
  ASSERT_TRUE(ask(one(deployment(env, 3, "c"), "another's")));
  const auto read = [&](const model::timestamp since, const std::uint32_t limit) {
    std::string out;
    const actors::list_lines asked{{b.id, a.id}, since, limit};
    for (const auto& line : ask(asked).value()) out += (out.empty() ? "" : ", ") + line.detail;
    return out;
  };
  EXPECT_EQ(read({}, 10), "a accepted, b accepted, a begins");
  EXPECT_EQ(read({}, 2), "b accepted, a begins");
  EXPECT_EQ(read(a.updated_at, 10), "a begins");
}

TEST_F(Query, WhatIsToldAgainAndAgainIsOneRowWithACount) {
  auto d = deployment(saved_environment(make_user()), 1);
  ASSERT_TRUE(ask(one(d, "accepted")));
  d = next(d, deployment_status::running);
  ASSERT_TRUE(ask(one(d, "put right")));
  const auto first = d.updated_at;
  for (int i = 0; i < 3; ++i) {
    d = next(d, deployment_status::running);
    ASSERT_TRUE(ask(one(d, "put right")));
  }
  const auto all = ask(actors::list_transitions{d.id}).value();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].count, 1U);
  EXPECT_EQ(all[0].first_at, all[0].at);
  EXPECT_EQ(all[1].count, 4U);
  EXPECT_EQ(all[1].first_at, first);
  EXPECT_EQ(all[1].at, d.updated_at);
  EXPECT_EQ(all[1].revision, d.revision) << "who follows is told each time";
  d = next(d, deployment_status::running);
  ASSERT_TRUE(ask(one(d, "healthy again")));
  d = next(d, deployment_status::running);
  ASSERT_TRUE(ask(one(d, "put right")));
  EXPECT_EQ(ask(actors::list_transitions{d.id}).value().size(), 4U) << "something else came between";
}

TEST_F(Query, WhatBeginsOrEndsAnOperationIsALineOfItsOwn) {
  auto d = deployment(saved_environment(make_user()), 1);
  ASSERT_TRUE(ask(one(d, "accepted")));
  const auto tell = [&](std::optional<model::verb> asked, std::optional<model::ending> ended) {
    d = next(d, deployment_status::running);
    ASSERT_TRUE(ask(actors::save{{actors::save_deployment{d, "restarting", {}, true, asked, ended}}}));
  };
  tell(model::verb::restart, {});
  tell(model::verb::restart, {});
  tell({}, {});
  tell({}, {});
  tell({}, model::ending::late);
  tell(model::verb::scale, model::ending::done);
  const auto all = ask(actors::list_transitions{d.id}).value();
  ASSERT_EQ(all.size(), 6U);
  EXPECT_EQ(all[0].asked, std::nullopt);
  EXPECT_EQ(all[0].ended, std::nullopt);
  EXPECT_EQ(all[1].asked, model::verb::restart);
  EXPECT_EQ(all[2].asked, model::verb::restart);
  EXPECT_EQ(all[3].count, 2U);
  EXPECT_EQ(all[4].ended, model::ending::late);
  EXPECT_EQ(all[5].asked, model::verb::scale);
  EXPECT_EQ(all[5].ended, model::ending::done);
}

TEST_F(Query, KeysLiveByTheDatabasesClock) {
  const auto owner = make_user();
  EXPECT_EQ(make_user("operator", 5), owner) << "a name has one user";
  model::api_key key;
  key.key_id = "abcdefgh";
  key.owner = owner;
  key.name = "ci {\"key\"}";
  key.scopes = {model::scope::environments_read, model::scope::admin};
  key.secret_hash = "$2b$10$x";
  key.created_at = at(0);
  key.expires_at = at(0) + 1h;
  ASSERT_TRUE(ask(actors::insert_key{key}));
  ASSERT_TRUE(ask(actors::insert_key{key})) << "repeated";
  auto foreign = key;
  foreign.secret_hash = "other";
  EXPECT_EQ(ask(actors::insert_key{foreign}).error().kind, consequence::conflict);

  auto found = ask(actors::find_key{key.key_id}).value();
  EXPECT_EQ(found.name, key.name);
  EXPECT_EQ(found.scopes, key.scopes);
  EXPECT_EQ(*found.expires_at - found.created_at, 1h);
  EXPECT_EQ(place->value("SELECT now() - created_at < interval '1 minute' FROM api_keys"), "t");
  ASSERT_TRUE(ask(actors::touch_keys{{{key.key_id, at(5)}, {key.key_id, at(9)}, {"unknown", at(1)}}}));
  ASSERT_TRUE(ask(actors::touch_keys{{{key.key_id, at(7)}}}));
  EXPECT_EQ(ask(actors::list_keys{owner}).value().at(0).last_used_at, at(9));

  EXPECT_EQ(ask(actors::revoke_key{make_user("other", 2), key.key_id}).error().kind, consequence::not_found);
  ASSERT_TRUE(ask(actors::revoke_key{owner, key.key_id}));
  const auto revoked_at = ask(actors::find_key{key.key_id}).value().revoked_at;
  EXPECT_TRUE(revoked_at);
  ASSERT_TRUE(ask(actors::revoke_key{{}, key.key_id})) << "twice, by the operator";
  EXPECT_EQ(ask(actors::find_key{key.key_id}).value().revoked_at, revoked_at);
  EXPECT_TRUE(ask(actors::list_keys{owner}).value().empty());
  EXPECT_EQ(ask(actors::find_key{"none"}).error().kind, consequence::not_found);
}

TEST_F(Query, AClaimWhoseEnvironmentWasTakenBackPlansAnew) {
  const auto owner = make_user();
  auto e = saved_environment(owner);
  EXPECT_TRUE(ask(actors::claim_idempotency{owner, "k", "f", e.id.text}).value().fresh);
  EXPECT_EQ(ask(actors::claim_idempotency{owner, "k", "f", "env_2"}).value().planned, e.id.text) << "it lives";
  ++e.revision;
  e.status = model::environment_status::deleted;
  ASSERT_TRUE(ask(actors::save{{actors::save_environment{e}}}));
  EXPECT_EQ(ask(actors::claim_idempotency{owner, "k", "another", "env_3"}).value().planned, e.id.text)
      << "not this request's";
  const auto again = ask(actors::claim_idempotency{owner, "k", "f", "env_4"}).value();
  EXPECT_TRUE(again.fresh);
  EXPECT_EQ(again.planned, "env_4");
}

TEST_F(Query, AnIdempotencyKeyIsClaimedOnceADay) {
  const auto owner = make_user();
  const auto first = ask(actors::claim_idempotency{owner, "k", "f1", "dep_1"}).value();
  EXPECT_TRUE(first.fresh);
  EXPECT_EQ(first.planned, "dep_1");
  const auto second = ask(actors::claim_idempotency{owner, "k", "f2", "dep_2"}).value();
  EXPECT_FALSE(second.fresh);
  EXPECT_EQ(second.planned, "dep_1");
  EXPECT_EQ(second.fingerprint, "f1");
  EXPECT_EQ(second.status, 0);
  ASSERT_TRUE(ask(actors::store_idempotent_answer{owner, "k", 202, "{}"}));
  ASSERT_TRUE(ask(actors::store_idempotent_answer{owner, "k", 500, "late"}));
  const auto third = ask(actors::claim_idempotency{owner, "k", "f1", "dep_3"}).value();
  EXPECT_EQ(third.status, 202);
  EXPECT_EQ(third.body, "{}");
  EXPECT_TRUE(ask(actors::claim_idempotency{make_user("other", 2), "k", "f", "dep_4"}).value().fresh);
  place->value("UPDATE idempotency_keys SET created_at = now() - interval '25 hours' RETURNING 1");
  const auto next_day = ask(actors::claim_idempotency{owner, "k", "f5", "dep_5"}).value();
  EXPECT_TRUE(next_day.fresh);
  EXPECT_EQ(next_day.status, 0);
  EXPECT_EQ(next_day.planned, "dep_5");
}

TEST_F(Query, AClaimWithoutAnAnswerCanBeGivenUp) {
  const auto owner = make_user();
  ask(actors::claim_idempotency{owner, "k", "f1", "dep_1"});
  ASSERT_TRUE(ask(actors::release_idempotency{owner, "k"}));
  EXPECT_TRUE(ask(actors::claim_idempotency{owner, "k", "f2", "dep_2"}).value().fresh);
  ASSERT_TRUE(ask(actors::store_idempotent_answer{owner, "k", 202, "{}"}));
  ASSERT_TRUE(ask(actors::release_idempotency{owner, "k"}));
  EXPECT_EQ(ask(actors::claim_idempotency{owner, "k", "f2", "dep_3"}).value().status, 202) << "an answer stays";
}

TEST_F(Query, TheStatusAndTheCardTellOfTheDatabase) {
  EXPECT_GT(ask(actors::database_status{}).value(), 0U);
  const auto card = ask(actors::describe{});
  EXPECT_EQ(card.kind, "database");
  EXPECT_EQ(card.state, "serving");
  EXPECT_EQ(card.last_message, "database_status");
  EXPECT_EQ(card.restarts, 0U);
}

}  // namespace
}  // namespace troupe::persistence::testing
