// What a worker's thread does with the jobs it is handed: the writer, all of them in one transaction; a reader, one by
// one.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "persistence/house_claim.hpp"
#include "persistence/job.hpp"
#include "persistence/keyring.hpp"

namespace troupe::persistence {

// Another engine serves the database: nothing will be written any more.
struct fenced : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class executor {
public:
  executor(std::string url, std::chrono::milliseconds timeout, std::chrono::milliseconds statement_timeout,
           std::shared_ptr<socket_guard> guard)
      : url_(std::move(url)), timeout_(timeout), statement_timeout_(statement_timeout), guard_(std::move(guard)) {}
  virtual ~executor() = default;

  // Finishes jobs, perhaps not all: what is not finished when it throws may be handed over again. Throws fenced, or
  // whatever PostgreSQL is to blame for; the session is gone then.
  void perform(const jobs& batch);

  std::uint64_t connections() const { return connections_; }

protected:
  virtual void work(const jobs& batch) = 0;
  virtual void connected() {}  // a new session was made

  std::string url_;
  std::chrono::milliseconds timeout_, statement_timeout_;
  std::shared_ptr<socket_guard> guard_;
  std::unique_ptr<session> session_;
  std::uint64_t connections_ = 0;
};

class reader_executor : public executor {
public:
  using executor::executor;

private:
  void work(const jobs& batch) override;
};

// With a claim it writes everything, under the claim's epoch; without one, only what needs none (jobs that are no
// saves). An empty batch looks whether the claim still holds.
class writer_executor : public executor {
public:
  writer_executor(std::string url, std::chrono::milliseconds timeout, std::shared_ptr<socket_guard> guard,
                  house_claim_ptr claim, keyring_ptr keys);

private:
  void work(const jobs& batch) override;
  void connected() override;
  void in_one_transaction(const jobs& batch);

  house_claim_ptr claim_;
  keyring_ptr keys_;
  bool lost_ = false;
};

}  // namespace troupe::persistence
