// The environment's volumes: made, given to the user that writes to them, removed.
#include <algorithm>
#include <utility>

#include "actors/model/volume_use.hpp"
#include "config/failpoint.hpp"
#include "config/logging.hpp"
#include "docker/deadline.hpp"
#include "docker/engine.hpp"
#include "docker/labels.hpp"
#include "docker/probe_container.hpp"
#include "docker/volume_gift.hpp"

namespace troupe::docker {

namespace {
using model::consequence;
using model::effect_error;
using model::failure_code;
using model::make_failure;

std::string volume_path(const std::string& name) {
  return "/volumes/" + percent_encode(name);
}

effect_error not_given() {
  return {consequence::retry,
          make_failure(failure_code::volume_failed, "A volume could not be given to the container's user.")};
}
}  // namespace

effect<actors::volumes_ready> engine::ensure_volumes(const actors::ensure_volumes& wanted) {
  actors::volumes_ready ready;
  for (const auto& volume : wanted.names) {
    const auto name = names::volume(wanted.environment, volume);
    auto there = api_.get(volume_path(name));
    if (there.absent()) {
      {
        const std::lock_guard lock(mutex_);
        std::erase_if(prepared_, [&](const auto& p) { return p.starts_with(name + ' '); });
      }
      config::failpoint("engine.before_ensure_volumes");
      there = api_.post("/volumes/create", {{"Name", name},
                                            {"Driver", "local"},
                                            {"Labels", volume_labels(options_.instance, wanted.environment, volume)}});
      config::failpoint("engine.after_ensure_volumes");
      ready.created.push_back(volume);
    }
    if (!there.ok()) return engine_fault(there);
    // Creating one that exists answers with the old one, whatever its labels and options.
    const auto& options = at(there.body, "Options");
    if (!is_ours(at(there.body, "Labels"), options_.instance, wanted.environment) ||
        (options.is_object() && !options.empty()))
      return effect_error{consequence::rejected,
                          make_failure(failure_code::volume_failed,
                                       "A volume of the name \"" + volume + "\" exists that is not Troupe's.")};
  }
  return ready;
}

effect<model::done> engine::remove_volumes(const actors::remove_volumes& wanted) {
  const auto path = "/volumes?" + filter_query({{"label", label_filters(options_.instance, wanted.environment)}});
  std::optional<effect_error> failed;
  bool cleared = false, counted = false;
  config::failpoint("engine.before_remove_volumes");
  const bool gone = wait_until(options_.removal_timeout, [&] {
    const auto left = api_.get(path);
    if (!left.ok()) failed = engine_fault(left);
    if (failed || list_of(at(left.body, "Volumes")).empty()) return true;
    if (!std::exchange(counted, true)) failed = wait_for_turn_to_remove();
    if (failed) return true;
    for (const auto& v : list_of(at(left.body, "Volumes"))) {
      const auto removed = api_.remove(volume_path(text_of(at(v, "Name"))));
      if (removed.ok() || removed.absent()) continue;
      if (removed.status != 409) return failed = engine_fault(removed), true;
      // Ended containers that Swarm keeps for its history hold volumes too; at this point none is of use.
      if (!std::exchange(cleared, true))
        failed = remove_containers(label_filters(options_.instance, wanted.environment), true);
    }
    return failed.has_value();
  });
  config::failpoint("engine.after_remove_volumes");
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(prepared_, [&](const auto& p) { return p.starts_with(names::volume(wanted.environment, {})); });
  }
  if (failed) return *failed;
  if (!gone)
    return effect_error{consequence::retry, make_failure(failure_code::volume_failed, "A volume is still in use.")};
  return model::done{};
}

effect<std::vector<actors::engine_volume>> engine::list_volumes(const actors::list_volumes& wanted) {
  const auto found =
      api_.get("/volumes?" + filter_query({{"label", label_filters(options_.instance, wanted.environment)}}));
  if (!found.ok()) return engine_fault(found);
  std::vector<actors::engine_volume> out;
  const std::lock_guard lock(mutex_);
  for (const auto& v : list_of(at(found.body, "Volumes"))) {
    const auto name = text_of(at(v, "Labels", names::volume_label));
    if (name.empty()) continue;  // a task's scratch
    actors::engine_volume one{name, time_of(text_of(at(v, "CreatedAt"))), {}, {}};
    if (const auto known = volume_bytes_.find(text_of(at(v, "Name"))); known != volume_bytes_.end()) {
      one.bytes = known->second;
      one.measured = measured_;
    }
    out.push_back(std::move(one));
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return out;
}

bool engine::wants_measuring() {
  constexpr std::chrono::minutes while_measuring{5};
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(mutex_);
  if (now < measure_after_) return false;
  measure_after_ = now + while_measuring;
  return true;
}

void engine::measure_volumes() {
  const auto began = std::chrono::steady_clock::now();
  // `type` is of newer Engines; an older one measures images and containers, too.
  const auto r = api_.send({.method = "GET", .path = "/system/df?type=volume", .deadline = milliseconds{120'000}});
  const auto now = std::chrono::steady_clock::now();
  std::map<std::string, std::uint64_t> bytes;
  for (const auto& v : list_of(at(r.body, "Volumes")))
    if (const auto size = number_of(at(v, "UsageData", "Size")); at(v, "UsageData", "Size").is_number() && size >= 0)
      bytes[text_of(at(v, "Name"))] = static_cast<std::uint64_t>(size);
  const std::lock_guard lock(mutex_);
  // Twenty times as long as it took, so that it is no load.
  measure_after_ = now + std::max<std::chrono::steady_clock::duration>(std::chrono::seconds{30}, 20 * (now - began));
  if (!r.ok()) return;
  volume_bytes_ = std::move(bytes);
  measured_ = options_.now();
}

effect<model::done> engine::remove_volume(const actors::remove_volume& wanted) {
  const auto name = names::volume(wanted.environment, wanted.name);
  const auto none = [] {
    return effect_error{consequence::not_found, make_failure(failure_code::volume_failed, "There is no such volume.")};
  };
  const auto in_use = [] {
    return effect_error{consequence::conflict,
                        make_failure(failure_code::volume_in_use, "A container still uses the volume.")};
  };
  const auto there = api_.get(volume_path(name));
  if (there.absent()) return none();
  if (!there.ok()) return engine_fault(there);
  if (!is_ours(at(there.body, "Labels"), options_.instance, wanted.environment)) return none();
  config::failpoint("engine.before_remove_volume");
  auto removed = api_.remove(volume_path(name));
  if (removed.status == 409) {
    // Ended containers that Swarm keeps for its history hold volumes too.
    const auto users = api_.get("/containers/json?all=1&" + filter_query({{"volume", {name}}}));
    if (!users.ok()) return engine_fault(users);
    const auto& all = list_of(users.body);
    const auto ours_and_ended = [&](const json& c) {
      const auto state = text_of(at(c, "State"));
      return is_ours(at(c, "Labels"), options_.instance, wanted.environment) && (state == "exited" || state == "dead");
    };
    if (!std::all_of(all.begin(), all.end(), ours_and_ended)) return in_use();
    for (const auto& c : all) remove_container(c, true);
    removed = api_.remove(volume_path(name));
  }
  config::failpoint("engine.after_remove_volume");
  if (removed.status == 409) return in_use();
  if (!removed.ok() && !removed.absent()) return engine_fault(removed);
  const std::lock_guard lock(mutex_);
  std::erase_if(prepared_, [&](const auto& p) { return p.starts_with(name + ' '); });
  return model::done{};
}

std::optional<effect_error> engine::give_volume(const model::service_plan& plan, probe_container& probe,
                                                const std::pair<std::string, std::string>& volume_and_path,
                                                const model::directory_owner& owner) {
  const auto& [name, path] = volume_and_path;
  {
    const std::lock_guard lock(mutex_);  // whose it was, it is no longer
    std::erase_if(prepared_, [&](const auto& p) { return p.starts_with(name + ' '); });
  }
  const run_as user{plan.image.uid, plan.image.gid};
  if (auto failed = prober_.ensure(prober_.name(), plan.image.pinned)) return failed;
  auto failed = give(api_, options_.instance, {name, plan.image.pinned, prober_.name(), user});
  if (!failed || failed->kind != consequence::unavailable) return failed;
  return probe.give(path, user, owner.mode | 0700U) ? std::nullopt : std::optional(not_given());
}

// By a container that has not ended; what only looks at it does not count.
bool engine::is_in_use(const std::string& volume) {
  const auto users = api_.get("/containers/json?all=1&" + filter_query({{"volume", {volume}}}));
  return std::any_of(list_of(users.body).begin(), list_of(users.body).end(), [](const auto& c) {
    const auto state = text_of(at(c, "State"));
    return state != "exited" && state != "dead" && text_of(at(c, "Labels", probe_label)).empty();
  });
}

// A fresh volume is root's, or takes the owner of the image's directory; a task that is neither could not write to it.
// The probe's creation copies the image's directory into an empty volume, then all that is in it gets the task's user:
// once, since its top tells whose it is. Nothing of the image runs. Reaches the volumes of the node that is asked; on
// others a volume stays as Docker makes it.
std::optional<effect_error> engine::prepare_volumes(const model::service_plan& plan) {
  const run_as user{plan.image.uid, plan.image.gid, plan.image.groups};
  std::vector<probe_volume> unsure;
  const auto mark = [&](const std::string& name) {
    return name + ' ' + std::to_string(user.uid) + ':' + std::to_string(user.gid);
  };
  {
    const std::lock_guard lock(mutex_);
    for (const auto& v : model::mounts_of(plan))
      if (const auto name = names::volume(plan.environment, v.name); !v.read_only && !prepared_.contains(mark(name)))
        unsure.push_back({name, v.mount_path, volume_labels(options_.instance, plan.environment, v.name)});
  }
  if (unsure.empty() || plan.replicas == 0) return std::nullopt;
  probe_container probe(api_, options_.instance, plan.image.pinned, unsure);
  if (!probe.ready()) return probe.failed();
  for (const auto& [name, path, labels] : unsure) {
    const auto top = probe.entry(path);
    if (!top)
      return effect_error{consequence::retry,
                          make_failure(failure_code::volume_failed, "A volume could not be examined.")};
    const model::directory_owner owner{top->uid, top->gid, top->mode};
    const bool writable = may_write(user, owner), by_all = (top->mode & 0002U) != 0;
    if (user.uid != 0 && user.uid != top->uid && top->type == '5' && (!writable || by_all)) {
      const bool shared = is_in_use(name);
      if (!shared) {
        if (auto failed = give_volume(plan, probe, {name, path}, owner)) return failed;
      } else if (top->uid == 0 && !writable) {  // nobody but root could write to it; root still can
        if (!probe.give(path, user, owner.mode | 0700U)) return not_given();
      } else if (!writable) {
        log::info("a volume in use belongs to another user",
                  {{"volume", name}, {"owner", top->uid}, {"user", user.uid}});
      }
    }
    const std::lock_guard lock(mutex_);
    if (prepared_.size() > 10'000) prepared_.clear();
    prepared_.insert(mark(name));
  }
  return std::nullopt;
}

}  // namespace troupe::docker
