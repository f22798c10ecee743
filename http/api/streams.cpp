#include "http/api/streams.hpp"

#include "actors/model/fair_share.hpp"
#include "http/api/answer.hpp"

namespace troupe::http::api {

bool stream::write(std::string chunk) {
  if (ended_) return false;
  if (call_->way->write(std::move(chunk))) return true;
  drop();
  return false;
}

void stream::end() {
  if (ended_.exchange(true)) return;
  call_->way->close();
  all_.forget(this);
}

void stream::drop() {
  if (!ended_.exchange(true)) all_.forget(this);
}

void stream::keep(std::shared_ptr<void> what) {
  {
    const std::lock_guard lock(mutex_);
    kept_ = std::move(what);
  }
  if (ended_) all_.forget(this);
}

void stream::on_end(std::function<void(stream_end)> last_words) {
  const std::lock_guard lock(mutex_);
  last_words_ = std::move(last_words);
}

void stream::end_for(stream_end why) {
  std::function<void(stream_end)> last_words;
  {
    const std::lock_guard lock(mutex_);
    last_words.swap(last_words_);
  }
  last_words ? last_words(why) : end();
}

stream_ptr streams::open(const call_ptr& c, std::string content_type, const header_list& more) {
  const stream_ptr made(new stream(*this, c, content_type.starts_with("text/event-stream")));
  {
    const std::lock_guard lock(mutex_);
    if (open_.size() >= capacity_) return nullptr;
    auto& mine = by_user_[c->who.user.text];
    if (mine >= per_user_ || !model::has_fair_share(mine, capacity_ - open_.size())) return nullptr;
    ++mine;
    open_.emplace(made.get(), made);
  }
  const std::weak_ptr<stream> weak = made;
  auto headers = common_headers(*c);
  headers.emplace_back("Content-Type", std::move(content_type));
  headers.insert(headers.end(), more.begin(), more.end());
  c->way->open_stream(200, std::move(headers));
  auto watch = keys_->on_revoked(c->who.key_id, [weak] {
    if (const auto s = weak.lock()) s->end_for(stream_end::revoked);
  });
  {
    const std::lock_guard lock(made->mutex_);
    made->key_watch_ = std::move(watch);
  }
  c->way->on_gone([weak] {
    if (const auto s = weak.lock()) s->drop();
  });
  // Ended before the watch was in place: forget() found none to drop.
  if (made->ended()) forget(made.get());
  return made;
}

void streams::forget(const stream* which) {
  stream_ptr last;
  std::shared_ptr<void> watch, kept;
  std::function<void(stream_end)> last_words;
  {
    const std::lock_guard lock(mutex_);
    const auto at = open_.find(which);
    if (at != open_.end()) {
      last = std::move(at->second);
      open_.erase(at);
      const auto mine = by_user_.find(which->call_->who.user.text);
      if (--mine->second == 0) by_user_.erase(mine);
    }
  }
  // Dropped without the lock: it may wait for a callback that is under way.
  auto* const mutable_stream = const_cast<stream*>(which);
  const std::lock_guard lock(mutable_stream->mutex_);
  watch = std::move(mutable_stream->key_watch_);
  kept = std::move(mutable_stream->kept_);
  last_words.swap(mutable_stream->last_words_);
}

void streams::beat() {
  std::vector<stream_ptr> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [ignored, one] : open_) all.push_back(one);
  }
  for (const auto& one : all)
    if (one->events_) one->write(": still here\n\n");
}

void streams::end_all() {
  std::vector<stream_ptr> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [ignored, one] : open_) all.push_back(one);
  }
  for (const auto& one : all) one->end_for(stream_end::closing);
}

bool streams::empty() const {
  const std::lock_guard lock(mutex_);
  return open_.empty();
}

}  // namespace troupe::http::api
