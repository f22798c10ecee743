#include "tests/simulation/workload.hpp"

#include <algorithm>
#include <array>

#include "tests/support/builders.hpp"

namespace troupe::simulation {

namespace {

class drawing {
public:
  drawing(const profile& p, docker::simulated_chance chance) : p_(p), chance_(chance) {}

  std::vector<operation> draw() {
    for (unsigned i = 0; i < p_.environments; ++i) create();
    while (operations_.size() < p_.operations) {
      const auto environment = chance_.below(p_.environments);
      const auto made = deployments_of(environment);
      if (p_.applications && chance_.happens(0.4)) {
        if (!made.empty() && chance_.happens(0.3)) stop(environment, made.back());  // what is stopped is to stay so
        apply(environment);
        continue;
      }
      const auto dice = chance_.below(100);
      if (made.empty() || dice < 45)
        deploy(environment);
      else if (dice < 52)
        roll_back(environment, pick(made));
      else if (dice < 97)
        command(environment, pick(made));
      else
        remove(environment);
    }
    const auto order = [](const auto& a, const auto& b) { return a.at < b.at; };
    if (!std::is_sorted(operations_.begin(), operations_.end(), order)) std::abort();
    return std::move(operations_);
  }

private:
  operation& add(wish what, std::size_t environment) {
    operation o;
    o.what = what;
    o.environment = environment;
    // Bursts and pauses: much is asked for at the same moment, or while the one before is under way.
    const auto share = p_.span * 3 / 4 / static_cast<int>(p_.operations);
    if (operations_.size() > p_.environments)
      at_ += chance_.happens(0.4) ? model::duration{0} : chance_.between(model::duration{0}, share * 2);
    at_ = std::min(at_, p_.span * 9 / 10);
    o.at = at_;
    operations_.push_back(std::move(o));
    return operations_.back();
  }

  template <class Id>
  Id fresh() {
    return model::new_id<Id>([&] { return chance_.next(); });
  }

  std::vector<std::size_t> deployments_of(std::size_t environment) const {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < operations_.size(); ++i)
      if (operations_[i].environment == environment &&
          (operations_[i].what == wish::deploy || operations_[i].what == wish::roll_back))
        found.push_back(i);
    return found;
  }
  // Mostly one of the newest: the others are over.
  std::size_t pick(const std::vector<std::size_t>& from) {
    const auto back = std::min<std::size_t>(from.size() - 1, chance_.happens(0.7) ? 0 : chance_.below(from.size()));
    return from[from.size() - 1 - back];
  }

  void create() {
    const auto index = operations_.size();
    auto& o = add(wish::create_environment, index);
    o.create = {support::id<model::user_id>(1 + index % 2), fresh<model::environment_id>(),
                "env-" + std::to_string(index)};
  }

  void deploy(std::size_t environment) {
    if (chance_.happens(0.2)) return deploy_job(environment);
    static constexpr std::array services{"web", "api", "db"};
    static constexpr std::array bad{"crash",    "missing", "unhealthy", "oom",  "denied",
                                    "readonly", "nouser",  "noroom",    "once", "unreachable"};
    const std::string service = services[chance_.below(services.size())];
    const bool is_bad = p_.bad_images && chance_.happens(0.25);
    auto spec = support::spec(service,
                              is_bad                 ? bad[chance_.below(bad.size())]
                              : chance_.happens(0.1) ? "app-slow"
                                                     : "app",
                              static_cast<std::uint32_t>(1 + chance_.below(3)));
    spec.image.tag = std::to_string(1 + chance_.below(3));
    spec.env["RELEASE"] = std::to_string(operations_.size());
    if (chance_.happens(0.3)) spec.queue = model::queue_policy::all;
    if (service == "db") {
      spec.replicas = 1;
      if (!is_bad && chance_.happens(0.3))
        spec.image.repository = "acme/database";  // it declares its data, and the release names none
      else
        spec.volumes.push_back({"data", "/data", false});
    }
    if (service == "api" && chance_.happens(0.2)) {
      spec.replicas = 1;
      spec.volumes.push_back({"data", "/backup", chance_.happens(0.5)});
    }
    if (service == "web" && chance_.happens(0.4)) {
      spec.replicas = 1;
      const auto port = 20000 + (chance_.happens(0.2) ? 0 : 1 + environment);
      spec.ports.push_back(support::host_port(80, static_cast<std::uint16_t>(port)));
    }
    if (chance_.happens(0.3)) {
      spec.health = model::health_check{};
      spec.health->start_period_seconds = 2;
      spec.health->interval_seconds = 1;
      spec.health->command = {"true"};
    }
    add_deployment(environment, std::move(spec));
  }

  void deploy_job(std::size_t environment) {
    static constexpr std::array images{"once",  "once",  "once", "once", "twice",    "twice",
                                       "crash", "flaky", "oom",  "app",  "app-slow", "nouser"};
    const std::string image = images[chance_.below(images.size())];
    auto spec = support::spec("task", image);
    spec.job = model::job_terms{};
    spec.job->backoff_limit = static_cast<std::uint32_t>(chance_.below(image == "flaky" ? 2 : 3));
    spec.job->deadline_seconds = image.starts_with("app") ? 20 : 200;
    if (chance_.happens(0.3)) spec.volumes.push_back({"work", "/work", false});
    add_deployment(environment, std::move(spec));
  }

  // Services that await some of those before them, and a job among them.
  void apply(std::size_t environment) {
    static constexpr std::array services{"db", "task", "api", "web"};
    auto& o = add(wish::apply, environment);
    o.apply.owner = operations_[environment].create.owner;
    o.apply.environment = operations_[environment].create.id;
    o.apply.id = fresh<model::operation_id>();
    o.apply.prune = chance_.happens(0.4);
    o.apply.on_failure = chance_.happens(0.3) ? model::failure_policy::keep : model::failure_policy::rollback;
    // Whose turn it is to have them: from one application to the next they change hands.
    const std::string writer = chance_.happens(0.6) ? "db" : "api", publisher = chance_.happens(0.5) ? "web" : "api";
    const auto port = static_cast<std::uint16_t>(21'000 + environment);
    for (const std::string service : services) {
      if (chance_.happens(0.3)) continue;
      model::wanted_service one{support::spec(service, chance_.happens(0.2) ? "crash" : "app"), {}, {}};
      one.spec.image.tag = std::to_string(1 + chance_.below(2));
      if (service == writer) one.spec.volumes.push_back({"data", "/data", false});
      if (service == publisher && chance_.happens(0.7)) one.spec.ports.push_back(support::host_port(80, port));
      if (service == "task") {
        one.spec.job = model::job_terms{};
        one.spec.image.repository = chance_.happens(0.2) ? "acme/crash" : "acme/once";
      }
      for (const auto& other : o.apply.wanted)
        if (chance_.happens(0.5)) one.after.push_back({other.spec.service});
      o.apply.wanted.push_back(std::move(one));
    }
  }

  void add_deployment(std::size_t environment, model::release_spec spec) {
    auto& o = add(wish::deploy, environment);
    o.deploy.id = fresh<model::deployment_id>();
    o.deploy.job = fresh<model::job_id>();
    o.deploy.spec = std::move(spec);
    o.deploy.owner = operations_[environment].create.owner;
    o.deploy.environment = operations_[environment].create.id;
  }

  void roll_back(std::size_t environment, std::size_t target) {
    auto& o = add(wish::roll_back, environment);
    o.target = target;
    o.deploy.id = fresh<model::deployment_id>();
    o.deploy.job = fresh<model::job_id>();
  }

  void command(std::size_t environment, std::size_t target) {
    static constexpr std::array often{model::verb::cancel, model::verb::stop,    model::verb::start,
                                      model::verb::scale,  model::verb::restart, model::verb::remove,
                                      model::verb::stop,   model::verb::start,   model::verb::scale};
    auto& o = add(wish::command, environment);
    o.target = target;
    o.command = often[chance_.below(often.size())];
    o.replicas = static_cast<std::uint32_t>(1 + chance_.below(3));
    if (chance_.happens(0.3)) command(environment, target);  // somebody changes their mind
  }

  void stop(std::size_t environment, std::size_t target) {
    auto& o = add(wish::command, environment);
    o.target = target;
    o.command = model::verb::stop;
  }

  void remove(std::size_t environment) { add(wish::delete_environment, environment); }

  const profile& p_;
  docker::simulated_chance chance_;
  model::duration at_{0};
  std::vector<operation> operations_;
};

}  // namespace

std::string operation::text() const {
  std::string out{wish_texts[what]};
  if (what == wish::create_environment) out += ' ' + create.id.text;
  if (what == wish::deploy)
    out += ' ' + deploy.id.text + ' ' + deploy.spec.service + ' ' + deploy.spec.image.repository + " x" +
           std::to_string(deploy.spec.replicas);
  if (what == wish::apply) {
    out += ' ' + apply.id.text;
    for (const auto& one : apply.wanted) out += ' ' + one.spec.service;
  }
  if (what == wish::roll_back) out += ' ' + deploy.id.text;
  if (what == wish::command)
    out += ' ' + std::string(model::verb_texts[command]) +
           (command == model::verb::scale ? ' ' + std::to_string(replicas) : "");
  if (target) out += " of #" + std::to_string(*target);
  return out;
}

std::vector<operation> draw_workload(const profile& p, docker::simulated_chance chance) {
  return drawing(p, chance).draw();
}

}  // namespace troupe::simulation
