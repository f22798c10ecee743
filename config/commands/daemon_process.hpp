// The process behind the Engine's socket, where it is on this machine.
#pragma once

#include <optional>
#include <string>
#include <sys/types.h>

namespace troupe::commands {

// Who listens at a unix socket. Nothing where nobody does, or it is in a PID namespace that cannot be seen from here.
std::optional<pid_t> listener_of(const std::string& socket_path);

// Whether dockerd was told --no-new-privileges, on its command line or in the daemon.json that it reads. Nothing where
// its command line cannot be read or is not dockerd's (socket activation).
std::optional<bool> gives_no_new_privileges(pid_t daemon);

// Whether its network namespace is another than ours.
bool has_own_network(pid_t daemon);

}  // namespace troupe::commands
