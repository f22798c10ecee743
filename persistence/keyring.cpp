#include "persistence/keyring.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <vector>

#include "config/failpoint.hpp"
#include "config/logging.hpp"
#include "persistence/array_literal.hpp"
#include "persistence/short_session.hpp"

namespace troupe::persistence {

using model::consequence;
using model::problem;
using secrets::sealing_key;

namespace {

std::string place_of(const std::string& key_id, const std::string& holder) {
  return "data key " + key_id + " of " + holder;
}

const sealing_key* find_master(const secrets::master_keys& masters, const std::string& id) {
  const auto found = std::find_if(masters.begin(), masters.end(), [&](const auto& one) { return one.id() == id; });
  return found == masters.end() ? nullptr : &*found;
}

struct stored_key {
  std::string id, holder, master_id, wrapped;
};
std::vector<stored_key> read_keys(pqxx::transaction_base& tx) {
  std::vector<stored_key> out;
  for (const auto& row : run(tx, statements::all_data_keys))
    out.push_back({row[0].c_str(), row[1].c_str(), row[2].c_str(), row[3].c_str()});
  return out;
}

sealing_key unwrapped(const stored_key& key, const secrets::master_keys& masters) {
  const auto* by = find_master(masters, key.master_id);
  auto opened =
      by ? sealing_key::unwrap(key.id, key.wrapped, *by, place_of(key.id, key.holder)) : std::optional<sealing_key>();
  if (!opened)
    throw std::runtime_error("the data key " + key.id + " does not open: it is sealed by the master key " +
                             key.master_id);
  return *opened;
}

problem wrong_keys(const std::string& file, const stored_key& unopened, const std::string& what_is_there) {
  return {consequence::rejected,
          "the database holds values that are sealed by the master key " + unopened.master_id + ", and " +
              what_is_there + ". Put that key back as " + file +
              " (deploy.sh backup writes it beside each backup, as FILE.key), or let SECRETS_KEY_FILE name the file "
              "that has it. Nothing was changed; all that is not sealed is as it was",
          {},
          0};
}

}  // namespace

keyring::keyring(std::string file, secrets::master_keys masters, std::map<std::string, sealing_key> known)
    : file_(std::move(file)), masters_(std::move(masters)), known_(std::move(known)) {
  if (masters_.empty()) throw std::invalid_argument("a keyring without a master key");
}

sealing_key keyring::master(const std::string& id) {
  const std::lock_guard lock(mutex_);
  if (const auto* known = find_master(masters_, id)) return *known;
  // It was changed while we ran.
  if (auto now = secrets::read_master_keys(file_)) masters_ = std::move(now.value());
  if (const auto* known = find_master(masters_, id)) return *known;
  throw std::runtime_error("the master key " + id + " is not at hand");
}

sealing_key keyring::unwrap(const std::string& id, const std::string& holder, const std::string& master_id,
                            const std::string& wrapped) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = known_.find(id); known != known_.end()) return known->second;
  }
  auto opened = unwrapped({id, holder, master_id, wrapped}, {master(master_id)});
  const std::lock_guard lock(mutex_);
  return known_.insert_or_assign(id, std::move(opened)).first->second;
}

sealing_key keyring::find(pqxx::transaction_base& tx, const std::string& key_id) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = known_.find(key_id); known != known_.end()) return known->second;
  }
  const auto rows = run(tx, statements::data_key_by_id, {key_id});
  if (rows.empty()) throw std::runtime_error("there is no data key " + key_id);
  const auto& row = rows.front();
  return unwrap(row[0].c_str(), row[1].c_str(), row[2].c_str(), row[3].c_str());
}

std::optional<sealing_key> keyring::find_of(pqxx::transaction_base& tx, const std::string& holder) {
  const auto rows = run(tx, statements::data_key_of, {holder});
  if (rows.empty()) return std::nullopt;
  const auto& row = rows.front();
  return unwrap(row[0].c_str(), row[1].c_str(), row[2].c_str(), row[3].c_str());
}

// The file may have another key since it was read: whoever changed it has sealed all data keys by that one.
bool keyring::is_of_this_database(pqxx::transaction_base& tx, const secrets::master_keys& read) const {
  if (find_master(read, masters_.front().id())) return true;
  array_literal ids;
  for (const auto& key : read) ids.add(key.id());
  return run(tx, statements::data_key_of_another_master, {ids.text()}).empty();
}

sealing_key keyring::master_in_force(pqxx::transaction_base& tx) {
  // From here on nobody changes the file before this is committed.
  run(tx, statements::lock_data_keys);
  auto read = secrets::read_master_keys(file_);
  const std::lock_guard lock(mutex_);
  if (read && is_of_this_database(tx, read.value())) {
    masters_ = std::move(read.value());
  } else if (!read && read.error().kind == consequence::not_found) {
    const auto written = secrets::write_master_keys(file_, masters_);
    log::error(written ? "the file of the master key was gone, and is written again"
                       : "the file of the master key is gone, and cannot be written: the next start will need it",
               {{"file", file_}, {"detail", written ? "" : written.error().detail}});
  } else {
    log::error("the file of the master key is not the one that opens this database: the next start will need that",
               {{"file", file_}, {"master", masters_.front().id()}, {"detail", read ? "" : read.error().detail}});
  }
  return masters_.front();
}

void keyring::keep_file(pqxx::transaction_base& tx) {
  if (!secrets::read_master_keys(file_)) master_in_force(tx);
}

void keyring::store(pqxx::transaction_base& tx, const std::string& holder, const sealing_key& fresh) {
  const auto by = master_in_force(tx);
  run(tx, statements::insert_data_key,
      {fresh.id(), holder, by.id(), fresh.wrapped_by(by, place_of(fresh.id(), holder))});
}

sealing_key keyring::ensure(pqxx::transaction_base& tx, const std::string& holder) {
  if (auto there = find_of(tx, holder)) return *there;
  auto fresh = sealing_key::fresh();
  store(tx, holder, fresh);
  return fresh;
}

std::string opener::operator()(std::string_view sealed, std::string_view place) const {
  const auto key = secrets::key_of(sealed);
  if (key.empty()) throw std::runtime_error("a value is not sealed in a known form");
  if (!keys_) throw std::runtime_error("a value is sealed, and there are no keys here");
  auto opened = keys_->find(tx_, key).open(sealed, place);
  if (!opened) throw std::runtime_error("a sealed value does not open: it was changed, or moved from another row");
  return std::move(*opened);
}

model::outcome<keyring_ptr> open_keyring(const std::string& url, const std::string& file, bool may_make,
                                         std::chrono::milliseconds timeout) {
  const auto held = with_session(url, timeout, timeout, [](pqxx::connection& connection) {
    pqxx::read_transaction tx(connection);
    return read_keys(tx);
  });
  if (!held) return held.error();
  auto masters = secrets::read_master_keys(file);
  if (!masters) {
    if (masters.error().kind != consequence::not_found) return masters.error();
    if (!held.value().empty()) return wrong_keys(file, held.value().front(), masters.error().detail);
    if (!may_make)
      return problem{consequence::not_found,
                     masters.error().detail + ": make one with `openssl rand -base64 32`, readable by Troupe alone",
                     {},
                     0};
    masters = secrets::master_keys{secrets::new_master_key()};
    if (const auto written = secrets::write_master_keys(file, masters.value()); !written) return written.error();
    log::info("a master key was made: keep a copy of the file apart from the database's backups", {{"file", file}});
  }
  // All at once: whoever reads many rows afterwards asks for none of their keys.
  std::map<std::string, sealing_key> known;
  std::set<std::string> at_hand;  // master keys, by id
  std::vector<const stored_key*> unopened;
  for (const auto& key : held.value()) try {
      known.emplace(key.id, unwrapped(key, masters.value()));
      at_hand.insert(key.master_id);
    } catch (const std::exception&) {
      unopened.push_back(&key);
    }
  for (const auto* key : unopened) {
    if (!at_hand.contains(key->master_id))
      return wrong_keys(file, *key, file + " has another key (" + masters.value().front().id() + ")");
    log::error("a data key does not open, nor what it has sealed", {{"key", key->id}, {"holder", key->holder}});
  }
  return std::make_shared<keyring>(file, std::move(masters.value()), std::move(known));
}

model::outcome<rotation> rotate_master_key(const std::string& url, const std::string& file,
                                           std::chrono::milliseconds timeout) {
  return with_session(url, timeout, timeout, [&](pqxx::connection& connection) {
    const auto write = [&](const secrets::master_keys& keys) {
      if (const auto written = secrets::write_master_keys(file, keys); !written) throw refused{written.error()};
    };
    pqxx::work tx(connection);
    run(tx, statements::lock_data_keys);  // of several who rotate, one does; a server makes no key meanwhile
    const auto keys = read_keys(tx);
    auto masters = secrets::read_master_keys(file);
    if (!masters) throw refused{masters.error()};
    // What a kill interrupted goes on with the key that it made.
    if (masters.value().size() == 1) masters.value().insert(masters.value().begin(), secrets::new_master_key());
    const auto& current = masters.value().front();
    rotation out{masters.value()[1].id(), current.id(), 0};
    std::vector<std::string> wrapped;
    for (const auto& key : keys) try {
        wrapped.push_back(unwrapped(key, masters.value()).wrapped_by(current, place_of(key.id, key.holder)));
      } catch (const std::exception&) {
        throw refused{wrong_keys(file, key, file + " has other keys")};
      }
    write(masters.value());
    config::failpoint("secrets.before_rewrap");
    for (std::size_t i = 0; i < keys.size(); ++i)
      if (keys[i].master_id != current.id()) {
        run(tx, statements::rewrap_data_key, {keys[i].id, current.id(), wrapped[i]});
        ++out.data_keys;
      }
    tx.commit();
    config::failpoint("secrets.after_rewrap");
    write({current});
    return out;
  });
}

}  // namespace troupe::persistence
