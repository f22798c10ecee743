// Any bytes as a message to /mcp: header lines, an empty line, the body. Refused with an error that is JSON-RPC, or a
// message of one era; what its texts become when they are made plain stays so.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "http/api/json_decode.hpp"
#include "http/mcp/era.hpp"
#include "http/mcp/json_rpc.hpp"
#include "http/mcp/plain_text.hpp"
#include "tests/fuzz/targets.hpp"

namespace troupe::fuzz {

namespace {

using namespace http::mcp;

void expect_error(const rpc_error& error) {
  const auto text = nlohmann::json::parse(error_text(error));
  if (error.status < 400 || text.at("error").at("code") != error.number || text.at("error").at("message") == "" ||
      text.contains("result"))
    std::abort();
  if (text.contains("id") && !text["id"].is_string() && !text["id"].is_number_integer()) std::abort();
}

}  // namespace

int mcp_message(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  http::request asked;
  while (asked.headers.size() < 20 && !text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.empty()) break;
    const auto colon = std::min(line.find(':'), line.size());
    asked.headers.emplace_back(line.substr(0, colon), line.substr(std::min(colon + 1, line.size())));
  }
  const auto read = read_message(text);
  if (const auto* error = std::get_if<rpc_error>(&read)) {
    expect_error(*error);
    return 0;
  }
  const auto& what = std::get<message>(read);
  if (what.is == message::kind::request) {
    if (what.id.empty() || nlohmann::json::parse(result_text(what.id, "{}")).at("id").dump() != what.id) std::abort();
    const auto spoken = era_of(asked, what);
    if (const auto* error = std::get_if<rpc_error>(&spoken)) expect_error(*error);
  }
  (void)declares_tasks(what);
  (void)is_revision_known(asked);
  const auto plain = plain_json(http::api::encode_json(what.params));
  if (plain_json(plain) != plain) std::abort();
  if (plain.find('\x7f') != std::string::npos || plain.find("\xE2\x80\xAE") != std::string::npos ||
      plain.find("\\u001b") != std::string::npos)
    std::abort();
  return 0;
}

}  // namespace troupe::fuzz

#ifdef TROUPE_FUZZ_TARGET
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return troupe::fuzz::mcp_message(data, size);
}
#endif
