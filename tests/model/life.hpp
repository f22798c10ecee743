// A deployment under test: feeds events to the machine and remembers what it wanted done.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "actors/model/deployment_machine.hpp"

namespace troupe::model::testing {

inline deployment a_deployment(std::string suffix = "aaaaaaaaaaaaaaaa") {
  deployment d;
  d.id = {"dep_" + suffix};
  d.job = {"job_" + suffix};
  d.environment = {"env_aaaaaaaaaaaaaaaa"};
  d.owner = {"usr_aaaaaaaaaaaaaaaa"};
  d.number = 1;
  d.spec.service = "web";
  d.spec.image = {"docker.io", "library/nginx", "1", ""};
  return d;
}

inline task_observation a_task(const deployment& d, task_phase phase, std::string id = "task1") {
  task_observation t;
  t.id = std::move(id);
  t.deployment = d.id;
  t.generation = d.generation;
  t.phase = phase;
  t.wanted = phase != task_phase::ended;
  return t;
}

inline task_observation an_ended_task(const deployment& d, failure why, std::string id = "task1") {
  auto t = a_task(d, task_phase::ended, std::move(id));
  t.trouble = std::move(why);
  return t;
}

struct life {
  deployment_state state;
  machine_timings timings;
  std::vector<effect> effects;       // of the last step
  std::vector<std::string> details;  // of all saves
  int saves = 0;
  timestamp now{};

  explicit life(deployment row = a_deployment()) { state.row = std::move(row); }

  life& tell(const event& e) {
    now += std::chrono::seconds(1);
    auto d = step(state, e, now, timings);
    if (d.save) ++saves, details.push_back(d.detail);
    state = std::move(d.next);
    effects = std::move(d.effects);
    return *this;
  }
  life& order(verb what, std::uint32_t replicas = 0) { return tell(commanded{{what, replicas}}); }
  life& fire(timer kind) { return tell(timer_fired{kind, state.armed[static_cast<std::size_t>(kind)]}); }
  life& see(std::vector<task_observation> tasks, applied change = applied::nothing) {
    return tell(service_seen{{change, std::move(tasks)}});
  }
  // The stability window is over, and a look begun since then finds it running.
  life& stay_running() { return fire(timer::stability).see_running(); }
  life& see_running() { return see({a_task(state.row, task_phase::running)}); }
  deployment_status status() const { return state.row.status; }

  template <class Effect>
  const Effect* wants() const {
    for (const auto& e : effects)
      if (const auto* found = std::get_if<Effect>(&e)) return found;
    return nullptr;
  }
  // How many lines of the timeline hold the words.
  std::ptrdiff_t told(std::string_view words) const {
    return std::count_if(details.begin(), details.end(),
                         [&](const auto& line) { return line.find(words) != std::string::npos; });
  }
  bool armed(timer kind) const { return state.armed[static_cast<std::size_t>(kind)] != 0; }

  // Shortcuts along the happy path.
  life& to_starting(std::optional<deployment> former = {}) {
    tell(turn_granted{std::move(former)});
    tell(image_resolved{{"docker.io/library/nginx@sha256:1", "sha256:1", 10001, 10001, {}, false, ""}});
    return tell(volumes_made{});
  }
  life& to_running(std::optional<deployment> former = {}) {
    to_starting(std::move(former));
    return see_running().stay_running();
  }
};

}  // namespace troupe::model::testing
