// A Compose file as PUT …/application takes it, without the actors behind it.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "http/api/api_state.hpp"
#include "http/api/application_body.hpp"
#include "tests/http_api/api_world.hpp"

namespace troupe::http::api::test {

inline api_ptr api_alone() {
  static const auto api =
      std::make_shared<api_state>(front_parts{default_settings(), nullptr, nullptr, [] { return model::timestamp{}; }});
  return api;
}

struct taken_file {
  desk::wanted_application wanted;
  std::vector<model::violation> wrong;
  nlohmann::json noted;
};

inline taken_file take_file(const std::string& text, const std::map<std::string, std::string>& variables = {},
                            const std::set<std::string>& profiles = {}) {
  question q;
  q.api = api_alone();
  q.body = {{"compose", text}, {"variables", variables}, {"profiles", profiles}};
  auto wanted = wanted_of(q);
  return {std::move(wanted), std::move(q.wrong), std::move(q.noted)};
}

}  // namespace troupe::http::api::test
