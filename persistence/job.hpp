// One request under way between the database actor, which keeps its deadline and answers it once, and the thread that
// talks to PostgreSQL, which stages the answer.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <caf/all.hpp>
#include <pqxx/pqxx>

#include "actors/interfaces.hpp"
#include "persistence/sql_problem.hpp"

namespace troupe::persistence {

struct job {
  virtual ~job() = default;
  // In a worker's thread: stage the answer. A problem of the request itself is an answer; whatever throws is
  // PostgreSQL's.
  virtual void perform(pqxx::transaction_base& tx) = 0;
  virtual void stage_problem(model::problem why) = 0;
  // In the actor. `note_finished` comes once for each finished job, in the order of their work, also where who asked
  // has been told that it takes too long.
  virtual void note_finished() {}
  virtual void deliver_staged() = 0;
  virtual void deliver(model::problem why) = 0;

  std::chrono::steady_clock::time_point deadline{};
  std::chrono::milliseconds allowance{};  // how long PostgreSQL may take over it before its connection is broken
  bool answered = false;                  // the actor's alone
  bool finished = false;  // the worker's until it hands the job back: staged and, for a write, committed
};
using job_ptr = std::shared_ptr<job>;
using jobs = std::vector<job_ptr>;

template <class T>
struct job_of : job {
  using work = std::function<model::outcome<T>(pqxx::transaction_base&)>;
  using promise = caf::typed_response_promise<model::outcome<T>>;

  job_of(promise p, work w) : answer(std::move(p)), what(std::move(w)) {}
  void perform(pqxx::transaction_base& tx) override { staged = what(tx); }
  void stage_problem(model::problem why) override { staged = std::move(why); }
  void deliver_staged() override { answer.deliver(std::move(*staged)); }
  void deliver(model::problem why) override { answer.deliver(model::outcome<T>(std::move(why))); }

  promise answer;
  work what;
  std::optional<model::outcome<T>> staged;
};

// Judged together with its neighbours by a ledger; see there.
struct save_job : job_of<model::done> {
  save_job(promise p, actors::save s) : job_of(std::move(p), {}), content(std::move(s)) {}
  actors::save content;
};

}  // namespace troupe::persistence
