#include "actors/model/object_names.hpp"

namespace troupe::model::object_names {

namespace {
std::string join(std::string_view prefix, const environment_id& e, std::string_view rest) {
  std::string name(prefix);
  name += e.bare();
  if (!rest.empty()) (name += '-') += rest;
  return name;
}
}  // namespace

std::string network(const environment_id& e) {
  return join("troupe-", e, {});
}
std::string service(const environment_id& e, std::string_view service) {
  return join({}, e, service);
}
std::string volume(const environment_id& e, std::string_view volume) {
  return join("troupe-", e, volume);
}

}  // namespace troupe::model::object_names
