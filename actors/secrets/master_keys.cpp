#include "actors/secrets/master_keys.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <system_error>
#include <utility>

#include <openssl/crypto.h>

#include "actors/secrets/base64.hpp"
#include "config/private_file.hpp"

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
  std::string text =
      "# Troupe's master key, which opens the variables of releases in the database. Nothing can take its "
      "place:\n# keep a copy apart from the database's backups.\n";
  for (const auto& key : keys) (text += key.reveal()) += '\n';
  const bool written = config::write_private_file(path, text);
  OPENSSL_cleanse(text.data(), text.size());
  if (!written) return system_failed(path, "written");
  return model::done{};
}

}  // namespace troupe::secrets
