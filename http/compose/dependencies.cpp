#include "http/compose/dependencies.hpp"

#include <algorithm>
#include <map>

namespace troupe::http::compose {

namespace {

void take_condition(reading& r, const spot& one, condition& until) {
  const auto text = take_text(r, one);
  if (!text) return;
  if (*text == "service_started")
    until = condition::started;
  else if (*text == "service_healthy")
    until = condition::healthy;
  else if (*text == "service_completed_successfully")
    until = condition::completed;
  else
    r.refuse(one, "must be service_started, service_healthy or service_completed_successfully");
}

class walker {
public:
  walker(reading& r, const std::vector<waiting_service>& services) : r_(r) {
    for (const auto& one : services) by_name_.emplace(one.name, &one);
  }

  void walk(const std::string& name) {
    const auto found = by_name_.find(name);
    if (found == by_name_.end() || done_[name]) return;
    way_.push_back(name);
    for (const auto& one : found->second->after) {
      const auto before = std::find(way_.begin(), way_.end(), one.what.service);
      if (before == way_.end())
        walk(one.what.service);
      else if (one.what.service != name)  // itself is told where it is read
        tell(one, before);
    }
    way_.pop_back();
    done_[name] = true;
  }

private:
  void tell(const wish& last, std::vector<std::string>::const_iterator from) {
    std::string round;
    for (auto one = from; one != way_.cend(); ++one) round += *one + " -> ";
    r_.refuse(last.from, "closes a circle in which nothing can start: " + round + last.what.service);
  }

  reading& r_;
  std::map<std::string, const waiting_service*> by_name_;
  std::map<std::string, bool> done_;
  std::vector<std::string> way_;
};

}  // namespace

std::vector<wish> take_wishes(reading& r, const spot& depends_on) {
  std::vector<wish> out;
  const auto add = [&](wish one) {
    std::erase_if(out, [&](const auto& other) { return other.what.service == one.what.service; });
    out.push_back(std::move(one));
  };
  if (depends_on.value->kind == node_kind::list) {
    for (const auto& item : take_items(r, depends_on))
      if (auto name = take_text(r, item)) add({{std::move(*name)}, item});
    return out;
  }
  for (const auto& [name, member] : take_members(r, depends_on)) {
    wish one{{name}, member};
    take_words(r, member,
               {{"condition", [&](const spot& s) { take_condition(r, s, one.what.until); }},
                {"required", [&](const spot& s) { one.what.required = take_truth(r, s).value_or(true); }},
                {"restart", noted_as(r, "has no effect: a service that is released anew does not start others anew")}});
    add(std::move(one));
  }
  return out;
}

void refuse_circles(reading& r, const std::vector<waiting_service>& services) {
  walker all(r, services);
  for (const auto& one : services) all.walk(one.name);
}

}  // namespace troupe::http::compose
