// What readers see of a living object: immutable snapshots, published by the one actor that owns it.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/model/application.hpp"
#include "actors/model/deployment.hpp"
#include "actors/model/engine_reach.hpp"
#include "actors/model/environment.hpp"
#include "actors/model/observation.hpp"
#include "actors/model/site.hpp"

namespace troupe::actors {

// A slot for the answer's bytes: http renders a view once and every later reader sends the same bytes. `with` is the
// other view that the bytes tell of, if any: beside another one they are made anew.
class rendered {
public:
  using text_ptr = std::shared_ptr<const std::string>;
  using other = std::shared_ptr<const void>;

  rendered() = default;
  rendered(const rendered&) {}  // a changed copy is another view: it starts without bytes
  rendered& operator=(const rendered&) = delete;
  text_ptr get(const other& with = nullptr) const {
    const auto kept = kept_.load(std::memory_order_acquire);
    return kept && kept->with == with ? text_ptr(kept, &kept->text) : nullptr;
  }
  text_ptr set(std::string text, other with = nullptr) const {
    const auto kept = std::make_shared<const bytes>(bytes{std::move(with), std::move(text)});
    kept_.store(kept, std::memory_order_release);
    return {kept, &kept->text};
  }

private:
  struct bytes {
    other with;  // kept alive, so that no later view can have its address
    std::string text;
  };
  mutable std::atomic<std::shared_ptr<const bytes>> kept_;
};

struct deployment_view {
  model::deployment row;
  std::vector<model::task_observation> containers;
  int pull_percent = -1;                       // while PULLING_IMAGE; -1: not known
  std::optional<model::engine_reach> waits{};  // for the container engine, which does not answer; absent: it does
  rendered json;
};
using deployment_view_ptr = std::shared_ptr<const deployment_view>;

struct deployment_brief {
  model::deployment_id id;
  std::string service;
  std::string image;
  model::deployment_status status{};
};

struct site_view {
  model::site row;
  std::string
      note;  // why nobody answers for it yet, though its name and certificate may be in order; "": somebody does
};
using site_view_ptr = std::shared_ptr<const site_view>;
// Of one environment, in the order in which they were claimed; null: it has no public domain.
using site_views_ptr = std::shared_ptr<const std::vector<site_view_ptr>>;

struct environment_view {
  model::environment row;
  site_views_ptr sites;
  std::vector<deployment_brief> deployments;  // the living ones, by number
  std::vector<std::string> volumes;           // names, sorted
  rendered json;
};
using environment_view_ptr = std::shared_ptr<const environment_view>;

using application_view_ptr = std::shared_ptr<const model::application>;

}  // namespace troupe::actors
