// Operations as answers; http/schemas/answers.json states the same for OpenAPI.
#pragma once

#include <nlohmann/json.hpp>

#include "actors/board.hpp"
#include "actors/desk/operation_view.hpp"

namespace troupe::http::api {

// `on`: for the status of releases that live.
nlohmann::json render(const desk::operation_view& view, const actors::board& on);
nlohmann::json render(const model::application& row, const actors::board& on);

// As the answer to what began it has it.
nlohmann::json render_begun(const model::operation_name& name, model::operation_kind kind,
                            model::operation_status status);
nlohmann::json render_begun(const model::operation_name& name, const model::operation_progress& progress);

}  // namespace troupe::http::api
