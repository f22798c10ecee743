// What it takes to make an environment as an application wants it, and how that goes on.
#include <gtest/gtest.h>

#include "actors/model/application_machine.hpp"
#include "actors/model/application_plan.hpp"
#include "tests/model/life.hpp"

namespace troupe::model {
namespace {

using testing::a_deployment;

wanted_service wanted(std::string name, const std::vector<std::string>& after = {}, std::string tag = "1") {
  wanted_service out;
  out.spec = a_deployment().spec;
  out.spec.service = std::move(name);
  out.spec.image.tag = std::move(tag);
  for (const auto& other : after) out.after.push_back({other});
  return out;
}

deployment standing(const release_spec& spec, deployment_status status = deployment_status::running) {
  auto row = a_deployment("bbbbbbbbbbbbbbbb");
  row.spec = spec;
  row.status = status;
  row.running_since = timestamp{};
  return row;
}

std::string told(const application_plan& plan) {
  std::string out;
  for (const auto& c : plan.changes) {
    out += (out.empty() ? "" : " ") + c.service + ':' + std::string(c.action ? step_action_texts[*c.action] : "same");
    for (const auto& first : c.after) out += '<' + first;
  }
  return out;
}

std::string plan_of_all(const std::vector<wanted_service>& all, const standing_releases& there = {},
                        bool prune = false) {
  const auto plan = plan_application(all, there, prune);
  return plan ? told(plan.value())
              : plan.error().violations.front().pointer + ' ' + plan.error().violations.front().detail;
}

TEST(ApplicationPlan, ServicesComeBehindThoseThatTheyAwait) {
  EXPECT_EQ(plan_of_all({wanted("web", {"api"}), wanted("api", {"db"}), wanted("db")}),
            "db:create api:create<db web:create<api");
}

TEST(ApplicationPlan, WhatIsAsWantedIsNotTouchedAndIsNotAwaited) {
  const auto db = wanted("db"), api = wanted("api", {"db"});
  EXPECT_EQ(plan_of_all({db, api, wanted("web", {"api"}, "2")}, {{"db", standing(wanted("db", {}, "old").spec)},
                                                                 {"api", standing(api.spec)},
                                                                 {"web", standing(wanted("web").spec)}}),
            "db:update api:same web:update<db")
      << "through what stays, too";
}

TEST(ApplicationPlan, WhatWentBackToATagByItsDigestIsAsWanted) {
  const auto web = wanted("web");
  auto there = standing(web.spec);
  there.spec.image.digest = "sha256:" + std::string(64, 'a');
  EXPECT_EQ(plan_of_all({web}, {{"web", there}}), "web:same");
  auto pinned = web;
  pinned.spec.image.digest = "sha256:" + std::string(64, 'b');
  EXPECT_EQ(plan_of_all({pinned}, {{"web", there}}), "web:update");
}

TEST(ApplicationPlan, AStoppedServiceIsDeployedAnew) {
  const auto web = wanted("web");
  auto stopped = standing(web.spec, deployment_status::stopped);
  const auto world = [&] {
    return plan_application({wanted("web", {}, "2")}, {{"web", stopped}}, false).value().world;
  };
  const auto before = world();
  stopped.wanted = intent::stop;
  EXPECT_NE(world(), before) << "a plan of before its stop is not true any more";
  EXPECT_EQ(plan_of_all({web}, {{"web", standing(web.spec, deployment_status::stopped)}}), "web:update");
}

TEST(ApplicationPlan, WhatIsOnlyOnItsWayIsDeployedAnew) {
  const auto web = wanted("web");
  EXPECT_EQ(plan_of_all({web}, {{"web", standing(web.spec, deployment_status::starting_containers)}}), "web:update");
}

TEST(ApplicationPlan, AJobThatHasSucceededIsNotRunAgainAndOneUnderWayIsWaitedFor) {
  auto migrate = wanted("migrate");
  migrate.spec.job.emplace();
  EXPECT_EQ(plan_of_all({migrate}), "migrate:create");
  EXPECT_EQ(plan_of_all({migrate}, {{"migrate", standing(migrate.spec, deployment_status::succeeded)}}),
            "migrate:same");
  EXPECT_EQ(plan_of_all({wanted("migrate")}, {{"migrate", standing(migrate.spec, deployment_status::succeeded)}}),
            "/migrate is a job: give the service another name");
  EXPECT_EQ(plan_of_all({migrate}, {{"migrate", standing(migrate.spec)}}),
            "/migrate is a job under way: wait for its end, or cancel it");
  auto next = migrate;
  next.spec.image.tag = "2";
  EXPECT_EQ(plan_of_all({next}, {{"migrate", standing(migrate.spec, deployment_status::succeeded)}}), "migrate:update");
}

TEST(ApplicationPlan, WhatIsDeployedAnewIsSoAsItIsAndUnderWay) {
  auto web = wanted("web"), migrate = wanted("migrate");
  web.anew = migrate.anew = true;
  migrate.spec.job.emplace();
  EXPECT_EQ(plan_of_all({web}, {{"web", standing(web.spec)}}), "web:update");
  EXPECT_EQ(plan_of_all({migrate}, {{"migrate", standing(migrate.spec)}}), "migrate:update");
}

TEST(ApplicationPlan, WhatIsNotNamedStaysUnlessItIsPrunedAndGoesLast) {
  const auto web = wanted("web", {}, "2");
  const standing_releases there{{"web", standing(wanted("web").spec)}, {"old", standing(wanted("old").spec)}};
  EXPECT_EQ(plan_of_all({web}, there), "web:update");
  EXPECT_EQ(plan_of_all({web}, there, true), "web:update old:remove");
}

wanted_service writing(wanted_service one, std::string volume = "data") {
  one.spec.volumes.push_back({std::move(volume), "/data"});
  return one;
}
wanted_service publishing(wanted_service one, std::uint16_t port) {
  one.spec.ports.push_back({80, port});
  return one;
}

TEST(ApplicationPlan, WhoGetsAVolumeOrAHostPortComesBehindWhoLetsGoOfIt) {
  const standing_releases there{{"web", standing(publishing(writing(wanted("web")), 8081).spec)},
                                {"api", standing(wanted("api").spec)}};
  EXPECT_EQ(plan_of_all({writing(wanted("api")), publishing(wanted("web"), 8081)}, there), "web:update api:update<web");
  EXPECT_EQ(plan_of_all({publishing(wanted("new"), 8081), writing(wanted("web"))}, there), "web:update new:create<web");
  EXPECT_EQ(plan_of_all({publishing(wanted("new"), 8082), writing(wanted("web"), "other")}, there),
            "new:create web:update")
      << "it gets another port, and the volume nobody";
  auto reader = writing(wanted("api"));
  reader.spec.volumes.front().read_only = true;
  EXPECT_EQ(plan_of_all({reader, wanted("web")}, there), "api:update web:update") << "it writes nothing";
  auto udp = publishing(wanted("new"), 8081);
  udp.spec.ports.back().protocol = port_protocol::udp;
  EXPECT_EQ(plan_of_all({udp, wanted("web")}, there), "new:create web:update");
}

TEST(ApplicationPlan, WhatOthersGetTheHoldingsOfIsRemovedBeforeThem) {
  const standing_releases there{{"old", standing(writing(wanted("old")).spec)},
                                {"older", standing(wanted("older").spec)}};
  const std::vector<wanted_service> all{wanted("db"), writing(wanted("new", {"db"})), wanted("web", {"new"})};
  EXPECT_EQ(plan_of_all(all, there, true), "db:create old:remove<db new:create<db<old web:create<new older:remove");
  EXPECT_EQ(plan_of_all(all, there), "db:create new:create<db web:create<new") << "it stays, and is told by its actor";
}

TEST(ApplicationPlan, ServicesThatWouldGetFromEachOtherWhatOneCanHaveAreRefused) {
  const standing_releases there{{"a", standing(writing(wanted("a"), "one").spec)},
                                {"b", standing(writing(wanted("b"), "two").spec)}};
  const auto swapped =
      plan_application({writing(wanted("a"), "two"), writing(wanted("b"), "one"), wanted("c", {"a"})}, there, false);
  ASSERT_FALSE(swapped);
  EXPECT_EQ(swapped.error().kind, consequence::conflict);
  ASSERT_EQ(swapped.error().violations.size(), 2U);
  EXPECT_EQ(swapped.error().violations[0].pointer, "/a/volumes/0");
  EXPECT_EQ(swapped.error().violations[0].detail,
            "the volume \"two\" is still that of \"b\", which waits for \"a\" in turn: let go of it first, in an "
            "application of its own");
  EXPECT_EQ(plan_of_all({wanted("a", {"b"}), writing(wanted("b"), "one")}, there).substr(0, 12), "/b/volumes/0")
      << "also where only the file says so one way round";
}

TEST(ApplicationPlan, AVariableWithoutValueKeepsTheOneThatIsThere) {
  auto web = wanted("web");
  web.kept = {"SECRET"};
  EXPECT_EQ(plan_of_all({web}).substr(0, 32), "/web/envVars/SECRET has no value");
  auto there = standing(web.spec);
  there.spec.env["SECRET"] = "s3cret";
  EXPECT_EQ(plan_of_all({web}, {{"web", there}}), "web:same");
}

TEST(ApplicationPlan, WhoAwaitsItselfOrNobodyIsRefused) {
  EXPECT_EQ(plan_of_all({wanted("a", {"b"}), wanted("b", {"a"})}), "/a awaits itself, by way of others");
  EXPECT_EQ(plan_of_all({wanted("a", {"z"})}), "/a awaits z, which is neither named nor there");
  EXPECT_EQ(plan_of_all({wanted("a"), wanted("a")}), "/a is named twice");
}

TEST(ApplicationPlan, TheWorldIsAnotherOneOnceSomethingElseStands) {
  const auto world = [](const standing_releases& there, bool prune = false) {
    return plan_application({wanted("web")}, there, prune).value().world;
  };
  auto web = standing(wanted("web").spec);
  const auto before = world({{"web", web}});
  EXPECT_EQ(before.size(), 16U);
  EXPECT_EQ(world({{"web", web}, {"other", web}}), before) << "it is not about that one";
  EXPECT_NE(world({{"web", web}, {"other", web}}, true), before);
  EXPECT_NE(world({}), before);
  web.wanted = intent::stop;
  EXPECT_NE(world({{"web", web}}), before) << "it is being stopped, so that another plan would follow";
  web.wanted = intent::run;
  EXPECT_EQ(world({{"web", web}}), before);
  web.spec.replicas = 3;
  EXPECT_NE(world({{"web", web}}), before) << "it was scaled";
}

TEST(ApplicationPlan, WhatStandsIsWantedWithWhomItAwaitsAndChangesNothing) {
  auto web = wanted("web").spec, migrate = wanted("migrate").spec;
  web.env["SECRET"] = "s3cret";
  migrate.job.emplace();
  const standing_releases there{{"db", standing(wanted("db").spec)},
                                {"migrate", standing(migrate, deployment_status::succeeded)},
                                {"web", standing(web)}};
  const dependencies stored{
      {"web", {{"db", awaited_state::completed}, {"gone"}, {"migrate", awaited_state::completed, false}}},
      {"gone", {{"db"}}}};
  const auto all = standing_application(there, stored);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_TRUE(all[2].spec.env.empty());
  EXPECT_EQ(all[2].kept, (std::set<std::string>{"SECRET"}));
  EXPECT_EQ(all[2].after, (std::vector<dependency>{{"db"}, {"migrate", awaited_state::completed, false}}))
      << "it ended once, as a job; now it is a service, which has no end";
  EXPECT_EQ(plan_of_all(all, there), "db:same migrate:same web:same");
  EXPECT_EQ(dependencies_of(all), (dependencies{{"db", {}}, {"migrate", {}}, {"web", all[2].after}}));
}

// An application whose releases show what the test says.
struct applying {
  application row;
  release_facts facts;
  std::vector<application_effect> effects;
  int saves = 0;

  deployment_id id(std::size_t i) const { return {"dep_" + std::string(15, 'a') + static_cast<char>('a' + i)}; }
  deployment_id undo(std::size_t i) const { return {"dep_" + std::string(15, 'u') + static_cast<char>('a' + i)}; }

  applying& step(step_action action, std::string service, std::vector<std::string> after = {}) {
    application_step s;
    s.action = action;
    s.service = std::move(service);
    s.after = std::move(after);
    s.deployment = id(row.steps.size());
    s.undo = undo(row.steps.size());
    if (action == step_action::update) s.before = deployment_id{"dep_before"};
    const auto at = action == step_action::remove ? deployment_status::running : deployment_status::pending;
    facts[s.deployment] = {true, at};
    row.steps.push_back(std::move(s));
    return *this;
  }
  applying& show(std::size_t i, deployment_status status, std::string error = {}) {
    return show(id(i), status, std::move(error));
  }
  applying& show(const deployment_id& of, deployment_status status, std::string error = {}) {
    auto& f = facts[of];
    f = {true, status, f.has_run || status == deployment_status::running, std::move(error)};
    return look();
  }
  // Until it says the same once more.
  applying& look() {
    for (int i = 0; i < 10; ++i) {
      auto decided = advance(row, facts, {});
      effects = decided.effects;
      row = decided.next;
      if (!decided.save) return *this;
      ++saves;
    }
    ADD_FAILURE() << "it never comes to rest";
    return *this;
  }
  std::string steps() const {
    std::string out;
    for (const auto& s : row.steps)
      out += (out.empty() ? "" : " ") + s.service + ':' + std::string(step_status_texts[s.status]);
    return out;
  }
  std::string wants() const {
    std::string out;
    for (const auto& e : effects) {
      if (!out.empty()) out += ' ';
      if (const auto* c = std::get_if<cancel_release>(&e)) out += "cancel " + c->deployment.text.substr(19);
      if (const auto* r = std::get_if<remove_release>(&e)) out += "remove " + r->deployment.text.substr(19);
      if (const auto* g = std::get_if<go_back>(&e)) out += "back " + g->deployment.text.substr(19);
    }
    return out;
  }
  std::size_t held() const { return held_by(row).size(); }
};

applying web_behind_api_behind_db() {
  applying a;
  a.step(step_action::create, "db").step(step_action::update, "api", {"db"}).step(step_action::update, "web", {"api"});
  return a;
}

TEST(Application, StepsBeginOnceThoseBeforeThemRun) {
  auto a = web_behind_api_behind_db();
  EXPECT_EQ(a.held(), 3U) << "nothing begins before the first decision is saved";
  EXPECT_EQ(a.look().steps(), "db:IN_PROGRESS api:WAITING web:WAITING");
  EXPECT_EQ(a.held(), 2U);
  EXPECT_EQ(a.show(0, deployment_status::starting_containers).steps(), "db:IN_PROGRESS api:WAITING web:WAITING");
  EXPECT_EQ(a.show(0, deployment_status::running).steps(), "db:DONE api:IN_PROGRESS web:WAITING");
  EXPECT_EQ(a.show(1, deployment_status::running).steps(), "db:DONE api:DONE web:IN_PROGRESS");
  EXPECT_EQ(a.show(2, deployment_status::running).row.status, apply_status::succeeded);
  EXPECT_EQ(a.held(), 0U);
}

TEST(Application, StepsThatDoNotNeedEachOtherGoSideBySide) {
  applying a;
  a.step(step_action::create, "a").step(step_action::create, "b").step(step_action::create, "c", {"a", "b"}).look();
  EXPECT_EQ(a.steps(), "a:IN_PROGRESS b:IN_PROGRESS c:WAITING");
  EXPECT_EQ(a.show(1, deployment_status::running).steps(), "a:IN_PROGRESS b:DONE c:WAITING");
}

TEST(Application, WhatWasChangedGoesBackInTheOppositeOrder) {
  auto a = web_behind_api_behind_db();
  a.look().show(0, deployment_status::running).show(1, deployment_status::running);
  a.show(2, deployment_status::failed, "It exited with 1.");
  EXPECT_EQ(a.row.status, apply_status::rolling_back);
  EXPECT_EQ(a.row.detail, "web: It exited with 1.");
  EXPECT_EQ(a.steps(), "db:DONE api:ROLLING_BACK web:FAILED") << "the database goes once nobody needs it";
  EXPECT_EQ(a.wants(), "back b");
  EXPECT_EQ(a.look().wants(), "back b") << "until it has come about";
  a.show(a.undo(1), deployment_status::running);
  EXPECT_EQ(a.steps(), "db:DONE api:ROLLING_BACK web:FAILED") << "its own release may still hold something";
  a.show(1, deployment_status::superseded);
  EXPECT_EQ(a.steps(), "db:ROLLING_BACK api:ROLLED_BACK web:FAILED");
  EXPECT_EQ(a.wants(), "remove a");
  a.show(0, deployment_status::removed);
  EXPECT_EQ(a.row.status, apply_status::rolled_back);
  EXPECT_EQ(a.steps(), "db:ROLLED_BACK api:ROLLED_BACK web:FAILED");
}

TEST(Application, WhatIsUnderWayIsCancelledBeforeAnythingGoesBack) {
  applying a;
  a.step(step_action::create, "a").step(step_action::create, "b").step(step_action::create, "c").look();
  a.show(0, deployment_status::running);
  a.show(1, deployment_status::failed, "no such image");
  EXPECT_EQ(a.steps(), "a:DONE b:FAILED c:IN_PROGRESS");
  EXPECT_EQ(a.wants(), "cancel c");
  a.show(2, deployment_status::cancelled);
  EXPECT_EQ(a.steps(), "a:ROLLING_BACK b:FAILED c:CANCELLED");
}

TEST(Application, AReleaseThatRunsAfterAllIsTakenBack) {
  applying a;
  a.step(step_action::create, "a").step(step_action::create, "b").look();
  a.show(1, deployment_status::failed, "no such image");
  EXPECT_EQ(a.wants(), "cancel a");
  a.show(0, deployment_status::running);  // the cancel came too late
  EXPECT_EQ(a.wants(), "remove a");
  a.show(0, deployment_status::removed);
  EXPECT_EQ(a.row.status, apply_status::rolled_back);
}

TEST(Application, KeepGoesOnWithWhatDoesNotNeedTheFailedOne) {
  applying a;
  a.row.on_failure = failure_policy::keep;
  a.step(step_action::create, "a").step(step_action::create, "b").step(step_action::create, "c", {"a"}).look();
  a.show(0, deployment_status::failed, "no such image");
  EXPECT_EQ(a.steps(), "a:FAILED b:IN_PROGRESS c:CANCELLED");
  EXPECT_EQ(a.wants(), "cancel c") << "its release waits in vain";
  EXPECT_EQ(a.held(), 1U) << "and does not begin meanwhile";
  a.show(2, deployment_status::cancelled).show(1, deployment_status::running);
  EXPECT_EQ(a.row.status, apply_status::failed);
  EXPECT_EQ(a.row.detail, "a: no such image");
}

TEST(Application, WhatIsPrunedGoesLast) {
  applying a;
  a.step(step_action::update, "web").step(step_action::remove, "old").look();
  EXPECT_EQ(a.wants(), "");
  a.show(0, deployment_status::running);
  EXPECT_EQ(a.wants(), "remove b");
  a.show(1, deployment_status::removing);
  EXPECT_EQ(a.row.status, apply_status::applying);
  a.show(1, deployment_status::removed);
  EXPECT_EQ(a.row.status, apply_status::succeeded);
}

TEST(Application, NothingIsPrunedWhereSomethingFailed) {
  applying a;
  a.row.on_failure = failure_policy::keep;
  a.step(step_action::update, "web").step(step_action::remove, "old").look();
  a.show(0, deployment_status::failed, "It exited with 1.");
  EXPECT_EQ(a.steps(), "web:FAILED old:CANCELLED");
  EXPECT_EQ(a.wants(), "");
  EXPECT_EQ(a.row.status, apply_status::failed);
}

TEST(Application, OneThatIsCancelledTakesBackWhatItDid) {
  auto a = web_behind_api_behind_db();
  a.look().show(0, deployment_status::running);
  a.row.cancelled = true;
  a.look();
  EXPECT_EQ(a.wants(), "cancel b cancel c");
  a.show(1, deployment_status::cancelled).show(2, deployment_status::cancelled);
  EXPECT_EQ(a.wants(), "remove a");
  a.show(0, deployment_status::removed);
  EXPECT_EQ(a.row.status, apply_status::cancelled);
}

TEST(Application, WhatIsNewerThanItsOwnIsLeftAlone) {
  applying a;
  a.step(step_action::update, "a").step(step_action::update, "b").look();
  a.show(0, deployment_status::running).show(0, deployment_status::superseded);
  a.show(1, deployment_status::failed, "no such image");
  EXPECT_EQ(a.wants(), "");
  EXPECT_EQ(a.row.status, apply_status::rolled_back);
  EXPECT_EQ(a.row.steps[0].detail, "Something newer took its place, and was left alone.");
}

TEST(Application, WhatWasRemovedBeforeItWasCancelledIsNamed) {
  applying a;
  a.step(step_action::remove, "old").step(step_action::remove, "older").look();
  a.show(0, deployment_status::removed);
  a.row.cancelled = true;
  a.look().show(1, deployment_status::removed);
  EXPECT_EQ(a.row.status, apply_status::cancelled);
  EXPECT_EQ(a.row.detail, "It was cancelled. What had been removed already stays so: old, older.");
}

applying old_for_new() {
  applying a;
  a.step(step_action::create, "db").step(step_action::remove, "old", {"db"});
  a.step(step_action::create, "new", {"db", "old"}).step(step_action::create, "web", {"new"});
  a.row.steps[1].before = a.id(1);
  return a;
}

TEST(Application, WhatOthersGetTheHoldingsOfGoesBeforeThem) {
  auto a = old_for_new();
  EXPECT_EQ(a.look().wants(), "");
  EXPECT_EQ(a.show(0, deployment_status::running).wants(), "remove b");
  EXPECT_EQ(a.steps(), "db:DONE old:IN_PROGRESS new:WAITING web:WAITING");
  a.show(1, deployment_status::removed);
  EXPECT_EQ(a.steps(), "db:DONE old:DONE new:IN_PROGRESS web:WAITING");
  a.show(2, deployment_status::running).show(3, deployment_status::running);
  EXPECT_EQ(a.row.status, apply_status::succeeded);
}

TEST(Application, WhatWasRemovedForOthersComesBackOnceTheyAreGone) {
  for (const bool stopped : {false, true}) {
    auto a = old_for_new();
    a.facts[a.id(1)].stopped = stopped;
    a.look().show(0, deployment_status::running).show(1, deployment_status::removed);
    a.show(2, deployment_status::running).show(3, deployment_status::failed, "It exited with 1.");
    EXPECT_EQ(a.wants(), "remove c");
    EXPECT_EQ(a.steps(), "db:DONE old:DONE new:ROLLING_BACK web:FAILED");
    a.show(2, deployment_status::removed);
    EXPECT_EQ(a.wants(), "back b");
    EXPECT_EQ(std::get<go_back>(a.effects.front()).stopped, stopped);
    EXPECT_EQ(std::get<go_back>(a.effects.front()).to, a.id(1));
    a.show(a.undo(1), stopped ? deployment_status::stopped : deployment_status::running);
    EXPECT_EQ(a.steps(), "db:ROLLING_BACK old:ROLLED_BACK new:ROLLED_BACK web:FAILED");
    a.show(0, deployment_status::removed);
    EXPECT_EQ(a.row.status, apply_status::rolled_back);
  }
}

TEST(Application, WhatWouldBeRemovedForOneThatDoesNotGetThereStays) {
  auto a = old_for_new();
  a.look().show(0, deployment_status::failed, "no such image");
  EXPECT_EQ(a.steps().substr(0, 26), "db:FAILED old:CANCELLED ne");
  EXPECT_EQ(a.wants(), "cancel c cancel d");
}

TEST(ApplicationPlan, AThousandServicesThatAwaitEachOtherArePlannedAtOnce) {
  std::vector<wanted_service> all;
  for (int i = 0; i < 1'000; ++i) {
    all.push_back(wanted("s" + std::to_string(1'000 + i)));
    for (int j = 1; j <= 17 && i + j < 1'000; ++j) all.back().after.push_back({"s" + std::to_string(1'000 + i + j)});
  }
  const auto plan = plan_application(all, {}, false);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan.value().changes.front().service, "s1999");
  EXPECT_EQ(plan.value().changes.back().service, "s1000");
}

TEST(Application, WhatCannotGoBackIsTold) {
  applying a;
  a.step(step_action::update, "a").step(step_action::update, "b").look();
  a.show(0, deployment_status::running).show(1, deployment_status::failed, "no such image");
  a.show(a.undo(0), deployment_status::failed, "The registry denies it.");
  EXPECT_EQ(a.row.status, apply_status::failed);
  EXPECT_EQ(a.row.steps[0].detail, "It could not go back: The registry denies it.");
}

TEST(Application, WhatIsNewerIsLeftAlone) {
  applying a;
  a.step(step_action::update, "a").step(step_action::update, "b").look();
  a.show(0, deployment_status::running).show(1, deployment_status::failed, "no such image");
  a.facts[a.undo(0)] = {.exists = true, .status = deployment_status::failed, .overtaken = true};
  a.look();
  EXPECT_EQ(a.row.status, apply_status::rolled_back);
  EXPECT_EQ(a.row.steps[0].detail, "Something newer took its place, and was left alone.");
}

TEST(ApplicationPlan, WhoStaysAsItIsWaitsForNobody) {
  const auto with_data = [](wanted_service one) {
    one.spec.volumes = {{"data", "/data"}};
    return one;
  };
  auto migrate = with_data(wanted("migrate"));
  migrate.spec.job.emplace();
  auto ended = standing(migrate.spec, deployment_status::succeeded);
  const auto db = with_data(wanted("db"));
  const auto after_all = wanted("db", {"migrate"}, "2");
  EXPECT_EQ(plan_of_all({migrate, after_all}, {{"migrate", ended}, {"db", standing(db.spec)}}),
            "migrate:same db:update");
}

TEST(Application, WhatAJobHasDoneIsNotTakenBack) {
  applying a;
  a.step(step_action::create, "migrate").step(step_action::create, "web", {"migrate"});
  a.row.steps[0].stays = true;
  a.look();
  EXPECT_EQ(a.show(0, deployment_status::running).steps(), "migrate:IN_PROGRESS web:WAITING") << "it is to end";
  EXPECT_EQ(a.show(0, deployment_status::succeeded).steps(), "migrate:DONE web:IN_PROGRESS");
  a.show(1, deployment_status::failed, "It exited with 1.");
  EXPECT_EQ(a.steps(), "migrate:DONE web:FAILED");
  EXPECT_EQ(a.row.status, apply_status::rolled_back);
}

TEST(Application, OneWithoutStepsSaysNothing) {
  applying a;
  a.look();
  EXPECT_EQ(a.row.status, apply_status::succeeded);
}

TEST(Application, ItEndsWithItsEnvironment) {
  auto a = web_behind_api_behind_db();
  a.look().show(0, deployment_status::running);
  const auto last = ended_with_environment(a.row, {});
  EXPECT_EQ(last.status, apply_status::cancelled);
  EXPECT_EQ(last.steps[1].status, step_status::cancelled);
  EXPECT_TRUE(held_by(last).empty());
}

}  // namespace
}  // namespace troupe::model
