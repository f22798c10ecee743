// An Engine that accepts and never answers, as one under SIGSTOP does.
#include <filesystem>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

#include "docker/engine.hpp"
#include "tests/docker/plans.hpp"

namespace troupe::docker::tests {
namespace {

using namespace std::chrono_literals;

class silent_socket {
public:
  silent_socket() : path_("/tmp/troupe-silent-" + std::to_string(getpid())) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    fd_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    std::filesystem::remove(path_);
    if (bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || listen(fd_, 16) != 0)
      throw std::runtime_error("no socket");
  }
  ~silent_socket() {
    close(fd_);
    std::filesystem::remove(path_);
  }
  std::string host() const { return "unix://" + path_; }

private:
  std::string path_;
  int fd_;
};

engine_options options(const std::string& host, model::duration timeout) {
  engine_options o;
  o.docker_host = host;
  o.call_timeout = timeout;
  return o;
}

TEST(FrozenEngine, EveryEffectEndsAtItsDeadlineAsUnavailable) {
  const silent_socket frozen;
  engine docker(options(frozen.host(), 300ms));
  const auto plan = plain_plan();
  const auto began = std::chrono::steady_clock::now();
  const auto kinds = {docker.ensure_network({plan.environment}).error(),
                      docker.remove_network({plan.environment}).error(),
                      docker.ensure_volumes({plan.environment, {"v"}}).error(),
                      docker.remove_volumes({plan.environment}).error(),
                      docker.converge_service({plan}).error(),
                      docker.remove_service({plan.environment, "web"}).error(),
                      docker.resolve_image({plan.spec, {}}).error(),
                      docker.look_up_image({plan.spec.image}).error(),
                      docker.list_nodes().error(),
                      docker.list().error(),
                      docker.status().error(),
                      docker.log_sources().error(),
                      docker.list_volumes({plan.environment}).error(),
                      docker.remove_volume({plan.environment, "v"}).error()};
  for (const auto& e : kinds) {
    EXPECT_EQ(e.kind, model::consequence::unavailable);
    EXPECT_EQ(e.what.code, model::failure_code::timed_out);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
}

TEST(FrozenEngine, AnAbsentOneIsUnavailableAtOnce) {
  engine docker(options("unix:///nonexistent/docker.sock", 300ms));
  const auto r = docker.ensure_network({plain_plan().environment});
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().kind, model::consequence::unavailable);
}

TEST(FrozenEngine, StopBreaksOffWhatWaits) {
  const silent_socket frozen;
  engine docker(options(frozen.host(), 60s));
  const auto began = std::chrono::steady_clock::now();
  std::jthread stopping([&] { docker.stop(); });
  EXPECT_FALSE(docker.ensure_network({plain_plan().environment}));
  EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
}

}  // namespace
}  // namespace troupe::docker::tests
