#include "http/admin/metrics.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace troupe::http::admin {

namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

const Histogram::BucketBoundaries quick{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10};
const Histogram::BucketBoundaries slow{0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600};
const Histogram::BucketBoundaries batch{1, 2, 5, 10, 25, 50, 100, 250, 500, 1000};

constexpr std::array<const char*, 5> status_classes{"1xx", "2xx", "3xx", "4xx", "5xx"};

class counted_route final : public metrics::route {
public:
  counted_route(Family<Counter>& requests, Family<Histogram>& durations, const std::string& method,
                const std::string& path)
      : duration_(durations.Add({{"method", method}, {"route", path}}, quick)) {
    for (std::size_t i = 0; i < status_classes.size(); ++i)
      by_class_[i] = &requests.Add({{"method", method}, {"route", path}, {"status", status_classes[i]}});
  }
  void answered(int status, seconds took) override {
    if (const auto i = static_cast<std::size_t>(status / 100 - 1); i < by_class_.size()) by_class_[i]->Increment();
    duration_.Observe(took.count());
  }

private:
  std::array<Counter*, status_classes.size()> by_class_{};
  Histogram& duration_;
};

}  // namespace

struct metrics::families {
  prometheus::Registry registry;

  Family<Counter>& counters(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  }
  Family<Gauge>& gauges(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
  }
  Family<Histogram>& histograms(const char* name, const char* help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
  }

  Family<Counter>& requests =
      counters("troupe_http_requests_total", "Requests answered, by route and class of status.");
  Family<Histogram>& request_seconds =
      histograms("troupe_http_request_duration_seconds", "From a request's arrival to its answer.");
  Family<Counter>& authentications =
      counters("troupe_authentications_total", "API keys presented, by what became of them.");
  Counter& remembered = authentications.Add({{"outcome", "remembered"}});
  Family<Counter>& transitions =
      counters("troupe_deployment_transitions_total", "Transitions saved, by the status entered.");
  Histogram& to_running =
      histograms("troupe_deployment_time_to_running_seconds", "From a deployment's creation to RUNNING.").Add({}, slow);
  Family<Counter>& engine_calls = counters("troupe_engine_calls_total", "Effects asked of the Engine, by result.");
  Family<Histogram>& engine_seconds =
      histograms("troupe_engine_call_duration_seconds", "From an effect's start to its result.");
  Histogram& batch_changes =
      histograms("troupe_database_batch_changes", "Changes written in one transaction.").Add({}, batch);
  Histogram& batch_seconds =
      histograms("troupe_database_batch_duration_seconds", "From a transaction's start to its commit.").Add({}, quick);
  Counter& batch_failures =
      counters("troupe_database_batch_failures_total", "Transactions that did not commit.").Add({});

  Family<Gauge>& deployments = gauges("troupe_deployments", "Living deployments, by status.");
  Gauge& environments = gauges("troupe_environments", "Living environments.").Add({});
  Family<Gauge>& actors = gauges("troupe_actors", "Living actors, by kind.");
  Family<Gauge>& restarts = gauges("troupe_actor_restarts", "Restarts of the living actors, by kind.");
  Gauge& quarantined = gauges("troupe_actors_quarantined", "Actors whose restart budget is spent.").Add({});
  Family<Gauge>& domains = gauges("troupe_domains", "Public domains, by status.");
  Gauge& certificate_end = gauges("troupe_certificate_first_expiry_seconds",
                                  "When the first certificate ends, in seconds since 1970; 0: there is none.")
                               .Add({});
  Family<Gauge>& queues = gauges("troupe_queue_depth", "Messages waiting, by actor.");

  Family<Gauge>& parts =
      gauges("troupe_part_up", "1 where the part works; edge and telegram only where they are used.");
  Gauge& degraded = gauges("troupe_deployments_degraded", "Deployments that run and are degraded.").Add({});
  Gauge& unsettled = gauges("troupe_deployment_longest_unsettled_seconds",
                            "Without a change for so long: the deployment that is longest in a status that is to pass.")
                         .Add({});
  Gauge& disk_free = gauges("troupe_disk_free_bytes", "Free on the disk of STATE_DIR.").Add({});
  Gauge& disk_size = gauges("troupe_disk_size_bytes", "The size of the disk of STATE_DIR.").Add({});

  Gauge& resident = gauges("process_resident_memory_bytes", "Resident memory.").Add({});
  Gauge& descriptors = gauges("process_open_fds", "Open file descriptors.").Add({});
  Gauge& threads = gauges("process_threads", "Threads.").Add({});
  Counter& cpu = counters("process_cpu_seconds_total", "User and system time of the processor.").Add({});
  Gauge& started = gauges("process_start_time_seconds", "When the process started, in seconds since 1970.").Add({});
  Gauge& build = gauges("troupe_build_info", "1, with the version as a label.").Add({{"version", TROUPE_VERSION}});

  std::mutex routes_mutex;
  std::map<std::pair<std::string, std::string>, std::unique_ptr<counted_route>> routes;
};

metrics::metrics() : families_(std::make_unique<families>()) {
  auto& f = *families_;
  f.build.Set(1);
  f.started.SetToCurrentTime();
  // Present from the start, so that a rate over them is one.
  for (const auto text : actors::authentication_texts.texts) f.authentications.Add({{"outcome", std::string(text)}});
  for (const auto text : model::deployment_status_texts.texts) {
    f.transitions.Add({{"status", std::string(text)}});
    f.deployments.Add({{"status", std::string(text)}});
  }
}

metrics::~metrics() = default;

metrics::route& metrics::of_route(std::string_view method, std::string_view path_template) {
  std::lock_guard lock(families_->routes_mutex);
  auto& known = families_->routes[{std::string(method), std::string(path_template)}];
  if (!known)
    known = std::make_unique<counted_route>(families_->requests, families_->request_seconds, std::string(method),
                                            std::string(path_template));
  return *known;
}

void metrics::authenticated(actors::authentication outcome) {
  families_->authentications.Add({{"outcome", std::string(actors::authentication_texts[outcome])}}).Increment();
}

void metrics::authenticated_from_memory() {
  families_->remembered.Increment();
}

void metrics::entered(model::deployment_status status) {
  families_->transitions.Add({{"status", std::string(model::deployment_status_texts[status])}}).Increment();
}

void metrics::ran_after(seconds since_creation) {
  families_->to_running.Observe(since_creation.count());
}

void metrics::engine_called(std::string_view call, std::string_view result, seconds took) {
  families_->engine_calls.Add({{"call", std::string(call)}, {"result", std::string(result)}}).Increment();
  families_->engine_seconds.Add({{"call", std::string(call)}}, slow).Observe(took.count());
}

void metrics::database_wrote(std::size_t changes, seconds took, bool committed) {
  families_->batch_changes.Observe(static_cast<double>(changes));
  families_->batch_seconds.Observe(took.count());
  if (!committed) families_->batch_failures.Increment();
}

void metrics::set_deployments(const std::array<std::size_t, model::deployment_status_texts.texts.size()>& by_status) {
  for (std::size_t i = 0; i < by_status.size(); ++i)
    families_->deployments.Add({{"status", std::string(model::deployment_status_texts.texts[i])}})
        .Set(static_cast<double>(by_status[i]));
}

void metrics::set_environments(std::size_t living) {
  families_->environments.Set(static_cast<double>(living));
}

void metrics::set_actors(const std::map<std::string, std::size_t>& living_by_kind,
                         const std::map<std::string, std::size_t>& restarts_by_kind, std::size_t quarantined) {
  for (const auto& [kind, count] : living_by_kind)
    families_->actors.Add({{"kind", kind}}).Set(static_cast<double>(count));
  for (const auto& [kind, count] : restarts_by_kind)
    families_->restarts.Add({{"kind", kind}}).Set(static_cast<double>(count));
  families_->quarantined.Set(static_cast<double>(quarantined));
}

void metrics::set_domains(const std::map<std::string, std::size_t>& by_status,
                          const std::optional<model::timestamp>& first_certificate_to_end) {
  for (const auto text : model::site_status_texts.texts) {
    const auto found = by_status.find(std::string(text));
    families_->domains.Add({{"status", std::string(text)}})
        .Set(found == by_status.end() ? 0.0 : static_cast<double>(found->second));
  }
  const auto end = first_certificate_to_end.value_or(model::timestamp{}).time_since_epoch();
  families_->certificate_end.Set(std::chrono::duration<double>(end).count());
}

void metrics::set_part(const char* part, bool works) {
  families_->parts.Add({{"part", part}}).Set(works ? 1 : 0);
}

void metrics::set_trouble(std::size_t degraded, seconds longest_unsettled) {
  families_->degraded.Set(static_cast<double>(degraded));
  families_->unsettled.Set(longest_unsettled.count());
}

void metrics::set_disk(const disk_figures& figures) {
  families_->disk_free.Set(static_cast<double>(figures.free_bytes));
  families_->disk_size.Set(static_cast<double>(figures.size_bytes));
}

void metrics::set_queue_depth(std::string_view actor, std::size_t messages) {
  families_->queues.Add({{"actor", std::string(actor)}}).Set(static_cast<double>(messages));
}

void metrics::set_process(const process_figures& figures) {
  families_->resident.Set(static_cast<double>(figures.resident_bytes));
  families_->descriptors.Set(static_cast<double>(figures.open_descriptors));
  families_->threads.Set(static_cast<double>(figures.threads));
  families_->cpu.Increment(std::max(0.0, figures.cpu_seconds - families_->cpu.Value()));
}

std::string metrics::text() const {
  return prometheus::TextSerializer{}.Serialize(families_->registry.Collect());
}

}  // namespace troupe::http::admin
