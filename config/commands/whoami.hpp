// Who a key belongs to and what it may, as a server says it: over REST, from any machine.
#pragma once

#include <ostream>
#include <string>

namespace troupe::commands {

// What is wrong with such a text; "": nothing.
std::string wrong_url(const std::string& text);

// 1, with words on `errors`, where the server does not answer or the key is no good.
int whoami(const std::string& url, const std::string& key, std::ostream& out, std::ostream& errors);

}  // namespace troupe::commands
