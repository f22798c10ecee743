#include "http/mcp/era.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <openssl/evp.h>

namespace troupe::http::mcp {

namespace {

using nlohmann::json;

constexpr std::string_view legacy[] = {"2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"};
constexpr std::string_view modern[] = {"2026-07-28"};
constexpr const char* version_member = "io.modelcontextprotocol/protocolVersion";
constexpr const char* capabilities_member = "io.modelcontextprotocol/clientCapabilities";

template <class List>
bool names(const List& list, std::string_view revision) {
  return std::find(std::begin(list), std::end(list), revision) != std::end(list);
}

const json* meta_of(const message& what, const char* member) {
  const auto meta = what.params.find("_meta");
  if (meta == what.params.end() || !meta->is_object()) return nullptr;
  const auto found = meta->find(member);
  return found == meta->end() ? nullptr : &*found;
}

rpc_error unsupported(const message& what, std::string_view requested) {
  json known = json::array();
  for (const auto one : modern) known.push_back(one);
  if (!meta_of(what, version_member))
    for (const auto one : legacy) known.push_back(one);
  return {.number = code::unsupported_version,
          .text = "This revision of MCP is not supported.",
          .data = {{"supported", std::move(known)}, {"requested", requested}},
          .id = what.id};
}

rpc_error mismatch(const message& what, const std::string& header) {
  return {.number = code::header_mismatch,
          .text = "The header " + header + " must be there and say what the body says.",
          .id = what.id};
}

// A value that headers cannot hold comes as =?base64?...?=
std::optional<std::string> decoded(std::string_view value) {
  constexpr std::string_view begin = "=?base64?", end = "?=";
  if (!value.starts_with(begin) || !value.ends_with(end) || value.size() < begin.size() + end.size())
    return std::string(value);
  value = value.substr(begin.size(), value.size() - begin.size() - end.size());
  if (value.empty() || value.size() % 4 != 0 || value.size() > 4096) return std::nullopt;
  std::string out(value.size() / 4 * 3, '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(value.data()), static_cast<int>(value.size()));
  if (length < 0) return std::nullopt;
  out.resize(out.size() - (value.ends_with("==") ? 2U : value.ends_with('=') ? 1U : 0U));
  return out;
}

// What Mcp-Name must repeat.
const char* named_member(const std::string& method) {
  if (method == "tools/call") return "name";
  return method.starts_with("tasks/") ? "taskId" : nullptr;
}

}  // namespace

std::span<const std::string_view> legacy_revisions() {
  return legacy;
}
std::span<const std::string_view> modern_revisions() {
  return modern;
}

bool is_revision_known(const request& asked) {
  const auto* header = asked.header("mcp-protocol-version");
  return !header || names(legacy, *header) || names(modern, *header);
}

std::variant<era, rpc_error> era_of(const request& asked, const message& what) {
  const auto* header = asked.header("mcp-protocol-version");
  const auto* version = meta_of(what, version_member);
  if (!version && (!header || names(legacy, *header)) && what.method != "server/discover") return era::legacy;

  if (!header) return mismatch(what, "MCP-Protocol-Version");
  if (!version && !is_revision_known(asked)) return unsupported(what, *header);
  const auto* capabilities = meta_of(what, capabilities_member);
  if (!version || !version->is_string() || !capabilities || !capabilities->is_object())
    return rpc_error{.number = code::invalid_params,
                     .text = std::string("_meta must hold ") + version_member + " and " + capabilities_member + '.',
                     .id = what.id};
  const auto& revision = version->get_ref<const std::string&>();
  if (revision != *header) return mismatch(what, "MCP-Protocol-Version");
  if (!names(modern, revision)) return unsupported(what, revision);

  const auto* method = asked.header("mcp-method");
  if (!method || *method != what.method) return mismatch(what, "Mcp-Method");
  const auto* member = named_member(what.method);
  if (!member) return era::modern;
  const auto named = what.params.find(member);
  if (named == what.params.end() || !named->is_string()) return era::modern;  // the method says what it lacks
  const auto* name = asked.header("mcp-name");
  if (!name || decoded(*name) != named->get_ref<const std::string&>()) return mismatch(what, "Mcp-Name");
  return era::modern;
}

bool declares_tasks(const message& what) {
  const auto* capabilities = meta_of(what, capabilities_member);
  if (!capabilities) return false;
  const auto extensions = capabilities->find("extensions");
  return extensions != capabilities->end() && extensions->is_object() &&
         extensions->contains(std::string(tasks_extension));
}

}  // namespace troupe::http::mcp
