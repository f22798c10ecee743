// What the bot says: HTML as the Bot API reads it (parse_mode HTML), and buttons below it.
#pragma once

#include <string>
#include <vector>

namespace troupe::telegram {

struct button {
  std::string label;
  std::string data;  // comes back when it is pressed: 1-64 bytes
};
using keyboard = std::vector<std::vector<button>>;  // rows

struct message {
  std::string html;  // at most 4096 UTF-16 units once the entities are read
  keyboard buttons = {};
};

}  // namespace troupe::telegram
