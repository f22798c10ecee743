// Let it crash: an actor that dies is started again from its row, one for one, and not for ever.
#include <algorithm>
#include <cstdlib>

#include "tests/actors/house_under_test.hpp"

namespace troupe::actors {
namespace {

change_service changed(const house_under_test& house, int n, std::string tag,
                       std::optional<std::uint64_t> if_number = {}) {
  return {house.owner,
          support::id<environment_id>(1),
          "web",
          if_number,
          support::id<deployment_id>(n),
          support::id<job_id>(n),
          [tag](const model::release_spec& from) -> model::outcome<model::release_spec> {
            auto next = from;
            next.image.tag = tag;
            next.args.push_back(tag);
            return next;
          }};
}

TEST(ChangeOfAService, BuildsOnTheNewestReleaseAlsoOneUnderWay) {
  house_under_test house;
  house.deploy();
  const auto second = house.ask<deployment_view_ptr>(changed(house, 2, "2"));
  EXPECT_FALSE(model::is_settled(house.process->board().find(second->row.id)->row.status));
  const auto third = house.ask<deployment_view_ptr>(changed(house, 3, "3"));
  EXPECT_EQ(third->row.spec.args, (std::vector<std::string>{"2", "3"}));
  EXPECT_EQ(house.ask<deployment_view_ptr>(changed(house, 3, "3"))->row.id, third->row.id)
      << "repeated, it is the same";
  house.run_for(120s);
  const auto living = house.process->board().living(support::id<environment_id>(1), "web");
  ASSERT_EQ(living.size(), 1U);
  EXPECT_EQ(living.front()->row.id, third->row.id);
  EXPECT_EQ(living.front()->row.status, model::deployment_status::running);
}

TEST(ChangeOfAService, IsRefusedWhereANewerReleaseWasAcceptedMeanwhile) {
  house_under_test house;
  const auto first = house.process->board().find(house.deploy());
  const auto second = house.ask<deployment_view_ptr>(changed(house, 2, "2", first->row.number));
  std::optional<model::consequence> why;
  house.process->ask<deployment_view_ptr>(changed(house, 3, "3", first->row.number), 60s,
                                          [&](const model::outcome<deployment_view_ptr>* answer) {
                                            if (answer && !*answer) why = answer->error().kind;
                                          });
  house.run_for(5s);
  EXPECT_EQ(why, model::consequence::outdated);
  EXPECT_GT(second->row.number, first->row.number);
}

// ctest gives each test a process of its own, so that each may name its failpoint.
TEST(Supervision, ADeploymentThatDiesGoesOnFromItsRow) {
  setenv("TROUPE_FAILPOINT", "deployment.after_effect:2:throw", 1);
  house_under_test house;
  const auto id = house.deploy();
  house.run_for(60s);
  const auto shown = house.process->board().find(id);
  ASSERT_TRUE(shown);
  EXPECT_EQ(shown->row.status, model::deployment_status::running);
  EXPECT_EQ(house.card_of(id.text).restarts, 1U);
}

TEST(Supervision, ADeploymentThatDiesAsItEndsIsNotShownAsItWas) {
  setenv("TROUPE_FAILPOINT", "deployment.after_save:3:throw", 1);
  house_under_test house;
  house.ask<environment_view_ptr>(create_environment{house.owner, support::id<environment_id>(1), "staging"});
  const auto id = house.release(1, 1, support::spec("web", "web-missing"));
  house.run_for(60s);
  ASSERT_EQ(house.world.store->deployments().at(id).row.status, model::deployment_status::failed);
  EXPECT_FALSE(house.process->board().find(id)) << "what is over is in the database";
}

TEST(Supervision, AnEnvironmentThatDiesTakesItsDeploymentsUpAgain) {
  setenv("TROUPE_FAILPOINT", "environment.after_effect:1:throw", 1);
  house_under_test house;
  const auto owner = support::id<user_id>(7);
  house.process->ask<environment_view_ptr>(create_environment{owner, support::id<environment_id>(1), "staging"}, 5s,
                                           [](const model::outcome<environment_view_ptr>*) {});
  house.run_for(30s);
  const auto shown = house.process->board().find(support::id<environment_id>(1));
  ASSERT_TRUE(shown);
  EXPECT_EQ(shown->row.status, model::environment_status::active);
  EXPECT_EQ(house.card_of(support::id<environment_id>(1).text).restarts, 1U);
}

TEST(Supervision, AfterAStartEnvironmentsLookAtDockerAFewAtOnce) {
  house_under_test house;
  house.start_five_with_docker_frozen();
  EXPECT_EQ(house.asleep().size(), 3U);  // two look at a time here
  house.world.engine_faults->set(docker::reach::up);
  house.run_for(60s);
  EXPECT_TRUE(house.asleep().empty());
}

TEST(Supervision, AfterAStartWhatWasUnderWayIsLookedAtFirst) {
  house_under_test house;
  house.start_five_with_docker_frozen([&] { house.release(6, 4); });
  const auto left = house.asleep();
  EXPECT_EQ(left.size(), 3U);
  EXPECT_EQ(std::count(left.begin(), left.end(), support::id<environment_id>(4).text), 0);
}

TEST(Supervision, AnEnvironmentThatWaitsForItsFirstLookObeysAtOnce) {
  house_under_test house;
  house.start_five_with_docker_frozen();
  const auto waiting = house.asleep();
  ASSERT_FALSE(waiting.empty());
  int n = 1;
  while (support::id<environment_id>(n).text != waiting.back()) ++n;
  const auto told = house.ask<deployment_view_ptr>(
      command_deployment{house.owner, support::id<deployment_id>(n), {model::verb::stop, 0}});
  EXPECT_EQ(told->row.wanted, model::intent::stop);
  const auto left = house.asleep();
  EXPECT_EQ(std::count(left.begin(), left.end(), waiting.back()), 0);
}

TEST(Supervision, TheTreeShowsEveryActorWithItsParent) {
  house_under_test house;
  const auto id = house.deploy();
  house.run_for(30s);
  EXPECT_EQ(house.card_of(support::id<environment_id>(1).text).parent, "orchestrator");
  const auto card = house.card_of(id.text);
  EXPECT_EQ(card.parent, support::id<environment_id>(1).text);
  EXPECT_EQ(card.state, "RUNNING");
  EXPECT_GT(card.messages_handled, 0U);
}

TEST(Supervision, TheTreeIsShownAPageAtATime) {
  house_under_test house;
  for (int n = 1; n <= 5; ++n) house.deploy(n);
  house.run_for(30s);
  std::vector<std::string> environments;
  describe_some wanted{{}, 2, {}};
  for (int pages = 0; pages < 3; ++pages) {
    const auto page = house.ask<described>(wanted);
    EXPECT_EQ(page.next.has_value(), pages < 2);
    EXPECT_EQ(page.cards.size(), pages < 2 ? 4U : 2U) << "each with its deployment";
    for (const auto& card : page.cards)
      if (card.kind == "environment") environments.push_back(card.id);
    wanted.after = page.next;
  }
  EXPECT_EQ(environments.size(), 5U);
  EXPECT_TRUE(std::is_sorted(environments.begin(), environments.end()));
  EXPECT_EQ(house.ask<described>(describe_some{{}, 1, support::id<environment_id>(3)}).cards[0].id,
            support::id<environment_id>(3).text);
}

TEST(Supervision, WhatWaitsForTheEngineSaysSoUntilItIsBack) {
  house_under_test house;
  const auto running = house.deploy();
  house.run_for(60s);
  house.world.engine_faults->set(docker::reach::frozen);
  const auto waiting = house.release(2, 1);
  for (int i = 0; i < 100 && house.process->board().find(waiting)->row.status == model::deployment_status::pending; ++i)
    house.run_for(1s);
  EXPECT_FALSE(house.process->board().find(waiting)->waits) << "nobody knows yet";
  const engine_reach away{false, model::timestamp(10h), "The container engine did not answer in time."};
  house.process->tell(away);
  house.run_for(1s);
  EXPECT_EQ(house.process->board().find(waiting)->waits, away);
  EXPECT_FALSE(house.process->board().find(running)->waits) << "nothing is to be done for it";
  house.world.engine_faults->set(docker::reach::up);
  house.process->tell({true, model::timestamp(11h), {}});
  house.run_for(1s);
  EXPECT_FALSE(house.process->board().find(waiting)->waits);
}

TEST(Supervision, AVolumeGoesOnceNoLivingReleaseMountsIt) {
  house_under_test house;
  const auto in = support::id<environment_id>(1);
  house.deploy();
  auto spec = support::spec();
  spec.service = "db";
  spec.volumes = {{"data", "/data", false}};
  const auto user = house.ask<deployment_view_ptr>(
      create_deployment{house.owner, in, support::id<deployment_id>(2), support::id<job_id>(2), spec, {}});
  house.run_for(60s);
  const auto drop = [&](const std::string& name) {
    std::optional<model::outcome<model::done>> got;
    house.process->ask<model::done>(delete_volume{house.owner, in, name}, 60s,
                                    [&](const model::outcome<model::done>* answer) {
                                      if (answer) got = *answer;
                                    });
    house.run_for(5s);
    return got;
  };
  const auto refused = drop("data");
  ASSERT_TRUE(refused && !*refused);
  EXPECT_EQ(refused->error().kind, model::consequence::conflict);
  EXPECT_NE(refused->error().detail.find("db (" + user->row.id.text + ", RUNNING)"), std::string::npos)
      << refused->error().detail;
  const auto unknown = drop("other");
  ASSERT_TRUE(unknown && !*unknown);
  EXPECT_EQ(unknown->error().kind, model::consequence::not_found);
  house.ask<deployment_view_ptr>(command_deployment{house.owner, user->row.id, {model::verb::remove, 0}});
  house.run_for(60s);
  EXPECT_EQ(house.world.swarm->volumes().size(), 1U) << "Docker keeps it";
  const auto gone = drop("data");
  EXPECT_TRUE(gone && *gone);
  EXPECT_TRUE(house.world.swarm->volumes().empty());
}

}  // namespace
}  // namespace troupe::actors
