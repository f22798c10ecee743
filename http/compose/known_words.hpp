// The words of a Compose file that have no effect here, or cannot have: each with the reason, and what to write
// instead.
#pragma once

#include <string_view>
#include <vector>

namespace troupe::http::compose {

struct known_word {
  std::string_view key;
  bool refused;             // else it is noted and has no effect
  std::string_view detail;  // completes "the key …"
  // A value that asks for what is so anyway, as do those that ask for nothing: false, "", [] and {}.
  std::string_view anyway{};
};

inline constexpr std::string_view one_network =
    "has no effect: all services of an environment share one network and know each other by their names";

inline constexpr std::string_view no_second_name =
    "has no effect: a service has no second name here; where others reach it by that, write its own";

const std::vector<known_word>& words_of_services();
const std::vector<known_word>& words_of_the_top();
const std::vector<known_word>& words_of_deploy();

}  // namespace troupe::http::compose
