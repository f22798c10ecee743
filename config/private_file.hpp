// A file that is for its owner alone, such as one with a key in it.
#pragma once

#include <filesystem>
#include <string_view>

namespace troupe::config {

// Mode 0600. Written beside `path` (with .new behind its name) and moved there: nobody ever reads half of it, and once
// this has answered it outlives a crash of the machine. Makes the directory. false: errno says why; what was there
// stays.
bool write_private_file(const std::filesystem::path& path, std::string_view text);

}  // namespace troupe::config
