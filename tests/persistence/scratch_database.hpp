// A database of a test's own on the server of TROUPE_TEST_DATABASE_URL, dropped at the end.
#pragma once

#include <atomic>
#include <cstdlib>
#include <optional>
#include <signal.h>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include "persistence/migrations.hpp"

namespace troupe::persistence::testing {

inline std::optional<std::string> server_url() {
  const char* url = std::getenv("TROUPE_TEST_DATABASE_URL");
  if (url == nullptr || *url == '\0') return std::nullopt;
  return std::string(url);
}

class scratch_database {
public:
  scratch_database() : server_(server_url().value()) {
    static std::atomic<int> count{0};
    name_ = "troupe_test_" + std::to_string(::getpid()) + "_" + std::to_string(++count);
    pqxx::nontransaction(server_).exec("CREATE DATABASE " + name_);
    const auto base = *server_url();
    url_ = base + (base.find('?') == base.npos ? '?' : '&') + "dbname=" + name_;
  }
  ~scratch_database() {
    thaw();
    // FORCE may not end the server's own autovacuum workers, which leave by themselves.
    for (int tries = 100;; --tries) try {
        pqxx::nontransaction(server_).exec("DROP DATABASE " + name_ + " WITH (FORCE)");
        return;
      } catch (const std::exception& e) {
        if (tries == 0) {
          ADD_FAILURE() << e.what();
          return;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
      }
  }
  scratch_database(const scratch_database&) = delete;
  scratch_database& operator=(const scratch_database&) = delete;

  const std::string& url() const { return url_; }

  std::vector<pid_t> backends() {
    pqxx::nontransaction tx(server_);
    std::vector<pid_t> out;
    for (const auto& row : tx.exec_params(
             "SELECT pid FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'", name_))
      out.push_back(row[0].as<pid_t>());
    return out;
  }
  // Ends every session in it; how many there were.
  std::size_t kill_backends() {
    pqxx::nontransaction tx(server_);
    return tx
        .exec_params(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client "
            "backend'",
            name_)
        .size();
  }
  // SIGSTOP; false where the server's processes are not ours to signal.
  bool freeze() {
    for (const auto pid : backends()) {
      if (::kill(pid, SIGSTOP) != 0) return false;
      frozen_.push_back(pid);
    }
    return !frozen_.empty();
  }
  void thaw() {
    for (const auto pid : frozen_) ::kill(pid, SIGCONT);
    frozen_.clear();
  }
  std::string value(const std::string& sql) {
    pqxx::connection own(url_);
    pqxx::nontransaction tx(own);
    const auto rows = tx.exec(sql);
    return rows.empty() || rows[0][0].is_null() ? "" : rows[0][0].c_str();
  }

private:
  pqxx::connection server_;
  std::string name_, url_;
  std::vector<pid_t> frozen_;
};

}  // namespace troupe::persistence::testing
