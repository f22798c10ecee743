// The file with an installation's master keys: they wrap the keys by which values are sealed. Text: one key a line, as
// base64 of 32 random bytes; lines that begin with # are comments. The first key is the one in force; others are there
// while a change of the master key is under way, and open what it has not come to yet.
#pragma once

#include <string>
#include <vector>

#include "actors/model/problem.hpp"
#include "actors/secrets/sealing_key.hpp"

namespace troupe::secrets {

// Never empty. Their ids are made of the keys themselves, so that a wrong key is told by its id.
using master_keys = std::vector<sealing_key>;

sealing_key new_master_key();

// Problems, fit for an operator: not_found, or rejected (it cannot be read, or is no such file).
model::outcome<master_keys> read_master_keys(const std::string& path);

// Replaces the file whole, 0600, and has it on the disk before it returns: a kill leaves the old one or the new one.
// Directories that lack are made. rejected: it cannot be written.
model::outcome<model::done> write_master_keys(const std::string& path, const master_keys& keys);

}  // namespace troupe::secrets
