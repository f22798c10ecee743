#include "actors/model/application_plan.hpp"

#include <algorithm>
#include <string_view>

#include "actors/model/hand_over.hpp"
#include "actors/model/status.hpp"

namespace troupe::model {

namespace {

using by_name = std::map<std::string, const wanted_service*>;

void take_kept(wanted_service& one, const standing_releases& standing, std::vector<violation>& wrong) {
  const auto there = standing.find(one.spec.service);
  for (const auto& name : one.kept) {
    const auto* before = there == standing.end() ? nullptr : &there->second.spec.env;
    if (before && before->contains(name))
      one.spec.env.insert_or_assign(name, before->at(name));
    else
      wrong.push_back(
          {'/' + one.spec.service + "/envVars/" + name,
           "has no value, and the service has none that it could keep: give it one among the variables, or write it "
           "with one in the file"});
  }
}

// A way back names the very image by digest: who wants its tag has it.
bool is_same(const release_spec& there, release_spec wanted) {
  if (wanted.image.digest.empty() && wanted.image.tag == there.image.tag) wanted.image.digest = there.image.digest;
  wanted.queue = there.queue;  // of a release that has had its turn
  return there == wanted;
}

// One that is on its way there does not count: who awaits it could not wait for it.
bool is_as_wanted(const deployment& there, const release_spec& spec) {
  return is_same(there.spec, spec) && there.wanted == intent::run &&
         (there.status == deployment_status::running || there.status == deployment_status::succeeded);
}

bool is_job_under_way(const deployment& there) {
  return there.spec.job && !is_final(there.status);
}

// By service, those of the wanted ones that it awaits.
using awaited = std::map<std::string, std::set<std::string>>;

awaited awaited_in(const by_name& wanted) {
  awaited out;
  for (const auto& [name, one] : wanted) {
    auto& mine = out[name];
    for (const auto& other : one->after)
      if (wanted.contains(other.service)) mine.insert(other.service);
  }
  return out;
}

// Each behind those that it awaits, and else by name; whoever is left awaits itself.
struct ordering {
  std::vector<std::string> names;
  std::set<std::string> circle;
};

ordering in_order(const awaited& all) {
  std::map<std::string, std::set<std::string>> awaited_by;
  std::map<std::string, std::size_t> awaits;
  for (const auto& [name, others] : all) {
    awaits[name] = others.size();
    for (const auto& other : others) awaited_by[other].insert(name);
  }
  ordering out;
  std::set<std::string> ready;
  for (const auto& [name, count] : awaits)
    if (count == 0) ready.insert(name);
  while (!ready.empty()) {
    const auto name = ready.extract(ready.begin()).value();
    for (const auto& next : awaited_by[name])
      if (--awaits[next] == 0) ready.insert(next);
    out.names.push_back(name);
  }
  for (const auto& [name, count] : awaits)
    if (count > 0) out.circle.insert(name);
  // Whoever only awaits one of the circle is none of it.
  const auto is_awaited = [&](const std::string& name) {
    const auto& by = awaited_by[name];
    return std::any_of(by.begin(), by.end(), [&](const auto& other) { return out.circle.contains(other); });
  };
  while (std::erase_if(out.circle, [&](const auto& name) { return !is_awaited(name); }) > 0) continue;
  return out;
}

// By service, those of its changes that come first: through services that do not change.
class first_changes {
public:
  explicit first_changes(const awaited& all) : awaited_(all) {}

  // In the order of in_order.
  const std::set<std::string>& add(const std::string& name, bool changes) {
    auto& mine = first_[name];
    for (const auto& other : awaited_.at(name)) {
      if (changing_.contains(other))
        mine.insert(other);
      else if (const auto through = first_.find(other); through != first_.end())
        mine.insert(through->second.begin(), through->second.end());
    }
    if (changes) changing_.insert(name);
    return mine;
  }

private:
  const awaited& awaited_;
  std::set<std::string> changing_;
  std::map<std::string, std::set<std::string>> first_;
};

planned_change removal_of(const deployment& there, std::vector<std::string> after = {}) {
  return {there.spec.service, step_action::remove, there, there.spec, std::move(after)};
}

// Services of which there is nothing left then.
std::set<std::string> leaving_of(const by_name& wanted, const standing_releases& standing, bool prune) {
  std::set<std::string> out;
  if (prune)
    for (const auto& [name, row] : standing)
      if (!wanted.contains(name) && !is_final(row.status)) out.insert(name);
  return out;
}

std::vector<hand_over> hand_overs_of(const by_name& wanted, const standing_releases& standing,
                                     const std::set<std::string>& leaving) {
  std::map<std::string, const deployment*> now;
  std::map<std::string, const release_spec*> then;
  for (const auto& [name, row] : standing) {
    now.emplace(name, &row);
    if (!leaving.contains(name)) then.emplace(name, &row.spec);
  }
  for (const auto& [name, one] : wanted) then.insert_or_assign(name, &one->spec);
  return find_hand_overs(now, then);
}

problem passed_in_a_circle(const std::vector<hand_over>& passed, const std::set<std::string>& circle) {
  problem out{consequence::conflict, "Services of the application would have to wait for each other.", {}, 0};
  for (const auto& p : passed)
    if (circle.contains(p.from) && circle.contains(p.to))
      out.violations.push_back({'/' + p.to + p.pointer, p.what + " is still that of \"" + p.from +
                                                            "\", which waits for \"" + p.to +
                                                            "\" in turn: let go of it first, in an application of its "
                                                            "own"});
  return out;
}

// FNV-1a, as 16 hexadecimal digits: nobody gains by two worlds with one text.
std::string digest_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const unsigned char c : text) hash = (hash ^ c) * 0x100000001b3;
  std::string out;
  for (int shift = 60; shift >= 0; shift -= 4) out += "0123456789abcdef"[(hash >> shift) & 15U];
  return out;
}

std::string world_of(const std::vector<planned_change>& changes) {
  std::string out;
  for (const auto& change : changes) {
    (out += change.service) += change.action ? step_action_texts[*change.action] : " as it is";
    if (const auto& there = change.standing)
      (out += ' ' + std::to_string(there->number) + ' ' + std::to_string(there->spec.replicas)) +=
          there->wanted == intent::stop ? " stopped" : "";
    for (const auto& first : change.after) out += ' ' + first;
    out += '\n';
  }
  return digest_of(out);
}

}  // namespace

outcome<application_plan> plan_application(std::vector<wanted_service> wanted, const standing_releases& standing,
                                           bool prune) {
  std::vector<violation> wrong;
  by_name names;
  for (auto& one : wanted) {
    take_kept(one, standing, wrong);
    if (!names.emplace(one.spec.service, &one).second) wrong.push_back({'/' + one.spec.service, "is named twice"});
  }
  for (const auto& one : wanted)
    if (const auto there = standing.find(one.spec.service);
        there != standing.end() && there->second.spec.job.has_value() != one.spec.job.has_value())
      wrong.push_back({'/' + one.spec.service, one.spec.job ? "is a service: give the job another name"
                                                            : "is a job: give the service another name"});
  for (const auto& one : wanted)
    for (const auto& other : one.after)
      if (!names.contains(other.service) && !standing.contains(other.service))
        wrong.push_back({'/' + one.spec.service, "awaits " + other.service + ", which is neither named nor there"});
  auto awaits = awaited_in(names);
  for (const auto& name : in_order(awaits).circle) wrong.push_back({'/' + name, "awaits itself, by way of others"});
  if (!wrong.empty()) return problem{consequence::rejected, "The application cannot be applied.", std::move(wrong), 0};

  for (const auto& one : wanted)
    if (const auto there = standing.find(one.spec.service);
        there != standing.end() && !one.anew && is_job_under_way(there->second))
      wrong.push_back({'/' + one.spec.service, "is a job under way: wait for its end, or cancel it"});
  if (!wrong.empty())
    return problem{consequence::conflict, "A job of the application has not ended.", std::move(wrong), 0};

  const auto action_of = [&](const wanted_service& one) -> std::optional<step_action> {
    const auto there = standing.find(one.spec.service);
    if (there == standing.end()) return step_action::create;
    return one.anew || !is_as_wanted(there->second, one.spec) ? std::optional(step_action::update) : std::nullopt;
  };
  std::map<std::string, std::optional<step_action>> actions;
  for (const auto& one : wanted) actions.emplace(one.spec.service, action_of(one));
  auto leaving = leaving_of(names, standing, prune);
  auto passed = hand_overs_of(names, standing, leaving);
  std::erase_if(passed, [&](const auto& p) { return !names.contains(p.to) || !actions.at(p.to); });
  for (const auto& p : passed)
    if (names.contains(p.from)) awaits.at(p.to).insert(p.from);
  const auto order = in_order(awaits);
  if (!order.circle.empty()) return passed_in_a_circle(passed, order.circle);

  application_plan out;
  first_changes first(awaits);
  for (const auto& name : order.names) {
    const auto& one = *names.at(name);
    const auto there = standing.find(name);
    planned_change change{name, actions.at(name), {}, one.spec, {}};
    if (there != standing.end()) change.standing = there->second;
    const auto& before = first.add(name, change.action.has_value());
    if (change.action) change.after.assign(before.begin(), before.end());
    // Who leaves it something goes as late as it can.
    for (const auto& p : passed) {
      if (p.to != name || names.contains(p.from)) continue;
      if (leaving.erase(p.from) > 0)
        out.changes.push_back(removal_of(standing.at(p.from), {before.begin(), before.end()}));
      if (std::find(change.after.begin(), change.after.end(), p.from) == change.after.end())
        change.after.push_back(p.from);
    }
    out.changes.push_back(std::move(change));
  }
  for (const auto& name : leaving) out.changes.push_back(removal_of(standing.at(name)));
  out.world = world_of(out.changes);
  return out;
}

std::vector<wanted_service> standing_application(const standing_releases& standing, const dependencies& stored) {
  std::vector<wanted_service> out;
  for (const auto& [name, row] : standing) {
    auto& one = out.emplace_back();
    one.spec = row.spec;
    for (const auto& [variable, value] : row.spec.env) one.kept.insert(variable);
    one.spec.env.clear();
    const auto awaits = stored.find(name);
    if (awaits == stored.end()) continue;
    for (auto other : awaits->second) {
      const auto there = standing.find(other.service);
      if (there == standing.end()) continue;
      // The name may have become another one's: who awaits the end of a service would make it a job.
      if (other.until == awaited_state::completed && !there->second.spec.job) other.until = awaited_state::started;
      one.after.push_back(std::move(other));
    }
  }
  return out;
}

dependencies dependencies_of(const std::vector<wanted_service>& wanted) {
  dependencies out;
  for (const auto& one : wanted) out.emplace(one.spec.service, one.after);
  return out;
}

}  // namespace troupe::model
