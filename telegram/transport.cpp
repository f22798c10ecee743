#include "telegram/transport.hpp"

#include <algorithm>

#include <curl/curl.h>

namespace troupe::telegram {

namespace {

constexpr std::size_t largest = 8U << 20U;

struct exchange {
  std::string* body;
  const std::atomic<bool>* stopped;
};

std::size_t on_body(char* data, std::size_t, std::size_t size, void* user) {
  auto& x = *static_cast<exchange*>(user);
  if (x.body->size() + size > largest) return 0;
  try {
    x.body->append(data, size);
  } catch (...) {  // must not cross libcurl's frames
    return 0;
  }
  return size;
}

int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<exchange*>(user)->stopped->load() ? 1 : 0;
}

transport_fault fault_of(CURLcode code) {
  switch (code) {
    case CURLE_OK: return transport_fault::none;
    case CURLE_ABORTED_BY_CALLBACK: return transport_fault::stopped;
    case CURLE_OPERATION_TIMEDOUT: return transport_fault::timed_out;
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY: return transport_fault::unreachable;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CACERT_BADFILE: return transport_fault::untrusted;
    default: return transport_fault::broken;
  }
}

}  // namespace

std::string_view words_for(transport_fault fault) {
  switch (fault) {
    case transport_fault::none: return "";
    case transport_fault::unreachable: return "Telegram is not reachable";
    case transport_fault::untrusted: return "Telegram's certificate cannot be trusted";
    case transport_fault::timed_out: return "Telegram did not answer in time";
    case transport_fault::broken: return "the connection to Telegram broke";
    case transport_fault::stopped: return "the bot is stopping";
  }
  return "";
}

transport::transport(const std::string& api_url, const config::secret& token)
    : base_(api_url + "/bot" + token.reveal() + '/') {
  static const bool once = [] { return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK; }();
  static_cast<void>(once);
  handle_ = curl_easy_init();
}

transport::~transport() {
  if (handle_) curl_easy_cleanup(handle_);
}

transport_answer transport::send(const api_request& what, std::chrono::milliseconds deadline) {
  transport_answer out;
  if (stopped_ || !handle_) {
    out.fault = stopped_ ? transport_fault::stopped : transport_fault::broken;
    return out;
  }
  exchange x{&out.body, &stopped_};
  const auto url = base_.reveal() + what.method;
  curl_easy_reset(handle_);  // keeps the connection
  curl_easy_setopt(handle_, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle_, CURLOPT_TIMEOUT_MS, static_cast<long>(deadline.count()));
  curl_easy_setopt(handle_, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(std::min<std::chrono::milliseconds>(deadline, std::chrono::seconds{5}).count()));
  curl_easy_setopt(handle_, CURLOPT_POST, 1L);
  curl_easy_setopt(handle_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(what.body.size()));
  curl_easy_setopt(handle_, CURLOPT_POSTFIELDS, what.body.data());
  curl_easy_setopt(handle_, CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(handle_, CURLOPT_WRITEDATA, &x);
  curl_easy_setopt(handle_, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle_, CURLOPT_XFERINFOFUNCTION, &on_progress);
  curl_easy_setopt(handle_, CURLOPT_XFERINFODATA, &x);
  curl_slist* headers = curl_slist_append(curl_slist_append(nullptr, "Expect:"), "Content-Type: application/json");
  curl_easy_setopt(handle_, CURLOPT_HTTPHEADER, headers);
  out.fault = fault_of(curl_easy_perform(handle_));
  long status = 0;
  curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
  out.status = static_cast<int>(status);
  curl_easy_setopt(handle_, CURLOPT_HTTPHEADER, nullptr);
  curl_slist_free_all(headers);
  return out;
}

}  // namespace troupe::telegram
