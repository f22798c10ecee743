#include "docker/failure_classes.hpp"

#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <optional>

#include "docker/clean_text.hpp"
#include "docker/told_words.hpp"

namespace troupe::docker {

namespace {

using model::consequence;
using model::failure;
using model::failure_code;
using model::make_failure;

struct trouble {
  failure what;
  bool fatal = false;
  bool excused = false;
};

// What an Engine says of tasks while it stops, or comes back and does not have its networks and its containerd yet. The
// next task may do better, and none of it is the release's doing.
bool is_between_two_lives(const std::string& error) {
  return has_any(error, {"missing network attachments", "ip addresses may be exhausted", "sandbox join failed",
                         "could not find network", "context canceled", "context deadline exceeded", "shutting down",
                         "transport is closing", "error while dialing", "ttrpc: closed", "code = unavailable",
                         "node is not a swarm manager", "is marked for removal", "already being removed"});
}

std::string exit_detail(int code, const evidence& found) {
  std::string detail = "exit code " + std::to_string(code);
  if (!found.last_lines.empty()) detail.append("\n").append(clean_text(found.last_lines, shown_evidence));
  return detail;
}

trouble judge_exit(int code, const evidence& found) {
  const auto detail = exit_detail(code, found);
  const auto with_code = " (exit code " + std::to_string(code) + ").";
  const auto lines = lower(found.last_lines);
  if (found.out_of_memory)
    return {
        make_failure(failure_code::out_of_memory, "The container used more memory than its limit" + with_code, detail)};
  if (code == 0) return {make_failure(failure_code::exited, "The container ended by itself (exit code 0).", detail)};
  if ((code == 126 || code == 127) && has_any(lines, {"[fatal tini", "[fatal  tini"}))
    return {make_failure(failure_code::command_not_found,
                         code == 127 ? "The program to run does not exist in the image."
                                     : "The program to run is not executable.",
                         detail),
            true};
  if (auto told = find_cause(code, found.last_lines, found.rights)) {
    told->what.detail = detail;
    return {std::move(told->what), told->fatal};
  }
  return {make_failure(failure_code::exited, "The container ended" + with_code, detail)};
}

// What is the machine's to allow, and shows only where it runs.
std::optional<trouble> judge_setup(const std::string& error) {
  const auto refused = [](std::string message, std::string hint) {
    auto what = make_failure(failure_code::permission_denied, std::move(message));
    what.hint = std::move(hint);
    return trouble{std::move(what), true};
  };
  if (has_any(error, {"sysctl"}))
    return refused("A kernel parameter in `sysctls` cannot be set, or not to this value, for a container.",
                   "Leave it out of `sysctls`, or ask the operator to set it on the machine.");
  if (has_any(error, {"rlimit"}))
    return refused("A limit in `ulimits` is above what the machine allows.", "Ask for a lower `hard` in `ulimits`.");
  return std::nullopt;
}

trouble judge_failed(const task_answer& task, const evidence& found) {
  const auto error = lower(task.error);
  const int code = task.seen.exit_code.value_or(0);
  if (auto setup = judge_setup(error)) return *std::move(setup);
  // Swarm does not say so of a program that ends with exit code 0 when it is stopped for it.
  if (has_any(error, {"unhealthy container"}) || (found.unhealthy && !found.out_of_memory))
    return {
        make_failure(failure_code::unhealthy, "The health check failed.",
                     clean_text(found.probe_output.empty() ? found.last_lines : found.probe_output, shown_evidence))};
  if (has_any(error, {"unable to find user", "unable to find group", "no matching entries in passwd",
                      "no matching entries in group"}))
    return {make_failure(failure_code::unknown_user, "The user to run as does not exist in the image."), true};
  if (has_any(error, {"address already in use", "port is already allocated"}))
    return {make_failure(failure_code::port_conflict, "A host port is already in use.")};
  if (has_any(error, {"exec: "}) && has_any(error, {"operation not permitted"}))
    return {program_lacks_capabilities(found.rights)};
  if (has_any(error, {"exec: ", "exec format error"}))
    return {
        has_any(error, {"exec format error"})
            ? built_for_another_platform()
            : make_failure(failure_code::command_not_found, has_any(error, {"permission denied"})
                                                                ? "The program to run is not executable."
                                                                : "The program to run does not exist in the image."),
        true};
  if (has_any(error, {"no such image"}))
    return {make_failure(failure_code::image_not_found, "The image is not on the machine any more.")};
  if (has_any(error, {"error mounting", "failed to mount", "error while mounting volume", "failed to chmod",
                      "not a directory"}))
    return {make_failure(failure_code::volume_failed, "A volume or scratch directory could not be mounted.")};
  if (is_between_two_lives(error))
    return {make_failure(failure_code::network_failed, "The engine was not ready for the container."), false, true};
  if (has_any(error, {"network", "endpoint", "subnet"}))
    return {make_failure(failure_code::network_failed, "The container could not be attached to its network.")};
  if (has_any(error, {"non-zero exit"}) || task.state == "complete") {
    if (found.with_the_engine && !found.out_of_memory)
      return {make_failure(failure_code::exited,
                           "The container was ended with the Engine (exit code " + std::to_string(code) + ").",
                           exit_detail(code, found)),
              false, true};
    return judge_exit(code, found);
  }
  if (task.state == "orphaned")
    return {make_failure(failure_code::internal, "The node that ran the container was lost."), false, true};
  return {make_failure(failure_code::internal, "The container could not be started.")};
}

trouble judge_rejected(const std::string& text) {
  const auto error = lower(text);
  if (is_between_two_lives(error))
    return {make_failure(failure_code::network_failed, has_any(error, {"network", "ip addresses"})
                                                           ? "The network had no address for the container."
                                                           : "The engine was not ready for the container."),
            false, true};
  if (auto setup = judge_setup(error)) return *std::move(setup);
  if (has_any(error, {"no such image", "manifest"}))
    return {make_failure(failure_code::image_not_found, "The image is not available on the node."), true};
  if (has_any(error, {"range of cpus"}))
    return {make_failure(failure_code::no_capacity, "No node has as many CPUs as asked for."), true};
  if (has_any(error, {"capdrop", "capadd", "capability"}))
    return {make_failure(failure_code::internal, "The engine does not know a capability that was asked for."), true};
  if (has_any(error, {"mount", "volume"}))
    return {make_failure(failure_code::volume_failed, "A volume could not be mounted."), true};
  if (has_any(error, {"network", "endpoint"}))
    return {make_failure(failure_code::network_failed, "The container could not be attached to its network.")};
  return {make_failure(failure_code::internal, "The engine refused to start the container."), true};
}

failure judge_pending(const std::string& text) {
  if (has_any(text, {"port already in use"}))
    return make_failure(failure_code::port_conflict, "The host port is in use by another service.");
  if (has_any(text, {"insufficient resources"}))
    return make_failure(failure_code::no_capacity, "No node has the CPU or memory that was asked for.");
  return make_failure(failure_code::no_capacity, "No node can take the container.");
}

constexpr const char* too_many_pulls = "The registry limits how often images may be pulled; it refused for now.";

}  // namespace

model::effect_error classify_pull(int status, const std::string& text, const std::string& image) {
  const auto t = lower(text);
  const auto rejected = [](failure_code code, std::string message) {
    return model::effect_error{consequence::rejected, make_failure(code, std::move(message))};
  };
  const auto retry = [](failure_code code, std::string message) {
    return model::effect_error{consequence::retry, make_failure(code, std::move(message))};
  };
  if (has_any(t, {"no space left"}))
    return retry(failure_code::internal, "The machine has no space left for the image.");
  if (has_any(t, {"toomanyrequests", "too many requests"}))
    return retry(failure_code::registry_unreachable, too_many_pulls);
  if (has_any(t, {"no matching manifest", "unsupported media type", "mediatype", "filesystem layer verification failed",
                  "unknown blob", "unexpected eof in tar", "invalid tar header", "archive/tar",
                  "operating system cannot be used"}))
    return rejected(failure_code::image_invalid, "The image " + image + " is damaged, or not made for this machine.");
  if (has_any(t, {"manifest unknown", "repository does not exist", "name unknown", "repository name not known",
                  "not found: "}))
    return rejected(failure_code::image_not_found, "The image " + image + " does not exist, or is not public.");
  if (has_any(t, {"no basic auth credentials", "unauthorized", "denied", "authentication required", "forbidden"}))
    return rejected(failure_code::registry_denied, "The registry refused to give out the image " + image + ".");
  if (has_any(t, {"x509", "http response to https client", "certificate"}))
    return rejected(failure_code::registry_unreachable,
                    "The registry of " + image + " has no certificate that this machine trusts.");
  if (has_any(t, {"no such host", "lookup ", "connection refused", "no route to host", "timeout", "deadline exceeded",
                  "connection reset", "eof", "network is unreachable", "server misbehaving", "canceled", "bad gateway",
                  "service unavailable", "internal server error", "received unexpected http status"}))
    return retry(failure_code::registry_unreachable, "The registry of " + image + " does not answer.");
  if (status == 400) return rejected(failure_code::image_not_found, "The image's name is not valid.");
  if (status == 404)
    return rejected(failure_code::image_not_found, "The image " + image + " does not exist, or is not public.");
  return retry(failure_code::registry_unreachable, "The image " + image + " could not be pulled.");
}

model::failure built_for_another_platform() {
  return make_failure(failure_code::image_invalid, "The image was built for another platform.");
}

model::effect_error no_manifest_for_this_platform(const std::string& image) {
  return classify_pull(200, "no matching manifest", image);
}

bool is_rate_limit(const model::failure& pull) {
  return pull.message == too_many_pulls;
}

bool wants_evidence(const task_answer& task) {
  return !task.seen.container.empty() && (task.state == "failed" || task.state == "complete");
}

model::task_observation judge(const task_answer& task, const evidence& found) {
  auto seen = task.seen;
  if (found.started_at) seen.started_at = found.started_at;
  const auto take = [&](trouble t) {
    seen.trouble = std::move(t.what);
    seen.fatal = t.fatal;
    seen.excused = t.excused;
  };
  if (seen.phase == model::task_phase::waiting && task.error.find("no suitable node") != std::string::npos) {
    // A node that is away may come back, and its tasks find it then: that is waited for until the deadline.
    seen.unplaceable = task.error.find("not available for new tasks") == std::string::npos;
    seen.trouble = judge_pending(lower(task.error));
  } else if (task.state == "rejected") {
    take(judge_rejected(task.error));
  } else if (task.state == "failed" || task.state == "complete" || task.state == "orphaned") {
    take(judge_failed(task, found));
  }  // "shutdown" and "remove" are ends that somebody wanted
  return seen;
}

}  // namespace troupe::docker
