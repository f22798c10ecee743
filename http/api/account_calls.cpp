#include "http/api/render.hpp"
#include "http/api/translations.hpp"

namespace troupe::http::api {

void read(question&, desk::get_account&) {}

response shown(const desk::get_account&, const desk::account& who) {
  return json_response({{"account", render(who)}});
}

}  // namespace troupe::http::api
