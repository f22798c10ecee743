// What the front is given at birth.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "actors/desk/admission.hpp"
#include "actors/interfaces.hpp"
#include "actors/secrets/verified_keys.hpp"
#include "config/settings.hpp"
#include "http/api/call.hpp"

namespace troupe::http::api {

struct front_parts {
  config::settings settings;
  std::shared_ptr<desk::admission> admission;
  std::shared_ptr<secrets::verified_keys> keys;
  model::wall_clock now;

  actors::telegram_actor telegram{};  // none: there is no bot
  answer_observer observe{};          // for metrics
  std::string ingress_fault{};        // what is wrong with ports of mode ingress on this Engine; "": nothing

  std::size_t streams = 500, streams_per_user = 20;
  model::duration health_timeout{800};

  const desk::parts& behind() const { return admission->parts(); }
};

}  // namespace troupe::http::api
