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
#include "docker/registry_auth.hpp"

namespace troupe::docker {

namespace {
using model::consequence;
using model::effect_error;
using model::failure_code;
using model::make_failure;

constexpr std::size_t most_given = 4'096;

std::string path_of(const model::image_reference& image) {
  std::string path;
  for (const char c : image.digest.empty() ? image.name() + ':' + image.tag : image.name() + '@' + image.digest)
    path += c == '/' ? "/" : percent_encode(std::string_view(&c, 1));
  return path;
}

std::string image_path(const model::image_reference& image) {
  return "/images/" + path_of(image) + "/json";
}

effect_error not_known_in_time() {
  return {consequence::retry,
          make_failure(failure_code::timed_out, "The registry did not answer within the time that a plan has.")};
}

// Under this very name; "" where no registry has given it: it was built or loaded on this machine.
std::string digest_of(const image_answer& image, const model::image_reference& reference) {
  std::string newest;
  for (const auto& text : image.repo_digests) {
    const auto one = model::parse_image(text, "").reference;
    if (!one || one->name() != reference.name()) continue;
    newest = one->digest;
    if (newest == reference.digest) break;
  }
  return newest;
}

effect_error too_large() {
  return {consequence::rejected,
          image_refused("says more of itself than " + std::to_string(most_image_bytes) + " bytes")};
}
}  // namespace

reply image_resolution::inspect(const model::image_reference& image, milliseconds deadline) {
  return api_.send({.path = image_path(image), .deadline = deadline, .max_body = most_image_bytes});
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

model::outcome<image_resolution::local_image, effect_error> image_resolution::find_here(
    const model::image_reference& reference, const std::vector<std::string>& held, milliseconds deadline) {
  const auto here = inspect(reference, deadline);
  if (here.fault == transport_fault::too_large) return too_large();
  if (!here.ok() && !here.absent()) return engine_fault(here);
  local_image out;
  out.image = here.ok() ? read_image(here.body) : std::nullopt;
  if (!out.image) return out;
  out.digest = digest_of(*out.image, reference);
  out.is_granted = out.digest.empty() || may_have(reference.name() + '@' + out.digest, held);
  return out;
}

std::optional<image_resolution::found_image> image_resolution::without_asking(const local_image& here,
                                                                              const model::image_reference& reference,
                                                                              model::pull_policy policy) {
  if (!here.image || !here.is_granted) return std::nullopt;
  const auto& id = here.image->id;
  if (here.digest.empty())
    return found_image{*here.image, id, id, "The image was built on this machine; no registry was asked."};
  found_image found{*here.image, reference.name() + '@' + here.digest, here.digest, {}};
  if (policy != model::pull_policy::always && !reference.digest.empty()) return found;
  if (policy != model::pull_policy::if_missing) return std::nullopt;
  found.note = "The image was here; its registry was not asked.";
  return found;
}

std::optional<image_resolution::found_image> image_resolution::in_spite_of_limit(
    const local_image& here, const model::image_reference& reference, model::pull_policy policy) {
  if (!here.image || !here.is_granted || policy != model::pull_policy::if_moved) return std::nullopt;
  return found_image{*here.image, reference.name() + '@' + here.digest, here.digest,
                     "The registry limits how often images may be pulled: the one that was here is used."};
}

model::outcome<image_resolution::found_image, effect_error> image_resolution::find_or_pull(
    const actors::resolve_image& wanted) {
  const auto& reference = wanted.spec.image;
  const auto local = find_here(reference, wanted.held, api_.deadline());
  if (!local) return local.error();
  if (auto found = without_asking(local.value(), reference, wanted.spec.pull)) return *std::move(found);
  if (auto denied = registry_denial(reference.registry, private_registries_)) return std::move(*denied);
  const auto login = logins_ ? logins_->find(wanted.owner, reference.registry) : std::nullopt;
  const auto pulled = pull(reference, login, wanted.progress);
  if (!pulled && is_rate_limit(pulled.error().what))
    if (auto found = in_spite_of_limit(local.value(), reference, wanted.spec.pull)) return *std::move(found);
  if (!pulled) return pulled.error();
  const auto here = inspect(reference, api_.deadline());
  if (here.fault == transport_fault::too_large) return too_large();
  const auto image = here.ok() ? read_image(here.body) : std::nullopt;
  if (!image) return engine_fault(here);
  auto digest = reference.digest.empty() ? pulled.value() : reference.digest;
  if (digest.empty()) digest = digest_of(*image, reference);  // the stream did not say
  if (digest.empty())
    return found_image{*image, image->id, image->id, "The registry gave no digest; the image's id is used."};
  auto pinned = reference.name() + '@' + digest;
  if (!login) {
    const std::lock_guard lock(mutex_);
    if (given_to_all_.size() >= most_given) given_to_all_.clear();
    given_to_all_.insert(pinned);
  }
  return found_image{*image, std::move(pinned), std::move(digest), {}};
}

bool image_resolution::may_have(const std::string& pinned, const std::vector<std::string>& held) {
  if (std::find(held.begin(), held.end(), pinned) != held.end()) return true;
  const std::lock_guard lock(mutex_);
  return given_to_all_.contains(pinned);
}

model::outcome<model::image_prospect, effect_error> image_resolution::look_up(const actors::look_up_image& wanted) {
  const auto until = std::chrono::steady_clock::now() + wanted.patience;
  const auto left = [&] {
    const auto time = std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
    return std::clamp(time, milliseconds{1}, api_.deadline());
  };
  const auto& reference = wanted.image;
  if (wanted.patience <= wanted.patience.zero()) return not_known_in_time();
  const auto local = find_here(reference, wanted.held, left());
  if (!local) return local.error();
  if (const auto found = without_asking(local.value(), reference, wanted.pull))
    return prospect_of(found->image, found->digest);
  if (auto denied = registry_denial(reference.registry, private_registries_)) return std::move(*denied);
  if (std::chrono::steady_clock::now() >= until) return not_known_in_time();
  return ask_registry(wanted, local.value(), left());
}

model::outcome<model::image_prospect, effect_error> image_resolution::ask_registry(const actors::look_up_image& wanted,
                                                                                   const local_image& here,
                                                                                   milliseconds deadline) {
  const auto& reference = wanted.image;
  const auto login = logins_ ? logins_->find(wanted.owner, reference.registry) : std::nullopt;
  const auto said = api_.send({.path = "/distribution/" + path_of(reference) + "/json",
                               .headers = login ? std::vector{auth_header(*login)} : std::vector<std::string>{},
                               .deadline = deadline,
                               .max_body = most_image_bytes});
  if (said.fault == transport_fault::timed_out) return not_known_in_time();
  if (said.fault != transport_fault::none) return engine_fault(said);
  if (!said.ok()) {
    auto why = classify_pull(said.status, said.message, reference.text());
    if (is_rate_limit(why.what))
      if (const auto found = in_spite_of_limit(here, reference, wanted.pull))
        return prospect_of(found->image, found->digest);
    why.what.hint = hint_for_login(why.what, reference.registry, login.has_value());
    return why;
  }
  const auto answer = read_registry_answer(said.body);
  if (!answer) return classify_pull(said.status, {}, reference.text());
  auto pulled = reference;
  pulled.digest = answer->digest;
  const auto there = inspect(pulled, deadline);
  if (const auto image = there.ok() ? read_image(there.body) : std::nullopt) return prospect_of(*image, answer->digest);
  model::image_prospect out;
  out.digest = answer->digest;
  const auto own = own_platform();
  if (own.is_known() && !answer->platforms.empty())
    out.fits = std::find(answer->platforms.begin(), answer->platforms.end(), own) != answer->platforms.end();
  if (out.fits == false)
    out.fault = answer->is_index ? no_manifest_for_this_platform(reference.text()).what : built_for_another_platform();
  return out;
}

model::image_prospect image_resolution::prospect_of(const image_answer& image, const std::string& digest) {
  model::image_prospect out;
  out.digest = digest;
  out.here = true;
  out.fault = find_image_fault(image);
  const auto own = own_platform();
  if (own.is_known() && image.platform.is_known()) out.fits = own == image.platform;
  if (out.fits == false && !out.fault) out.fault = built_for_another_platform();
  return out;
}

image_platform image_resolution::own_platform() {
  {
    const std::lock_guard lock(mutex_);
    if (platform_.is_known()) return platform_;
  }
  const auto version = api_.get("/version");
  const std::lock_guard lock(mutex_);
  if (version.ok()) platform_ = {text_of(at(version.body, "Os")), text_of(at(version.body, "Arch"))};
  return platform_;
}

model::outcome<model::done, effect_error> image_resolution::check(const model::registry_login& login) {
  constexpr milliseconds patience{25'000};
  if (auto denied = registry_denial(login.registry, private_registries_)) return std::move(*denied);
  const auto said =
      api_.send({.method = "POST", .path = "/auth", .body = dump(auth_config(login)), .deadline = patience});
  if (said.ok()) return model::done{};
  if (said.fault != transport_fault::none) return engine_fault(said);
  log::info("registry login refused",
            {{"registry", login.registry}, {"status", std::int64_t{said.status}}, {"error", said.message}});
  return classify_login(said, login);
}

model::outcome<std::string, effect_error> image_resolution::pull(const model::image_reference& image,
                                                                 const std::optional<model::registry_login>& login,
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
                .headers = login ? std::vector{auth_header(*login)} : std::vector<std::string>{},
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
    auto why = classify_pull(got.status, error, image.text());
    why.what.hint = hint_for_login(why.what, image.registry, login.has_value());
    return why;
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
