// The front over small fakes in a deterministic actor system: send a request, get its answer.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include "http/api/front.hpp"
#include "tests/support/fake_actors.hpp"

namespace troupe::http::api::test {

class recorded : public exchange {
public:
  void answer(response what) override {
    if (answered || streaming) return;
    answered = true;
    got = std::move(what);
  }
  void open_stream(int status, header_list headers) override {
    streaming = true;
    got.status = status;
    got.headers = std::move(headers);
  }
  bool write(std::string chunk) override {
    if (gone || closed) return false;
    got.body += chunk;
    return true;
  }
  void close() override { closed = true; }
  void on_gone(std::function<void()> callback) override { gone_callback = std::move(callback); }
  void leave() {
    gone = true;
    if (auto callback = std::move(gone_callback)) callback();
  }

  bool answered = false, streaming = false, closed = false, gone = false;
  response got;
  std::function<void()> gone_callback;

  const std::string& body() const { return got.shared_body ? *got.shared_body : got.body; }
  nlohmann::json json() const { return nlohmann::json::parse(body()); }
  std::string header(std::string_view name) const;
};
using recorded_ptr = std::shared_ptr<recorded>;

using support::shared_world;

class api_world {
public:
  api_world();
  ~api_world();

  struct ask {
    std::string method = "GET";
    std::string path{}, query{}, body{};
    header_list headers{};
    std::string key = "alice";  // a name of the map below; "": none
  };
  recorded_ptr start(const ask& what);  // without running the actors
  recorded_ptr call(const ask& what);   // until nothing moves
  recorded_ptr get(std::string path, std::string query = "") {
    return call({.path = std::move(path), .query = std::move(query)});
  }
  recorded_ptr post(std::string path, const nlohmann::json& body, header_list headers = {}) {
    return call({.method = "POST", .path = std::move(path), .body = body.dump(), .headers = std::move(headers)});
  }
  void advance(std::chrono::milliseconds by);
  void run() { scheduler_.run(); }

  std::string add_key(const std::string& name, const model::user_id& user,
                      model::scope_set scopes);  // gives the presented text
  model::environment add_environment(const model::user_id& owner, const std::string& name);
  void add_site(const std::string& environment, const std::string& domain);
  std::string add_operation(const std::string& environment, const model::user_id& owner);  // gives its id
  model::deployment add_deployment(const model::environment& in, model::deployment_status status, bool on_board = true);
  void change(const model::deployment_id& id, model::deployment_status status, std::string detail = {},
              std::optional<model::failure> error = {});

  const model::user_id alice{"usr_aaaaaaaaaaaaaaaa"}, bob{"usr_bbbbbbbbbbbbbbbb"};
  std::shared_ptr<shared_world> shared = std::make_shared<shared_world>();
  config::settings settings;
  api::front& front() { return *front_; }
  void restart_front();
  void limit_streams(std::size_t all, std::size_t per_user);

private:
  void close_front();

  struct testing_config : caf::actor_system_config {
    testing_config() { set("scheduler.policy", caf::atom("testing")); }
  };
  testing_config config_;
  caf::actor_system system_{config_};
  caf::scheduler::test_coordinator& scheduler_ = dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
  std::map<std::string, std::string> texts_;
  std::uint64_t last_ = 1000;
  std::size_t streams_ = 500, streams_per_user_ = 2;
  desk::parts behind_;
  std::shared_ptr<desk::admission> admission_;
  std::unique_ptr<api::front> front_;
};

config::settings default_settings();
nlohmann::json minimal_deployment(const std::string& environment);

}  // namespace troupe::http::api::test
