// The variables of a release in its row: `envVars` of the spec is `sealedEnvVars` there, names and values in one sealed
// text, bound to the environment and the deployment.
#pragma once

#include <string>

#include <nlohmann/json.hpp>
#include <pqxx/pqxx>

#include "persistence/keyring.hpp"

namespace troupe::persistence {

bool has_variables(const nlohmann::json& spec);
void seal_variables(nlohmann::json& spec, const secrets::sealing_key& key, const std::string& environment,
                    const std::string& deployment);
// Also of a row that is not sealed yet. Throws std::runtime_error where they do not open.
void open_variables(nlohmann::json& spec, const opener& open, const std::string& environment,
                    const std::string& deployment);

// Seals some rows of before there were keys: those behind `after`, by id. Answers the last one's id; "" where there are
// no more. Interrupted, it goes on at the next start: the rows themselves say what is left.
std::string seal_some_variables(pqxx::transaction_base& tx, keyring& keys, const std::string& after);

}  // namespace troupe::persistence
