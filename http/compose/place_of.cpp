#include "http/compose/application.hpp"

namespace troupe::http::compose {

place place_of(const service& one, std::string_view pointer) {
  for (;;) {
    const auto found = one.places.find(std::string(pointer));
    if (found != one.places.end()) return found->second;
    if (pointer.empty()) return {};
    pointer = pointer.substr(0, pointer.rfind('/') == std::string_view::npos ? 0 : pointer.rfind('/'));
  }
}

}  // namespace troupe::http::compose
