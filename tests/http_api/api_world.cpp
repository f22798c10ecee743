#include "tests/http_api/api_world.hpp"

#include <stdexcept>

namespace troupe::http::api::test {

using support::publish;
using support::start_of_time;

std::string recorded::header(std::string_view name) const {
  for (const auto& [key, value] : got.headers)
    if (key == name) return value;
  return {};
}

config::settings default_settings() {
  auto parsed = config::parse([](const std::string& name) -> std::optional<std::string> {
    if (name == "TELEGRAM_MODE") return "polling";
    if (name == "STATE_DIR") return "/tmp";
    return std::nullopt;
  });
  return std::get<config::settings>(parsed);
}

nlohmann::json minimal_deployment(const std::string& environment) {
  return {{"environmentId", environment}, {"image", "nginx"}};
}

api_world::api_world() : settings(default_settings()) {
  secrets::verified_keys::options options;
  options.clock = [] { return secrets::steady_time{}; };
  options.wall = [] { return start_of_time; };
  shared->keys = std::make_shared<secrets::verified_keys>(options);
  add_key("alice", alice, model::scope_set::user());
  add_key("bob", bob, model::scope_set::user());
  restart_front();
}

api_world::~api_world() {
  close_front();
  support::end_fakes(behind_);
  scheduler_.run();
}

void api_world::close_front() {
  front_.reset();
  if (admission_) admission_->close();
  admission_.reset();
  scheduler_.run();
}

void api_world::restart_front() {
  close_front();
  if (!behind_.database) {
    behind_ = support::spawn_fakes(system_, shared);
    behind_.random = [this] { return ++last_ * 0x9E3779B97F4A7C15ULL; };
    behind_.waiting_per_user = 3;
  }
  behind_.deployments_per_minute = settings.deployments_per_minute;
  behind_.plans_per_minute = settings.plans_per_minute;
  admission_ = desk::admission::open(system_, behind_);
  front_parts parts{settings, admission_, shared->keys, [] { return start_of_time; }};
  parts.streams = streams_;
  parts.streams_per_user = streams_per_user_;
  front_ = std::make_unique<api::front>(std::move(parts));
  scheduler_.run();
}

void api_world::limit_streams(std::size_t all, std::size_t per_user) {
  streams_ = all;
  streams_per_user_ = per_user;
  restart_front();
}

recorded_ptr api_world::start(const ask& what) {
  request asked{what.method, what.path, what.query, what.headers, what.body, "127.0.0.1"};
  if (!what.key.empty())
    asked.headers.emplace_back("x-api-key", texts_.contains(what.key) ? texts_.at(what.key) : what.key);
  if (!what.body.empty() && !asked.header("content-type"))
    asked.headers.emplace_back("content-type", "application/json");
  auto way = std::make_shared<recorded>();
  front_->handle(std::move(asked), way);
  return way;
}

recorded_ptr api_world::call(const ask& what) {
  auto way = start(what);
  scheduler_.run();
  return way;
}

void api_world::advance(std::chrono::milliseconds by) {
  for (constexpr std::chrono::milliseconds step{50}; by.count() > 0; by -= step) {
    scheduler_.clock().advance_time(step);
    scheduler_.run();
  }
}

std::string api_world::add_key(const std::string& name, const model::user_id& user, model::scope_set scopes) {
  ++last_;
  const auto id = model::id_text("k", last_ * 77, last_ * 31).substr(2);
  auto text = "rw_prod_" + id + '.' + std::string(40, 's');
  const model::caller who{user, id, scopes};
  shared->valid[text] = who;
  shared->keys->remember(text, who, std::nullopt, secrets::steady_time{});
  model::api_key row;
  row.key_id = id;
  row.owner = user;
  row.name = name;
  row.scopes = scopes;
  row.secret_hash = "$2b$CANARY";
  row.created_at = start_of_time;
  if (!shared->stored.insert({row})) throw std::logic_error("test key refused");
  texts_[name] = text;
  return text;
}

void api_world::add_site(const std::string& environment, const std::string& domain) {
  auto view = std::make_shared<actors::site_view>();
  view->row.id = {"dom_" + (domain + std::string(16, 'a')).substr(0, 16)};
  view->row.environment = {environment};
  view->row.domain = domain;
  shared->board->publish(actors::site_view_ptr(std::move(view)));
}

model::environment api_world::add_environment(const model::user_id& owner, const std::string& name) {
  ++last_;
  model::environment row{model::environment_id{model::id_text("env", last_, last_ << 7U)},
                         owner,
                         name,
                         "net1",
                         model::environment_status::active,
                         1,
                         start_of_time,
                         start_of_time};
  publish(shared, row);
  return row;
}

std::string api_world::add_operation(const std::string& environment, const model::user_id& owner) {
  ++last_;
  const model::operation_id id{model::id_text("op", last_, last_ << 7U)};
  support::new_application(shared, id, {environment}, owner);
  return id.text;
}

model::deployment api_world::add_deployment(const model::environment& in, model::deployment_status status,
                                            bool on_board) {
  ++last_;
  model::release_spec spec;
  spec.service = "web" + std::to_string(last_);
  spec.image = model::parse_image("acme/web:1", "").reference.value();
  spec.env = {{"TOKEN", "CANARY-of-env"}};
  auto row = support::new_row(shared, in, model::deployment_id{model::id_text("dep", last_, last_ << 7U)},
                              model::job_id{model::id_text("job", last_, last_ << 7U)}, spec);
  row.status = status;
  publish(shared, row, "accepted");
  if (!on_board) shared->board->withdraw(row.id);
  return row;
}

void api_world::change(const model::deployment_id& id, model::deployment_status status, std::string detail,
                       std::optional<model::failure> error) {
  auto row = shared->stored.deployments().at(id).row;
  row.status = status;
  row.error = std::move(error);
  ++row.revision;
  row.updated_at += std::chrono::milliseconds(1500);
  publish(shared, row, std::move(detail));
  scheduler_.run();
}

}  // namespace troupe::http::api::test
