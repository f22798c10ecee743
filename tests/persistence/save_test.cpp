#include "tests/persistence/database_fixture.hpp"

namespace troupe::persistence::testing {
namespace {

using model::deployment_status;
struct Save : DatabaseTest {};

TEST_F(Save, RowsOfEveryStatusComeBackEqual) {
  const auto env = saved_environment(make_user());
  for (int i = 0; i < static_cast<int>(model::deployment_status_texts.texts.size()); ++i) {
    auto d = deployment(env, 100 + i, "s" + std::to_string(i));
    d.status = static_cast<deployment_status>(i);
    d.wanted = static_cast<model::intent>(i % 4);
    d.spec.env = {{"QUOTES", "\"'\\{},$1 ä\n"}, {"EMPTY", ""}};
    d.spec.ports = {{80, static_cast<std::uint16_t>(9000 + i)}};
    d.spec.health = model::health_check{{"true"}, std::nullopt};
    d.generation = 4'000'000'000;
    d.image = model::resolved_image{"a@sha256:1",
                                    "sha256:1",
                                    1,
                                    2,
                                    {{"/run", true, 128, true}},
                                    true,
                                    "a \"note\"",
                                    {20, 30, 4, 50, true},
                                    {{"auto-s-data-1", "/data"}},
                                    {"/data is \"kept\""},
                                    "troupe-prober-1",
                                    5,
                                    true,
                                    model::house_rules::second};
    d.warnings = {"it drops {a,b} \"c\"", ""};
    d.error = model::make_failure(model::failure_code::exited, "exited", "line\\one\n\"two\"");
    d.health = {true, "lost {a,b} node", at(5)};
    d.due = at(9);
    d.renewals = 2;
    d.crashes = {7, {{"task1", "web.1", at(3)}, {"task2", "web.2", at(4)}}, "exited \"3\"", at(2)};
    d.running_since = at(7);
    std::vector<model::task_observation> tasks(3);
    for (int t = 0; t < 3; ++t) tasks[static_cast<std::size_t>(t)].id = "task" + std::to_string(t);
    tasks[1].trouble = d.error;
    const auto saved = ask(actors::save{{actors::save_deployment{d, "detail {\"x\"}", tasks}}});
    ASSERT_TRUE(saved) << saved.error().detail;
    const auto found = ask(actors::find_deployment{d.job});
    ASSERT_TRUE(found);
    EXPECT_EQ(found.value().row, d) << i;
    EXPECT_EQ(found.value().containers, tasks);
  }
  auto last = env;
  for (const auto status : {model::environment_status::active, model::environment_status::deleting}) {
    ++last.revision;
    last.status = status;
    last.network_id = "net";
    ASSERT_TRUE(ask(actors::save{{actors::save_environment{last}}}));
    EXPECT_EQ(ask(actors::load_environment{env.id}).value().environments, std::vector{last});
  }
}

TEST_F(Save, ContainersAreReplacedOnlyWhereGiven) {
  auto d = deployment(saved_environment(make_user()), 1);
  std::vector<model::task_observation> tasks(3);
  ASSERT_TRUE(ask(actors::save{{actors::save_deployment{d, "", tasks}}}));
  d = next(d, deployment_status::pulling_image);
  ASSERT_TRUE(ask(one(d)));
  EXPECT_EQ(ask(actors::find_deployment{d.id}).value().containers.size(), 3U);
  tasks.resize(1);
  tasks[0].node = "other";
  d = next(d, deployment_status::creating_volumes);
  ASSERT_TRUE(ask(actors::save{{actors::save_deployment{d, "", tasks}}}));
  EXPECT_EQ(ask(actors::find_deployment{d.id}).value().containers, tasks);
}

TEST_F(Save, RepeatingIsHarmless) {
  auto d = deployment(saved_environment(make_user()), 1);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(ask(one(d)));
  d = next(d, deployment_status::pulling_image);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(ask(one(d)));
  EXPECT_EQ(stored(d), d);
  EXPECT_EQ(ask(actors::list_transitions{d.id}).value().size(), 2U);
}

TEST_F(Save, AStaleRevisionIsAConflict) {
  const auto first = deployment(saved_environment(make_user()), 1);
  const auto second = next(first, deployment_status::pulling_image);
  const auto third = next(second, deployment_status::creating_volumes);
  ASSERT_TRUE(ask(one(first)));
  EXPECT_EQ(ask(one(third)).error().kind, consequence::conflict) << "a revision was left out";
  ASSERT_TRUE(ask(one(second)));
  auto other = second;
  other.health.reason = "another writer";
  EXPECT_EQ(ask(one(other)).error().kind, consequence::conflict) << "same revision, other content";
  EXPECT_EQ(ask(one(first)).error().kind, consequence::conflict) << "a newer revision is stored";
  EXPECT_EQ(stored(first), second);
}

TEST_F(Save, ANameIsTakenUntilItsEnvironmentIsDeleted) {
  const auto owner = make_user();
  auto first = saved_environment(owner, 1, "shop");
  const auto second = environment(owner, 2, "shop");
  const auto taken = ask(actors::save{{actors::save_environment{second}}});
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().kind, consequence::conflict);
  EXPECT_EQ(taken.error().violations, (std::vector<model::violation>{{"/name", "the name shop is taken"}}));
  EXPECT_TRUE(ask(actors::save{{actors::save_environment{environment(make_user("other", 2), 3, "shop")}}}))
      << "another owner's";
  ++first.revision;
  first.status = model::environment_status::deleted;
  ASSERT_TRUE(ask(actors::save{{actors::save_environment{first}}}));
  EXPECT_TRUE(ask(actors::save{{actors::save_environment{second}}}));
}

TEST_F(Save, AHostPortBelongsToOneEnvironmentUntilItsDeploymentsAreFinal) {
  const auto owner = make_user();
  const auto env = saved_environment(owner), other = saved_environment(owner, 2, "other");
  auto web = deployment(env, 1);
  web.spec.ports = {{80, 8080}, {53, 5353, model::port_protocol::udp}};
  ASSERT_TRUE(ask(one(web)));
  auto rival = deployment(other, 2, "rival");
  rival.spec.ports = {{1, std::nullopt}, {2, 5353}, {3, 5353, model::port_protocol::udp}, {4, 8080}};
  const auto taken = ask(one(rival));
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().kind, consequence::conflict);
  EXPECT_EQ(taken.error().violations,
            (std::vector<model::violation>{{"/ports/2/host", "The host port 5353/udp is taken."},
                                           {"/ports/3/host", "The host port 8080/tcp is taken."}}));
  EXPECT_EQ(ask(actors::find_deployment{rival.id}).error().kind, consequence::not_found);

  auto release = deployment(env, 3, "heir");
  release.spec.ports = web.spec.ports;
  ASSERT_TRUE(ask(one(release))) << "who of its services has it is not decided here";
  ASSERT_TRUE(ask(one(next(web, deployment_status::superseded))));
  EXPECT_FALSE(ask(one(rival))) << "another release holds it";
  ASSERT_TRUE(ask(one(next(release, deployment_status::failed))));
  EXPECT_TRUE(ask(one(rival)));
}

TEST_F(Save, AllChangesOfASaveOrNone) {
  const auto owner = make_user();
  auto env = saved_environment(owner);
  ++env.revision;
  env.status = model::environment_status::active;
  auto stale = deployment(env, 1);
  stale.revision = 5;
  const auto saved =
      ask(actors::save{{actors::save_environment{env}, actors::save_deployment{deployment(env, 2), "", {}},
                        actors::save_deployment{stale, "", {}}}});
  EXPECT_EQ(saved.error().kind, consequence::conflict);
  EXPECT_EQ(ask(actors::load_environment{env.id}).value().environments[0].revision, 1U);
  EXPECT_TRUE(ask(actors::load_environment{env.id}).value().deployments.empty());
}

TEST_F(Save, OneBadSaveDoesNotSpoilItsNeighbours) {
  const auto env = saved_environment(make_user());
  std::vector<actors::save> saves;
  for (int i = 1; i <= 60; ++i) {
    auto d = deployment(env, i);
    if (i % 10 == 1) d.environment = {"env_nowhere"};           // a foreign key that PostgreSQL alone sees
    if (i % 10 == 2) d.revision = 7;                            // stale
    if (i % 10 == 3) d.spec.env["K"] = std::string("a\0b", 3);  // NUL
    if (i % 10 == 4) d.health.reason = "\xff";                  // not UTF-8
    if (i % 10 == 5) d.spec.args = {"\xff"};
    saves.push_back(one(d));
  }
  const auto outcomes = save_all(saves);
  for (int i = 1; i <= 60; ++i) {
    const auto& result = outcomes[static_cast<std::size_t>(i - 1)];
    const bool bad = i % 10 >= 1 && i % 10 <= 5;
    ASSERT_EQ(result.ok(), !bad) << i;
    if (!bad) continue;
    EXPECT_EQ(result.error().kind, i % 10 <= 2 ? consequence::conflict : consequence::rejected)
        << i << ' ' << result.error().detail;
  }
  EXPECT_EQ(place->value("SELECT count(*) FROM deployments"), "30");
  EXPECT_EQ(place->value("SELECT count(*) FROM transitions"), "30");
}

TEST_F(Save, RevisionsInOneBatchBuildOnEachOther) {
  const auto env = saved_environment(make_user());
  std::vector<actors::save> saves;
  std::vector<model::deployment> last;
  for (int i = 1; i <= 20; ++i) {
    auto d = deployment(env, i, "s" + std::to_string(i));
    d.spec.ports = {{80, static_cast<std::uint16_t>(7000 + i)}};
    for (const auto status :
         {deployment_status::pulling_image, deployment_status::creating_volumes, deployment_status::failed}) {
      saves.push_back(one(d));
      d = next(d, status);
    }
    saves.push_back(one(d));
    saves.push_back(one(d));
    last.push_back(d);
  }
  for (const auto& result : save_all(saves)) EXPECT_TRUE(result) << result.error().detail;
  for (const auto& d : last) EXPECT_EQ(stored(d), d);
  EXPECT_EQ(place->value("SELECT count(*) FROM transitions"), "80");
  EXPECT_EQ(place->value("SELECT count(*) FROM host_port_leases"), "0");
}

TEST_F(Save, NulIsRejectedEverywhere) {
  const std::string nul("a\0b", 3);
  const auto owner = make_user();
  const auto env = saved_environment(owner);
  EXPECT_EQ(ask(actors::save{{actors::save_environment{environment(owner, 9, nul)}}}).error().kind,
            consequence::rejected);
  EXPECT_EQ(ask(one(deployment(env, 1), nul)).error().kind, consequence::rejected);
  EXPECT_EQ(ask(actors::ensure_user{nul, {id("usr", 8)}}).error().kind, consequence::rejected);
  EXPECT_EQ(ask(actors::find_key{nul}).error().kind, consequence::rejected);
  EXPECT_EQ(ask(actors::claim_idempotency{owner, nul, "f", "p"}).error().kind, consequence::rejected);
  EXPECT_EQ(place->value("SELECT count(*) FROM users"), "1");
}

}  // namespace
}  // namespace troupe::persistence::testing
