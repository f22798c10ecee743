#include "actors/model/service_queue.hpp"

#include <algorithm>
#include <map>

namespace troupe::model {

namespace {

struct one_service {
  const release_brief* in_flight = nullptr;
  std::vector<const release_brief*> current;  // by number
  std::vector<const release_brief*> pending;  // likewise
  const release_brief* newest = nullptr;      // that older ones give way to
};

// A job that runs is under way: nothing takes its place before its end.
bool holds_turn(const release_brief& r) {
  return is_in_flight(r.status) || (r.job && is_current(r.status));
}

// What is wanted of the service from it on, however far it is.
bool overtakes(const release_brief& r) {
  return !r.held && (r.status == deployment_status::pending || is_current(r.status) ||
                     (is_in_flight(r.status) && r.status != deployment_status::removing));
}

}  // namespace

release_brief brief_of(const deployment& row) {
  return {
      row.id, row.number, row.spec.service, row.status, row.spec.job.has_value(), row.spec.queue == queue_policy::all};
}

turns plan_turns(const std::vector<release_brief>& living) {
  std::map<std::string_view, one_service> services;
  for (const auto& r : living) {
    auto& s = services[r.service];
    if (holds_turn(r))
      s.in_flight = &r;
    else if (is_current(r.status))
      s.current.push_back(&r);
    if (r.status == deployment_status::pending) s.pending.push_back(&r);
    if (overtakes(r) && (!s.newest || r.number > s.newest->number)) s.newest = &r;
  }
  turns out;
  const auto by_number = [](auto* a, auto* b) { return a->number < b->number; };
  for (auto& [name, s] : services) {
    std::sort(s.pending.begin(), s.pending.end(), by_number);
    const release_brief* next = nullptr;
    for (const auto* one : s.pending) {
      if (s.newest && one->number < s.newest->number && !one->job && !one->keeps_turn)
        out.superseded.push_back({one->id, s.newest->id});
      else if (!next)
        next = one;
    }
    if (s.in_flight) {
      out.active.push_back(s.in_flight->id);
      continue;
    }
    std::sort(s.current.begin(), s.current.end(), by_number);
    for (std::size_t i = 0; i + 1 < s.current.size(); ++i)
      out.superseded.push_back({s.current[i]->id, s.current.back()->id});
    if (next && s.current.size() <= 1)
      out.grants.push_back({next->id, s.current.empty() ? std::nullopt : std::optional(s.current.back()->id)});
    else if (!s.current.empty())
      out.active.push_back(s.current.back()->id);
  }
  return out;
}

}  // namespace troupe::model
