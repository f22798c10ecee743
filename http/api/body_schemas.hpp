// One JSON Schema (2020-12, of which the subset that draft 7 shares) a request body: what OpenAPI shows is what is
// checked.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "actors/model/problem.hpp"
#include "config/settings.hpp"

namespace troupe::http::api {

class body_schemas {
public:
  // The settings give some defaults and limits (DEFAULT_CPUS, MAX_REPLICAS, …).
  explicit body_schemas(const config::settings& settings);
  ~body_schemas();

  // By the schema's file name: "create_deployment". "update_service" is made of that one.
  const nlohmann::json& schema(std::string_view name) const;
  std::vector<std::string> names() const;

  // All violations, each with the pointer of its place. The value must have passed decode_json, which bounds its texts.
  std::vector<model::violation> check(std::string_view name, const nlohmann::json& value) const;

  // Fills in the schema's defaults, in nested objects and list elements too. The value must have passed check.
  void fill_defaults(std::string_view name, nlohmann::json& value) const;

private:
  struct compiled;
  void add(std::string name, nlohmann::json text);
  const compiled& find(std::string_view name) const;
  std::vector<std::unique_ptr<compiled>> all_;
};

}  // namespace troupe::http::api
