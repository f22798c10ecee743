// Checks of names and orders of certificates: programs in the edge's container, a few at a time.
#include "config/failpoint.hpp"
#include "config/logging.hpp"
#include "nginx/edge_state.hpp"

namespace troupe::nginx {

using namespace troupe::actors;
using namespace std::chrono_literals;
using model::effect_error;

namespace {

constexpr auto check_patience = 30s;
constexpr auto order_patience = 180s;

void end_job(edge_pointer self, const model::site_id& id, model::site_event event) {
  auto& my = self->state;
  --my.jobs_running;
  if (std::holds_alternative<model::certificate_issued>(event)) my.held_certificates.insert(id.text);
  if (const auto it = my.sites.find(id); it != my.sites.end()) {
    it->second.at_work = false;
    happen(self, id, std::move(event));
  } else {
    look_soon(self);  // it was released meanwhile: what came too late goes
  }
  start_jobs(self);
}

bool may_order(edge_data& my) {
  const auto now = my.parts.now();
  while (!my.orders.empty() && my.orders.front() + 1h <= now) my.orders.pop_front();
  if (my.orders.size() >= my.parts.options.orders_per_hour) return false;
  my.orders.push_back(now);
  return true;
}

std::vector<std::string> command_of(const edge_data& my, const model::site& row, const model::check_domain&) {
  const auto token = model::id_text("probe", my.parts.random(), my.parts.random());
  std::vector<std::string> command{"edge", "check-domain", row.domain, token};
  if (!my.parts.options.addresses.empty()) {
    std::string all;
    for (const auto& one : my.parts.options.addresses) all += (all.empty() ? "" : ",") + one;
    command.insert(command.end(), {"--addresses", all});
  }
  return command;
}

std::vector<std::string> command_of(const edge_data& my, const model::site& row,
                                    const model::order_certificate& order) {
  const auto& options = my.parts.options;
  const auto until = std::chrono::ceil<std::chrono::seconds>(order.fresh_until.time_since_epoch()).count();
  std::vector<std::string> command{"edge",        "request-certificate",  row.id.text,     row.domain,
                                   "--directory", options.acme_directory, "--fresh-until", std::to_string(until)};
  if (!options.acme_email.empty()) command.insert(command.end(), {"--email", options.acme_email});
  return command;
}

void run_job(edge_pointer self, const living_site& site, const model::site_effect& what) {
  auto& my = self->state;
  const auto* order = std::get_if<model::order_certificate>(&what);
  const auto id = site.row.id;
  ++my.jobs_running;
  if (!my.works) return end_job(self, id, edge_is_away());
  if (order && !may_order(my))
    return end_job(self, id,
                   model::order_failed{
                       model::order_trouble::limited,
                       "The platform has ordered many certificates within the hour; this one waits its turn.", 10min});
  const auto patience = order ? model::duration(order_patience) : model::duration(check_patience);
  const auto command = order ? command_of(my, site.row, *order) : command_of(my, site.row, model::check_domain{});
  config::failpoint("edge.before_effect");
  self->request(my.parts.host, my.parts.options.host_timeout + patience, run_in_edge{command, patience})
      .then(
          [self, id, ordered = order != nullptr](const outcome<edge_output, effect_error>& out) {
            config::failpoint("edge.after_effect");
            if (!out) return end_job(self, id, edge_is_away());
            auto event = ordered ? read_order(out.value().output) : read_domain_check(out.value().output);
            if (event) return end_job(self, id, std::move(*event));
            log::error("the edge's program gave no answer that can be read",
                       {{"siteId", id.text}, {"exitCode", std::int64_t{out.value().exit_code}}});
            end_job(self, id, edge_is_away());
          },
          [self, id](const caf::error&) { end_job(self, id, edge_is_away()); });
}

}  // namespace

void start_jobs(edge_pointer self) {
  auto& my = self->state;
  while (my.looked && my.jobs_running < my.parts.options.jobs && !my.jobs.empty()) {
    const auto next = std::move(my.jobs.front());
    my.jobs.pop_front();
    if (const auto site = my.sites.find(next.site); site != my.sites.end()) run_job(self, site->second, next.what);
  }
}
}  // namespace troupe::nginx
