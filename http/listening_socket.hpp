#pragma once

#include <cstdint>
#include <string>

namespace troupe::http {

bool is_loopback(const std::string& address);

/// Closes this process's listening socket on the loopback port, so that the kernel refuses new connections, while
/// whoever owns the descriptor keeps a valid one. Pistache's Listener cannot stop accepting without stopping its
/// workers, nor tell its socket.
void stop_listening(std::uint16_t port);

}  // namespace troupe::http
