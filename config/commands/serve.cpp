#include "config/commands/serve.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <sys/resource.h>
#include <sysexits.h>
#include <thread>
#include <unordered_map>

#include "actors/desk/admission.hpp"
#include "actors/identity.hpp"
#include "actors/orchestrator.hpp"
#include "actors/secrets/random.hpp"
#include "config/commands/bot.hpp"
#include "config/commands/edge.hpp"
#include "config/commands/master_key.hpp"
#include "config/commands/waiting_answers.hpp"
#include "config/logging.hpp"
#include "docker/engine_actor.hpp"
#include "docker/engine_facts.hpp"
#include "docker/simulated_edge.hpp"
#include "docker/simulated_engine.hpp"
#include "http/admin/admin.hpp"
#include "http/api/front.hpp"
#include "http/api/routes.hpp"
#include "http/server.hpp"
#include "nginx/door.hpp"
#include "persistence/database.hpp"
#include "persistence/migrations.hpp"
#include "persistence/registry_logins.hpp"

namespace troupe::commands {

namespace {

using namespace std::chrono_literals;

using metrics_ptr = std::shared_ptr<http::admin::metrics>;

model::timestamp wall_now() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

std::uint64_t random_bits() {
  std::uint64_t bits = 0;
  secrets::fill_random({reinterpret_cast<unsigned char*>(&bits), sizeof bits});
  return bits;
}

bool is_simulated(const config::settings& s) {
  return s.docker_host.starts_with("simulated:");
}

// Signals are taken by the main thread alone; so they are blocked before the first other thread exists.
class signals {
public:
  signals() {
    std::signal(SIGPIPE, SIG_IGN);  // a reader that goes away is no reason to die
    sigemptyset(&set_);
    for (const int s : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set_, s);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  }
  int wait() const {
    int got = 0;
    while (sigwait(&set_, &got) != 0 || got == SIGHUP) {
    }
    return got;
  }
  // Whether one that ends the server came within this time.
  bool came_within(std::chrono::milliseconds span) const {
    const timespec patience{span.count() / 1000, span.count() % 1000 * 1'000'000};
    const int got = sigtimedwait(&set_, nullptr, &patience);
    return got > 0 && got != SIGHUP;
  }

private:
  sigset_t set_{};
};

struct caf_config : caf::actor_system_config {
  caf_config() {
    // Work stealing idles at a cost and has been seen to collapse under messages from outside.
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", std::max<std::size_t>(2, std::thread::hardware_concurrency()));
  }
};

struct engine_pair {
  actors::engine_actor engine;
  actors::edge_host_actor edge_host;
};

std::optional<model::security_preset> fallback_of(config::profile_fallback most) {
  if (most == config::profile_fallback::off) return std::nullopt;
  return most == config::profile_fallback::drops_root ? model::security_preset::drops_root
                                                      : model::security_preset::baseline;
}

engine_pair spawn_engine(caf::actor_system& system, const config::settings& s, const metrics_ptr& metrics,
                         std::shared_ptr<const actors::registry_book> logins) {
  if (is_simulated(s)) {
    docker::simulated_engine_options options;
    options.now = wall_now;
    options.hold = std::chrono::ceil<std::chrono::seconds>(s.stability_window);
    return {docker::spawn_simulated_engine(system, std::make_shared<docker::simulated_swarm>(random_bits()),
                                           std::move(options)),
            docker::spawn_simulated_edge(system, wall_now)};
  }
  docker::engine_options options;
  options.docker_host = s.docker_host;
  options.instance = s.instance;
  options.call_timeout = s.engine_timeout;
  options.pull_timeout = s.pull_timeout;
  options.private_registries = s.private_registries;
  options.logins = std::move(logins);
  options.grants_privileges = s.max_security_preset == config::security_preset::baseline;
  options.profile_fallback = fallback_of(s.profile_fallback);
  options.removals_per_minute = s.removals_per_minute;
  options.hold = s.stability_window;
  options.observe = [metrics](auto call, auto result, auto took) { metrics->engine_called(call, result, took); };
  options.edge_container = s.edge_container;
  options.shelf.directory = std::filesystem::absolute(s.state_dir) / "logs";
  options.shelf.service_bytes = std::uint64_t{s.kept_logs_mb} << 20U;
  options.shelf.total_bytes = std::uint64_t{s.kept_logs_total_mb} << 20U;
  options.shelf.age = s.kept_logs_time;
  const auto whole = docker::spawn_engine(system, options);
  return {whole, whole};
}

void count_transition(http::admin::metrics& metrics, const model::deployment& row) {
  metrics.entered(row.status);
  if (row.status == model::deployment_status::running && row.running_since == row.updated_at)
    metrics.ran_after(row.updated_at - row.created_at);
}

http::api::answer_observer observer_of(const metrics_ptr& metrics) {
  std::unordered_map<const http::api::route*, http::admin::metrics::route*> known;
  for (const auto& r : http::api::routes()) known[&r] = &metrics->of_route(r.method, r.path);
  known[nullptr] = &metrics->of_route("", "");
  return [metrics, known = std::move(known)](const http::api::route* r, int status, auto took) {
    known.at(r)->answered(status, took);
  };
}

actors::house house_of(const config::settings& s, const metrics_ptr& metrics) {
  actors::house h;
  h.observe = [metrics](const model::deployment& row) { count_transition(*metrics, row); };
  h.now = wall_now;
  h.random = random_bits;
  h.opens_itself = false;
  h.timings.poll = 50ms;  // Docker's events come before its task states do
  h.timings.pull = s.pull_timeout;
  h.timings.start = s.start_timeout;
  h.timings.stability = s.stability_window;
  h.timings.crash = s.crash_patience;
  h.timeouts.database = s.database_timeout * 3;
  return h;
}

http::server_options server_options_of(const config::settings& s) {
  http::server_options o;
  o.port = s.internal_port;
  o.threads = static_cast<int>(s.http_threads);
  o.error_answer = http::api::front::error_answer;
  return o;
}

http::server_options admin_options_of(const config::settings& s) {
  auto o = server_options_of(s);
  o.address = s.admin_address.address;
  o.port = s.admin_address.port;
  o.threads = 1;
  return o;
}

nginx::door_options door_options_of(const config::settings& s) {
  nginx::door_options o;
  o.bind_address = s.bind_address;
  o.port = s.port;
  o.upstream_port = s.internal_port;
  o.trusted_proxies = s.trusted_proxies;
  o.state_dir = std::filesystem::absolute(s.state_dir) / "door";
  o.answer_timeout = 90s;  // the longest ?wait= is 60 s, and the database may be asked after it
  o.shutdown_grace = std::max(1s, std::chrono::duration_cast<std::chrono::seconds>(s.shutdown_grace) / 2);
  return o;
}

// Each client and each log that is followed is a descriptor; the usual soft limit, 1024, is for programs that use
// select.
void allow_descriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = std::max<rlim_t>(limit.rlim_cur, std::min<rlim_t>(limit.rlim_max, 65'536));
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) log::warn("the limit of open files cannot be raised");
}

// What the server is made of that clients reach, from before there is a house for them to get to.
class entrance {
public:
  explicit entrance(const config::settings& s)
      : server_(server_options_of(s),
                [this](http::request&& asked, std::shared_ptr<http::exchange> way) {
                  if (auto* front = front_.load())
                    front->handle(std::move(asked), std::move(way));
                  else
                    way->answer(waiting_.answer(asked));
                }),
        door_(door_options_of(s)) {}

  waiting_answers& waiting() { return waiting_; }
  void open() {
    if (std::exchange(open_, true)) return;
    server_.start();
    door_.start();
  }
  void lead_to(http::api::front& front) { front_ = &front; }
  void close(std::chrono::milliseconds patience) {
    if (!open_) return;
    door_.stop();
    server_.drain(patience);
    server_.stop();
  }

private:
  waiting_answers waiting_{wall_now};
  std::atomic<http::api::front*> front_{nullptr};
  bool open_ = false;
  http::server server_;
  nginx::door door_;
};

struct claimed_database {
  persistence::house_claim_ptr claim;  // null where a signal ended the wait
  persistence::keyring_ptr keys;
  persistence::registry_book_ptr logins;
};

// The claim on the database, waited for as long as PostgreSQL is away. What else is wrong with it is a problem.
model::outcome<claimed_database> claim_database(const config::settings& s) {
  const auto migrated = persistence::migrations::apply(s.database_url.reveal());
  if (!migrated) return migrated.error();
  for (const auto& name : migrated.value()) log::info("migration applied", {{"migration", name}});
  auto claim = persistence::claim_house(s.database_url.reveal(), s.database_timeout);
  if (!claim) return claim.error();
  auto keys = open_keyring(s);
  if (!keys) return keys.error();
  auto logins = persistence::load_registry_logins(s.database_url.reveal(), keys.value(), s.database_timeout);
  if (!logins) return logins.error();
  return claimed_database{std::move(claim.value()), std::move(keys.value()), std::move(logins.value())};
}

model::outcome<claimed_database> wait_for_database(const config::settings& s, entrance& to_clients,
                                                   const signals& stop_signals) {
  for (bool told = false;;) {
    auto claim = claim_database(s);
    const bool away = !claim && claim.error().kind == model::consequence::unavailable;
    if (!away) {
      if (told && claim) log::info("PostgreSQL is there");
      to_clients.waiting().database_is_there();
      return claim;
    }
    to_clients.waiting().database_is_away();
    if (!std::exchange(told, true)) {
      log::warn("PostgreSQL is away; waiting for it", {{"detail", claim.error().detail}});
      to_clients.open();
    }
    if (stop_signals.came_within(1s)) return claimed_database{};
  }
}

// Ends the actors in the reverse order of their birth and waits for each, but not for ever.
template <class Handle>
void end(caf::actor_system& system, const Handle& actor, std::chrono::milliseconds patience) {
  caf::scoped_actor self{system};
  self->monitor(actor);
  self->send_exit(actor, caf::exit_reason::user_shutdown);
  self->receive([](const caf::down_msg&) {}, caf::after(patience) >> [] { log::warn("an actor did not end in time"); });
}

}  // namespace

int serve(const config::settings& settings) {
  const signals stop_signals;
  allow_descriptors();
  if (is_simulated(settings)) log::warn("the engine is simulated: nothing runs in Docker");
  entrance to_clients(settings);
  const auto claimed = wait_for_database(settings, to_clients, stop_signals);
  if (!claimed || !claimed.value().claim) {
    if (!claimed) log::error("cannot serve this database", {{"detail", claimed.error().detail}});
    to_clients.close(1s);
    return claimed ? 0 : 1;
  }

  caf_config caf_settings;
  // Never destroyed: its destructor waits for every timer that was ever set. The process ends by _Exit, once all is
  // saved.
  auto& system = *new caf::actor_system(caf_settings);
  std::atomic<bool> fenced{false};
  const auto main_thread = pthread_self();

  const auto metrics = std::make_shared<http::admin::metrics>();
  auto house = std::make_shared<actors::house>(house_of(settings, metrics));
  persistence::database_options database_options;
  database_options.url = settings.database_url.reveal();
  database_options.timeout = settings.database_timeout;
  database_options.kept = {std::chrono::floor<std::chrono::seconds>(settings.kept_history_time),
                           settings.kept_releases};
  database_options.claim = claimed.value().claim;
  database_options.keys = claimed.value().keys;
  database_options.logins = claimed.value().logins;
  database_options.observe = [metrics](std::size_t jobs, auto took, bool committed) {
    metrics->database_wrote(jobs, took, committed);
  };
  const auto database = persistence::spawn_database(system, std::move(database_options), [&](const std::string& why) {
    log::error("another engine serves this database: this one stops", {{"detail", why}});
    fenced = true;
    pthread_kill(main_thread, SIGTERM);
  });
  house->database = database;
  const auto engines = spawn_engine(system, settings, metrics, claimed.value().logins);
  house->engine = engines.engine;
  house->board = std::make_shared<actors::board>();
  house->edge = start_edge(system, settings, house->board, database, engines.edge_host, wall_now, random_bits);

  const auto keys = std::make_shared<secrets::verified_keys>();
  actors::identity_options identity_options;
  identity_options.key_prefix = settings.api_key_prefix;
  identity_options.magic_link_lifetime = settings.magic_link_ttl;
  identity_options.observe = [metrics](actors::authentication outcome) { metrics->authenticated(outcome); };
  const auto identity = actors::spawn_identity(system, std::move(identity_options), house->database, keys);
  const auto orchestrator = actors::spawn_orchestrator(system, house);
  desk::parts desk_parts{house->board, house->database, house->engine, orchestrator,
                         identity,     house->edge,     random_bits,   settings.deployments_per_minute};
  desk_parts.plans_per_minute = settings.plans_per_minute;
  desk_parts.queued_releases = house->queued_releases;
  desk_parts.logins = claimed.value().logins;
  desk_parts.grants_privileges = settings.max_security_preset == config::security_preset::baseline;
  const auto admission = desk::admission::open(system, std::move(desk_parts));
  const auto bot = start_bot(system, settings, {admission, database, wall_now, random_bits});
  caf::anon_send(house->edge, actors::site_observer(orchestrator));
  if (bot) caf::anon_send(house->edge, bot);

  http::api::front_parts parts{settings, admission, keys, wall_now, bot, observer_of(metrics)};
  if (!is_simulated(settings)) parts.ingress_fault = docker::find_ingress_fault(settings.docker_host);
  http::api::front front(std::move(parts));
  http::admin::admin_parts admin_parts{
      {orchestrator, house->engine, house->database, identity, house->edge, house->board, bot},
      keys,
      metrics,
      random_bits};
  admin_parts.state_dir = settings.state_dir;
  http::admin::admin admin(system, std::move(admin_parts));
  http::server admin_server(admin_options_of(settings),
                            [&](http::request&& asked, std::shared_ptr<http::exchange> way) {
                              admin.handle(std::move(asked), std::move(way));
                            });
  {
    caf::scoped_actor self{system};
    self->request(orchestrator, caf::infinite, actors::open_house{})
        .receive([](const actors::outcome<model::done>&) {},
                 [](const caf::error&) { log::error("the house did not open"); });
  }
  to_clients.lead_to(front);
  admin_server.start();
  to_clients.open();
  log::info(is_simulated(settings) ? "serving (simulated engine)" : "serving",
            {{"address", settings.bind_address}, {"port", std::uint64_t{settings.port}}, {"version", TROUPE_VERSION}});

  const int signal = stop_signals.wait();
  log::info("closing", {{"signal", std::int64_t{signal}}});
  const auto grace = settings.shutdown_grace;
  front.close();
  to_clients.close(grace / 4);
  admin.close();
  admin_server.stop();
  if (bot) end(system, bot, grace / 8);
  admission->close();
  end(system, orchestrator, grace / 8);
  end(system, house->edge, grace / 8);
  end(system, identity, grace / 8);
  end(system, house->engine, grace / 8);
  end(system, house->database, grace / 8);
  log::info("closed");
  std::cout.flush();
  std::_Exit(fenced ? EX_TEMPFAIL : 0);
}

}  // namespace troupe::commands
