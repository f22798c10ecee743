#include "actors/model/application_plan.hpp"

#include <algorithm>
#include <string_view>

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

// Each behind those that it awaits, and else by name; whoever is left awaits itself.
struct ordering {
  std::vector<std::string> names;
  std::vector<std::string> circle;
};

ordering in_order(const by_name& wanted) {
  std::map<std::string, std::set<std::string>> awaited_by;
  std::map<std::string, std::size_t> awaits;
  for (const auto& [name, one] : wanted) {
    awaits[name];
    for (const auto& other : one->after)
      if (wanted.contains(other.service) && awaited_by[other.service].insert(name).second) ++awaits[name];
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
    if (count > 0) out.circle.push_back(name);
  return out;
}

// By service, those of its changes that come first: through services that do not change.
class first_changes {
public:
  explicit first_changes(const by_name& wanted) : wanted_(wanted) {}

  // In the order of in_order.
  const std::set<std::string>& add(const std::string& name, bool changes) {
    auto& mine = first_[name];
    for (const auto& other : wanted_.at(name)->after) {
      if (changing_.contains(other.service))
        mine.insert(other.service);
      else if (const auto through = first_.find(other.service); through != first_.end())
        mine.insert(through->second.begin(), through->second.end());
    }
    if (changes) changing_.insert(name);
    return mine;
  }

private:
  const by_name& wanted_;
  std::set<std::string> changing_;
  std::map<std::string, std::set<std::string>> first_;
};

planned_change removal_of(const std::string& name, const deployment& there) {
  return {name, step_action::remove, there, there.spec, {}};
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
      out += ' ' + std::to_string(there->number) + ' ' + std::to_string(there->spec.replicas);
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
  const auto order = in_order(names);
  for (const auto& name : order.circle) wrong.push_back({'/' + name, "awaits itself, by way of others"});
  if (!wrong.empty()) return problem{consequence::rejected, "The application cannot be applied.", std::move(wrong), 0};

  for (const auto& one : wanted)
    if (const auto there = standing.find(one.spec.service); there != standing.end() && is_job_under_way(there->second))
      wrong.push_back({'/' + one.spec.service, "is a job under way: wait for its end, or cancel it"});
  if (!wrong.empty())
    return problem{consequence::conflict, "A job of the application has not ended.", std::move(wrong), 0};

  application_plan out;
  first_changes first(names);
  for (const auto& name : order.names) {
    const auto& one = *names.at(name);
    const auto there = standing.find(name);
    planned_change change{name, {}, {}, one.spec, {}};
    if (there != standing.end()) change.standing = there->second;
    if (!change.standing)
      change.action = step_action::create;
    else if (!is_as_wanted(*change.standing, one.spec))
      change.action = step_action::update;
    const auto& before = first.add(name, change.action.has_value());
    if (change.action) change.after.assign(before.begin(), before.end());
    out.changes.push_back(std::move(change));
  }
  if (prune)
    for (const auto& [name, row] : standing)
      if (!names.contains(name) && !is_final(row.status)) out.changes.push_back(removal_of(name, row));
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
