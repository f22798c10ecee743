#include "persistence/sealed_variables.hpp"

#include <map>

#include "persistence/array_literal.hpp"
#include "persistence/session.hpp"

namespace troupe::persistence {

using nlohmann::json;

namespace {

constexpr const char* plain = "envVars";
constexpr const char* sealed = "sealedEnvVars";
constexpr std::size_t rows_at_once = 100;

std::string place_of(const std::string& environment, const std::string& deployment) {
  return "envVars of " + deployment + " in " + environment;
}

}  // namespace

bool has_variables(const json& spec) {
  const auto found = spec.find(plain);
  return found != spec.end() && !found->empty();
}

void seal_variables(json& spec, const secrets::sealing_key& key, const std::string& environment,
                    const std::string& deployment) {
  spec[sealed] = key.seal(spec.at(plain).dump(), place_of(environment, deployment));
  spec.erase(plain);
}

void open_variables(json& spec, const opener& open, const std::string& environment, const std::string& deployment) {
  const auto found = spec.find(sealed);
  if (found == spec.end()) return;
  spec[plain] = json::parse(open(found->get_ref<const std::string&>(), place_of(environment, deployment)));
  spec.erase(sealed);
}

std::string seal_some_variables(pqxx::transaction_base& tx, keyring& keys, const std::string& after) {
  const auto rows = run(tx, statements::unsealed_variables, {after, std::to_string(rows_at_once)});
  if (rows.empty()) return {};
  std::map<std::string, secrets::sealing_key> of;
  array_literal ids, specs;
  for (const auto& row : rows) {
    const std::string id = row[0].c_str(), environment = row[1].c_str();
    auto key = of.find(environment);
    if (key == of.end()) key = of.emplace(environment, keys.ensure(tx, environment)).first;
    auto spec = json::parse(row[2].c_str());
    seal_variables(spec, key->second, environment, id);
    ids.add(id);
    specs.add(spec.dump());
  }
  run(tx, statements::write_specs, {ids.text(), specs.text()});
  return rows[rows.size() - 1][0].c_str();
}

}  // namespace troupe::persistence
