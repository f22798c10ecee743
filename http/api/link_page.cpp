#include "http/api/link_page.hpp"

#include <algorithm>

#include "actors/codec/timestamp_text.hpp"
#include "http/api/page.hpp"

namespace troupe::http::api {

namespace {

// Without a secure context there is no clipboard to write to: then the key is selected, ready for the keyboard.
constexpr std::string_view script =
    "document.getElementById('copy').addEventListener('click',async()=>{const "
    "key=document.getElementById('key'),said=document.getElementById('said');"
    "try{await navigator.clipboard.writeText(key.textContent);said.textContent='Copied.'}"
    "catch{getSelection().selectAllChildren(key);said.textContent='Selected: copy it with your keyboard.'}})";

std::string page(std::string_view title, const std::string& body) {
  std::string out =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
      "content=\"width=device-width\">\n"
      "<meta name=\"robots\" content=\"noindex\">\n<title>";
  ((out += title) += " – Troupe</title>\n<style>") += page_style;
  ((out += "</style>\n</head>\n<body>\n<main>\n<h1>") += title) += "</h1>\n";
  return out + body + "</main>\n</body>\n</html>\n";
}

bool has_form_of_token(std::string_view text) {
  return !text.empty() && text.size() <= 200 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

}  // namespace

std::string link_page(std::string_view token) {
  if (!has_form_of_token(token)) return refused_link_page("This link is not whole. Open it as it was sent to you.");
  return page("Your API key",
              "<p>This link gives one API key, once. The key is shown on the next page and never again.</p>\n"
              "<form method=\"post\" action=\"/auth/verify\">\n<input type=\"hidden\" name=\"token\" value=\"" +
                  escaped(token) + "\">\n<button autofocus>Show my key</button>\n</form>\n");
}

std::string new_key_page(const std::string& key, const model::api_key& row, const std::string& base_url) {
  std::string scopes;
  for (const auto one : row.scopes.texts()) (scopes += scopes.empty() ? "" : ", ") += one;
  const std::string first = row.scopes.has(model::scope::environments_read) ? "/environments" : "/auth/keys";
  return page("Your API key",
              "<p>Keep it where you keep passwords: it is not shown again.</p>\n<pre><code id=\"key\">" + escaped(key) +
                  "</code></pre>\n<p><button id=\"copy\" type=\"button\" autofocus>Copy the key</button> <span "
                  "id=\"said\" role=\"status\"></span></p>\n"
                  "<p>Try it:</p>\n<pre><code id=\"try\">curl -H 'X-API-Key: " +
                  escaped(key) + "' " + escaped(base_url) + first + "</code></pre>\n<p>“" + escaped(row.name) + "” (" +
                  escaped(row.key_id) + ") may use " + escaped(scopes) + "; it " +
                  (row.expires_at ? "expires " + codec::timestamp_text(*row.expires_at).substr(0, 19) + "Z"
                                  : std::string("does not expire")) +
                  ". All calls: <a href=\"/docs\">the API's page</a>.</p>\n<script>" + std::string(script) +
                  "</script>\n");
}

std::string refused_link_page(const std::string& why) {
  return page("No key here", "<p>" + escaped(why) + "</p>\n");
}

std::string link_page_policy() {
  return "default-src 'none'; style-src " + source_hash(page_style) + "; script-src " + source_hash(script) +
         "; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
}

}  // namespace troupe::http::api
