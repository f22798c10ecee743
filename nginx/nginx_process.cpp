#include "nginx/nginx_process.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace troupe::nginx {

namespace fs = std::filesystem;

pid_t start_nginx(const std::string& program, const std::vector<std::string>& arguments, const fs::path& directory,
                  int error_fd) {
  std::vector<char*> argv{const_cast<char*>(program.c_str())};
  for (const auto& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
  argv.push_back(nullptr);
  char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
  char* const environment[] = {path, nullptr};
  const pid_t parent = ::getpid();

  const pid_t child = ::fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "door: fork");
  if (child > 0) {
    ::setpgid(child, child);  // here too, so that it holds before the first signal to the group
    return child;
  }
  // Only async-signal-safe calls from here on.
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(1);
  for (const int s : {SIGPIPE, SIGCHLD, SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH, SIGALRM})
    ::signal(s, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int null = ::open("/dev/null", O_RDWR);
  if (::chdir(directory.c_str()) != 0 || null < 0 || ::dup2(null, 0) < 0 || ::dup2(null, 1) < 0 ||
      ::dup2(error_fd, 2) < 0)
    ::_exit(126);
  ::close_range(3, ~0U, 0);
  ::execve(argv[0], argv.data(), environment);
  ::_exit(127);
}

void check_configuration(const std::string& program, const fs::path& file) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "door: pipe");
  pid_t child = -1;
  try {
    child = start_nginx(program, {"-t", "-q", "-e", "stderr", "-c", file.string()}, file.parent_path(), ends[1]);
  } catch (...) {
    ::close(ends[0]);
    ::close(ends[1]);
    throw;
  }
  ::close(ends[1]);
  std::string words;
  std::array<char, 4096> buffer;
  for (ssize_t n = 0; (n = ::read(ends[0], buffer.data(), buffer.size())) > 0 || (n < 0 && errno == EINTR);)
    if (n > 0) words.append(buffer.data(), static_cast<std::size_t>(n));
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
    throw std::runtime_error("door: " + program + " cannot be executed");
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw std::runtime_error("door: nginx refuses its configuration: " + words);
}

std::vector<pid_t> nginx_processes(const fs::path& directory) {
  std::vector<pid_t> out;
  std::error_code ignored;
  const auto wanted = fs::weakly_canonical(directory, ignored);
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const auto name = entry.path().filename().string();
    pid_t pid = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), pid).ptr != name.data() + name.size()) continue;
    std::string comm;
    std::getline(std::ifstream(entry.path() / "comm"), comm);
    if (comm != "nginx") continue;
    // A process that has ended meanwhile, or a zombie, has no working directory.
    if (fs::read_symlink(entry.path() / "cwd", ignored) == wanted) out.push_back(pid);
  }
  return out;
}

bool end_nginx_processes(const fs::path& directory, std::chrono::milliseconds patience) {
  for (const int signal : {SIGTERM, SIGKILL}) {
    for (const auto pid : nginx_processes(directory)) ::kill(pid, signal);
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < deadline) {
      if (nginx_processes(directory).empty()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  return nginx_processes(directory).empty();
}

}  // namespace troupe::nginx
