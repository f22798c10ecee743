#include "config/private_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace troupe::config {

namespace {

class descriptor {
public:
  explicit descriptor(int number) : number_(number) {}
  ~descriptor() { close(); }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  int number() const { return number_; }
  bool close() {
    const int mine = std::exchange(number_, -1);
    return mine < 0 || ::close(mine) == 0;
  }

private:
  int number_;
};

bool write_all(int to, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(to, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

bool write_file(const std::string& path, std::string_view text) {
  ::unlink(path.c_str());
  descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  return file.number() >= 0 && write_all(file.number(), text) && ::fsync(file.number()) == 0 && file.close();
}

bool sync_directory(const std::filesystem::path& of) {
  const auto parent = of.parent_path();
  descriptor directory(::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return directory.number() >= 0 && ::fsync(directory.number()) == 0;
}

}  // namespace

bool write_private_file(const std::filesystem::path& path, std::string_view text) {
  std::error_code ignored;  // opening the file tells what is wrong
  if (!path.parent_path().empty()) std::filesystem::create_directories(path.parent_path(), ignored);
  const auto fresh = path.string() + ".new";
  if (write_file(fresh, text) && ::rename(fresh.c_str(), path.c_str()) == 0 && sync_directory(path)) return true;
  const int why = errno;
  ::unlink(fresh.c_str());
  errno = why;
  return false;
}

}  // namespace troupe::config
