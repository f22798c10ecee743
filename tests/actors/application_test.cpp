// Applications applied by the real actors, over a simulated engine and store.
#include <map>

#include "tests/actors/house_under_test.hpp"

namespace troupe::actors {
namespace {

model::wanted_service wanted(std::string name, std::string image = "web", const std::vector<std::string>& after = {}) {
  model::wanted_service out{support::spec(name, image), {}, {}};
  for (const auto& other : after) out.after.push_back({other});
  return out;
}

struct applied_house : house_under_test {
  const environment_id in = support::id<environment_id>(1);
  int applied = 0;

  applied_house() { ask<environment_view_ptr>(create_environment{owner, in, "staging"}); }

  apply_application what(std::vector<model::wanted_service> services, bool prune = false,
                         model::failure_policy on_failure = {}) {
    return {owner, in, support::id<operation_id>(++applied), std::move(services), prune, on_failure, {}};
  }
  model::application apply(std::vector<model::wanted_service> services, bool prune = false,
                           model::failure_policy on_failure = {}) {
    const auto accepted = ask<application_view_ptr>(what(std::move(services), prune, on_failure));
    run_for(200s);
    return row(accepted->id);
  }
  const model::application& row(const operation_id& id) const { return world.store->applications().at(id); }
  // Who awaits whom as it is stored: "web<api".
  std::string stored() const {
    std::string out;
    for (const auto& [name, others] : world.store->list(list_dependencies{in}))
      for (const auto& other : others) out += (out.empty() ? "" : " ") + name + '<' + other.service;
    return out;
  }
  std::optional<model::problem> refusal_of(apply_application asked) {
    std::optional<model::problem> out;
    process->ask<application_view_ptr>(std::move(asked), 60s, [&](const model::outcome<application_view_ptr>* answer) {
      if (answer && !*answer) out = answer->error();
    });
    run_for(5s);
    return out;
  }
  // By service: the image of the release that runs.
  std::map<std::string, std::string> running() const {
    std::map<std::string, std::string> out;
    for (const auto& [id, d] : world.store->deployments())
      if (d.row.status == model::deployment_status::running) out[d.row.spec.service] += d.row.spec.image.name();
    return out;
  }
  std::string ends(const model::application& of) const {
    std::string out(model::apply_status_texts[of.status]);
    for (const auto& s : of.steps) out += ' ' + s.service + ':' + std::string(model::step_status_texts[s.status]);
    return out;
  }
};

TEST(Applying, WhoAwaitsWhomIsKeptThoughNothingElseChanges) {
  applied_house house;
  house.apply({wanted("web", "web", {"api"}), wanted("api", "api", {"db"}), wanted("db", "db")});
  EXPECT_EQ(house.stored(), "api<db web<api");
  const auto again = house.apply({wanted("web", "web", {"api", "db"}), wanted("api", "api"), wanted("db", "db")});
  EXPECT_EQ(house.ends(again), "SUCCEEDED") << "without a step";
  EXPECT_EQ(house.stored(), "web<api web<db");
  house.apply({wanted("api", "api", {"db"}), wanted("db", "db")});
  EXPECT_EQ(house.stored(), "api<db web<api web<db") << "of what the file does not name it says nothing";
  house.apply({wanted("db", "db")}, true);
  EXPECT_EQ(house.stored(), "") << "they went, and this with them";
}

TEST(Applying, ServicesStartInTheirOrder) {
  applied_house house;
  const auto accepted = house.ask<application_view_ptr>(
      house.what({wanted("web", "web", {"api"}), wanted("api", "api", {"db"}), wanted("db", "db")}));
  std::vector<std::string> order;
  for (int i = 0; i < 400; ++i) {
    house.run_for(500ms);
    for (const auto& [name, image] : house.running())
      if (std::find(order.begin(), order.end(), name) == order.end()) order.push_back(name);
  }
  EXPECT_EQ(order, (std::vector<std::string>{"db", "api", "web"}));
  EXPECT_EQ(house.ends(house.row(accepted->id)), "SUCCEEDED db:DONE api:DONE web:DONE");
  EXPECT_FALSE(house.process->board().find(accepted->id)) << "what is over is in the database";
}

TEST(Applying, AServiceWaitsForTheEndOfItsJobWhichIsNotRunAgain) {
  applied_house house;
  auto migrate = wanted("migrate", "shop-once");
  migrate.spec.job.emplace();
  const auto web = wanted("web", "web", {"migrate"});
  EXPECT_EQ(house.ends(house.apply({web, migrate})), "SUCCEEDED migrate:DONE web:DONE");
  EXPECT_EQ(house.ends(house.apply({web, migrate})), "SUCCEEDED");
  auto failing = migrate;
  failing.spec.image = support::spec("migrate", "shop-crash").image;
  auto next = web;
  next.spec.image.tag = "2";
  const auto over = house.apply({next, failing});
  EXPECT_EQ(house.ends(over), "ROLLED_BACK migrate:FAILED web:CANCELLED") << over.detail;
  EXPECT_EQ(house.ends(house.apply({web, migrate})), "SUCCEEDED") << "what ran to its end did, whatever failed since";
}

TEST(Applying, TheSameOnceMoreTouchesNothing) {
  applied_house house;
  house.apply({wanted("web"), wanted("db", "db")});
  const auto writes = house.world.store->deployments().size();
  const auto again = house.apply({wanted("web"), wanted("db", "db")});
  EXPECT_EQ(house.ends(again), "SUCCEEDED");
  EXPECT_EQ(house.world.store->deployments().size(), writes);
}

TEST(Applying, WhereOneFailsAllGoesBack) {
  applied_house house;
  house.apply({wanted("web"), wanted("db", "db")});
  const auto before = house.running();
  const auto failed =
      house.apply({wanted("db", "db2"), wanted("new", "new", {"db"}), wanted("web", "web-crash", {"new"})});
  EXPECT_EQ(house.ends(failed), "ROLLED_BACK db:ROLLED_BACK new:ROLLED_BACK web:FAILED") << failed.detail;
  EXPECT_EQ(house.running(), before);
}

TEST(Applying, WhatRanComesBackAlsoWhereANewerReleaseWasOnItsWay) {
  applied_house house;
  house.apply({wanted("web")});
  house.release(50, 1, support::spec("web", "web-slow"));
  const auto failed = house.apply({wanted("web", "web3"), wanted("db", "db-missing", {"web"})});
  EXPECT_EQ(failed.status, model::apply_status::rolled_back) << failed.detail;
  EXPECT_EQ(house.running().size(), 1U) << "a service that ran is not removed";
}

TEST(Applying, AWayBackThatIsRefusedIsToldAndNotAskedForForEver) {
  applied_house house;
  house.apply({wanted("web")});
  const auto former = house.process->board().living(house.in, "web").front()->row.id;
  const auto accepted =
      house.ask<application_view_ptr>(house.what({wanted("web", "web2"), wanted("db", "db-slow", {"web"})}));
  const auto& row = house.row(accepted->id);
  for (int i = 0; i < 1'000 && row.steps[0].status != model::step_status::done; ++i) house.run_for(50ms);
  ASSERT_EQ(house.world.store->deployments().at(former).row.status, model::deployment_status::superseded);
  house.ask<deployment_view_ptr>(command_deployment{house.owner, former, {model::verb::remove, 0}});
  house.ask<application_view_ptr>(cancel_application{house.owner, house.in, accepted->id});
  house.run_for(300s);
  EXPECT_EQ(house.ends(row), "FAILED web:ROLLBACK_FAILED db:CANCELLED");
  EXPECT_NE(row.steps[0].detail.find("It could not go back: "), std::string::npos) << row.steps[0].detail;
}

TEST(Applying, PruningLeavesNoReleaseOfAServiceBehind) {
  applied_house house;
  house.apply({wanted("web")});
  house.release(50, 1, support::spec("web", "web-slow"));
  house.release(51, 1, support::spec("web", "web3"));
  const auto pruned = house.apply({}, true);
  EXPECT_EQ(pruned.status, model::apply_status::succeeded) << pruned.detail;
  EXPECT_TRUE(house.running().empty());
  EXPECT_TRUE(house.process->board().living(house.in, "web").empty());
}

TEST(Applying, WithTheDatabaseAwayNothingIsTakenForGone) {
  applied_house house;
  auto migrate = wanted("migrate", "shop-once");
  migrate.spec.job.emplace();
  const auto accepted = house.ask<application_view_ptr>(house.what({wanted("web", "web-slow", {"migrate"}), migrate}));
  while (house.world.store->deployments().at(accepted->steps[0].deployment).row.status !=
         model::deployment_status::succeeded)
    house.run_for(10ms);
  house.start();
  house.world.store_faults->set(docker::reach::down);
  house.run_for(30s);
  house.world.store_faults->set(docker::reach::up);
  house.run_for(300s);
  EXPECT_EQ(house.ends(house.row(accepted->id)), "SUCCEEDED migrate:DONE web:DONE");
}

TEST(Applying, KeepLeavesWhatRuns) {
  applied_house house;
  const auto kept = house.apply({wanted("a", "a-missing"), wanted("b", "b"), wanted("c", "c", {"a"})}, false,
                                model::failure_policy::keep);
  EXPECT_EQ(house.ends(kept), "FAILED a:FAILED b:DONE c:CANCELLED");
  EXPECT_EQ(house.running(), (std::map<std::string, std::string>{{"b", wanted("b", "b").spec.image.name()}}));
}

TEST(Applying, WhatIsNotNamedGoesOnlyWherePruningIsAskedFor) {
  applied_house house;
  house.apply({wanted("web"), wanted("old")});
  house.apply({wanted("web")});
  EXPECT_EQ(house.running().size(), 2U);
  const auto pruned = house.apply({wanted("web")}, true);
  EXPECT_EQ(house.ends(pruned), "SUCCEEDED old:DONE");
  EXPECT_EQ(house.running().size(), 1U);
}

TEST(Applying, OnlyOneIsUnderWayInAnEnvironment) {
  applied_house house;
  house.ask<application_view_ptr>(house.what({wanted("web", "web-slow")}));
  const auto why = house.refusal_of(house.what({wanted("db", "db")}));
  ASSERT_TRUE(why);
  EXPECT_EQ(why->kind, model::consequence::conflict);
  EXPECT_NE(why->detail.find(support::id<operation_id>(1).text), std::string::npos) << why->detail;
  house.run_for(200s);
  EXPECT_FALSE(house.refusal_of(house.what({wanted("db", "db")})));
}

TEST(Applying, APlanOfAnotherWorldIsRefused) {
  applied_house house;
  auto asked = house.what({wanted("web")});
  asked.world = "0123456789abcdef";
  const auto why = house.refusal_of(asked);
  ASSERT_TRUE(why);
  EXPECT_EQ(why->kind, model::consequence::conflict);
  EXPECT_TRUE(house.world.store->deployments().empty());
}

TEST(Applying, TwoServicesThatWriteToOneVolumeAreRefusedTogether) {
  applied_house house;
  auto one = wanted("one"), two = wanted("two");
  one.spec.volumes = two.spec.volumes = {{"data", "/data"}};
  const auto why = house.refusal_of(house.what({one, two}));
  ASSERT_TRUE(why);
  ASSERT_EQ(why->violations.size(), 1U);
  EXPECT_EQ(why->violations.front().pointer, "/two/volumes/0");
  EXPECT_TRUE(house.world.store->deployments().empty());
  EXPECT_FALSE(house.refusal_of(house.what({one}))) << "nothing is held by what was refused";
}

// By service: its newest release's status and, in brackets, what it holds.
std::map<std::string, std::string> standing(const applied_house& house) {
  std::map<std::string, std::string> out;
  for (const auto& [service, releases] : house.process->board().services(house.in)) {
    const auto& row = releases.back()->row;
    auto& text = out[service] = std::string(model::deployment_status_texts[row.status]);
    for (const auto& v : row.spec.volumes) text += " [" + v.name + ']';
    for (const auto& p : row.spec.ports)
      if (p.host) text += " [" + std::to_string(*p.host) + ']';
  }
  return out;
}

using stand = std::map<std::string, std::string>;

TEST(Applying, WhatWasStoppedIsStoppedAgainWhereAllGoesBack) {
  applied_house house;
  house.apply({wanted("web"), wanted("db", "db")});
  const auto web = house.process->board().living(house.in, "web").front()->row.id;
  house.ask<deployment_view_ptr>(command_deployment{house.owner, web, {model::verb::stop, 0}});
  house.run_for(30s);
  for (int i = 0; i < 2; ++i) {
    const auto failed = house.apply({wanted("web", "web2"), wanted("db", "db-crash", {"web"})});
    EXPECT_EQ(house.ends(failed), "ROLLED_BACK web:ROLLED_BACK db:FAILED") << failed.detail;
    EXPECT_EQ(standing(house), (stand{{"db", "RUNNING"}, {"web", "STOPPED"}})) << "also the one that came back";
  }
  const auto last = house.process->board().living(house.in, "web").back()->row;
  for (const auto& line : house.world.store->transitions().at(last.id))
    EXPECT_NE(line.status, model::deployment_status::running) << "nothing of it was started";
  house.ask<deployment_view_ptr>(command_deployment{house.owner, last.id, {model::verb::start, 0}});
  house.run_for(60s);
  EXPECT_EQ(standing(house).at("web"), "RUNNING");
}

model::wanted_service writing(model::wanted_service one, std::string volume = "data") {
  one.spec.volumes.push_back({std::move(volume), "/data"});
  return one;
}
model::wanted_service publishing(model::wanted_service one, std::uint16_t port) {
  one.spec.ports.push_back(support::host_port(80, port));
  return one;
}

TEST(Applying, AVolumeAndAHostPortChangeHands) {
  applied_house house;
  house.apply({publishing(writing(wanted("one")), 20'001), wanted("two")});
  const auto there = standing(house);
  const auto done = house.apply({wanted("one", "one2"), publishing(writing(wanted("two", "two2")), 20'001)});
  EXPECT_EQ(house.ends(done), "SUCCEEDED one:DONE two:DONE") << done.detail;
  EXPECT_EQ(standing(house), (stand{{"one", "RUNNING"}, {"two", "RUNNING [data] [20001]"}}));
  const auto failed = house.apply(
      {publishing(writing(wanted("one", "one3")), 20'001), wanted("two", "two3"), wanted("web", "web-crash", {"one"})});
  EXPECT_EQ(house.ends(failed), "ROLLED_BACK two:ROLLED_BACK one:ROLLED_BACK web:FAILED") << failed.detail;
  EXPECT_EQ(standing(house), (stand{{"one", "RUNNING"}, {"two", "RUNNING [data] [20001]"}}));
  EXPECT_TRUE(house.world.swarm->two_writers().empty());
}

TEST(Applying, WhatARemovedServiceHeldIsAnothersAndComesBackWithIt) {
  applied_house house;
  house.apply({publishing(writing(wanted("old")), 20'001)});
  const auto failed =
      house.apply({publishing(writing(wanted("new")), 20'001), wanted("web", "web-crash", {"new"})}, true);
  EXPECT_EQ(house.ends(failed), "ROLLED_BACK old:ROLLED_BACK new:ROLLED_BACK web:FAILED") << failed.detail;
  EXPECT_EQ(standing(house), (stand{{"old", "RUNNING [data] [20001]"}}));
  const auto old = house.process->board().living(house.in, "old").back()->row.id;
  house.ask<deployment_view_ptr>(command_deployment{house.owner, old, {model::verb::stop, 0}});
  house.run_for(30s);
  house.apply({publishing(writing(wanted("new")), 20'001), wanted("web", "web-crash", {"new"})}, true);
  EXPECT_EQ(standing(house), (stand{{"old", "STOPPED [data] [20001]"}}));
  const auto done = house.apply({publishing(writing(wanted("new")), 20'001)}, true);
  EXPECT_EQ(house.ends(done), "SUCCEEDED old:DONE new:DONE") << done.detail;
  EXPECT_TRUE(house.world.swarm->two_writers().empty());
}

TEST(Applying, CancelledInTheMiddleWhatWasRemovedComesBack) {
  applied_house house;
  house.apply({writing(wanted("old")), wanted("older")});
  const auto accepted = house.ask<application_view_ptr>(house.what({writing(wanted("new", "new-slow"))}, true));
  const auto& row = house.row(accepted->id);
  for (int i = 0; i < 1'000 && row.steps[0].status != model::step_status::done; ++i) house.run_for(50ms);
  house.ask<application_view_ptr>(cancel_application{house.owner, house.in, accepted->id});
  house.run_for(200s);
  EXPECT_EQ(house.ends(row), "CANCELLED old:ROLLED_BACK new:CANCELLED older:CANCELLED") << row.detail;
  EXPECT_EQ(standing(house), (stand{{"old", "RUNNING [data]"}, {"older", "RUNNING"}}));
}

TEST(Applying, OneThatGoesBackByItselfIsNotCalledCancelled) {
  applied_house house;
  house.apply({wanted("web")});
  const auto accepted =
      house.ask<application_view_ptr>(house.what({wanted("web", "web2"), wanted("db", "db-crash", {"web"})}));
  const auto& row = house.row(accepted->id);
  for (int i = 0; i < 1'000 && row.status != model::apply_status::rolling_back; ++i) house.run_for(50ms);
  ASSERT_EQ(row.status, model::apply_status::rolling_back);
  const auto told = house.ask<application_view_ptr>(cancel_application{house.owner, house.in, accepted->id});
  EXPECT_EQ(told->status, model::apply_status::rolling_back);
  house.run_for(200s);
  EXPECT_EQ(house.ends(row), "ROLLED_BACK web:ROLLED_BACK db:FAILED") << row.detail;
}

TEST(Applying, WhatIsNewerIsLeftAloneWhereAllGoesBack) {
  applied_house house;
  house.apply({wanted("web"), wanted("old", "old")});
  const auto accepted = house.ask<application_view_ptr>(
      house.what({wanted("web", "web2"), wanted("first", "first", {"web"}), wanted("last", "last-slow", {"first"})},
                 true, model::failure_policy::rollback));
  const auto& row = house.row(accepted->id);
  for (int i = 0; i < 1'000 && row.steps[1].status != model::step_status::done; ++i) house.run_for(50ms);
  ASSERT_EQ(row.steps[0].status, model::step_status::done);
  house.release(50, 1, support::spec("web", "web3-slow"));
  house.ask<application_view_ptr>(cancel_application{house.owner, house.in, accepted->id});
  house.run_for(200s);
  EXPECT_EQ(house.ends(row), "CANCELLED web:ROLLED_BACK first:ROLLED_BACK last:CANCELLED old:CANCELLED") << row.detail;
  EXPECT_EQ(row.steps[0].detail, "Something newer took its place, and was left alone.");
  EXPECT_EQ(house.running().at("web"), support::spec("web", "web3-slow").image.name());
}

TEST(Applying, ARemovedServiceThatWasDeployedAnewIsLeftAloneWhereAllGoesBack) {
  applied_house house;
  house.apply({writing(wanted("old"))});
  const auto accepted =
      house.ask<application_view_ptr>(house.what({writing(wanted("new")), wanted("web", "web-slow", {"new"})}, true));
  const auto& row = house.row(accepted->id);
  for (int i = 0; i < 1'000 && row.steps[0].status != model::step_status::done; ++i) house.run_for(50ms);
  ASSERT_EQ(row.steps[0].service, "old");
  house.release(50, 1, support::spec("old", "other"));
  house.ask<application_view_ptr>(cancel_application{house.owner, house.in, accepted->id});
  house.run_for(200s);
  EXPECT_EQ(house.ends(row), "CANCELLED old:ROLLED_BACK new:CANCELLED web:CANCELLED") << row.detail;
  EXPECT_EQ(standing(house), (stand{{"old", "RUNNING"}}));
}

TEST(Applying, WhatOthersOfTheEnvironmentHoldIsRefused) {
  applied_house house;
  house.apply({publishing(writing(wanted("one")), 20'001)});
  const auto why = house.refusal_of(house.what({publishing(writing(wanted("two")), 20'001)}));
  ASSERT_TRUE(why);
  ASSERT_EQ(why->violations.size(), 2U);
  EXPECT_EQ(why->violations[0].pointer, "/two/volumes/0");
  EXPECT_EQ(why->violations[1].pointer, "/two/ports/0/host");
  EXPECT_EQ(why->violations[1].detail, "The host port 20001/tcp is taken by the service \"one\".");
  const auto swap =
      house.refusal_of(house.what({writing(wanted("one"), "other"), writing(wanted("two", "two", {}), "data")}));
  EXPECT_FALSE(swap) << swap->detail;
}

TEST(Applying, ARepeatedRequestIsTheSameOne) {
  applied_house house;
  const auto asked = house.what({wanted("web")});
  house.ask<application_view_ptr>(asked);
  house.run_for(100s);
  const auto again = house.ask<application_view_ptr>(asked);
  EXPECT_EQ(again->status, model::apply_status::succeeded);
  EXPECT_EQ(house.world.store->deployments().size(), 1U);
}

TEST(Applying, CancelTakesBackWhatWasDone) {
  applied_house house;
  const auto accepted =
      house.ask<application_view_ptr>(house.what({wanted("db", "db"), wanted("web", "web-slow", {"db"})}));
  house.run_for(12s);
  ASSERT_EQ(house.running().size(), 1U);
  house.ask<application_view_ptr>(cancel_application{house.owner, house.in, accepted->id});
  house.run_for(200s);
  EXPECT_EQ(house.ends(house.row(accepted->id)), "CANCELLED db:ROLLED_BACK web:CANCELLED");
  EXPECT_TRUE(house.running().empty());
}

TEST(Applying, ADeletedEnvironmentEndsItsApplication) {
  applied_house house;
  const auto accepted =
      house.ask<application_view_ptr>(house.what({wanted("db", "db"), wanted("web", "web-slow", {"db"})}));
  house.ask<environment_view_ptr>(delete_environment{house.owner, house.in});
  house.run_for(200s);
  EXPECT_EQ(house.row(accepted->id).status, model::apply_status::cancelled);
  EXPECT_EQ(house.world.store->environments().at(house.in).status, model::environment_status::deleted);
}

TEST(Applying, AnActorThatDiesGoesOnFromItsRow) {
  setenv("TROUPE_FAILPOINT", "application.after_save:2:throw", 1);
  applied_house house;
  const auto done = house.apply({wanted("web", "web", {"db"}), wanted("db", "db")});
  EXPECT_EQ(house.ends(done), "SUCCEEDED db:DONE web:DONE");
}

TEST(Applying, AReleaseThatEndsAsItsActorDiesHasEndedForItsApplicationToo) {
  setenv("TROUPE_FAILPOINT", "deployment.after_save:2:throw", 1);
  applied_house house;
  EXPECT_EQ(house.ends(house.apply({wanted("web", "web-missing")})), "ROLLED_BACK web:FAILED");
}

TEST(Applying, AnEnvironmentThatDiesAsItAcceptsHasLostNothing) {
  setenv("TROUPE_FAILPOINT", "application.after_save:1:throw", 1);
  applied_house house;
  const auto asked = house.what({wanted("web", "web", {"db"}), wanted("db", "db")});
  std::string detail;
  house.process->ask<application_view_ptr>(asked, 60s, [&](const model::outcome<application_view_ptr>* answer) {
    if (answer && !*answer) detail = answer->error().detail;
  });
  house.run_for(60s);
  EXPECT_TRUE(detail.starts_with("It is not known yet whether this was accepted")) << detail;
  EXPECT_EQ(house.card_of(house.in.text).restarts, 1U);
  EXPECT_EQ(house.ask<application_view_ptr>(asked)->id, asked.id);
  house.run_for(200s);
  EXPECT_EQ(house.ends(house.row(asked.id)), "SUCCEEDED db:DONE web:DONE");
  EXPECT_EQ(house.world.store->deployments().size(), 2U);
}

TEST(Applying, WhatIsUnderWayStandsInTheTreeOfActors) {
  applied_house house;
  const auto accepted = house.ask<application_view_ptr>(house.what({wanted("web", "web-slow")}));
  house.run_for(5s);
  const auto card = house.card_of(accepted->id.text);
  EXPECT_EQ(card.kind, "application");
  EXPECT_EQ(card.parent, house.in.text);
  EXPECT_EQ(card.state, "APPLYING");
  EXPECT_GT(card.messages_handled, 0U);
}

// Killed after each message that is handled on the way, it ends as if nothing had been.
struct end_of_it {
  std::string ends;
  stand services;
  bool was_over = false;  // when it was killed
};

// What stands before, and what is asked for then.
using scenario = apply_application (*)(applied_house&);

end_of_it end_of(scenario begin, int messages_before_kill) {
  applied_house house;
  const auto accepted = house.ask<application_view_ptr>(begin(house));
  for (int i = 0; i < messages_before_kill;) {
    if (house.process->handle_one(house.chance)) {
      ++i;
      continue;
    }
    const auto next = house.process->next_timer();
    if (!next) break;
    *house.world.elapsed = *next;
    house.process->catch_up();
  }
  const bool was_over = model::is_over(house.row(accepted->id).status);
  house.start();
  house.run_for(400s);
  EXPECT_TRUE(house.world.swarm->two_writers().empty());
  return {house.ends(house.row(accepted->id)), standing(house), was_over};
}

void expect_one_end(scenario begin, const std::string& ends, int pace) {
  const auto expected = end_of(begin, 0);
  EXPECT_EQ(expected.ends, ends);
  int runs = 0;
  for (int messages = 1; messages < 3'000; messages += pace, ++runs) {
    const auto got = end_of(begin, messages);
    EXPECT_EQ(got.ends, expected.ends) << "killed after " << messages << " messages";
    EXPECT_EQ(got.services, expected.services) << "killed after " << messages << " messages";
    if (got.was_over || ::testing::Test::HasFailure()) break;
  }
  EXPECT_GT(runs, 20);
}

TEST(Applying, AKillAfterAnyMessageChangesNoEnd) {
  expect_one_end(
      [](applied_house& house) {
        house.apply({wanted("web"), wanted("db", "db")});
        return house.what({wanted("db", "db2"), wanted("new", "new", {"db"}), wanted("web", "web-missing", {"new"})});
      },
      "ROLLED_BACK db:ROLLED_BACK new:ROLLED_BACK web:FAILED", 3);
}

TEST(Applying, AKillAfterAnyMessageLeavesWhatWasStoppedStoppedAndWhatPassedOnWhereItWas) {
  const scenario begin = [](applied_house& house) {
    house.apply({publishing(writing(wanted("one")), 20'001), writing(wanted("old"), "more"), wanted("two")});
    for (const auto* service : {"one", "old"}) {
      const auto row = house.process->board().living(house.in, service).front()->row;
      house.ask<deployment_view_ptr>(command_deployment{house.owner, row.id, {model::verb::stop, 0}});
    }
    house.run_for(30s);
    return house.what({wanted("one", "one2"), writing(publishing(writing(wanted("two", "two2")), 20'001), "more"),
                       wanted("web", "web-missing", {"two"})},
                      true);
  };
  expect_one_end(begin, "ROLLED_BACK one:ROLLED_BACK old:ROLLED_BACK two:ROLLED_BACK web:FAILED", 5);
  EXPECT_EQ(end_of(begin, 100).services,
            (stand{{"old", "STOPPED [more]"}, {"one", "STOPPED [data] [20001]"}, {"two", "RUNNING"}}));
}

}  // namespace
}  // namespace troupe::actors
