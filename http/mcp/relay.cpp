#include "http/mcp/relay.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <stdexcept>

#include "http/api/front.hpp"

namespace troupe::http::mcp {

namespace {

std::string encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
        c == '.') {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    ((out += '%') += digits[byte >> 4U]) += digits[byte & 15U];
  }
  return out;
}

std::string path_of(const api::route& r, std::string_view parameter) {
  std::string out(r.path);
  const auto from = out.find("/:");
  if (from != std::string::npos)
    out.replace(from + 1, std::min(out.find('/', from + 1), out.size()) - from - 1, encoded(parameter));
  return out;
}

request made(const api::call& outer, const inner_request& what) {
  request out;
  out.method = what.of->method;
  out.path = path_of(*what.of, what.parameter);
  out.query = what.query;
  out.body = what.body;
  out.peer_address = outer.asked.peer_address;
  out.headers.emplace_back("x-request-id", outer.request_id);
  for (const auto& [name, value] : outer.asked.headers)
    if (name == "x-api-key" || name == "authorization" || name == "x-real-ip" ||
        (name == "idempotency-key" && what.of->writes()))
      out.headers.emplace_back(name, value);
  if (!out.body.empty()) out.headers.emplace_back("content-type", "application/json");
  if (what.as_stream) out.headers.emplace_back("accept", "text/event-stream");
  return out;
}

// The answer goes to whoever asked; none at all (an actor died, the house closes) is one too.
class asking : public exchange, public asker {
public:
  explicit asking(std::function<void(response)> then) : then_(std::move(then)) {}
  ~asking() override {
    asking::answer(api::front::error_answer(503, "A part of the platform does not answer; try again."));
  }
  asking(const asking&) = delete;
  asking& operator=(const asking&) = delete;

  void answer(response what) override {
    if (answered_.exchange(true)) return;
    forget();
    std::exchange(then_, nullptr)(std::move(what));
  }
  void open_stream(int, header_list) override {}
  bool write(std::string) override { return false; }
  void close() override {}
  void on_gone(std::function<void()> callback) override {
    const std::lock_guard lock(mutex_);
    gone_ = std::move(callback);
  }
  void leave() override {
    if (const auto callback = forget()) callback();
  }

private:
  std::function<void()> forget() {
    const std::lock_guard lock(mutex_);
    return std::exchange(gone_, nullptr);
  }

  std::function<void(response)> then_;
  std::atomic<bool> answered_{false};
  std::mutex mutex_;
  std::function<void()> gone_;
};

class following : public exchange, public asker {
public:
  explicit following(stream_watch watch) : watch_(std::move(watch)) {}
  ~following() override { end(std::nullopt); }
  following(const following&) = delete;
  following& operator=(const following&) = delete;

  void answer(response what) override { end(std::move(what)); }
  void open_stream(int, header_list) override { watch_.opened(); }
  bool write(std::string chunk) override {
    if (ended_) return false;
    if (chunk.starts_with(':')) watch_.beat();
    constexpr std::string_view data = "\ndata: ";  // one event a chunk: api::sse_event writes so
    if (const auto at = chunk.find(data); at != std::string::npos) {
      const auto from = at + data.size();
      watch_.event(nlohmann::json::parse(std::string_view(chunk).substr(from, chunk.find('\n', from) - from)));
    }
    return true;
  }
  void close() override { end(std::nullopt); }
  void on_gone(std::function<void()> callback) override {
    const std::lock_guard lock(mutex_);
    gone_ = std::move(callback);
  }
  void leave() override {
    ended_ = true;
    std::function<void()> callback;
    {
      const std::lock_guard lock(mutex_);
      callback = std::exchange(gone_, nullptr);
    }
    if (callback) callback();
  }

private:
  void end(std::optional<response> refusal) {
    if (!ended_.exchange(true)) watch_.ended(std::move(refusal));
  }

  stream_watch watch_;
  std::atomic<bool> ended_{false};
  std::mutex mutex_;
  std::function<void()> gone_;
};

}  // namespace

const api::route& route_of(std::string_view operation) {
  for (const auto& r : api::routes())
    if (r.operation == operation) return r;
  throw std::logic_error("no route of that operation");
}

void add_to_query(std::string& query, std::string_view name, std::string_view value) {
  if (!query.empty()) query += '&';
  (query += name) += '=';
  query += encoded(value);
}

std::string_view body_of(const response& what) {
  return what.shared_body ? *what.shared_body : what.body;
}

std::shared_ptr<asker> ask_route(const api::desk& at, const api::call& outer, const inner_request& what,
                                 std::function<void(response)> then) {
  auto way = std::make_shared<asking>(std::move(then));
  api::let_in(at, made(outer, what), way);
  return way;
}

std::shared_ptr<asker> follow_route(const api::desk& at, const api::call& outer, const inner_request& what,
                                    stream_watch watch) {
  auto way = std::make_shared<following>(std::move(watch));
  api::let_in(at, made(outer, what), way);
  return way;
}

}  // namespace troupe::http::mcp
