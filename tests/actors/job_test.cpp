// A job among the actors: what comes after it, and what is left of it.
#include "actors/model/object_names.hpp"
#include "tests/actors/house_under_test.hpp"

namespace troupe::actors {
namespace {

using model::deployment_status;

model::release_spec a_job(const std::string& image, std::uint32_t backoff_limit = 0) {
  auto spec = support::spec("task", image);
  spec.job = model::job_terms{backoff_limit, 60};
  return spec;
}

struct job_house : house_under_test {
  std::string service = model::object_names::service(support::id<environment_id>(1), "task");

  job_house() {
    ask<environment_view_ptr>(create_environment{owner, support::id<environment_id>(1), "staging"});
    run_for(5s);
  }
  const model::deployment& row(const deployment_id& id) { return world.store->deployments().at(id).row; }
  bool has_service() const { return world.swarm->services().contains(service); }
  std::optional<model::problem> refusal_of(int n, model::release_spec spec) {
    std::optional<model::problem> why;
    process->ask<deployment_view_ptr>(create_deployment{owner,
                                                        support::id<environment_id>(1),
                                                        support::id<deployment_id>(n),
                                                        support::id<job_id>(n),
                                                        std::move(spec),
                                                        {}},
                                      60s, [&](const model::outcome<deployment_view_ptr>* answer) {
                                        if (answer && !*answer) why = answer->error();
                                      });
    run_for(5s);
    return why;
  }
};

TEST(Job, HoldsNoServiceAfterItsEnd) {
  job_house house;
  const auto id = house.release(1, 1, a_job("once"));
  house.run_for(30s);
  EXPECT_EQ(house.row(id).status, deployment_status::succeeded);
  EXPECT_FALSE(house.has_service());
  EXPECT_FALSE(house.process->board().find(id)) << "its actor has left";
}

TEST(Job, TheNextRunWaitsForTheEndOfTheOneBeforeAndForWhatIsLeftOfIt) {
  job_house house;
  const auto first = house.release(1, 1, a_job("flaky"));
  house.run_for(10s);
  EXPECT_EQ(house.row(first).status, deployment_status::running);
  const auto second = house.release(2, 1, a_job("once"));
  house.run_for(5s);
  EXPECT_EQ(house.row(second).status, deployment_status::pending);
  house.world.engine_faults->next("remove_service", docker::fault::refused);
  house.run_for(60s);
  EXPECT_EQ(house.row(first).status, deployment_status::failed);
  EXPECT_EQ(house.row(second).status, deployment_status::succeeded);
  EXPECT_FALSE(house.row(second).former);
  EXPECT_TRUE(house.world.swarm->two_runs().empty());
  EXPECT_FALSE(house.has_service());
}

TEST(Job, AKillBetweenItsEndAndItsRemovalLeavesNothingBehind) {
  job_house house;
  house.world.engine_faults->next("remove_service", docker::fault::hang);
  const auto id = house.release(1, 1, a_job("once"));
  while (house.row(id).status != deployment_status::succeeded) house.run_for(100ms);
  EXPECT_TRUE(house.has_service());
  house.start();
  house.run_for(60s);
  EXPECT_FALSE(house.has_service());
  EXPECT_TRUE(house.world.swarm->two_runs().empty());
}

TEST(Job, OneThatIsGoneByHandIsNotRunOnceMore) {
  job_house house;
  const auto id = house.release(1, 1, a_job("flaky"));
  house.run_for(10s);
  EXPECT_EQ(house.row(id).status, deployment_status::running);
  house.world.swarm->remove_service_by_hand(house.service);
  house.run_for(60s);
  EXPECT_EQ(house.row(id).status, deployment_status::failed);
  EXPECT_NE(house.row(id).error->message.find("from outside"), std::string::npos);
  EXPECT_EQ(house.world.swarm->writes().at("service " + house.service).created, 1U);
}

TEST(Job, DoesNotTakeTheNameOfAServiceThatLivesNorAServiceThatOfAJob) {
  job_house house;
  house.release(1, 1, support::spec("task", "app"));
  house.run_for(30s);
  const auto job = house.refusal_of(2, a_job("once"));
  ASSERT_TRUE(job);
  EXPECT_EQ(job->kind, model::consequence::conflict);
  EXPECT_NE(job->detail.find("another name"), std::string::npos);
  auto other = a_job("flaky");
  other.service = "nightly";
  house.release(3, 1, other);
  const auto service = house.refusal_of(4, support::spec("nightly", "app"));
  ASSERT_TRUE(service);
  EXPECT_NE(service->detail.find("job"), std::string::npos);
}

}  // namespace
}  // namespace troupe::actors
