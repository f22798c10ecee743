// What the real engine is told by the settings.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/model/release_spec.hpp"
#include "actors/model/time.hpp"
#include "actors/registry_book.hpp"
#include "docker/log_keeper.hpp"

namespace troupe::docker {

struct engine_options {
  std::string docker_host = "unix:///var/run/docker.sock";
  std::string instance = "troupe";  // the label's value: objects of another instance are never touched
  std::string edge_container = "troupe-edge";
  model::duration call_timeout{10'000};
  model::duration pull_timeout{600'000};
  model::duration removal_timeout{30'000};  // until a removed service's containers are gone
  model::duration stop_grace{10'000};       // between SIGTERM and SIGKILL
  model::duration hold{0};                  // how long what nothing checks is kept out of service at first
  std::uint32_t removals_per_minute = 120;  // of services, and of environments' volumes; more wait
  std::vector<std::string> private_registries;
  std::shared_ptr<const actors::registry_book> logins{};  // with which users' images are pulled; none: with none
  bool grants_privileges = true;                          // root and capabilities, to containers that ask for them
  // The most that a release which names no preset gets by itself where its image shows that it needs more; absent:
  // none.
  std::optional<model::security_preset> profile_fallback = model::security_preset::drops_root;
  std::size_t workers = 8;
  std::size_t pull_workers = 8;
  std::size_t lookup_workers = 8;   // of images, for plans: they must hold up no pull
  std::size_t edge_workers = 4;     // programs run in the edge's container
  std::size_t reading_workers = 4;  // logs and listings, which must not delay effects
  std::size_t queue_limit = 1024;   // of each kind; more is answered "unavailable"
  keeper_options keeping{};
  shelf_options shelf{};          // without a directory logs are not kept
  model::duration audit{15'000};  // between listings
  // Told of each effect that ended: its name, "ok" or the consequence's name, and how long it took. On the actor's
  // thread.
  std::function<void(std::string_view call, std::string_view result, std::chrono::duration<double> took)> observe{};
  model::wall_clock now = [] {
    return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  };
};

}  // namespace troupe::docker
