#include "http/mcp/reply.hpp"

#include "http/api/accept.hpp"
#include "http/api/answer.hpp"
#include "http/api/carry.hpp"
#include "http/api/json_decode.hpp"
#include "http/api/render.hpp"

namespace troupe::http::mcp {

namespace {

using nlohmann::json;

std::string token_of(const api::call& c, const message& what) {
  const auto meta = what.params.find("_meta");
  if (meta == what.params.end() || !meta->is_object()) return {};
  const auto token = meta->find("progressToken");
  if (token == meta->end() || !(token->is_string() || token->is_number_integer())) return {};
  const auto* accept = c.asked.header("accept");
  return accept && accept->find("text/event-stream") != std::string::npos ? api::encode_json(*token) : std::string();
}

}  // namespace

reply::reply(api::call_ptr c, era spoken, const message& what)
    : call_(std::move(c)), era_(spoken), id_(what.id), token_(token_of(*call_, what)) {}

void reply::send(int status, std::string text, const header_list& headers) {
  if (stream_) {
    stream_->write(api::sse_event("message", "", text));
    return stream_->end();
  }
  call_->extra.insert(call_->extra.end(), headers.begin(), headers.end());
  api::send_json(*call_, status, std::move(text));
}

void reply::result(std::string members, const header_list& headers, std::string_view type) {
  if (era_ == era::modern) {
    if (!members.empty()) members += ',';
    ((members += R"("resultType":")") += type) +=
        R"(","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"troupe","title":"Troupe","version":")" TROUPE_VERSION
        R"("}})";
  }
  send(200, result_text(id_, '{' + members + '}'), headers);
}

void reply::error(rpc_error why) {
  why.id = id_;
  // Clients of the legacy era read another status as trouble with the transport.
  send(era_ == era::legacy ? 200 : why.status, error_text(why), {});
}

void reply::result(const tool_result& got) {
  if (got.status != 401 || stream_) return result(members_of(got), got.headers);
  api::send(*call_, response_of(got));
}

bool reply::begin(std::function<void(api::stream_end why)> on_end, std::shared_ptr<void> kept) {
  stream_ = call_->api->open_streams.open(call_, "text/event-stream", {{"X-Accel-Buffering", "no"}});
  if (!stream_) return false;
  stream_->on_end(std::move(on_end));
  stream_->keep(std::move(kept));
  api::keep_beating(call_->api);
  return true;
}

void reply::step(std::uint64_t number, const std::string& message) {
  const json told{{"jsonrpc", "2.0"},
                  {"method", "notifications/progress"},
                  {"params", {{"progressToken", json::parse(token_)}, {"progress", number}, {"message", message}}}};
  stream_->write(api::sse_event("message", "", api::encode_json(told)));
}

std::string members_of(const tool_result& got) {
  std::string out =
      R"("content":[{"type":"text","text":)" + api::encode_json(got.text.empty() ? got.json : got.text) + '}';
  for (const auto& [name, value] : got.headers)
    if (!got.ok() && name == "Retry-After") out += R"(,{"type":"text","text":"Try again in )" + value + R"( s."})";
  if (!got.note.empty()) out += R"(,{"type":"text","text":)" + api::encode_json(got.note) + '}';
  out += ']';
  // A problem is of another shape than outputSchema says, so it is told as text alone.
  return got.ok() ? out + R"(,"structuredContent":)" + got.json : out + R"(,"isError":true)";
}

}  // namespace troupe::http::mcp
