#include "http/wall.hpp"

#include <exception>

#include <boost/beast/http/status.hpp>

#include "config/logging.hpp"

namespace troupe::http {

// `detail` is always one of the wall's own texts: it needs no escaping.
static response bare_problem(int status, std::string_view detail) {
  const auto reason = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status));
  const auto title = status == 413 ? std::string_view("Content Too Large")  // RFC 9110's name
                                   : std::string_view(reason.data(), reason.size());
  response out;
  out.content_type = "application/problem+json";
  out.body.append(R"({"type":"about:blank","title":")").append(title.data(), title.size());
  out.body.append(R"(","status":)").append(std::to_string(status));
  out.body.append(R"(,"detail":")").append(detail).append("\"}");
  return out;
}

response wall::error_answer(int status, std::string_view detail, std::string_view request_id) const {
  response out;
  try {
    out = options.error_answer ? options.error_answer(status, detail, request_id) : bare_problem(status, detail);
  } catch (const std::exception& e) {
    log::error("error_answer failed", {{"error", std::string_view(e.what())}});
    out = bare_problem(status, detail);
  }
  out.status = status;
  return out;
}

void wall::one_settled() {
  if (in_flight.fetch_sub(1) == 1 && draining) {
    std::lock_guard guard(lock);
    settled.notify_all();
  }
}

}  // namespace troupe::http
