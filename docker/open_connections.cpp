#include "docker/open_connections.hpp"

#include <algorithm>

#include <curl/curl.h>

namespace troupe::docker {

namespace {
constexpr std::chrono::milliseconds slice{100};  // of a second's bytes
}

// Its callback only sets marks: a handle must not be removed while libcurl runs it.
struct open_connections::transfer {
  open_connections& all;
  CURL* handle = nullptr;
  std::function<bool(std::string_view)> bytes;
  std::function<void(ending)> ended;
  std::int64_t per_slice = 0, left = 0;
};

open_connections::open_connections(api_client& api) : api_(api), multi_(curl_multi_init()) {}

open_connections::~open_connections() {
  for (const auto& [handle, unused] : transfers_) {
    curl_multi_remove_handle(multi_, handle);
    curl_easy_cleanup(handle);
  }
  curl_multi_cleanup(multi_);
}

std::size_t open_connections::on_bytes(char* data, std::size_t, std::size_t size, void* user) {
  auto& t = *static_cast<transfer*>(user);
  long status = 0;
  curl_easy_getinfo(t.handle, CURLINFO_RESPONSE_CODE, &status);
  if (t.per_slice != 0 && t.left <= 0) {
    t.all.paused_.push_back(t.handle);
    return CURL_WRITEFUNC_PAUSE;
  }
  t.left -= static_cast<std::int64_t>(size);
  try {
    return status >= 200 && status < 300 && t.bytes({data, size}) ? size : 0;
  } catch (...) {  // must not cross libcurl's frames
    return 0;
  }
}

open_connections::id open_connections::open(const std::string& path, std::function<bool(std::string_view)> bytes,
                                            std::function<void(ending)> ended, std::size_t bytes_per_second) {
  const auto version = api_.version();
  auto* handle = version ? curl_easy_init() : nullptr;
  if (handle == nullptr) return nullptr;
  const auto per_slice = static_cast<std::int64_t>(bytes_per_second) * slice.count() / 1000;
  auto t =
      std::make_unique<transfer>(transfer{*this, handle, std::move(bytes), std::move(ended), per_slice, per_slice});
  const auto& where = api_.over().where();
  if (!where.socket.empty()) curl_easy_setopt(handle, CURLOPT_UNIX_SOCKET_PATH, where.socket.c_str());
  curl_easy_setopt(handle, CURLOPT_URL, (where.base_url + "/v" + version->text() + path).c_str());
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, 5000L);
  curl_easy_setopt(handle, CURLOPT_TCP_KEEPALIVE, 1L);  // a quiet stream is a healthy one: no limit of speed or time
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &on_bytes);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, t.get());
  if (curl_multi_add_handle(multi_, handle) != CURLM_OK) {
    curl_easy_cleanup(handle);
    return nullptr;
  }
  transfers_.emplace(handle, std::move(t));
  return handle;
}

void open_connections::close(id which) {
  finish(which, {});
}

void open_connections::finish(id which, ending how) {
  const auto it = transfers_.find(which);
  if (it == transfers_.end()) return;
  const auto t = std::move(it->second);
  transfers_.erase(it);
  std::erase(paused_, which);
  curl_multi_remove_handle(multi_, t->handle);
  curl_easy_cleanup(t->handle);
  if (t->ended) t->ended(how);
}

void open_connections::refill() {
  const auto now = std::chrono::steady_clock::now();
  if (now - refilled_ < slice) return;
  refilled_ = now;
  for (const auto& [unused, t] : transfers_) t->left = t->per_slice;
  std::vector<id> again;
  again.swap(paused_);
  for (auto* handle : again)
    if (transfers_.contains(handle)) curl_easy_pause(handle, CURLPAUSE_CONT);
}

void open_connections::turn(std::chrono::milliseconds longest_wait) {
  refill();
  int running = 0, left = 0;
  curl_multi_perform(multi_, &running);
  std::vector<std::pair<id, ending>> finished;
  while (const auto* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    long status = 0;
    curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
    finished.emplace_back(message->easy_handle, ending{static_cast<int>(status), message->data.result == CURLE_OK});
  }
  for (const auto& [handle, how] : finished) finish(handle, how);
  if (!finished.empty()) return;  // who was told may have something to do first
  const auto wait = paused_.empty() ? longest_wait : std::min(longest_wait, slice);
  curl_multi_poll(multi_, nullptr, 0, static_cast<int>(std::clamp<std::int64_t>(wait.count(), 1, 1000)), nullptr);
}

void open_connections::wake() {
  curl_multi_wakeup(multi_);
}

}  // namespace troupe::docker
