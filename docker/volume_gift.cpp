#include "docker/volume_gift.hpp"

#include "config/logging.hpp"
#include "docker/deadline.hpp"
#include "docker/labels.hpp"
#include "docker/probe_container.hpp"
#include "docker/prober_volume.hpp"

namespace troupe::docker {

namespace {

using model::consequence;
using model::effect_error;

constexpr std::string_view given_path = "/.given";  // wherever the service has it: links of the image lead nowhere here
constexpr milliseconds patience{20'000};

effect_error failed(consequence kind, const char* message) {
  return {kind, model::make_failure(model::failure_code::volume_failed, message)};
}

json volume_at(const std::string& name, std::string_view path, bool read_only) {
  return {{"Type", "volume"},
          {"Source", name},
          {"Target", path},
          {"ReadOnly", read_only},
          {"VolumeOptions", {{"NoCopy", true}}}};
}

json container(const std::string& instance, const volume_gift& gift) {
  return {{"Image", gift.image},
          {"Entrypoint", json::array({prober_path})},
          {"Cmd", {"give", given_path, std::to_string(gift.user.uid), std::to_string(gift.user.gid)}},
          {"User", "0:0"},
          {"WorkingDir", "/"},
          {"Healthcheck", {{"Test", {"NONE"}}}},
          {"NetworkDisabled", true},
          {"Labels", {{std::string(names::instance_label), instance}, {std::string(probe_label), "1"}}},
          {"HostConfig",
           {{"NetworkMode", "none"},
            {"ReadonlyRootfs", true},
            {"CapDrop", {"ALL"}},
            {"CapAdd", {"CAP_CHOWN", "CAP_DAC_READ_SEARCH", "CAP_FOWNER"}},
            {"SecurityOpt", {"no-new-privileges"}},
            {"Memory", 64 << 20},
            {"PidsLimit", 16},
            {"Mounts", {volume_at(gift.volume, given_path, false), volume_at(gift.prober, prober_directory, true)}}}}};
}

}  // namespace

std::optional<effect_error> give(api_client& api, const std::string& instance, const volume_gift& gift) {
  const auto name = std::string(giver_prefix) + gift.volume;
  const auto path = "/containers/" + percent_encode(name);
  if (const auto there = api.get(path + "/json"); there.absent()) {
    const auto made = api.post("/containers/create?name=" + percent_encode(name), container(instance, gift));
    if (!made.ok()) return engine_fault(made);
    const auto started = api.post(path + "/start");
    if (!started.ok()) {
      api.remove(path + "?force=1&v=1");
      return started.status == 403 ? failed(consequence::unavailable, "No container may be started.")
                                   : engine_fault(started);
    }
  } else if (!there.ok()) {
    return engine_fault(there);
  }
  json state;
  const bool ended = wait_until(patience, [&] {
    const auto seen = api.get(path + "/json");
    state = at(seen.body, "State");
    return !seen.ok() || !flag_of(at(state, "Running"));
  });
  if (!ended) return failed(consequence::retry, "A volume is still being given to the container's user.");
  const auto code = number_of(at(state, "ExitCode"), -1);
  api.remove(path + "?force=1&v=1");
  if (code == 0) return std::nullopt;
  log::warn("a volume was not given to its user", {{"volume", gift.volume}, {"exitCode", code}});
  return failed(consequence::retry, "A volume could not be given to the container's user.");
}

}  // namespace troupe::docker
