// Beast asserts on a final chunk that arrives split after its first LF ("0\r\n" + "\r"), which is valid input.
#define BOOST_DISABLE_ASSERTS

#include "http/request_reader.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include <boost/beast/http/basic_parser.hpp>

#include "config/body_limit.hpp"
#include "http/request_path.hpp"

namespace troupe::http {
namespace {

namespace beast = boost::beast;
using beast::http::field;

struct rejection {
  int status;
  std::string detail;
};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

std::string lowered(beast::string_view text) {
  std::string out(text.data(), text.size());
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

bool is_digits(beast::string_view text) {
  return !text.empty() && text.size() <= 18 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_host(beast::string_view text) {
  return !text.empty() && text.size() <= 255 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._:[]").find(c) != std::string_view::npos;
  });
}

bool is_visible_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

bool has_bare_lf(std::string_view text) {
  for (auto at = text.find('\n'); at != text.npos; at = text.find('\n', at + 1))
    if (at == 0 || text[at - 1] != '\r') return true;
  return false;
}

// "HTTP/2.0": well-formed, only not ours. Anything else at the line's end is no HTTP.
bool names_other_version(std::string_view head) {
  const auto line = head.substr(0, head.find('\r'));
  if (line.size() < 9) return false;
  const auto tail = line.substr(line.size() - 9);
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return tail.starts_with(" HTTP/") && digit(tail[6]) && tail[7] == '.' && digit(tail[8]) && tail != " HTTP/1.1" &&
         tail != " HTTP/1.0";
}

}  // namespace

class request_reader::parser {
public:
  explicit parser(const reading_limits& limits) : limits_(limits) {}

  step feed(std::string_view bytes) {
    std::size_t consumed = 0;
    if (!message_) {
      const auto end = find_head_end(bytes);
      if (failure_.status != 0) return {0, reading::rejected};
      if (end == 0) return {0, reading::more};
      if (!read_head(bytes.substr(0, end))) return {end, reading::rejected};
      consumed = end;
      if (message_->is_done()) return {consumed, reading::complete};
      bytes.remove_prefix(end);
      if (bytes.empty()) return {consumed, expects_continue_ ? reading::continue_wanted : reading::more};
    }
    return read_body(bytes, consumed);
  }

  request take() {
    message_.reset();
    scanned_ = line_start_ = 0;
    return std::exchange(request_, {});
  }

  const request& so_far() const { return request_; }
  bool in_body() const { return message_.has_value(); }
  bool is_head() const { return is_head_; }
  bool http_1_1() const { return http_1_1_; }
  bool keep_alive() const { return keep_alive_; }
  const rejection& failure() const { return failure_; }

private:
  // Collects into the outer object; Beast drives it.
  struct message final : beast::http::basic_parser<true> {
    explicit message(parser& p) : out(p) {}
    parser& out;
    bool head_done = false;

    using code = beast::error_code;
    void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target, int version,
                         code& ec) override {
      out.on_request({method.data(), method.size()}, {target.data(), target.size()}, version);
      stop_on_failure(ec);
    }
    void on_response_impl(int, beast::string_view, int, code&) override {}
    void on_field_impl(field name, beast::string_view text, beast::string_view value, code& ec) override {
      if (!head_done) out.on_field(name, text, value);
      stop_on_failure(ec);
    }
    void on_header_impl(code&) override { head_done = true; }
    void on_body_init_impl(const boost::optional<std::uint64_t>&, code&) override {}
    std::size_t on_body_impl(beast::string_view body, code&) override {
      out.request_.body.append(body.data(), body.size());
      return body.size();
    }
    void on_chunk_header_impl(std::uint64_t, beast::string_view, code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body, code& ec) override {
      return on_body_impl(body, ec);
    }
    void on_finish_impl(code&) override {}

    void stop_on_failure(code& ec) const {
      if (out.failure_.status != 0) ec = beast::http::error::bad_field;
    }
  };

  void fail(int status, std::string_view detail) {
    if (failure_.status == 0) failure_ = {status, std::string(detail)};
  }

  // The end of the head, 0 while it is not there. Every line must end in CRLF and hold no other control character than
  // HTAB; a line may not begin with white space (obsolete folding).
  std::size_t find_head_end(std::string_view bytes) {
    for (; scanned_ < bytes.size(); ++scanned_) {
      const auto c = static_cast<unsigned char>(bytes[scanned_]);
      if (c >= ' ' && c != 0x7f) {
        if (c != ' ' || scanned_ != line_start_) continue;
        fail(400, "A header line begins with white space.");
      } else if (c == '\n') {
        if (scanned_ == line_start_ || bytes[scanned_ - 1] != '\r') {
          fail(400, "A line does not end in CRLF.");
          return 0;
        }
        if (line_start_ == 0 && scanned_ > longest_request_line()) fail(414, "The request target is too long.");
        const bool blank = scanned_ - 1 == line_start_;
        line_start_ = scanned_ + 1;
        if (blank) {
          if (line_start_ == 2) fail(400, "The request line is empty.");
          if (line_start_ > limits_.max_header_bytes) fail(431, "The header section is too large.");
          return failure_.status == 0 ? line_start_ : 0;
        }
      } else if (c == '\r') {
        if (scanned_ + 1 == bytes.size()) break;  // looked at again with what follows
        if (bytes[scanned_ + 1] != '\n') fail(400, "A CR is not followed by LF.");
      } else if (c != '\t' || scanned_ == line_start_) {
        fail(400, "The header section holds a control character.");
      }
      if (failure_.status != 0) return 0;
    }
    if (line_start_ == 0 && bytes.size() > longest_request_line()) fail(414, "The request target is too long.");
    if (bytes.size() >= limits_.max_header_bytes) fail(431, "The header section is too large.");
    return 0;
  }

  std::size_t longest_request_line() const { return limits_.max_target_bytes + 64; }

  bool read_head(std::string_view head) {
    hosts_ = lengths_ = 0;
    chunked_ = expects_continue_ = false;
    is_head_ = head.starts_with("HEAD ");
    message_.emplace(*this);
    message_->header_limit(static_cast<std::uint32_t>(limits_.max_header_bytes));
    message_->body_limit(std::numeric_limits<std::uint64_t>::max());  // check_head() answers 413
    beast::error_code ec;
    message_->put({head.data(), head.size()}, ec);
    if (failure_.status != 0) return false;
    if (ec == beast::http::error::bad_version && names_other_version(head)) {
      fail(505, "The HTTP version is not 1.1 or 1.0.");
    } else if (ec) {
      fail(400, "The request is not well-formed HTTP.");
    } else {
      check_head();
    }
    if (failure_.status != 0) return false;
    keep_alive_ = message_->keep_alive();
    message_->body_limit(limits_.max_body_bytes);
    message_->eager(true);
    return true;
  }

  void on_request(std::string_view method, std::string_view target, int version) {
    http_1_1_ = version == 11;
    if (target.size() > limits_.max_target_bytes) return fail(414, "The request target is too long.");
    const auto mark = target.find('?');
    const auto path = target.substr(0, mark);
    if (!is_plain_path(path) || !is_visible_ascii(target) || target.find('#') != target.npos)
      return fail(400, path.find("//") != path.npos
                           ? "The path has an empty part, //: an id may be missing there."
                           : "The request target is not a plain path: no . or .. segment, no encoded dot or slash, "
                             "nothing that is not a URL's.");
    request_.method = method;
    request_.path = path;
    if (mark != target.npos) request_.query = target.substr(mark + 1);
    request_.headers.reserve(8);
  }

  void on_field(field name, beast::string_view text, beast::string_view value) {
    if (request_.headers.size() >= limits_.max_headers) return fail(431, "There are too many headers.");
    switch (name) {
      case field::host:
        if (++hosts_ > 1 || !is_host(value)) fail(400, "The Host header is not one host.");
        break;
      case field::content_length:
        if (++lengths_ > 1 || !is_digits(value)) fail(400, "The Content-Length is not one number.");
        break;
      case field::transfer_encoding:
        if (!http_1_1_ || chunked_)
          fail(400, "The Transfer-Encoding is out of place.");
        else if (!beast::iequals(value, "chunked"))
          fail(501, "The only transfer coding known is chunked.");
        chunked_ = true;
        break;
      case field::expect:
        if (!beast::iequals(value, "100-continue")) fail(417, "The only expectation known is 100-continue.");
        expects_continue_ = http_1_1_;
        break;
      default: break;
    }
    request_.headers.emplace_back(lowered(text), std::string(value.data(), value.size()));
  }

  void check_head() {
    if (hosts_ == 0 && http_1_1_) fail(400, "The Host header is missing.");
    if (chunked_ && lengths_ > 0) fail(400, "Content-Length and Transfer-Encoding exclude each other.");
    if (message_->content_length().value_or(0) > limits_.max_body_bytes)
      fail(413, config::body_too_large(limits_.max_body_bytes));
  }

  step read_body(std::string_view bytes, std::size_t consumed) {
    beast::error_code ec;
    const auto used = message_->put({bytes.data(), bytes.size()}, ec);
    consumed += used;
    if (ec == beast::http::error::body_limit) {
      fail(413, config::body_too_large(limits_.max_body_bytes));
    } else if (ec && ec != beast::http::error::need_more) {
      fail(400, "The chunked body is malformed.");
    } else if (has_bare_lf(bytes.substr(used))) {  // only a chunk's head or trailers stay over
      fail(400, "A line does not end in CRLF.");
    } else if (bytes.size() - used >= limits_.max_header_bytes) {
      fail(400, "A chunk's head or the trailers are too large.");
    } else {
      return {consumed, message_->is_done() ? reading::complete : reading::more};
    }
    return {consumed, reading::rejected};
  }

  reading_limits limits_;
  std::optional<message> message_;
  request request_;
  rejection failure_{0, {}};
  std::size_t scanned_ = 0;
  std::size_t line_start_ = 0;
  int hosts_ = 0;
  int lengths_ = 0;
  bool chunked_ = false;
  bool expects_continue_ = false;
  bool is_head_ = false;
  bool http_1_1_ = true;
  bool keep_alive_ = false;
};

request_reader::request_reader(const reading_limits& limits) : parser_(std::make_unique<parser>(limits)) {}
request_reader::~request_reader() = default;

request_reader::step request_reader::feed(std::string_view bytes) {
  return parser_->feed(bytes);
}
request request_reader::take() {
  return parser_->take();
}
const request& request_reader::so_far() const {
  return parser_->so_far();
}
bool request_reader::in_body() const {
  return parser_->in_body();
}
bool request_reader::is_head() const {
  return parser_->is_head();
}
bool request_reader::http_1_1() const {
  return parser_->http_1_1();
}
bool request_reader::keep_alive() const {
  return parser_->keep_alive();
}
int request_reader::status() const {
  return parser_->failure().status;
}
std::string_view request_reader::detail() const {
  return parser_->failure().detail;
}

}  // namespace troupe::http
