// What Prometheus sees. Every label's values come from a closed set of the program's own: nothing of a tenant's gets
// in.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/identity.hpp"
#include "actors/model/site.hpp"
#include "actors/model/status.hpp"
#include "http/admin/process_figures.hpp"

namespace troupe::http::admin {

using seconds = std::chrono::duration<double>;

// Every function may be called from any thread.
class metrics {
public:
  metrics();
  ~metrics();
  metrics(const metrics&) = delete;
  metrics& operator=(const metrics&) = delete;

  // ---- counted where it happens ----

  // One route of the table ("GET", "/environments/:id"). Ask once at the start and keep the reference: it lives as long
  // as this object.
  class route {
  public:
    virtual ~route() = default;
    virtual void answered(int status, seconds took) = 0;
  };
  route& of_route(std::string_view method, std::string_view path_template);

  void authenticated(actors::authentication outcome);
  void authenticated_from_memory();               // verified_keys::find said yes
  void entered(model::deployment_status status);  // a transition that was saved
  void ran_after(seconds since_creation);         // PENDING to RUNNING
  void engine_called(std::string_view call, std::string_view result,
                     seconds took);  // "ensure_network", "ok" or a consequence's name
  void database_wrote(std::size_t changes, seconds took, bool committed);  // one transaction of gathered changes

  // ---- set by whoever took a survey of the actors ----

  void set_deployments(const std::array<std::size_t, model::deployment_status_texts.texts.size()>& by_status);
  void set_environments(std::size_t living);
  void set_actors(const std::map<std::string, std::size_t>& living_by_kind,
                  const std::map<std::string, std::size_t>& restarts_by_kind, std::size_t quarantined);
  void set_domains(const std::map<std::string, std::size_t>& by_status,
                   const std::optional<model::timestamp>& first_certificate_to_end);
  void set_part(const char* part, bool works);  // "database", "engine", "edge", "telegram"
  // How many run and are ill, and for how long the one that has been so longest is in a status that is to pass.
  void set_trouble(std::size_t degraded, seconds longest_unsettled);
  void set_disk(const disk_figures& figures);
  void set_queue_depth(std::string_view actor, std::size_t messages);
  void set_process(const process_figures& figures);

  // Prometheus's text format, version 0.0.4.
  std::string text() const;

private:
  struct families;
  std::unique_ptr<families> families_;
};

}  // namespace troupe::http::admin
