// The keys that seal what PostgreSQL holds of tenants' secrets. Each holder (an environment, a user) has a data key;
// the database has it sealed by the master key, which is a file. Any thread may call; what is in a database is only
// ever read or made within a transaction.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <pqxx/pqxx>

#include "actors/model/problem.hpp"
#include "actors/secrets/master_keys.hpp"
#include "actors/secrets/sealing_key.hpp"

namespace troupe::persistence {

class keyring {
public:
  // `masters`: at least one, the one in force first. `known`: data keys that are open already, by id.
  keyring(std::string file, secrets::master_keys masters, std::map<std::string, secrets::sealing_key> known = {});

  // Throw std::runtime_error where the key is not there, or its master key is not at hand.
  secrets::sealing_key find(pqxx::transaction_base& tx, const std::string& key_id);
  std::optional<secrets::sealing_key> find_of(pqxx::transaction_base& tx, const std::string& holder);
  secrets::sealing_key unwrap(const std::string& id, const std::string& holder, const std::string& master_id,
                              const std::string& wrapped);
  // Stores a new key, to be committed with the transaction. Whoever changes the master key meanwhile waits for it.
  void store(pqxx::transaction_base& tx, const std::string& holder, const secrets::sealing_key& fresh);
  // The holder's key; made if there is none.
  secrets::sealing_key ensure(pqxx::transaction_base& tx, const std::string& holder);

  // Writes the file again where somebody has removed it, so that the next start finds what opens the database.
  void keep_file(pqxx::transaction_base& tx);

private:
  secrets::sealing_key master(const std::string& id);
  secrets::sealing_key master_in_force(pqxx::transaction_base& tx);
  bool is_of_this_database(pqxx::transaction_base& tx, const secrets::master_keys& read) const;

  std::string file_;
  std::mutex mutex_;
  secrets::master_keys masters_;
  std::map<std::string, secrets::sealing_key> known_;  // by id: ids are random, so that one of a rolled back
                                                       // transaction does no harm
};
using keyring_ptr = std::shared_ptr<keyring>;

// How the rows of one transaction are opened. Throws std::runtime_error where one does not open.
class opener {
public:
  opener(pqxx::transaction_base& tx, keyring_ptr keys) : tx_(tx), keys_(std::move(keys)) {}
  std::string operator()(std::string_view sealed, std::string_view place) const;

private:
  pqxx::transaction_base& tx_;
  keyring_ptr keys_;
};

// For the server, at its start: the file's keys, once it is known that they open what the database holds. Where there
// is no file and nothing is sealed yet, one is made if `may_make`. Problems, fit for an operator and with the mend:
// rejected (no file, a wrong one, or one that cannot be made), unavailable.
model::outcome<keyring_ptr> open_keyring(const std::string& url, const std::string& file, bool may_make,
                                         std::chrono::milliseconds timeout);

struct rotation {
  std::string former, current;  // master keys, by id
  std::size_t data_keys = 0;    // that are sealed by the new one now
};
// Puts a new master key in the place of the one in force, also while a server runs. Killed at any moment, the file
// holds what opens the database, and the next call finishes.
model::outcome<rotation> rotate_master_key(const std::string& url, const std::string& file,
                                           std::chrono::milliseconds timeout);

}  // namespace troupe::persistence
