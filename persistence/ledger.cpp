#include "persistence/ledger.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "actors/codec/timestamp_text.hpp"
#include "actors/model/port_claims.hpp"
#include "persistence/application_rows.hpp"
#include "persistence/array_literal.hpp"
#include "persistence/sql_problem.hpp"

namespace troupe::persistence {

using model::consequence;
using model::problem;

namespace {

struct refusal {
  problem why;
};

template <std::size_t N>
class column_arrays {
public:
  void add(const std::array<parameter, N>& row) {
    for (std::size_t i = 0; i < N; ++i) columns_[i].add(row[i]);
    ++count_;
  }
  std::size_t count() const { return count_; }
  std::vector<parameter> parameters() const {
    std::vector<parameter> out;
    for (const auto& c : columns_) out.emplace_back(c.text());
    return out;
  }

private:
  std::array<array_literal, N> columns_;
  std::size_t count_ = 0;
};

template <class Texts, class Enum>
parameter text_in(const Texts& texts, const std::optional<Enum>& value) {
  return value ? parameter(std::string(texts[*value])) : std::nullopt;
}

bool holds_nul(std::initializer_list<std::string_view> texts) {
  return std::any_of(texts.begin(), texts.end(), [](std::string_view t) { return t.find('\0') != t.npos; });
}

// A row that was judged to be writable but is not written means that somebody else writes too.
void expect_all(const pqxx::result& written, std::size_t count) {
  if (written.affected_rows() != count) throw std::runtime_error("a row changed under our epoch");
}

template <class Rows>
void write_rows(pqxx::transaction_base& tx, const statement& what, const Rows& rows) {
  column_arrays<std::tuple_size_v<typename decltype(Rows::mapped_type::pending)::value_type>> out;
  for (const auto& [id, entry] : rows)
    if (entry.pending) out.add(*entry.pending);
  if (out.count() > 0) expect_all(run(tx, what, out.parameters()), out.count());
}

}  // namespace

ledger::ledger(pqxx::transaction_base& tx, const std::vector<const actors::save*>& saves, keyring_ptr keys)
    : keyring_(std::move(keys)) {
  array_literal environments, deployments, owners, names, ports, protocols, holders;
  std::unordered_map<std::string, std::set<std::uint64_t>> revisions;  // that are asked for, by id
  // One with a NUL is refused by apply; here it must not spoil the others.
  const auto look_up = [&](const actors::save_environment& c) {
    if (holds_nul({c.row.id.text, c.row.owner.text, c.row.name})) return;
    environments.add(c.row.id.text);
    revisions[c.row.id.text].insert(c.row.revision);
    if (c.row.revision > 1) return;
    owners.add(c.row.owner.text);
    names.add(c.row.name);
  };
  const auto look_up_deployment = [&](const actors::save_deployment& c) {
    if (holds_nul({c.row.id.text, c.row.environment.text})) return;
    deployments.add(c.row.id.text);
    if (!c.row.spec.env.empty()) holders.add(c.row.environment.text);
    revisions[c.row.id.text].insert(c.row.revision);
    if (c.row.revision > 1) return;
    for (const auto& port : c.row.spec.ports) {
      if (!port.host) continue;
      ports.add(*port.host);
      protocols.add(model::port_protocol_texts[port.protocol]);
    }
  };
  for (const auto* save : saves)
    for (const auto& change : save->changes) {
      if (const auto* e = std::get_if<actors::save_environment>(&change))
        look_up(*e);
      else if (const auto* d = std::get_if<actors::save_deployment>(&change))
        look_up_deployment(*d);
    }

  // Rows that already have a revision that is asked for: a repetition if the content is the same, too.
  array_literal repeated_environments, repeated_deployments;
  bool repeated = false;
  for (const auto& row : run(tx, statements::snapshot,
                             {environments.text(), deployments.text(), owners.text(), names.text(), ports.text(),
                              protocols.text(), holders.text()})) {
    const std::string_view kind = row[0].c_str();
    if (kind == "epoch") {
      epoch_ = row[1].as<std::uint64_t>();
    } else if (kind == "name") {
      names_[{row[1].c_str(), row[2].c_str()}] = row[3].c_str();
    } else if (kind == "key") {
      if (keyring_)
        keys_.insert_or_assign(row[1].c_str(),
                               keyring_->unwrap(row[2].c_str(), row[1].c_str(), row[3].c_str(), row[4].c_str()));
    } else if (kind == "lease") {
      leases_[{row[1].as<std::uint16_t>(), model::port_protocol_texts.parse(row[2].c_str()).value()}] = row[3].c_str();
    } else {
      const std::string id = row[1].c_str();
      const auto revision = row[2].as<std::uint64_t>();
      const bool is_environment = kind == "environment";
      if (is_environment)
        environments_[id].revision = revision;
      else
        deployments_[id].revision = revision;
      if (!revisions[id].contains(revision)) continue;
      (is_environment ? repeated_environments : repeated_deployments).add(id);
      repeated = true;
    }
  }
  if (!repeated) return;
  const opener open(tx, keyring_);
  for (const auto& row : run(tx, statements::environments_by_id, {repeated_environments.text()})) {
    auto stored = environment_of(row);
    environments_[stored.id.text].row = std::move(stored);
  }
  for (const auto& row : run(tx, statements::deployments_by_id, {repeated_deployments.text()})) {
    auto stored = deployment_of(row, open);
    deployments_[stored.id.text].row = std::move(stored);
  }
}

template <class Row, std::size_t N>
ledger::verdict ledger::judge(const table<Row, N>& rows, const Row& row) const {
  const auto found = rows.find(row.id.text);
  const auto stored = found == rows.end() ? 0 : found->second.revision;
  if (stored + 1 == row.revision) return verdict::write;
  if (stored == row.revision && found != rows.end() && found->second.row == row) return verdict::already_there;
  return verdict::stale;
}

template <class Map>
void ledger::set(Map& map, const typename Map::key_type& key, typename Map::mapped_type value) {
  const auto [place, fresh] = map.try_emplace(key);
  if (fresh)
    undo_.push_back([&map, key] { map.erase(key); });
  else
    undo_.push_back([&map, key, before = std::move(place->second)]() mutable { map[key] = std::move(before); });
  place->second = std::move(value);
}

template <class Row, std::size_t N>
void ledger::accept(table<Row, N>& rows, const Row& row, std::array<parameter, N> values) {
  const auto found = rows.find(row.id.text);
  const bool inserted = found == rows.end() || found->second.inserted;
  set(rows, row.id.text, {row.revision, row, std::move(values), inserted});
}

model::outcome<model::done> ledger::apply(const actors::save& what) {
  undo_.clear();
  of_application_ = std::any_of(what.changes.begin(), what.changes.end(),
                                [](const auto& c) { return std::holds_alternative<actors::save_application>(c); });
  const auto transitions = transitions_.size();
  const auto take_back = [&](problem why) {
    for (auto step = undo_.rbegin(); step != undo_.rend(); ++step) (*step)();
    transitions_.resize(transitions);
    undo_.clear();
    return why;
  };
  try {
    for (const auto& one : what.changes) std::visit([this](const auto& c) { change(c); }, one);
  } catch (const refusal& r) {
    return take_back(r.why);
  } catch (const nul_in_text& e) {
    return take_back(problem_of(e));
  } catch (const nlohmann::json::type_error&) {
    return take_back({consequence::rejected, "a text is not valid UTF-8", {}, 0});
  }
  return model::done{};
}

void ledger::change(const actors::save_environment& change) {
  const auto& row = change.row;
  auto columns = columns_of(row);
  switch (judge(environments_, row)) {
    case verdict::already_there: return;
    case verdict::stale: throw refusal{{consequence::conflict, "the environment was changed meanwhile", {}, 0}};
    case verdict::write: break;
  }
  if (row.revision == 1 && row.status != model::environment_status::deleted) {
    const std::pair key{row.owner.text, row.name};
    if (names_.contains(key))
      throw refusal{{consequence::conflict,
                     "an environment of this name exists",
                     {{"/name", "the name " + row.name + " is taken"}},
                     0}};
    set(names_, key, row.id.text);
  }
  accept(environments_, row, std::move(columns));
}

void ledger::change(const actors::save_deployment& change) {
  const auto& row = change.row;
  auto columns = columns_of(row, row.spec.env.empty() ? nullptr : key_of(row.environment));
  if (holds_nul({change.detail})) throw nul_in_text();
  switch (judge(deployments_, row)) {
    case verdict::already_there: return;
    case verdict::stale: throw refusal{{consequence::conflict, "the deployment was changed meanwhile", {}, 0}};
    case verdict::write: break;
  }
  if (row.status == model::deployment_status::removed) set(removed_, row.id.text, true);
  if (model::is_final(row.status))
    release(row.id.text);
  else if (row.revision == 1)
    take_leases(row);
  accept(deployments_, row, std::move(columns));
  if (change.told)
    transitions_.push_back({row.id.text, std::to_string(row.revision),
                            std::string(model::deployment_status_texts[row.status]),
                            codec::timestamp_text(row.updated_at), change.detail,
                            text_in(model::verb_texts, change.asked), text_in(model::ending_texts, change.ended)});
  if (!change.containers) return;
  std::vector<std::string> observations;
  for (const auto& task : *change.containers) observations.push_back(observation_column(task));
  set(containers_, row.id.text, std::move(observations));
}

// Its one writer counts the revisions: what is stored of a lower one gives way, and that is all there is to judge.
void ledger::change(const actors::save_application& change) {
  set(operations_, change.row.id.text, columns_of(change.row));
  if (!change.awaits) return;
  for (const auto& [service, others] : *change.awaits) {
    if (holds_nul({service})) throw nul_in_text();
    for (const auto& other : others)
      if (holds_nul({other.service})) throw nul_in_text();
    set(awaits_, {change.row.environment.text, service}, others);
  }
}

// A new one is stored with what it seals, though that may be refused after all: the next save uses it.
const secrets::sealing_key* ledger::key_of(const model::environment_id& environment) {
  if (!keyring_) return nullptr;
  if (const auto known = keys_.find(environment.text); known != keys_.end()) return &known->second;
  new_keys_.insert(environment.text);
  return &keys_.emplace(environment.text, secrets::sealing_key::fresh()).first->second;
}

void ledger::take_leases(const model::deployment& row) {
  problem taken{consequence::conflict, "a host port is taken", {}, 0};
  for (std::size_t i = 0; i < row.spec.ports.size(); ++i) {
    const auto& port = row.spec.ports[i];
    if (!port.host) continue;
    const port_key key{*port.host, port.protocol};
    const auto lease = leases_.find(key);
    if (lease != leases_.end() && lease->second != row.environment.text) {
      taken.violations.push_back({place_of(row) + "/ports/" + std::to_string(i) + "/host", model::told_taken(port)});
      continue;
    }
    set(leases_, key, row.environment.text);
    set(new_holders_, {row.id.text, key}, row.environment.text);
  }
  if (!taken.violations.empty()) throw refusal{std::move(taken)};
}

// Where an application's releases are saved at once, it is said whose field it is.
std::string ledger::place_of(const model::deployment& row) const {
  return of_application_ ? '/' + row.spec.service : std::string();
}

// A port that becomes free here is free for others from the next transaction on.
void ledger::release(const std::string& deployment) {
  std::vector<std::pair<std::string, port_key>> mine;
  for (auto it = new_holders_.lower_bound({deployment, {}}); it != new_holders_.end() && it->first.first == deployment;
       ++it)
    mine.push_back(it->first);
  for (const auto& key : mine) {
    undo_.push_back([this, key, before = new_holders_.at(key)] { new_holders_[key] = before; });
    new_holders_.erase(key);
  }
  const auto found = deployments_.find(deployment);
  if (found != deployments_.end() && !found->second.inserted) set(released_, deployment, true);
}

// After the deployments: a service that is there again keeps what it awaits.
void ledger::write_dependencies(pqxx::transaction_base& tx) const {
  array_literal removed;
  for (const auto& [deployment, yes] : removed_) removed.add(deployment);
  if (!removed_.empty()) run(tx, statements::drop_dependencies, {removed.text()});

  column_arrays<2> services;
  column_arrays<5> dependencies;
  for (const auto& [service, others] : awaits_) {
    services.add({service.first, service.second});
    for (const auto& other : others)
      dependencies.add({service.first, service.second, other.service,
                        std::string(model::awaited_state_texts[other.until]), other.required ? "true" : "false"});
  }
  if (services.count() > 0) run(tx, statements::cut_dependencies, services.parameters());
  if (dependencies.count() > 0) run(tx, statements::write_dependencies, dependencies.parameters());
}

void ledger::write(pqxx::transaction_base& tx) const {
  for (const auto& environment : new_keys_) keyring_->store(tx, environment, keys_.at(environment));
  write_rows(tx, statements::write_environments, environments_);
  write_rows(tx, statements::write_deployments, deployments_);

  column_arrays<7> transitions;
  for (const auto& t : transitions_) transitions.add(t);
  if (transitions.count() > 0) run(tx, statements::write_transitions, transitions.parameters());

  column_arrays<8> operations;
  for (const auto& [id, columns] : operations_) operations.add(columns);
  if (operations.count() > 0) run(tx, statements::write_operations, operations.parameters());

  write_dependencies(tx);

  column_arrays<2> kept;
  column_arrays<3> containers;
  for (const auto& [deployment, observations] : containers_) {
    kept.add({deployment, std::to_string(observations.size())});
    for (std::size_t i = 0; i < observations.size(); ++i)
      containers.add({deployment, std::to_string(i), observations[i]});
  }
  if (kept.count() > 0) run(tx, statements::cut_containers, kept.parameters());
  if (containers.count() > 0) run(tx, statements::write_containers, containers.parameters());

  // Taken before freed: a service that hands its port on to its next release never loses it.
  column_arrays<3> leases;
  column_arrays<4> holders;
  for (const auto& [key, environment] : new_holders_) {
    const auto port = std::to_string(key.second.first);
    const std::string protocol(model::port_protocol_texts[key.second.second]);
    leases.add({port, protocol, environment});
    holders.add({port, protocol, environment, key.first});
  }
  if (leases.count() > 0) run(tx, statements::write_leases, leases.parameters());
  if (holders.count() > 0) run(tx, statements::write_holders, holders.parameters());

  array_literal released;
  for (const auto& [deployment, yes] : released_) released.add(deployment);
  if (released_.empty()) return;
  column_arrays<2> freed;
  for (const auto& row : run(tx, statements::release_deployments, {released.text()}))
    freed.add({row[0].c_str(), row[1].c_str()});
  if (freed.count() > 0) run(tx, statements::drop_unheld_leases, freed.parameters());
}

}  // namespace troupe::persistence
