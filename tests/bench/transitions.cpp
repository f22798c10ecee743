// Transitions persisted a second, end to end: so many deployments each save their next transition as soon as the last
// is known to be stored.   transitions DATABASE_URL DEPLOYMENTS SECONDS   (a migrated database of its own, that nobody
// serves)
#include <atomic>
#include <chrono>
#include <iostream>
#include <random>
#include <thread>

#include "actors/conversation.hpp"
#include "persistence/database.hpp"
#include "persistence/migrations.hpp"

namespace {

using namespace troupe;
using clock_type = std::chrono::steady_clock;

struct saver_state {
  model::deployment row;
};
using saver_actor = caf::typed_actor<caf::reacts_to<actors::continuation>>;

std::atomic<std::uint64_t> saved{0}, refused{0};
std::atomic<bool> stop{false};

void save_next(saver_actor::stateful_pointer<saver_state> self, const actors::database_actor& database) {
  auto& row = self->state.row;
  if (row.revision > 1)
    row.status =
        row.revision % 2 ? model::deployment_status::pulling_image : model::deployment_status::creating_volumes;
  self->request(database, std::chrono::seconds(30), actors::save{{actors::save_deployment{row, "bench", {}}}})
      .then(
          [=](const actors::outcome<model::done>& done) {
            done ? ++saved : ++refused;
            if (!done || stop) return self->quit();
            ++self->state.row.revision;
            save_next(self, database);
          },
          [=](const caf::error&) { ++refused, self->quit(); });
}

saver_actor::behavior_type saver(saver_actor::stateful_pointer<saver_state> self, actors::database_actor database,
                                 model::deployment row) {
  self->state.row = std::move(row);
  save_next(self, database);
  return {[](const actors::continuation&) {}};
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) return 64;
  const std::string url = arguments[1];
  const int deployments = std::stoi(arguments[2]), seconds = std::stoi(arguments[3]);
  if (!persistence::migrations::apply(url)) return 1;
  const auto claim = persistence::claim_house(url);
  if (!claim) return 1;
  caf::actor_system_config config;
  config.set("scheduler.policy", caf::atom("sharing"));
  caf::actor_system system{config};
  persistence::database_options options;
  options.url = url;
  options.claim = claim.value();
  const auto database = persistence::spawn_database(system, options);
  std::mt19937_64 engine(std::random_device{}());
  const model::random_source random = [&] { return engine(); };
  const auto now = std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  caf::scoped_actor self{system};
  const auto ask = [&]<class Answer>(auto what, Answer*) {
    bool ok = false;
    self->request(database, std::chrono::seconds(30), std::move(what))
        .receive([&](const actors::outcome<Answer>& answer) { ok = answer.ok(); }, [](const caf::error&) {});
    if (!ok) std::_Exit(1);
  };
  const auto owner = model::new_id<model::user_id>(random);
  ask(actors::ensure_user{"bench-" + owner.text, owner}, static_cast<model::user_id*>(nullptr));
  model::environment environment;
  environment.id = model::new_id<model::environment_id>(random);
  environment.owner = owner;
  environment.name = "bench";
  environment.created_at = environment.updated_at = now;
  ask(actors::save{{actors::save_environment{environment}}}, static_cast<model::done*>(nullptr));
  for (int i = 0; i < deployments; ++i) {
    model::deployment row;
    row.id = model::new_id<model::deployment_id>(random);
    row.job = model::new_id<model::job_id>(random);
    row.environment = environment.id;
    row.owner = owner;
    row.number = static_cast<std::uint64_t>(i) + 1;
    row.spec.service = "s" + std::to_string(i);
    row.spec.image = {"docker.io", "library/nginx", "1", ""};
    row.created_at = row.updated_at = now;
    system.spawn(saver, database, row);
  }
  std::this_thread::sleep_for(std::chrono::seconds(1));  // warm
  const auto before = saved.load();
  const auto start = clock_type::now();
  std::this_thread::sleep_for(std::chrono::seconds(seconds));
  const auto took = std::chrono::duration<double>(clock_type::now() - start).count();
  std::cout << static_cast<std::uint64_t>(static_cast<double>(saved.load() - before) / took) << '\n';
  stop = true;
  self->send_exit(database, caf::exit_reason::user_shutdown);
  std::cout.flush();
  std::_Exit(refused == 0 ? 0 : 1);
}
