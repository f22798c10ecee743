#include "docker/transport.hpp"

#include <algorithm>
#include <cctype>

#include <curl/curl.h>

namespace troupe::docker {

namespace {

struct exchange {
  const call* what = nullptr;
  answer* result = nullptr;
  const std::atomic<bool>* stopped = nullptr;
  CURL* handle = nullptr;
  bool too_large = false;
  bool cancelled = false;
};

std::size_t on_body(char* data, std::size_t, std::size_t size, void* user) {
  auto& x = *static_cast<exchange*>(user);
  long status = 0;
  curl_easy_getinfo(x.handle, CURLINFO_RESPONSE_CODE, &status);
  try {
    if (x.what->on_bytes && status >= 200 && status < 300) {
      if (x.what->on_bytes({data, size})) return size;
      x.cancelled = true;
      return 0;
    }
    if (x.result->body.size() + size > x.what->max_body) {
      x.too_large = true;
      return 0;
    }
    x.result->body.append(data, size);
    return size;
  } catch (...) {  // must not cross libcurl's frames
    x.cancelled = true;
    return 0;
  }
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* user) {
  auto& headers = static_cast<exchange*>(user)->result->headers;
  const std::string_view line(data, size);
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || headers.size() > 64) return size;
  std::string name(line.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  auto value = line.substr(colon + 1);
  while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  while (!value.empty() && (value.back() == '\r' || value.back() == '\n')) value.remove_suffix(1);
  headers.insert_or_assign(std::move(name), std::string(value));
  return size;
}

int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<exchange*>(user)->stopped->load() ? 1 : 0;
}

transport_fault fault_of(CURLcode code, const exchange& x) {
  if (x.too_large) return transport_fault::too_large;
  if (x.cancelled) return transport_fault::cancelled;
  switch (code) {
    case CURLE_OK: return transport_fault::none;
    case CURLE_ABORTED_BY_CALLBACK: return transport_fault::cancelled;
    case CURLE_OPERATION_TIMEDOUT: return transport_fault::timed_out;
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY: return transport_fault::unreachable;
    default: return transport_fault::broken;
  }
}

void global_init() {
  static const bool once = [] { return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK; }();
  static_cast<void>(once);
}

}  // namespace

endpoint parse_endpoint(std::string_view docker_host) {
  constexpr std::string_view unix_scheme = "unix://", tcp_scheme = "tcp://";
  if (docker_host.starts_with(unix_scheme))
    return {std::string(docker_host.substr(unix_scheme.size())), "http://engine"};
  if (docker_host.starts_with(tcp_scheme)) docker_host.remove_prefix(tcp_scheme.size());
  while (!docker_host.empty() && docker_host.back() == '/') docker_host.remove_suffix(1);
  return {{}, "http://" + std::string(docker_host)};
}

transport::transport(std::string_view docker_host) : endpoint_(parse_endpoint(docker_host)) {
  global_init();
}

transport::~transport() {
  for (auto* handle : idle_) curl_easy_cleanup(handle);
}

void* transport::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto* handle = idle_.back();
      idle_.pop_back();
      return handle;
    }
  }
  return curl_easy_init();
}

void transport::give_back(void* handle) {
  {
    const std::lock_guard lock(mutex_);
    if (idle_.size() < 16) {
      idle_.push_back(handle);
      return;
    }
  }
  curl_easy_cleanup(handle);
}

answer transport::send(const call& what) {
  answer result;
  if (stopped_) {
    result.fault = transport_fault::cancelled;
    return result;
  }
  auto* handle = take();
  if (handle == nullptr) {
    result.fault = transport_fault::broken;
    return result;
  }
  exchange x{&what, &result, &stopped_, handle};
  const auto url = endpoint_.base_url + what.path;
  curl_easy_reset(handle);  // keeps the connection
  if (!endpoint_.socket.empty()) curl_easy_setopt(handle, CURLOPT_UNIX_SOCKET_PATH, endpoint_.socket.c_str());
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(what.deadline.count()));
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(std::min(what.deadline, milliseconds{5000}).count()));
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &x);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, &on_header);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &x);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, &on_progress);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &x);
  curl_slist* headers = curl_slist_append(nullptr, "Expect:");
  for (const auto& header : what.headers) headers = curl_slist_append(headers, header.c_str());
  if (what.method == "HEAD") {
    curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
  } else if (what.method != "GET") {
    curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, what.method.c_str());
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(what.body.size()));
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, what.body.data());
    headers = curl_slist_append(headers, ("Content-Type: " + what.content_type).c_str());
  }
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
  const auto code = curl_easy_perform(handle);
  result.fault = fault_of(code, x);
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  result.status = static_cast<int>(status);
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, nullptr);
  curl_slist_free_all(headers);
  give_back(handle);
  return result;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out;
  for (const unsigned char c : text) {
    if (std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_' || c == '~') {
      out += static_cast<char>(c);
    } else {
      out += '%';
      out += hex[c >> 4U];
      out += hex[c & 15U];
    }
  }
  return out;
}

}  // namespace troupe::docker
