// The database actor: PostgreSQL as the rest of the house sees it. The only way in which the running engine writes.
//
//   askers ──> actor (queue, deadlines, answers) ──> writer thread: all that waits, in one transaction
//                                                └─> reader threads: one query each
//
// Every request is answered within `timeout` (load_living: twelve times as long), whatever PostgreSQL does: the actor
// never blocks, and breaks a connection that does. While PostgreSQL is known to be away new requests get at most a
// second.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

#include "actors/interfaces.hpp"
#include "actors/registry_book.hpp"
#include "persistence/history.hpp"
#include "persistence/house_claim.hpp"
#include "persistence/keyring.hpp"

namespace troupe::persistence {

struct database_options {
  std::string url;
  std::chrono::milliseconds timeout{5'000};
  std::size_t queue_limit = 20'000;  // waiting writes, and likewise waiting reads; more are `unavailable` at once
  std::size_t batch_limit = 1'000;   // jobs in one transaction
  std::size_t readers = 2;
  std::chrono::milliseconds heartbeat{2'000};  // looks whether the claim still holds when there is nothing to write
  // Told of each batch that was written: jobs, time from handing over to the answer, whether it was committed.
  std::function<void(std::size_t jobs, std::chrono::duration<double> took, bool committed)> observe{};
  kept_history kept{};  // the rest is forgotten by the engine that holds the claim
  std::chrono::milliseconds sweep_every = std::chrono::minutes(10);  // of answers that are kept too long
  std::chrono::milliseconds forget_every = std::chrono::hours(6);    // between two passes over what is over
  // The engine's own: claim_house's. Without a claim (commands) saves are rejected and everything else works.
  house_claim_ptr claim;
  // By which sealed values are opened and sealed; the engine's own: open_keyring's. Without keys what is sealed cannot
  // be read, and no release with variables is saved.
  keyring_ptr keys{};
  // Told of registry logins once they are committed; none: nobody wants to know.
  std::shared_ptr<actors::registry_book> logins{};
};

// Problems beyond those told in messages.hpp: unavailable ("the database is not reachable", retry after 2 s, or the
// queue is full); rejected (a text contains NUL or is not UTF-8). `on_fenced` is called once, on the actor's thread,
// when another engine took the database over; nothing is written from then on. send_exit lets what waits be done first,
// within `timeout`, and ends the threads.
actors::whole_database_actor spawn_database(caf::actor_system& system, database_options options,
                                            std::function<void(std::string why)> on_fenced = {});

}  // namespace troupe::persistence
