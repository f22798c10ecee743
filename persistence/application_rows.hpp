// The rows of applications, which the table `operations` holds, and who awaits whom in them.
#pragma once

#include <array>

#include "actors/views.hpp"
#include "persistence/queries.hpp"
#include "persistence/session.hpp"

namespace troupe::persistence {

// As the parameters of write_operations. Throws what nlohmann's dump does for texts that are not UTF-8.
std::array<parameter, 8> columns_of(const model::application& a);

// Under way: of one environment, or of all.
std::vector<model::application> applications_under_way(pqxx::transaction_base& t, const std::string& environment = {});

namespace queries {
outcome<actors::application_view_ptr> answer(tx& t, const actors::find_application& q);
outcome<std::vector<actors::application_view_ptr>> answer(tx& t, const actors::list_applications& q);
outcome<model::dependencies> answer(tx& t, const actors::list_dependencies& q);
}  // namespace queries

}  // namespace troupe::persistence
