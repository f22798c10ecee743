// The answer to one JSON-RPC request: as JSON, or at the end of a stream of progress.
#pragma once

#include <string>

#include "http/api/call.hpp"
#include "http/api/streams.hpp"
#include "http/mcp/era.hpp"
#include "http/mcp/json_rpc.hpp"
#include "http/mcp/tool_run.hpp"

namespace troupe::http::mcp {

class reply : public progress {
public:
  reply(api::call_ptr c, era spoken, const message& what);

  // `members` of the result object, as JSON without its braces; what an era wants in each result is added.
  void result(std::string members, const header_list& headers = {}, std::string_view type = "complete");
  void error(rpc_error why);
  // A tool's: a problem is a result that says so. A key that is no good any more is not: 401, as every route answers.
  void result(const tool_result& got);

  // Only where is_progress_wanted().
  bool is_progress_wanted() const { return !token_.empty(); }
  bool begin(std::function<void(api::stream_end why)> on_end, std::shared_ptr<void> kept) override;
  void step(std::uint64_t number, const std::string& message) override;

  era spoken() const { return era_; }
  const model::random_source& random() const { return call_->api->parts.behind().random; }

private:
  void send(int status, std::string text, const header_list& headers);

  const api::call_ptr call_;
  const era era_;
  const std::string id_;
  std::string token_;       // as JSON
  api::stream_ptr stream_;  // none: the answer comes alone
};

// The members of a tool's result: content, structuredContent, isError.
std::string members_of(const tool_result& got);

}  // namespace troupe::http::mcp
