#include "docker/event_stream.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <curl/curl.h>

#include "actors/model/fair_share.hpp"
#include "config/logging.hpp"
#include "docker/log_frames.hpp"
#include "docker/log_request.hpp"

namespace troupe::docker {

using steady = std::chrono::steady_clock;

// One open connection. Its callback only sets marks: a handle must not be removed while libcurl runs it.
struct event_stream::transfer {
  CURL* handle = nullptr;
  std::function<bool(std::string_view)> bytes;
  std::function<void()> ended;  // after the handle is out of the loop
};

struct event_stream::followed {
  actors::follow_logs wanted;
  std::set<std::string> containers;
  bool over = false;
};

struct event_stream::loop {
  event_stream& owner;
  CURLM* multi;
  std::map<CURL*, std::unique_ptr<transfer>> transfers;
  std::map<std::uint64_t, followed> follows;
  std::map<CURL*, std::uint64_t> follow_of;
  CURL* events = nullptr;
  std::int64_t since = 0;
  steady::time_point next_try{};
  steady::time_point opened{};
  std::chrono::milliseconds backoff{100};
  bool told_of_loss = false;
  std::vector<std::function<void()>> later{};  // a connection cannot be opened in another's callback

  CURL* open(const std::string& path, std::function<bool(std::string_view)> bytes, std::function<void()> ended);
  void close(CURL* handle);
  void open_events();
  void events_ended();
  void on_event(std::string_view line);
  std::size_t connections_of(const model::user_id& reader) const;
  void open_log(std::uint64_t id, const log_source& source, bool from_start);
  void bury();
  void turn();
};

namespace {
template <class Transfer>
std::size_t on_bytes(char* data, std::size_t, std::size_t size, void* user) {
  auto& t = *static_cast<Transfer*>(user);
  long status = 0;
  curl_easy_getinfo(t.handle, CURLINFO_RESPONSE_CODE, &status);
  try {
    return status >= 200 && status < 300 && t.bytes({data, size}) ? size : 0;
  } catch (...) {
    return 0;
  }
}
}  // namespace

CURL* event_stream::loop::open(const std::string& path, std::function<bool(std::string_view)> bytes,
                               std::function<void()> ended) {
  const auto version = owner.api_.version();
  auto* handle = version ? curl_easy_init() : nullptr;
  if (handle == nullptr) return nullptr;
  auto t = std::make_unique<transfer>(transfer{handle, std::move(bytes), std::move(ended)});
  const auto& where = owner.api_.over().where();
  if (!where.socket.empty()) curl_easy_setopt(handle, CURLOPT_UNIX_SOCKET_PATH, where.socket.c_str());
  curl_easy_setopt(handle, CURLOPT_URL, (where.base_url + "/v" + version->text() + path).c_str());
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, 5000L);
  curl_easy_setopt(handle, CURLOPT_TCP_KEEPALIVE, 1L);  // a quiet stream is a healthy one: no limit of speed or time
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &on_bytes<transfer>);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, t.get());
  if (curl_multi_add_handle(multi, handle) != CURLM_OK) {
    curl_easy_cleanup(handle);
    return nullptr;
  }
  transfers.emplace(handle, std::move(t));
  return handle;
}

void event_stream::loop::close(CURL* handle) {
  const auto it = transfers.find(handle);
  if (it == transfers.end()) return;
  curl_multi_remove_handle(multi, handle);
  curl_easy_cleanup(handle);
  const auto t = std::move(it->second);
  transfers.erase(it);
  follow_of.erase(handle);
  if (t->ended) t->ended();
}

void event_stream::loop::open_events() {
  auto lines = std::make_shared<line_cutter>([this](std::string_view line) { on_event(line); });
  opened = steady::now();
  if (since == 0)
    since = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
                .count();
  events = open(
      event_query(since), [lines](std::string_view bytes) { return lines->feed(bytes), true; },
      [this] { events_ended(); });
  if (events == nullptr) return events_ended();
  owner.listener_.connected();
}

void event_stream::loop::events_ended() {
  events = nullptr;
  if (owner.stopping_) return;
  if (steady::now() - opened > std::chrono::seconds{5}) {
    backoff = std::chrono::milliseconds{100};
    told_of_loss = false;
  }
  if (!std::exchange(told_of_loss, true)) log::warn("the Engine's events ended; connecting again");
  next_try = steady::now() + backoff;
  backoff = std::min(backoff * 2, std::chrono::milliseconds{5000});
  for (auto& [unused, f] : follows) f.over = true;
}

void event_stream::loop::on_event(std::string_view line) {
  const auto e = read_event(line, owner.instance_);
  if (!e) return;
  since = std::max(since, e->nanoseconds);
  if (e->environment.empty() && !e->of_edge) return;
  if (e->action == "start" && !e->container.empty())
    for (auto& [id, f] : follows)
      if (f.wanted.what.deployment == e->deployment && f.wanted.what.service == e->service)
        later.push_back([this, follow_id = id, source = log_source{e->container, e->task_name}] {
          open_log(follow_id, source, true);
        });
  if (e->of_service && e->action == "remove")
    for (auto& [unused, f] : follows)
      if (f.wanted.what.environment == e->environment && f.wanted.what.service == e->service) f.over = true;
  owner.listener_.event(*e);
}

std::size_t event_stream::loop::connections_of(const model::user_id& reader) const {
  return static_cast<std::size_t>(std::count_if(follow_of.begin(), follow_of.end(), [&](const auto& each) {
    const auto f = follows.find(each.second);
    return f != follows.end() && f->second.wanted.reader == reader;
  }));
}

void event_stream::loop::open_log(std::uint64_t id, const log_source& source, bool from_start) {
  const auto it = follows.find(id);
  if (it == follows.end() || it->second.over || !it->second.containers.insert(source.container).second) return;
  const auto& reader = it->second.wanted.reader;
  if (follow_of.size() >= owner.most_followed_ ||
      (!reader.empty() && !model::has_fair_share(connections_of(reader), owner.most_followed_ - follow_of.size()))) {
    log::info("a log is not followed any more: too many containers are", {{"open", std::uint64_t{follow_of.size()}}});
    it->second.over = true;
    return;
  }
  auto what = it->second.wanted.what;
  if (from_start) {  // it began while we watch: all of it is new
    what.since.reset();
    what.tail = 10'000;
  }
  auto frames = std::make_shared<log_frames>(source.name, escapes_of(what),
                                             [this, id, sink = it->second.wanted.sink](actors::log_line line) {
                                               const auto f = follows.find(id);
                                               if (f == follows.end() || f->second.over) return false;
                                               if (sink->line(line)) return true;
                                               f->second.over = true;
                                               return false;
                                             });
  auto* handle = open(
      log_request(source.container, what, true), [frames](std::string_view bytes) { return frames->feed(bytes); },
      [frames] { frames->finish(); });
  if (handle != nullptr) follow_of[handle] = id;
}

// Ends the follows that are over, with their connections.
void event_stream::loop::bury() {
  for (auto it = follows.begin(); it != follows.end();) {
    if (!it->second.over) {
      ++it;
      continue;
    }
    std::vector<CURL*> open_ones;
    for (const auto& [handle, id] : follow_of)
      if (id == it->first) open_ones.push_back(handle);
    for (auto* handle : open_ones) close(handle);
    const auto sink = it->second.wanted.sink;
    it = follows.erase(it);
    --owner.following_;
    if (sink->ended) sink->ended();
  }
}

void event_stream::loop::turn() {
  std::vector<std::function<void(loop&)>> jobs;
  {
    const std::lock_guard lock(owner.mutex_);
    jobs.swap(owner.jobs_);
  }
  for (auto& job : jobs) job(*this);
  if (events == nullptr && steady::now() >= next_try) open_events();
  int running = 0, left = 0;
  curl_multi_perform(multi, &running);
  std::vector<CURL*> finished;
  while (const auto* message = curl_multi_info_read(multi, &left))
    if (message->msg == CURLMSG_DONE) finished.push_back(message->easy_handle);
  for (auto* handle : finished) close(handle);
  for (const auto& job : std::exchange(later, {})) job();
  bury();
  const auto wait = events != nullptr ? std::chrono::milliseconds{1000}
                                      : std::chrono::ceil<std::chrono::milliseconds>(next_try - steady::now());
  curl_multi_poll(multi, nullptr, 0, static_cast<int>(std::clamp<std::int64_t>(wait.count(), 1, 1000)), nullptr);
}

event_stream::event_stream(api_client& api, std::string instance, std::size_t most_followed, event_listener listener)
    : api_(api),
      instance_(std::move(instance)),
      most_followed_(most_followed),
      listener_(std::move(listener)),
      multi_(curl_multi_init()),
      thread_([this] { run(); }) {}

event_stream::~event_stream() {
  stopping_ = true;
  curl_multi_wakeup(multi_);
  thread_.join();
  curl_multi_cleanup(multi_);
}

void event_stream::run() {
  loop all{*this, multi_, {}, {}, {}};
  while (!stopping_) {
    try {
      all.turn();
    } catch (const std::exception& e) {  // a sink's or the listener's; the stream goes on
      log::error("event stream", {{"error", std::string_view(e.what())}});
    }
  }
  for (auto& [unused, f] : all.follows) f.over = true;
  all.bury();
  while (!all.transfers.empty()) all.close(all.transfers.begin()->first);
}

void event_stream::post(std::function<void(loop&)> job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  curl_multi_wakeup(multi_);
}

std::optional<std::uint64_t> event_stream::follow(const actors::follow_logs& wanted) {
  if (!wanted.sink) return std::nullopt;
  if (stopping_ || following_.fetch_add(1) >= most_followed_) {
    --following_;
    if (wanted.sink->ended) wanted.sink->ended();
    return std::nullopt;
  }
  const auto id = next_id_++;
  post([id, wanted](loop& l) { l.follows.emplace(id, followed{wanted, {}, false}); });
  return id;
}

void event_stream::attach(std::uint64_t id, log_sources sources) {
  post([id, sources = std::move(sources)](loop& l) {
    for (const auto& source : sources.containers) l.open_log(id, source, false);
    const auto it = l.follows.find(id);
    if (it != l.follows.end() && !sources.service_exists && sources.containers.empty()) it->second.over = true;
  });
}

void event_stream::end(std::uint64_t id) {
  post([id](loop& l) {
    if (const auto it = l.follows.find(id); it != l.follows.end()) it->second.over = true;
  });
}

}  // namespace troupe::docker
