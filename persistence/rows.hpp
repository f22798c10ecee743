// Rows <-> model. Columns are read in the order in which statements.cpp lists them.
#pragma once

#include <array>
#include <string>
#include <vector>

#include <pqxx/pqxx>

#include "actors/messages.hpp"
#include "persistence/keyring.hpp"
#include "persistence/session.hpp"

namespace troupe::persistence {

// Throw std::exception where a row cannot be understood: a newer program wrote it, or a hand.
model::environment environment_of(const pqxx::row& row);
model::deployment deployment_of(const pqxx::row& row, const opener& open);
actors::stored_deployment stored_deployment_of(const pqxx::row& row, const opener& open);
model::transition transition_of(const pqxx::row& row);
model::api_key api_key_of(const pqxx::row& row);
model::site site_of(const pqxx::row& row);

// A row's columns as the parameters of write_environments and write_deployments. Throw nul_in_text, and what nlohmann's
// dump does for texts that are not UTF-8. A deployment's variables are sealed by `key`, which may be null where it has
// none.
std::array<parameter, 8> columns_of(const model::environment& e);
std::array<parameter, 19> columns_of(const model::site& s);
std::array<parameter, 23> columns_of(const model::deployment& d, const secrets::sealing_key* key);
std::string observation_column(const model::task_observation& task);

}  // namespace troupe::persistence
