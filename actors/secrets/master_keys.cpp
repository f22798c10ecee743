#include "actors/secrets/master_keys.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <openssl/crypto.h>

#include "actors/secrets/base64.hpp"

namespace troupe::secrets {

namespace {

using model::consequence;
using model::problem;

problem failed(const std::string& path, const std::string& why) {
  return {consequence::rejected, "the file of master keys " + path + ' ' + why, {}, 0};
}
problem system_failed(const std::string& path, const char* what) {
  return failed(path, std::string("cannot be ") + what + ": " + std::generic_category().message(errno));
}

// The id says nothing of the key, and is always the same.
sealing_key with_own_id(const sealing_key::bytes& material) {
  return {sealing_key("none", material).fingerprint("troupe master key"), material};
}

std::optional<sealing_key> read_key(const std::string& line) {
  auto held = from_base64(line);
  if (!held || held->size() != sealing_key::size) return std::nullopt;
  sealing_key::bytes material;
  std::copy(held->begin(), held->end(), material.begin());
  OPENSSL_cleanse(held->data(), held->size());
  return with_own_id(material);
}

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

sealing_key new_master_key() {
  sealing_key::bytes material;
  fill_random(material);
  auto made = with_own_id(material);
  OPENSSL_cleanse(material.data(), material.size());
  return made;
}

model::outcome<master_keys> read_master_keys(const std::string& path) {
  std::error_code unknown;
  if (!std::filesystem::exists(path, unknown) && !unknown)
    return problem{consequence::not_found, "there is no file of master keys " + path, {}, 0};
  std::ifstream file(path);
  master_keys keys;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    while (line.ends_with('\r') || line.ends_with(' ')) line.pop_back();
    if (line.empty() || line.front() == '#') continue;
    auto key = read_key(line);
    OPENSSL_cleanse(line.data(), line.size());
    if (!key)
      return failed(path, "has no key in line " + std::to_string(number) +
                              ": a key is base64 of 32 bytes, as `openssl rand -base64 32` makes it");
    keys.push_back(std::move(*key));
  }
  if (file.bad() || !file.eof()) return system_failed(path, "read");
  if (keys.empty()) return failed(path, "has no key, though it is there: put the key back");
  return keys;
}

model::outcome<model::done> write_master_keys(const std::string& path, const master_keys& keys) {
  std::error_code failure;
  const std::filesystem::path place(path);
  if (!place.parent_path().empty()) std::filesystem::create_directories(place.parent_path(), failure);
  std::string text =
      "# Troupe's master key, which opens the variables of releases in the database. Nothing can take its "
      "place:\n# keep a copy apart from the database's backups.\n";
  for (const auto& key : keys) (text += key.reveal()) += '\n';
  const auto fresh = path + ".new";
  const bool written = write_file(fresh, text) && ::rename(fresh.c_str(), path.c_str()) == 0 && sync_directory(place);
  OPENSSL_cleanse(text.data(), text.size());
  if (!written) return system_failed(path, "written");
  return model::done{};
}

}  // namespace troupe::secrets
