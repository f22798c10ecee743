#include "docker/log_keeper.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "actors/model/fair_share.hpp"
#include "config/logging.hpp"
#include "docker/log_frames.hpp"
#include "docker/log_request.hpp"

namespace troupe::docker {

namespace {
using steady = std::chrono::steady_clock;
constexpr std::size_t most_read = 16;  // logs that are read to their end at a time, beside those that are followed
constexpr std::chrono::milliseconds between_tries{1'000}, between_tendings{500};
}  // namespace

struct log_keeper::loop {
  struct watched {
    log_source source;
    open_connections::id connection = nullptr;
    bool followed = false;       // by that connection
    bool began_running = false;  // when that connection was opened: what comes over it may not be all
    bool read_up = false;        // has ended, and is read to its end
    std::optional<steady::time_point> due{};
    steady::time_point learned = steady::now();
    std::vector<std::shared_ptr<std::promise<void>>> settlers{};
  };

  log_keeper& owner;
  std::map<std::string, watched> all{};  // by the container's id
  std::set<std::pair<steady::time_point, std::string>> due{};
  std::map<model::environment_id, std::size_t> followed_of{};
  std::size_t following = 0, reading = 0;
  steady::time_point tended{};

  void schedule(watched& w, std::chrono::milliseconds in);
  watched& watch(log_source source);
  bool may_follow(const watched& w);
  void begin(watched& w, bool at_once);
  void ended(const std::string& container, open_connections::ending how);
  void forget(const std::string& container);
  void settled(watched& w);
  void compare(const std::vector<log_source>& now, steady::time_point asked_at);
  void turn();
};

void log_keeper::loop::schedule(watched& w, std::chrono::milliseconds in) {
  const auto at = steady::now() + in;
  if (w.due && *w.due <= at) return;
  if (w.due) due.erase({*w.due, w.source.container});
  w.due = at;
  due.emplace(at, w.source.container);
}

log_keeper::loop::watched& log_keeper::loop::watch(log_source source) {
  auto& w = all[source.container];
  const bool began_again = source.running && w.read_up;
  w.source = std::move(source);
  if (began_again) w.read_up = false;
  return w;
}

bool log_keeper::loop::may_follow(const watched& w) {
  return w.source.running && following < owner.options_.most_followed &&
         model::has_fair_share(followed_of[w.source.environment], owner.options_.most_followed - following);
}

void log_keeper::loop::begin(watched& w, bool at_once) {
  if (w.connection != nullptr || w.read_up) return;
  const auto id = w.source.container;
  const bool follow = may_follow(w);
  if (!follow && !at_once && reading >= most_read) return schedule(w, std::chrono::milliseconds{50});
  const auto place = w.source.place();
  auto resumption = std::make_shared<log_resumption>(owner.shelf_->position(place, id));
  const auto keep = [shelf = owner.shelf_, place, id, deployment = w.source.deployment,
                     resumption](actors::log_line line) {
    line.deployment = deployment;
    if (resumption->is_new(line.is_stderr, line.at)) shelf->keep(place, id, std::move(line));
    return true;
  };
  auto frames = std::make_shared<log_frames>(w.source.name, escapes::keep, keep);
  w.connection = owner.connections_.open(
      log_request(id, resumption->since(), follow), [frames](std::string_view bytes) { return frames->feed(bytes); },
      // Where more may come, the rest of a line that is not whole yet comes again, from its beginning.
      [this, id, frames, over = follow || !w.source.running](open_connections::ending how) {
        if (how.whole && over) frames->finish();
        ended(id, how);
      },
      owner.options_.bytes_per_second);
  if (w.connection == nullptr) return schedule(w, between_tries);  // the Engine is away
  w.followed = follow;
  w.began_running = w.source.running;
  ++(follow ? following : reading);
  if (follow) ++followed_of[w.source.environment];
}

void log_keeper::loop::ended(const std::string& container, open_connections::ending how) {
  const auto it = all.find(container);
  if (it == all.end() || owner.stopping_) return;
  auto& w = it->second;
  w.connection = nullptr;
  const bool was_followed = std::exchange(w.followed, false);
  --(was_followed ? following : reading);
  if (was_followed) {
    if (const auto mine = followed_of.find(w.source.environment); --mine->second == 0) followed_of.erase(mine);
    w.source.running = false;  // most likely; where it is not so, the next listing says it
    return schedule(w, how.whole ? std::chrono::milliseconds{0} : between_tries);
  }
  if (how.status != 404 && !(how.whole && how.status == 200)) return schedule(w, between_tries);
  if (how.status != 404 && w.source.running) return schedule(w, owner.options_.in_turn);
  if (how.status != 404 && w.began_running) return schedule(w, {});
  w.read_up = true;
  settled(w);
}

void log_keeper::loop::settled(watched& w) {
  for (const auto& waiting : std::exchange(w.settlers, {})) waiting->set_value();
}

void log_keeper::loop::forget(const std::string& container) {
  const auto it = all.find(container);
  if (it == all.end()) return;
  owner.shelf_->forget(it->second.source.place(), container);
  if (it->second.due) due.erase({*it->second.due, container});
  settled(it->second);
  all.erase(it);
}

void log_keeper::loop::compare(const std::vector<log_source>& now, steady::time_point asked_at) {
  std::set<std::string> there;
  for (const auto& source : now) {
    there.insert(source.container);
    auto& w = watch(source);
    if (w.connection == nullptr && !w.read_up) schedule(w, {});
  }
  std::vector<std::string> gone;
  for (const auto& [id, w] : all)
    if (w.connection == nullptr && w.learned < asked_at && !there.contains(id)) gone.push_back(id);
  for (const auto& id : gone) forget(id);
}

void log_keeper::loop::turn() {
  std::vector<std::function<void(loop&)>> jobs;
  {
    const std::lock_guard lock(owner.mutex_);
    jobs.swap(owner.jobs_);
  }
  for (const auto& job : jobs) job(*this);
  const auto now = steady::now();
  std::vector<std::string> next;
  while (!due.empty() && due.begin()->first <= now) {
    next.push_back(due.begin()->second);
    due.erase(due.begin());
  }
  for (const auto& id : next)
    if (const auto it = all.find(id); it != all.end()) {
      it->second.due.reset();
      begin(it->second, false);
    }
  if (now - tended >= between_tendings) {
    tended = now;
    owner.shelf_->tend();
  }
  const auto until_due =
      due.empty() ? between_tendings : std::chrono::ceil<std::chrono::milliseconds>(due.begin()->first - steady::now());
  owner.connections_.turn(std::clamp(until_due, std::chrono::milliseconds{1}, between_tendings));
}

log_keeper::log_keeper(api_client& api, std::shared_ptr<log_shelf> shelf, keeper_options options)
    : shelf_(std::move(shelf)), options_(options), connections_(api), thread_([this] { run(); }) {}

log_keeper::~log_keeper() {
  stopping_ = true;
  connections_.wake();
  thread_.join();
}

void log_keeper::run() {
  loop keeping{*this};
  while (!stopping_) {
    try {
      keeping.turn();
    } catch (const std::exception& e) {  // no memory, or a reader's sink; the others go on
      log::error("keeping logs", {{"error", std::string_view(e.what())}});
    }
  }
  shelf_->tend(true);
  for (auto& [unused, w] : keeping.all) keeping.settled(w);
}

void log_keeper::post(std::function<void(loop&)> job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  connections_.wake();
}

void log_keeper::started(log_source one) {
  post([one = std::move(one)](loop& l) { l.begin(l.watch(one), false); });
}

void log_keeper::listed(std::vector<log_source> now, std::chrono::steady_clock::time_point asked_at) {
  post([now = std::move(now), asked_at](loop& l) { l.compare(now, asked_at); });
}

bool log_keeper::settle(const std::vector<log_source>& which, std::chrono::milliseconds longest) {
  const auto deadline = steady::now() + longest;
  std::vector<std::future<void>> all;
  for (const auto& source : which) {
    const auto done = std::make_shared<std::promise<void>>();
    all.push_back(done->get_future());
    post([source, done](loop& l) {
      auto& w = l.watch(source);
      w.settlers.push_back(done);
      if (w.read_up) return l.settled(w);
      l.begin(w, true);
    });
  }
  return std::all_of(all.begin(), all.end(),
                     [&](const auto& one) { return one.wait_until(deadline) == std::future_status::ready; });
}

}  // namespace troupe::docker
