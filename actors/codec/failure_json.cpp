#include "actors/codec/failure_json.hpp"

#include "actors/codec/fields.hpp"

namespace troupe::codec {

nlohmann::json to_json(const model::failure& f) {
  return {{"code", model::failure_code_texts[f.code]}, {"message", f.message}, {"hint", f.hint},
          {"retryable", model::is_retryable(f.code)},  {"phase", f.phase},     {"detail", f.detail}};
}

model::failure failure_from_json(const nlohmann::json& in) {
  model::failure out;
  out.code = model::failure_code::internal;
  take(in, "code", out.code, model::failure_code_texts);
  take(in, "message", out.message);
  take(in, "hint", out.hint);
  take(in, "phase", out.phase);
  take(in, "detail", out.detail);
  return out;
}

}  // namespace troupe::codec
