#include "config/client/server.hpp"

#include <memory>

#include <curl/curl.h>

#include "config/client/failure.hpp"
#include "config/log_line.hpp"

namespace troupe::client {

using nlohmann::json;

std::atomic<bool> was_interrupted = false;

namespace {

constexpr std::size_t largest_body = 64U << 20U;
constexpr long connect_seconds = 15, answer_seconds = 90;

using text_handler = std::function<void(std::string_view)>;

struct receiver {
  CURL* handle;
  answer& got;
  const text_handler& on_text;
};

std::size_t on_body(char* data, std::size_t, std::size_t size, void* user) {
  auto& to = *static_cast<receiver*>(user);
  try {  // nothing may cross libcurl's frames
    curl_easy_getinfo(to.handle, CURLINFO_RESPONSE_CODE, &to.got.status);
    if (to.on_text && to.got.status < 400) {
      to.on_text({data, size});
      return size;
    }
    if (to.got.body.size() + size > largest_body) return 0;
    to.got.body.append(data, size);
  } catch (...) {
    return 0;
  }
  return size;
}

int on_progress(void*, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return was_interrupted ? 1 : 0;
}

using header_list = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

void add_header(header_list& to, const std::string& line) {
  auto* longer = curl_slist_append(to.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  static_cast<void>(to.release());
  to.reset(longer);
}

}  // namespace

answer server::perform(const char* method, const std::string& path, const json& body, const char* accept, bool endless,
                       const text_handler& on_text) const {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle(curl_easy_init(), &curl_easy_cleanup);
  if (!handle) throw std::bad_alloc();
  auto* curl = handle.get();
  header_list headers(nullptr, &curl_slist_free_all);
  add_header(headers, "X-API-Key: " + where_.key);
  add_header(headers, std::string("Accept: ") + accept);
  answer out;
  receiver to{curl, out, on_text};
  char why[CURL_ERROR_SIZE] = "";
  const auto url = where_.url + path;
  const auto sent = body.is_discarded() ? "" : body.dump();
  if (!body.is_discarded()) {
    add_header(headers, "Content-Type: application/json");
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, sent.c_str());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(sent.size()));
  }
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, connect_seconds);
  if (!endless) curl_easy_setopt(curl, CURLOPT_TIMEOUT, answer_seconds);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &on_progress);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &to);
  const auto code = curl_easy_perform(curl);
  if (was_interrupted) throw failure(interrupted, "interrupted");
  if (code != CURLE_OK)
    throw failure(unreachable, log::printable(where_.url) + " does not answer: " +
                                   log::printable(why[0] != '\0' ? why : curl_easy_strerror(code)));
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &out.status);
  return out;
}

answer server::ask(const char* method, const std::string& path, const json& body) const {
  return perform(method, path, body, "application/json", false, nullptr);
}

std::string server::text(const char* method, const std::string& path, const json& body) const {
  auto got = ask(method, path, body);
  if (got.status < 200 || got.status >= 300) fail_with(got);
  return std::move(got.body);
}

void server::stream(const std::string& path, const text_handler& on_text) const {
  const auto got = perform("GET", path, json::value_t::discarded, "text/plain", true, on_text);
  if (got.status < 200 || got.status >= 300) fail_with(got);
}

void fail_with(const answer& refusal) {
  const auto problem = json::parse(refusal.body, nullptr, false);
  auto words = text_at(problem, "detail");
  if (words.empty()) words = "what answers is no Troupe; check the address";
  if (problem.is_object() && problem.contains("errors") && problem["errors"].is_array())
    for (const auto& one : problem["errors"]) {
      const auto pointer = text_at(one, "pointer");
      words += "\n  " + (pointer.empty() ? "" : pointer + ": ") + text_at(one, "detail");
    }
  const bool is_key = refusal.status == 401 || refusal.status == 403;
  throw failure(is_key ? refused : failed, "the server refused (" + std::to_string(refusal.status) + "): " + words);
}

std::string text_at(const json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found != object.end() && found->is_string() ? log::printable(found->get<std::string>()) : "";
}

json json_of(const std::string& text) {
  auto out = json::parse(text, nullptr, false);
  if (!out.is_object()) throw failure(failed, "what answers is no Troupe; check the address");
  return out;
}

std::string escaped(std::string_view text) {
  if (text.empty()) return {};  // of no length is, to libcurl, up to the first NUL
  const std::unique_ptr<char, decltype(&curl_free)> out(
      curl_easy_escape(nullptr, text.data(), static_cast<int>(text.size())), &curl_free);
  if (!out) throw std::bad_alloc();
  return out.get();
}

}  // namespace troupe::client
