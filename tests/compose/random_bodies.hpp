// Random bodies that the schema of POST /deployments admits.
#pragma once

#include <random>

#include <nlohmann/json.hpp>

namespace troupe::test {

class random_bodies {
public:
  explicit random_bodies(unsigned seed);

  // Without environmentId, name and kind, and without what is read-only.
  nlohmann::json next();
  unsigned below(unsigned n) { return random_() % n; }

private:
  nlohmann::json value(const nlohmann::json& schema);
  nlohmann::json object(const nlohmann::json& schema);
  nlohmann::json array(const nlohmann::json& schema);
  std::string text(const nlohmann::json& schema);
  std::string any_text(std::size_t least, std::size_t most);

  nlohmann::json schema_;
  std::mt19937 random_;
};

}  // namespace troupe::test
