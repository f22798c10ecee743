// A Compose file, YAML or JSON, as an application. docs/compose.md has what is taken, noted and refused.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "http/compose/application.hpp"

namespace troupe::http::compose {

struct reading_limits {
  std::size_t text_bytes = 1024 * 1024;
  std::size_t depth = 32;                        // of nested lists and maps
  std::size_t nodes = 20'000;                    // after aliases and `extends` are followed
  std::size_t expanded_bytes = 4 * 1024 * 1024;  // of all texts after aliases and variables are followed
  std::size_t services = 1000;
  std::size_t findings = 50;  // that are told
};

// `variables`: for ${VAR} and for names in `environment` without a value. Stricter than docker compose, which takes an
// unset variable for an empty one: ${VAR} that is not given and has no default is refused. Of a service that does not
// run, because none of its profiles is in `profiles`, nothing but its name is looked at.
// Throws nothing but std::bad_alloc.
struct read_file {
  application what;            // what could be read, where something is wrong
  std::vector<finding> wrong;  // all of it, in the file's order; empty: the file can be applied
};
read_file read_leniently(std::string_view text, const std::map<std::string, std::string>& variables,
                         const std::set<std::string>& profiles, const reading_limits& limits = {});

// The same, where only the whole is of use.
std::variant<application, std::vector<finding>> read(std::string_view text,
                                                     const std::map<std::string, std::string>& variables,
                                                     const std::set<std::string>& profiles,
                                                     const reading_limits& limits = {});

}  // namespace troupe::http::compose
