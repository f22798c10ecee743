// Answers that go on: bounded per user and in all, ended at once when their key is revoked or expires. Thread-safe.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/secrets/verified_keys.hpp"
#include "http/api/call.hpp"

namespace troupe::http::api {

class streams;

enum class stream_end { revoked, closing };  // why a stream is ended from our side

class stream {
public:
  bool write(std::string chunk);  // false once it has ended
  void end();                     // in order; repeating it is harmless
  bool ended() const { return ended_; }
  void keep(std::shared_ptr<void> what);  // lives until the stream has ended
  // Called instead of end() where the key was revoked or the house closes: whoever sets it ends the stream.
  void on_end(std::function<void(stream_end)> last_words);

private:
  friend class streams;
  stream(streams& all, call_ptr c, bool events) : all_(all), call_(std::move(c)), events_(events) {}
  void drop();
  void end_for(stream_end why);

  streams& all_;
  const call_ptr call_;
  const bool events_;  // server-sent: may be kept alive by comments
  std::atomic<bool> ended_{false};
  std::mutex mutex_;  // of what follows
  std::shared_ptr<void> key_watch_, kept_;
  std::function<void(stream_end)> last_words_;
};
using stream_ptr = std::shared_ptr<stream>;

class streams {
public:
  streams(std::shared_ptr<secrets::verified_keys> keys, std::size_t capacity, std::size_t per_user)
      : keys_(std::move(keys)), capacity_(capacity), per_user_(per_user) {}

  // Sends the head. Null where there are too many: the call is still to be answered.
  stream_ptr open(const call_ptr& c, std::string content_type, const header_list& more = {});
  // A comment to each server-sent one, so that departed clients are noticed.
  void beat();
  void end_all();
  bool empty() const;

private:
  friend class stream;
  void forget(const stream* which);

  const std::shared_ptr<secrets::verified_keys> keys_;
  const std::size_t capacity_, per_user_;
  mutable std::mutex mutex_;
  std::unordered_map<const stream*, stream_ptr> open_;
  std::unordered_map<std::string, std::size_t> by_user_;
};

}  // namespace troupe::http::api
