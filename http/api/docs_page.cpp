#include "http/api/docs_page.hpp"

#include "http/api/answer.hpp"
#include "http/api/api_state.hpp"
#include "http/api/handlers.hpp"
#include "http/api/page.hpp"
#include "http/api/routes.hpp"

namespace troupe::http::api {

namespace {

void row(std::string& out, const std::string& name, const std::string& value) {
  out += "<tr><th scope=\"row\">" + escaped(name) + "</th><td>" + escaped(value) + "</td></tr>\n";
}

void section(std::string& out, const route& r, const body_schemas& schemas) {
  out += "<h2 id=\"" + escaped(r.operation) + "\"><code>" + escaped(r.method) + ' ' + escaped(r.path) +
         "</code></h2>\n<p>" + escaped(r.summary) + ".</p>\n<table>\n";
  row(out, "Key",
      r.who == access::open  ? "none needed"
      : r.who == access::key ? "any"
                             : "with " + std::string(model::scope_texts[r.scope]));
  for (const auto& p : r.parameters) row(out, "?" + std::string(p.name) + "=", std::string(p.summary));
  row(out, "Answer", std::to_string(r.status) + (r.answer.empty() ? "" : " " + std::string(r.answer)));
  out += "</table>\n";
  if (!r.body.empty())
    out += "<details><summary>Body" + std::string(r.body_optional ? " (may be left out)" : "") + "</summary><pre>" +
           escaped(schemas.schema(r.body).dump(2)) + "</pre></details>\n";
}

}  // namespace

std::string docs_page(const body_schemas& schemas) {
  std::string out =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
      "content=\"width=device-width\">\n<title>Troupe API</title>\n<style>";
  out += page_style;
  out +=
      "</style>\n</head>\n<body>\n<main>\n<h1>Troupe API</h1>\n<p>JSON in and out. The key goes into "
      "<code>X-API-Key</code> or <code>Authorization: Bearer</code>. Writes take an "
      "<code>Idempotency-Key</code>. Errors are <code>application/problem+json</code>. For programs: <a "
      "href=\"/openapi.json\">openapi.json</a>.</p>\n<ul>\n";
  for (const auto& r : routes())
    out += "<li><a href=\"#" + escaped(r.operation) + "\"><code>" + escaped(r.method) + ' ' + escaped(r.path) +
           "</code></a></li>\n";
  out += "</ul>\n";
  for (const auto& r : routes()) section(out, r, schemas);
  return out + "</main>\n</body>\n</html>\n";
}

std::string docs_content_policy() {
  return "default-src 'none'; style-src " + source_hash(page_style) +
         "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

bool get_docs(api_state& api, call& c) {
  send_standing(c, api.docs, "text/html; charset=utf-8",
                {{"Content-Security-Policy", api.docs_policy}, {"Referrer-Policy", "no-referrer"}});
  return true;
}

}  // namespace troupe::http::api
