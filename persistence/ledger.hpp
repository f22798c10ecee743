// Judges the saves of one transaction one after the other, each against the rows as the earlier ones leave them, and
// gathers what is to be written: few statements, however many saves. What it read stays true until the commit, because
// nobody else writes under this epoch.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <pqxx/pqxx>

#include "actors/messages.hpp"
#include "persistence/rows.hpp"

namespace troupe::persistence {

class ledger {
public:
  // Reads what these saves are about, and the epoch with it. Without keys no release with variables is saved.
  ledger(pqxx::transaction_base& tx, const std::vector<const actors::save*>& saves, keyring_ptr keys);

  std::uint64_t epoch() const { return epoch_; }

  // All of its changes, or none of them.
  model::outcome<model::done> apply(const actors::save& what);

  void write(pqxx::transaction_base& tx) const;

private:
  void write_dependencies(pqxx::transaction_base& tx) const;

  // `row` is the content where it is known: read because a revision repeats, or accepted just now.
  template <class Row, std::size_t N>
  struct entry {
    std::uint64_t revision = 0;
    std::optional<Row> row;
    std::optional<std::array<parameter, N>> pending;
    bool inserted = false;
  };
  template <class Row, std::size_t N>
  using table = std::unordered_map<std::string, entry<Row, N>>;
  enum class verdict { write, already_there, stale };

  template <class Row, std::size_t N>
  verdict judge(const table<Row, N>& rows, const Row& row) const;
  template <class Row, std::size_t N>
  void accept(table<Row, N>& rows, const Row& row, std::array<parameter, N> columns);

  void change(const actors::save_environment& change);
  void change(const actors::save_deployment& change);
  void change(const actors::save_application& change);
  const secrets::sealing_key* key_of(const model::environment_id& environment);
  void take_leases(const model::deployment& row);
  std::string place_of(const model::deployment& row) const;
  void release(const std::string& deployment);

  // Sets map[key], and back should the save fail after all.
  template <class Map>
  void set(Map& map, const typename Map::key_type& key, typename Map::mapped_type value);

  using port_key = std::pair<std::uint16_t, model::port_protocol>;
  keyring_ptr keyring_;
  std::map<std::string, secrets::sealing_key> keys_;  // by environment
  std::set<std::string> new_keys_;                    // of these environments
  std::uint64_t epoch_ = 0;
  table<model::environment, 8> environments_;
  table<model::deployment, 23> deployments_;
  std::map<std::pair<std::string, std::string>, std::string> names_;     // owner and name -> environment
  std::map<port_key, std::string> leases_;                               // by which environment
  std::map<std::pair<std::string, port_key>, std::string> new_holders_;  // likewise, by deployment
  std::map<std::string, bool> released_;                                 // deployments
  std::map<std::string, bool> removed_;                                  // likewise: those that became REMOVED
  std::map<std::string, std::vector<std::string>> containers_;           // deployment -> observations
  std::vector<std::array<parameter, 7>> transitions_;
  std::map<std::string, std::array<parameter, 8>> operations_;
  std::map<std::pair<std::string, std::string>, std::vector<model::dependency>> awaits_;  // by environment and service
  std::vector<std::function<void()>> undo_;
  bool of_application_ = false;  // what is being applied
};

}  // namespace troupe::persistence
