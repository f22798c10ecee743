// Changing a release's spec: a JSON merge patch (RFC 7396) of the body of POST /deployments.
#pragma once

#include <nlohmann/json.hpp>

#include "actors/model/problem.hpp"
#include "actors/model/release_spec.hpp"
#include "http/api/api_state.hpp"

namespace troupe::http::api {

// What is wrong with the patch whatever it is applied to: fields that are not known or cannot be changed.
std::vector<model::violation> check_patch(const api_state& api, const nlohmann::json& patch);

// `from` with what the patch names, checked like a whole body; what is not named stays, null unsets. Where the image is
// named, its tag or digest takes the place of the former ones; without either the former tag stays. `envVars` may be a
// list of names, as GET shows it: those keep their values, all others go. Violations point into the patch.
model::outcome<model::release_spec> patched(const api_state& api, const nlohmann::json& patch,
                                            const model::release_spec& from);

}  // namespace troupe::http::api
