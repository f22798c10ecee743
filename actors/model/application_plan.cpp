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
  ordering out;
  std::set<std::string> done;
  for (bool moved = true; moved;) {
    moved = false;
    for (const auto& [name, one] : wanted) {
      const bool ready = std::all_of(one->after.begin(), one->after.end(), [&](const auto& other) {
        return !wanted.contains(other) || done.contains(other);
      });
      if (done.contains(name) || !ready) continue;
      out.names.push_back(name);
      done.insert(name);
      moved = true;
    }
  }
  for (const auto& [name, one] : wanted)
    if (!done.contains(name)) out.circle.push_back(name);
  return out;
}

// Those of its steps that change something, through those that do not.
void gather(const by_name& wanted, const std::set<std::string>& changing, const std::string& name,
            std::set<std::string>& seen, std::set<std::string>& out) {
  for (const auto& other : wanted.at(name)->after) {
    if (!wanted.contains(other) || !seen.insert(other).second) continue;
    if (changing.contains(other))
      out.insert(other);
    else
      gather(wanted, changing, other, seen, out);
  }
}

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

std::string world_of(const standing_releases& standing, const by_name& wanted, bool prune) {
  std::string out;
  for (const auto& [name, row] : standing)
    if (prune || wanted.contains(name))
      out += name + ' ' + std::to_string(row.number) + ' ' + std::to_string(row.spec.replicas) + ' ' +
             (row.status == deployment_status::stopped ? "stopped" : "") + '\n';
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
      if (!names.contains(other) && !standing.contains(other))
        wrong.push_back({'/' + one.spec.service, "awaits " + other + ", which is neither named nor there"});
  const auto order = in_order(names);
  for (const auto& name : order.circle) wrong.push_back({'/' + name, "awaits itself, by way of others"});
  if (!wrong.empty()) return problem{consequence::rejected, "The application cannot be applied.", std::move(wrong), 0};

  for (const auto& one : wanted)
    if (const auto there = standing.find(one.spec.service); there != standing.end() && is_job_under_way(there->second))
      wrong.push_back({'/' + one.spec.service, "is a job under way: wait for its end, or cancel it"});
  if (!wrong.empty())
    return problem{consequence::conflict, "A job of the application has not ended.", std::move(wrong), 0};

  application_plan out;
  std::set<std::string> changing;
  for (const auto& name : order.names) {
    const auto& one = *names.at(name);
    const auto there = standing.find(name);
    planned_change change{name, {}, {}, one.spec, {}};
    if (there != standing.end()) change.standing = there->second;
    if (!change.standing)
      change.action = step_action::create;
    else if (!is_as_wanted(*change.standing, one.spec))
      change.action = step_action::update;
    if (change.action) changing.insert(name);
    std::set<std::string> seen, first;
    if (change.action) gather(names, changing, name, seen, first);
    change.after.assign(first.begin(), first.end());
    out.changes.push_back(std::move(change));
  }
  // What is not needed any more goes last, once all that may still use it has changed.
  const std::vector<std::string> all(changing.begin(), changing.end());
  if (prune)
    for (const auto& [name, row] : standing)
      if (!names.contains(name) && !is_final(row.status)) {
        out.changes.push_back(removal_of(name, row));
        out.changes.back().after = all;
      }
  out.world = world_of(standing, names, prune);
  return out;
}

}  // namespace troupe::model
