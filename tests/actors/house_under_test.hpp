// The tree of actors on virtual time, over a simulated engine and store.
#pragma once

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/simulation/process.hpp"
#include "tests/simulation/simulation.hpp"
#include "tests/support/builders.hpp"

namespace troupe::actors {

using namespace std::chrono_literals;

struct house_under_test {
  simulation::outside world;
  std::unique_ptr<simulation::process> process;
  docker::simulated_chance chance{1};
  user_id owner = support::id<user_id>(7);

  house_under_test() {
    simulation::quiet_log();
    world.elapsed = std::make_shared<std::chrono::milliseconds>(0);
    world.swarm = std::make_shared<docker::simulated_swarm>(1);
    world.store = std::make_shared<support::stored_world>();
    world.engine_faults = std::make_shared<docker::fault_plan>();
    world.store_faults = std::make_shared<docker::fault_plan>();
    start();
  }

  void start() {
    process.reset();
    process = std::make_unique<simulation::process>(world, 1);
    run_for(1s);
  }

  void run_for(std::chrono::milliseconds span) {
    const auto end = *world.elapsed + span;
    for (;;) {
      while (process->handle_one(chance)) {
      }
      const auto next = process->next_timer();
      if (!next || *next > end) break;
      *world.elapsed = *next;
      process->catch_up();
    }
    *world.elapsed = end;
    process->catch_up();
    while (process->handle_one(chance)) {
    }
  }

  template <class Answer, class Request>
  Answer ask(Request what) {
    Answer got{};
    bool answered = false;
    process->ask<Answer>(std::move(what), 60s, [&](const model::outcome<Answer>* answer) {
      answered = answer != nullptr && answer->ok();
      if (answered) got = answer->value();
    });
    for (int i = 0; i < 100 && !answered; ++i) run_for(500ms);
    EXPECT_TRUE(answered);
    return got;
  }

  deployment_id deploy(int n = 1) {
    ask<environment_view_ptr>(create_environment{owner, support::id<environment_id>(n), "staging" + std::to_string(n)});
    return release(n, n);
  }

  // Deployment `n` in environment `of`.
  deployment_id release(int n, int of, model::release_spec spec = support::spec()) {
    const auto made = ask<deployment_view_ptr>(create_deployment{owner,
                                                                 support::id<environment_id>(of),
                                                                 support::id<deployment_id>(n),
                                                                 support::id<job_id>(n),
                                                                 std::move(spec),
                                                                 {}});
    return made->row.id;
  }

  // What five environments with a release each do after a start for which Docker is frozen.
  void start_five_with_docker_frozen(std::function<void()> before = [] {}) {
    for (int n = 1; n <= 5; ++n) deploy(n);
    run_for(60s);
    world.engine_faults->set(docker::reach::frozen);
    before();
    start();
  }

  // Environments that wait for their first look, in order of their names.
  std::vector<std::string> asleep() {
    std::vector<std::string> found;
    for (const auto& card : ask<described>(describe_some{}).cards)
      if (card.kind == "environment" && card.step == "waits for its first look") found.push_back(card.id);
    return found;
  }

  actor_card card_of(const std::string& id) {
    for (const auto& card : ask<described>(describe_some{}).cards)
      if (card.id == id) return card;
    ADD_FAILURE() << id << " is not in the tree";
    return {};
  }
};

}  // namespace troupe::actors
