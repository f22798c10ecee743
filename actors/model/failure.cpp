#include "actors/model/failure.hpp"

namespace troupe::model {

std::string_view hint_for(failure_code code) {
  switch (code) {
    case failure_code::image_not_found:
      return "Check the image's name and tag; a private one needs a login to its registry: PUT /registries/:registry.";
    case failure_code::image_invalid: return "Push the image again, built for this host's platform.";
    case failure_code::registry_unreachable: return "Check the registry's host name, and try again when it answers.";
    case failure_code::registry_denied:
      return "Make the image public, or give a login to its registry with PUT /registries/:registry; one on a private "
             "address is "
             "the operator's to allow.";
    case failure_code::port_conflict: return "Choose another host port, or leave `host` out.";
    case failure_code::no_capacity:
      return "Ask for less CPU or memory or fewer replicas, or free a host port; the operator can add nodes.";
    case failure_code::exited: return "Read the last log lines in `detail`; the container must keep running.";
    case failure_code::out_of_memory: return "Raise `resources.memoryMb`, or make the program use less.";
    case failure_code::unhealthy: return "Check `healthCheck`: its command, port and `startPeriodSeconds`.";
    case failure_code::read_only_filesystem:
      return "Add the directory to `security.writablePaths`, mount a volume there, or set "
             "`security.readOnlyRootFilesystem` to false.";
    case failure_code::permission_denied:
      return "The container runs as a non-root user without capabilities: set `security.user` or "
             "`security.writablePaths`, or, where it starts as root and steps down, `security.preset` to drops-root.";
    case failure_code::unknown_user: return "Set `security.user` to a user in the image's /etc/passwd, or to a number.";
    case failure_code::command_not_found:
      return "Check `command` and `args`: the program must exist in the image and be executable.";
    case failure_code::volume_in_use:
      return "Stop or delete what uses the volume, or mount it everywhere with `\"shared\": true`.";
    case failure_code::volume_not_shared:
      return "Ask for one replica; or name the directory in `volumes`: with `\"shared\": true` if the program can "
             "share "
             "its files, with `\"ephemeral\": true` if they may be in memory.";
    case failure_code::volume_failed: return "Try again; if it stays, ask the operator.";
    case failure_code::network_failed:
      return "Try again; if it stays, ask the operator to check the address pools (`troupe doctor`).";
    case failure_code::timed_out: return "Try again; a slow start needs a longer `healthCheck.startPeriodSeconds`.";
    case failure_code::internal: return "Try again; if it stays, give the operator the deployment's id.";
  }
  return {};
}

failure make_failure(failure_code code, std::string message, std::string detail) {
  return {code, std::move(message), std::string(hint_for(code)), {}, std::move(detail)};
}

}  // namespace troupe::model
