#include "persistence/executor.hpp"

#include "config/failpoint.hpp"
#include "config/logging.hpp"
#include "persistence/ledger.hpp"

namespace troupe::persistence {

using model::consequence;
using model::problem;

namespace {

// Not PostgreSQL's, not the connection's: the others of the batch may fare better without it.
bool is_one_jobs_fault(const std::exception& e) {
  if (dynamic_cast<const fenced*>(&e) != nullptr) return false;
  return is_rows_fault(e) || dynamic_cast<const pqxx::pqxx_exception*>(&e) == nullptr;
}

}  // namespace

void executor::perform(const jobs& batch) {
  try {
    if (!session_) {
      session_ = std::make_unique<session>(url_, timeout_, statement_timeout_, guard_);
      ++connections_;
      connected();
    }
    work(batch);
  } catch (...) {
    // A frozen server would not take our good-bye either.
    guard_->interrupt();
    session_.reset();
    throw;
  }
}

void reader_executor::work(const jobs& batch) {
  for (const auto& job : batch) {
    pqxx::read_transaction tx(session_->connection());
    try {
      job->perform(tx);
    } catch (const pqxx::broken_connection&) {
      throw;
    } catch (const pqxx::sql_error& e) {
      if (!is_rows_fault(e)) throw;
      job->stage_problem(problem_of(e));
    } catch (const nul_in_text& e) {
      job->stage_problem(problem_of(e));
    } catch (const pqxx::failure&) {
      throw;
    } catch (const std::exception& e) {
      log::error("a stored row cannot be understood", {{"error", words_of(e)}});
      job->stage_problem({consequence::rejected, "what is stored cannot be read", {}, 0});
    }
    job->finished = true;
  }
}

writer_executor::writer_executor(std::string url, std::chrono::milliseconds timeout,
                                 std::shared_ptr<socket_guard> guard, house_claim_ptr claim, keyring_ptr keys)
    : executor(std::move(url), timeout, timeout, std::move(guard)), claim_(std::move(claim)), keys_(std::move(keys)) {
  if (!claim_) return;
  session_ = claim_->take_session();
  if (session_) session_->guard_by(guard_);
}

// A commit whose fate is unknown is over once the lock is ours again: only then the rows tell the truth.
void writer_executor::connected() {
  if (!claim_) return;
  switch (claim_->take_again(*session_)) {
    case house_claim::state::held: return;
    case house_claim::state::not_yet: throw std::runtime_error("the former connection still holds the claim");
    case house_claim::state::lost: lost_ = true; throw fenced("another troupe serves this database now");
  }
}

void writer_executor::work(const jobs& batch) {
  if (lost_) throw fenced("another troupe serves this database now");
  try {
    in_one_transaction(batch);
  } catch (const std::exception& e) {
    if (batch.empty() || !is_one_jobs_fault(e)) throw;
    // One of them is at fault, and nobody says which: each on its own.
    for (const auto& job : batch) try {
        in_one_transaction({job});
      } catch (const std::exception& own) {
        if (!is_one_jobs_fault(own)) throw;
        log::warn("a write was refused", {{"error", words_of(own)}});
        job->stage_problem(problem_of(own));
        job->finished = true;
      }
  }
}

void writer_executor::in_one_transaction(const jobs& batch) {
  std::vector<save_job*> saves;
  std::vector<const actors::save*> contents;
  for (const auto& job : batch)
    if (auto* save = dynamic_cast<save_job*>(job.get())) {
      saves.push_back(save);
      contents.push_back(&save->content);
    }

  pqxx::work tx(session_->connection());
  std::uint64_t epoch = 0;
  if (!saves.empty()) {
    ledger book(tx, contents, keys_);
    epoch = book.epoch();
    if (claim_ && epoch == claim_->epoch()) {
      for (auto* save : saves) save->staged = book.apply(save->content);
      book.write(tx);
    }
  } else if (claim_) {
    epoch = run(tx, statements::read_epoch).at(0)[0].as<std::uint64_t>();
  }
  if (claim_ && epoch != claim_->epoch()) {
    lost_ = true;
    throw fenced("another troupe took over this database");
  }
  for (const auto& job : batch) {
    if (dynamic_cast<save_job*>(job.get()) != nullptr) continue;
    try {
      job->perform(tx);
    } catch (const nul_in_text& e) {
      job->stage_problem(problem_of(e));
    }
  }
  if (batch.empty()) return;
  config::failpoint("db.before_commit");
  tx.commit();
  config::failpoint("db.after_commit");
  for (const auto& job : batch) job->finished = true;
}

}  // namespace troupe::persistence
