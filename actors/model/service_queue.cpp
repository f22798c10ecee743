#include "actors/model/service_queue.hpp"

#include <algorithm>
#include <map>

namespace troupe::model {

namespace {

struct one_service {
  const release_brief* in_flight = nullptr;
  std::vector<const release_brief*> current;  // by number
  const release_brief* next = nullptr;
};

}  // namespace

namespace {

// A job that runs is under way: nothing takes its place before its end.
bool holds_turn(const release_brief& r) {
  return is_in_flight(r.status) || (r.job && is_current(r.status));
}

}  // namespace

turns plan_turns(const std::vector<release_brief>& living) {
  std::map<std::string_view, one_service> services;
  for (const auto& r : living) {
    auto& s = services[r.service];
    if (holds_turn(r))
      s.in_flight = &r;
    else if (is_current(r.status))
      s.current.push_back(&r);
    if (r.status == deployment_status::pending && (!s.next || r.number < s.next->number)) s.next = &r;
  }
  turns out;
  for (auto& [name, s] : services) {
    if (s.in_flight) {
      out.active.push_back(s.in_flight->id);
      continue;
    }
    std::sort(s.current.begin(), s.current.end(), [](auto* a, auto* b) { return a->number < b->number; });
    for (std::size_t i = 0; i + 1 < s.current.size(); ++i)
      out.superseded.push_back({s.current[i]->id, s.current.back()->id});
    if (s.next && s.current.size() <= 1)
      out.grants.push_back({s.next->id, s.current.empty() ? std::nullopt : std::optional(s.current.back()->id)});
    else if (!s.current.empty())
      out.active.push_back(s.current.back()->id);
  }
  return out;
}

}  // namespace troupe::model
