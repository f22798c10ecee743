#include "actors/desk/subject.hpp"

#include <type_traits>

namespace troupe::desk::subject {

namespace {

template <class Account>
requires std::is_empty_v<Account> std::string id_of(const Account&) {
  return {};
}
std::string id_of(const environment& one) {
  return one.id.text;
}
std::string id_of(const deployment& one) {
  return std::visit([](const auto& id) { return id.text; }, one.id);
}
std::string id_of(const service& one) {
  return one.id.text();
}
std::string id_of(const operation& one) {
  return one.name ? model::text_of(*one.name) : "";
}
std::string id_of(const key& one) {
  return one.id;
}

}  // namespace

std::string text_of(const any& about) {
  return std::visit([](const auto& one) { return id_of(one); }, about);
}

}  // namespace troupe::desk::subject
