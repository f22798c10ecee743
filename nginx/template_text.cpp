#include "nginx/template_text.hpp"

namespace troupe::nginx {

std::string fill_template(std::string_view text, const template_values& values) {
  std::string out;
  for (auto begin = text.find("{{"); begin != text.npos; begin = text.find("{{")) {
    const auto end = text.find("}}", begin);
    out.append(text.substr(0, begin)).append(values.at(std::string(text.substr(begin + 2, end - begin - 2))));
    text.remove_prefix(end + 2);
  }
  return out.append(text);
}

}  // namespace troupe::nginx
