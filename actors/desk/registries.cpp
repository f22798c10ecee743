#include "actors/desk/registries.hpp"

#include "actors/desk/admission.hpp"

namespace troupe::desk {

void perform(const task& t, const list_registries&, answer_to<std::vector<model::registry_login>> then) {
  then(t.parts().logins->of(t.of->who.user));
}

void perform(const task& t, const put_registry& what, answer_to<model::registry_login> then) {
  const auto& parts = t.parts();
  ask(
      t.self, parts.engine, parts.engine_timeout, actors::check_registry_login{t.of->who.user, what.login},
      [t, what, then](const model::done&) {
        const auto& at = t.parts();
        pass_on(t, at.database, at.database_timeout, actors::put_registry_login{t.of->who.user, what.login}, then);
      },
      then);
}

void perform(const task& t, const delete_registry& what, answer_to<model::done> then) {
  const auto& parts = t.parts();
  if (what.registry.empty()) return then(no_such_object());
  pass_on(t, parts.database, parts.database_timeout, actors::delete_registry_login{t.of->who.user, what.registry},
          std::move(then));
}

}  // namespace troupe::desk
