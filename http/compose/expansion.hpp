// ${VARIABLES} in a Compose file's values.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace troupe::http::compose {

struct expansion {
  std::string text;
  std::string fault;  // "" where there is none; else why, and what to write instead
};

// $VAR, ${VAR}, ${VAR:-x}, ${VAR-x}, ${VAR:?x}, ${VAR?x}, ${VAR:+x}, ${VAR+x}, where x may hold variables again, and $$
// for one $. A variable that is not given and has no default is a fault. `most`: bytes the text may become.
expansion expand(std::string_view text, const std::map<std::string, std::string>& variables, std::size_t most);

}  // namespace troupe::http::compose
