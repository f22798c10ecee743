#include "config/commands/short_house.hpp"

#include <cstdlib>
#include <iostream>
#include <memory>

#include "config/log_line.hpp"
#include "config/logging.hpp"
#include "persistence/database.hpp"
#include "persistence/migrations.hpp"

namespace troupe::commands {

namespace {

using namespace std::chrono_literals;

struct caf_config : caf::actor_system_config {
  caf_config() {
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", std::size_t{1});
  }
};

template <class Handle>
void end(caf::scoped_actor& self, const Handle& actor, std::chrono::milliseconds patience) {
  self->monitor(actor);
  self->send_exit(actor, caf::exit_reason::user_shutdown);
  self->receive([](const caf::down_msg&) {}, caf::after(patience) >> [] { log::warn("an actor did not end in time"); });
}

}  // namespace

int failed(std::ostream& errors, const model::problem& why) {
  return failed(errors, why.detail);
}

int failed(std::ostream& errors, std::string_view why) {
  errors << "troupe: " << log::printable(log::redact(why)) << '\n';
  return 1;
}

int in_short_house(const config::settings& settings, std::ostream& errors,
                   const std::function<int(short_house&)>& work) {
  const auto timeout = settings.database_timeout;
  const auto pending =
      persistence::migrations::pending(settings.database_url.reveal(), persistence::known_migrations(), timeout);
  if (!pending) return failed(errors, pending.error());
  if (!pending.value().empty())
    return failed(errors, {model::consequence::rejected,
                           "the database lacks " + pending.value().front() + ": run `troupe migrate`",
                           {},
                           0});

  caf_config caf_settings;
  auto& system = *new caf::actor_system(caf_settings);  // never destroyed
  caf::scoped_actor self{system};
  persistence::database_options options;
  options.url = settings.database_url.reveal();
  options.timeout = timeout;
  options.readers = 1;
  actors::identity_actor identity;
  short_house house{self, persistence::spawn_database(system, std::move(options)), timeout + 2s, {}};
  house.start_identity = [&] {
    actors::identity_options with;
    with.key_prefix = settings.api_key_prefix;
    with.workers = 1;
    with.database_patience = timeout + 1s;
    return identity = actors::spawn_identity(system, std::move(with), house.database,
                                             std::make_shared<actors::verified_keys>());
  };
  int code = 1;
  try {
    code = work(house);
  } catch (const std::exception& e) {
    failed(errors, {model::consequence::rejected, e.what(), {}, 0});
  }
  if (identity) end(self, identity, timeout);
  end(self, house.database, timeout + 1s);
  std::cout.flush();
  errors.flush();
  std::_Exit(code);
}

}  // namespace troupe::commands
