#include "docker/image_resolution.hpp"

#include <algorithm>

#include "actors/model/rollout.hpp"
#include "actors/model/security_preset.hpp"
#include "config/logging.hpp"
#include "docker/event_reader.hpp"
#include "docker/failure_classes.hpp"
#include "docker/image_limits.hpp"
#include "docker/mount_rules.hpp"
#include "docker/probe_container.hpp"

namespace troupe::docker {

namespace {
using model::consequence;
using model::effect_error;
using model::failure_code;
using model::make_failure;

std::string image_path(const model::image_reference& image) {
  std::string path;
  for (const char c : image.digest.empty() ? image.name() + ':' + image.tag : image.name() + '@' + image.digest)
    path += c == '/' ? "/" : percent_encode(std::string_view(&c, 1));
  return "/images/" + path + "/json";
}

effect_error too_large() {
  return {consequence::rejected,
          image_refused("says more of itself than " + std::to_string(most_image_bytes) + " bytes")};
}
}  // namespace

reply image_resolution::inspect(const model::image_reference& image) {
  return api_.send({.path = image_path(image), .deadline = api_.deadline(), .max_body = most_image_bytes});
}

model::outcome<model::resolved_image, effect_error> image_resolution::resolve(const actors::resolve_image& wanted) {
  const auto found = find_or_pull(wanted);
  if (!found) return found.error();
  const auto& [image, pinned, digest, note] = found.value();
  if (auto fault = find_image_fault(image)) return effect_error{consequence::rejected, std::move(*fault)};
  const auto profile = examine(image, wanted.spec);
  if (!profile) return profile.error();
  if (auto fault = find_mount_fault(wanted.spec, profile.value()))
    return effect_error{consequence::rejected, std::move(*fault)};
  std::vector<std::string> told;
  auto spec = wanted.spec;
  const auto preset = meet_need(spec, profile.value(), told);
  if (preset) spec.security.preset = preset;
  const auto user = user_to_run_as(spec, profile.value());
  if (const auto* unknown = std::get_if<model::failure>(&user)) return effect_error{consequence::rejected, *unknown};
  const auto& as = std::get<run_as>(user);
  if (auto fault = find_privilege_fault(spec, as, grants_privileges_))
    return effect_error{consequence::rejected, std::move(*fault)};
  const auto prober = find_prober();
  if (!prober) return prober.error();
  const auto hold = prober.value().empty() ? std::chrono::seconds{0} : std::chrono::ceil<std::chrono::seconds>(hold_);
  auto declared = declared_for(spec, profile.value());
  if (auto fault = model::find_order_fault(spec, declared.volumes))
    return effect_error{consequence::rejected, std::move(*fault)};
  auto scratch = scratch_for(spec, profile.value(), as, declared);
  for (auto& warning : hidden_by_scratch(spec, profile.value(), scratch)) told.push_back(std::move(warning));
  declared.warnings.insert(declared.warnings.end(), told.begin(), told.end());
  return model::resolved_image{pinned,
                               digest,
                               as.uid,
                               as.gid,
                               std::move(scratch),
                               image.has_health_check,
                               note,
                               image.check,
                               std::move(declared.volumes),
                               std::move(declared.warnings),
                               prober.value(),
                               static_cast<std::uint32_t>(hold.count()),
                               starts_with_init(spec, image),
                               model::house_rules::second,
                               as.groups,
                               home_for(as, profile.value()),
                               preset};
}

std::optional<model::security_preset> image_resolution::meet_need(const model::release_spec& spec,
                                                                  const image_profile& image,
                                                                  std::vector<std::string>& warnings) const {
  const auto user = user_to_run_as(spec, image);
  const auto* as = std::get_if<run_as>(&user);
  const auto need = as == nullptr ? std::nullopt : find_need(spec, image, *as);
  if (!need || model::preset_of(spec.security) >= need->preset) return std::nullopt;
  const auto word = std::string(model::security_preset_texts[need->preset]);
  const bool unsaid = !spec.security.preset && spec.security.user.empty() && !spec.security.capabilities;
  if (unsaid && grants_privileges_ && fallback_ && need->preset <= *fallback_) {
    warnings.push_back("The image shows that " + need->why + ": it runs with `security.preset` " + word +
                       ". Name restricted to have it without.");
    return need->preset;
  }
  warnings.push_back("The image shows that " + need->why + ": it may not run without `security.preset` " + word + '.');
  return std::nullopt;
}

// The prober's volume; "" where containers may run on a node that has none.
model::outcome<std::string, effect_error> image_resolution::find_prober() {
  const auto now = std::chrono::steady_clock::now();
  {
    const std::lock_guard lock(mutex_);
    if (now < nodes_known_until_) return several_nodes_ ? std::string() : prober_;
  }
  const auto info = api_.get("/info");  // it costs the Engine tens of milliseconds
  if (!info.ok()) return engine_fault(info);
  const std::lock_guard lock(mutex_);
  several_nodes_ = number_of(at(info.body, "Swarm", "Nodes")) > 1;
  nodes_known_until_ = now + std::chrono::minutes{1};
  return several_nodes_ ? std::string() : prober_;
}

model::outcome<image_resolution::found_image, effect_error> image_resolution::find_or_pull(
    const actors::resolve_image& wanted) {
  const auto& reference = wanted.spec.image;
  auto here = inspect(reference);
  if (here.fault == transport_fault::too_large) return too_large();
  if (!here.ok() && !here.absent()) return engine_fault(here);
  if (here.ok()) {
    const auto image = read_image(here.body);
    if (image && image->repo_digests.empty())
      return found_image{*image, image->id, image->id, "The image was built on this machine; no registry was asked."};
    // Otherwise the registry says whether it gives this image to everybody: that somebody else had it pulled is no
    // leave.
    if (image && !reference.digest.empty() && wanted.held)
      return found_image{*image, reference.name() + '@' + reference.digest, reference.digest, {}};
  }
  if (auto denied = registry_denial(reference.registry, private_registries_)) return std::move(*denied);
  const auto pulled = pull(reference, wanted.progress);
  if (!pulled) return pulled.error();
  here = inspect(reference);
  if (here.fault == transport_fault::too_large) return too_large();
  const auto image = here.ok() ? read_image(here.body) : std::nullopt;
  if (!image) return engine_fault(here);
  auto digest = reference.digest.empty() ? pulled.value() : reference.digest;
  if (digest.empty()) {  // the stream did not say: the newest of those known for this name
    const auto end = '/' + reference.repository + '@';
    for (const auto& d : image->repo_digests) {
      const auto at_sign = d.find('@');
      if (at_sign != std::string::npos && ('/' + d).find(end.substr(end.rfind('/'))) != std::string::npos &&
          is_digest(d.substr(at_sign + 1)))
        digest = d.substr(at_sign + 1);
    }
  }
  if (digest.empty())
    return found_image{*image, image->id, image->id, "The registry gave no digest; the image's id is used."};
  return found_image{*image, reference.name() + '@' + digest, digest, {}};
}

model::outcome<std::string, effect_error> image_resolution::pull(const model::image_reference& image,
                                                                 const std::function<void(int)>& progress) {
  pull_progress seen;
  int told = -1;
  line_cutter lines([&](std::string_view line) {
    seen.line(line);
    if (progress && seen.percent() != told) progress(told = seen.percent());
  });
  const auto tag = image.digest.empty() ? image.tag : image.digest;  // without one, all tags are pulled
  const auto got =
      api_.raw({.method = "POST",
                .path = "/images/create?fromImage=" + percent_encode(image.name()) + "&tag=" + percent_encode(tag),
                .deadline = pull_deadline_,
                .on_bytes = [&](std::string_view bytes) { return lines.feed(bytes), true; }});
  if (got.fault == transport_fault::timed_out)
    return effect_error{consequence::retry, make_failure(failure_code::timed_out,
                                                         "The image could not be pulled within the time allowed.")};
  if (got.fault != transport_fault::none)
    return engine_fault({.fault = got.fault, .status = 0, .body = nullptr, .message = {}});
  std::string error = seen.error();
  if (got.status >= 400) {
    const auto body = parse_json(got.body);
    error = body ? text_of(at(*body, "message")) : std::string();
  }
  if (got.status >= 400 || !error.empty()) {
    log::info("image not pulled", {{"image", image.text()}, {"status", got.status}, {"error", error}});
    return classify_pull(got.status, error, image.text());
  }
  return seen.digest();
}

model::outcome<image_profile, effect_error> image_resolution::examine(const image_answer& image,
                                                                      const model::release_spec& spec) {
  const auto needed = paths_to_examine(spec, image.volumes, image.working_dir);
  image_profile profile;
  bool known = false;
  {
    const std::lock_guard lock(mutex_);
    if (const auto it = profiles_.find(image.id); it != profiles_.end()) {
      profile = it->second;
      known = true;
    }
  }
  const auto missing = [&](const std::string& path) {
    const auto it = profile.paths.find(path);
    return it == profile.paths.end() || (it->second.exists && !it->second.listed && is_hidden_by_scratch(spec, path));
  };
  if (known && std::none_of(needed.begin(), needed.end(), missing)) return profile;
  if (!known) {
    const auto history = api_.send({.path = "/images/" + percent_encode(image.id) + "/history",
                                    .deadline = api_.deadline(),
                                    .max_body = most_history_bytes});
    if (history.fault == transport_fault::too_large)
      return effect_error{consequence::rejected,
                          image_refused("has a history of more than " + std::to_string(most_history_bytes) + " bytes")};
    if (!history.ok()) return engine_fault(history);
  }
  probe_container probe(api_, instance_, image.id);
  if (!probe.ready()) return *probe.failed();
  if (!known) {
    profile.user = image.user;
    profile.volumes = image.volumes;
    profile.working_dir = image.working_dir;
    profile.has_home = image.has_home;
    profile.program = probe.program(places_of_program(image.start));
    profile.passwd = probe.read("/etc/passwd");
    profile.group = probe.read("/etc/group");
  }
  for (const auto& path : needed) {
    if (!missing(path)) continue;
    const auto facts = probe.look(path, is_hidden_by_scratch(spec, path));
    if (!facts)
      return effect_error{consequence::unavailable,
                          make_failure(failure_code::internal, "The image could not be examined.")};
    profile.paths.insert_or_assign(path, *facts);
  }
  const std::lock_guard lock(mutex_);
  if (profiles_.size() >= 512) profiles_.clear();
  auto& kept = profiles_[image.id];
  kept = profile;
  if (kept.paths.size() > 256) profiles_.erase(image.id);
  return profile;
}

}  // namespace troupe::docker
