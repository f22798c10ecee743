#include "config/commands/whoami.hpp"

#include <memory>

#include <curl/curl.h>
#include <nlohmann/json.hpp>

#include "config/log_line.hpp"

namespace troupe::commands {

namespace {

using nlohmann::json;

constexpr std::size_t largest = 1U << 20U;
constexpr long patience_seconds = 15;

struct answer {
  long status = 0;  // 0: none came
  std::string body;
};

std::size_t on_body(char* data, std::size_t, std::size_t size, void* user) {
  auto& body = *static_cast<std::string*>(user);
  if (body.size() + size > largest) return 0;
  try {
    body.append(data, size);
  } catch (...) {  // must not cross libcurl's frames
    return 0;
  }
  return size;
}

answer get(const std::string& url, const std::string& key) {
  answer out;
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle(curl_easy_init(), &curl_easy_cleanup);
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(
      curl_slist_append(nullptr, ("X-API-Key: " + key).c_str()), &curl_slist_free_all);
  if (!handle || !headers) return out;
  curl_easy_setopt(handle.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT, patience_seconds);
  curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(handle.get(), CURLOPT_WRITEDATA, &out.body);
  if (curl_easy_perform(handle.get()) == CURLE_OK) curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &out.status);
  return out;
}

std::string joined(const json& texts) {
  std::string out;
  for (const auto& one : texts) (out += out.empty() ? "" : ",") += one.get<std::string>();
  return log::printable(out);
}

std::string text_of(const json& value) {
  return log::printable(value.is_string() ? value.get<std::string>() : "");
}

void print(const json& account, std::ostream& out) {
  const auto& limit = account.at("deploymentsPerMinute");
  const auto environments = joined(account.at("environmentIds"));
  out << "user          " << text_of(account.at("user")) << '\n'
      << "key           " << text_of(account.at("keyId")) << " \"" << text_of(account.at("keyName")) << "\"\n"
      << "scopes        " << joined(account.at("scopes")) << '\n'
      << "environments  " << (environments.empty() ? "all of the user's" : environments) << '\n'
      << "deployments   " << limit.at("used") << " of " << limit.at("limit") << " in the last minute\n";
}

int failed(std::ostream& errors, std::string_view why) {
  errors << "troupe: " << why << '\n';
  return 1;
}

}  // namespace

std::string wrong_url(const std::string& text) {
  return text.starts_with("http://") || text.starts_with("https://") ? "" : "must begin with http:// or https://";
}

int whoami(const std::string& url, const std::string& key, std::ostream& out, std::ostream& errors) {
  if (key.empty() || log::printable(key) != key) return failed(errors, "the key is one line of printable text");
  const auto base = url.ends_with('/') ? url.substr(0, url.size() - 1) : url;
  const auto got = get(base + "/auth/me", key);
  if (got.status == 0) return failed(errors, "no answer came from " + log::printable(base));
  const auto body = json::parse(got.body, nullptr, false);
  try {
    if (got.status != 200)
      return failed(errors, "the server refused (" + std::to_string(got.status) + "): " + text_of(body.at("detail")));
    print(body.at("account"), out);
  } catch (const json::exception&) {
    return failed(errors, "what answers at " + log::printable(base) + " is no Troupe");
  }
  return out.flush() ? 0 : 1;
}

}  // namespace troupe::commands
