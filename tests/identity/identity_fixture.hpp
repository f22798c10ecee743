// The identity actor over a fake database and a fake bcrypt, in a deterministic actor system.
#pragma once

#include <set>

#include <gtest/gtest.h>

#include "actors/identity.hpp"
#include "tests/identity/key_store.hpp"

namespace troupe::actors::test {

using namespace std::chrono_literals;
using model::caller;
using model::consequence;
using std::chrono::milliseconds;

const std::string secret = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";

struct IdentityActor : ::testing::Test {
  struct testing_config : caf::actor_system_config {
    testing_config() { set("scheduler.policy", caf::atom("testing")); }
  } config;
  caf::actor_system system{config};
  caf::scheduler::test_coordinator& scheduler = dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());

  key_store_ptr store = std::make_shared<key_store>();
  timestamp wall{std::chrono::hours(24 * 365 * 50)};
  int checks = 0;
  int lost_checks = 0;  // so many of the next checks lose their worker
  std::vector<authentication> seen;
  std::shared_ptr<verified_keys> keys;
  key_keeper database;
  identity_actor identity;

  void SetUp() override {
    keys = std::make_shared<verified_keys>(
        verified_keys::options{.clock = [this] { return scheduler.clock().now(); }, .wall = [this] { return wall; }});
    database = system.spawn(keep_keys, store);
    identity_options with;
    with.key_prefix = "rw_test_";
    with.detached = false;
    with.wall = [this] { return wall; };
    with.check = [this](const std::string& text, const std::string& hash) {
      ++checks;
      if (lost_checks > 0 && lost_checks-- > 0) throw std::bad_alloc();
      return hash == "hash of " + text;
    };
    with.hash = [](const std::string& text) { return "hash of " + text; };
    with.observe = [this](authentication what) { seen.push_back(what); };
    identity = spawn_identity(system, with, database, keys);
    scheduler.run();
  }

  void TearDown() override {
    store->down = store->silent = store->hold = false;
    release();
    caf::anon_send_exit(identity, caf::exit_reason::user_shutdown);
    scheduler.run();
    advance(5s);
    caf::anon_send_exit(database, caf::exit_reason::user_shutdown);
    identity = identity_actor{};
    database = key_keeper{};
    scheduler.run();
  }

  void release() {
    caf::anon_send(database, caf::tick_atom::value);
    scheduler.run();
  }

  void advance(milliseconds by) {
    for (milliseconds step = 50ms; by > 0ms; by -= step) {
      wall += std::min(step, by);
      scheduler.clock().advance_time(std::min(step, by));
      scheduler.run();
    }
  }

  // The answer comes where it is due; an empty slot is none yet.
  template <class T, class Message>
  std::shared_ptr<std::optional<outcome<T>>> ask(Message what) {
    auto slot = std::make_shared<std::optional<outcome<T>>>();
    system.spawn([slot, to = identity, what](caf::event_based_actor* self) {
      self->request(to, 10min, what)
          .then([slot](outcome<T>& answer) { *slot = answer; }, [](caf::error&) { ADD_FAILURE() << "no answer"; });
    });
    scheduler.run();
    return slot;
  }
  auto ask(const std::string& key, const std::string& address = "192.0.2.1") {
    return ask<caller>(authenticate{key, address});
  }

  std::string add_key(char id, const std::string& its_secret = secret) {
    model::api_key row;
    row.key_id = std::string(16, id);
    row.owner = user_id{"usr_" + row.key_id};
    row.scopes = model::scope_set::user();
    row.secret_hash = "hash of " + its_secret;
    store->rows[row.key_id] = row;
    return "rw_test_" + row.key_id + "." + its_secret;
  }
  model::api_key& row(char id) { return store->rows.at(std::string(16, id)); }

  static std::string numbered_key(unsigned n) {
    std::string id(16, 'z');
    for (auto& c : id) {
      c = static_cast<char>('a' + n % 25);
      n /= 25;
    }
    return "rw_test_" + id + "." + secret;
  }
};

}  // namespace troupe::actors::test
