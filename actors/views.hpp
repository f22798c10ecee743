// What readers see of a living object: immutable snapshots, published by the one actor that owns it.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/model/deployment.hpp"
#include "actors/model/engine_reach.hpp"
#include "actors/model/environment.hpp"
#include "actors/model/observation.hpp"
#include "actors/model/site.hpp"

namespace troupe::actors {

// A slot for the answer's bytes: http renders a view once and every later reader sends the same bytes.
class rendered {
public:
  rendered() = default;
  rendered(const rendered&) {}  // a changed copy is another view: it starts without bytes
  rendered& operator=(const rendered&) = delete;
  std::shared_ptr<const std::string> get() const { return text_.load(std::memory_order_acquire); }
  void set(std::shared_ptr<const std::string> text) const { text_.store(std::move(text), std::memory_order_release); }

private:
  mutable std::atomic<std::shared_ptr<const std::string>> text_;
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

struct environment_view {
  model::environment row;
  site_view_ptr site;                         // none: no public domain
  std::vector<deployment_brief> deployments;  // the living ones, by number
  std::vector<std::string> volumes;           // names, sorted
  rendered json;
};
using environment_view_ptr = std::shared_ptr<const environment_view>;

}  // namespace troupe::actors
