#include <algorithm>

#include "http/api/api_state.hpp"
#include "http/api/json_decode.hpp"
#include "http/api/question.hpp"
#include "http/api/release_patch.hpp"
#include "http/api/release_rules.hpp"
#include "http/api/routes.hpp"

namespace troupe::http::api {

std::vector<model::violation> check_release_body(const api_state& api, const nlohmann::json& body) {
  auto out = api.schemas.check("create_deployment", body);
  for (auto& v : check_release(body, api.parts.settings, api.parts.ingress_fault)) {
    const bool told =
        std::any_of(out.begin(), out.end(), [&](const auto& other) { return other.pointer == v.pointer; });
    if (!told) out.push_back(std::move(v));
  }
  return out;
}

std::optional<refusal> check_body(const api_state& api, const route& r, std::optional<nlohmann::json> sent,
                                  nlohmann::json& body) {
  body = sent ? std::move(*sent) : nlohmann::json::object();
  if (!sent) {
    if (r.body.empty() || r.body_optional) return std::nullopt;
    return refusal{400, "A JSON body is needed.", {{"", "is missing"}}, 0};
  }
  if (r.patches) {
    auto violations = check_patch(api, body);
    return violations.empty() ? std::nullopt : std::optional(wrong_body(std::move(violations)));
  }
  drop_nulls(body);
  if (r.body.empty()) {
    if (body.is_object() && body.empty()) return std::nullopt;
    return refusal{400, "This call takes no body.", {{"", "must be left out"}}, 0};
  }
  auto violations = r.body == "create_deployment" ? check_release_body(api, body) : api.schemas.check(r.body, body);
  if (!violations.empty()) return wrong_body(std::move(violations));
  api.schemas.fill_defaults(r.body, body);
  return std::nullopt;
}

}  // namespace troupe::http::api
