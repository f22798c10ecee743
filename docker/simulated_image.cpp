#include "docker/simulated_image.hpp"

#include <algorithm>
#include <cstdint>

#include "actors/model/rollout.hpp"
#include "actors/model/volume_use.hpp"

namespace troupe::docker {

using namespace std::chrono_literals;
using model::consequence;
using model::failure_code;
using model::make_failure;

image_behaviour behaviour_of(const model::image_reference& image) {
  const std::string_view repository = image.repository;
  for (std::size_t i = 1; i < image_behaviour_texts.texts.size(); ++i)
    if (repository.ends_with(image_behaviour_texts.texts[i])) return static_cast<image_behaviour>(i);
  return image_behaviour::runs;
}

namespace {
// FNV-1a, stretched to 64 hex digits: a digest that depends on the name alone.
std::string digest_of(std::string_view text) {
  std::string digest = "sha256:";
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (int part = 0; part < 4; ++part) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    for (int shift = 60; shift >= 0; shift -= 4)
      digest += "0123456789abcdef"[(hash >> static_cast<unsigned>(shift)) & 15U];
  }
  return digest;
}
}  // namespace

model::outcome<model::resolved_image, model::effect_error> resolve_simulated(const model::release_spec& spec,
                                                                             std::chrono::seconds hold) {
  switch (behaviour_of(spec.image)) {
    case image_behaviour::missing:
      return model::effect_error{consequence::rejected, make_failure(failure_code::image_not_found,
                                                                     "There is no image " + spec.image.text() + ".")};
    case image_behaviour::denied:
      return model::effect_error{
          consequence::rejected,
          make_failure(failure_code::registry_denied, "The registry " + spec.image.registry + " wants credentials.")};
    case image_behaviour::unreachable:
      return model::effect_error{consequence::retry,
                                 make_failure(failure_code::registry_unreachable,
                                              "The registry " + spec.image.registry + " does not answer.")};
    case image_behaviour::runs:
    case image_behaviour::slow:
    case image_behaviour::crash:
    case image_behaviour::once:
    case image_behaviour::twice:
    case image_behaviour::oom:
    case image_behaviour::unhealthy:
    case image_behaviour::readonly:
    case image_behaviour::nouser:
    case image_behaviour::noroom:
    case image_behaviour::flaky: break;
  }
  model::resolved_image image;
  image.digest = spec.image.digest.empty() ? digest_of(spec.image.text()) : spec.image.digest;
  image.pinned = spec.image.name() + '@' + image.digest;
  image.uid = image.gid = 10001;
  image.scratch = {{"/tmp", false}};
  if (spec.image.repository.ends_with("database"))
    image.volumes = {{model::own_volume(spec.service, "/var/lib/database"), "/var/lib/database"}};
  if (auto fault = model::find_order_fault(spec, image.volumes))
    return model::effect_error{consequence::rejected, std::move(*fault)};
  image.rules = model::house_rules::second;
  image.has_health_check = behaviour_of(spec.image) == image_behaviour::unhealthy;
  image.prober = "troupe-prober";
  image.hold_seconds = static_cast<std::uint32_t>(hold.count());
  return image;
}

model::outcome<model::image_prospect, model::effect_error> look_up_simulated(const actors::look_up_image& wanted) {
  model::release_spec spec;
  spec.image = wanted.image;
  const auto found = resolve_simulated(spec);
  if (!found) return found.error();
  model::image_prospect out;
  out.digest = found.value().digest;
  out.fits = true;
  out.here = std::find(wanted.held.begin(), wanted.held.end(), found.value().pinned) != wanted.held.end();
  return out;
}

model::outcome<model::done, model::effect_error> check_simulated(const model::registry_login& login) {
  if (login.password != "wrong") return model::done{};
  return model::effect_error{
      model::consequence::rejected,
      make_failure(failure_code::registry_denied, "The registry " + login.registry + " refused this login.")};
}

std::optional<simulated_end> end_of(image_behaviour behaviour, const model::release_spec& spec,
                                    std::uint32_t generation) {
  switch (behaviour) {
    case image_behaviour::twice: return end_of(generation == 0 ? image_behaviour::crash : image_behaviour::once, spec);
    case image_behaviour::crash:
      return simulated_end{
          100ms, false, 3,
          make_failure(failure_code::exited, "The container exited with code 3.", "fatal: simulated crash"), false};
    case image_behaviour::once:
      return simulated_end{1s, false, 0, make_failure(failure_code::exited, "The container exited with code 0."),
                           false};
    case image_behaviour::oom:
      return simulated_end{
          1500ms, false, 137,
          make_failure(failure_code::out_of_memory, "The container needed more memory than it may have."), false};
    case image_behaviour::unhealthy: {
      if (spec.job) return std::nullopt;  // nobody checks it
      const auto check = spec.health.value_or(model::health_check{});
      return simulated_end{
          std::chrono::seconds(check.start_period_seconds + check.interval_seconds * check.retries), true, 143,
          make_failure(failure_code::unhealthy, "The health check did not pass.", "connection refused"), false};
    }
    case image_behaviour::readonly:
      return simulated_end{
          50ms, false, 1,
          make_failure(failure_code::read_only_filesystem, "The container tried to write to its read-only root.",
                       "open /var/cache: Read-only file system"),
          false};
    case image_behaviour::nouser:
      return simulated_end{0ms, true, 128, make_failure(failure_code::unknown_user, "The image knows no such user."),
                           true};
    case image_behaviour::flaky:
      return simulated_end{
          25s, false, 1, make_failure(failure_code::exited, "The container exited with code 1.", "simulated weakness"),
          false};
    case image_behaviour::runs:
    case image_behaviour::slow:
    case image_behaviour::missing:
    case image_behaviour::denied:
    case image_behaviour::unreachable:
    case image_behaviour::noroom: break;
  }
  return std::nullopt;
}

}  // namespace troupe::docker
