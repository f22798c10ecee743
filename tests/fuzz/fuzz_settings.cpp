// Any lines NAME=VALUE as the environment: it is refused with words, or gives settings that hold their own promises; a
// secret shows in no word.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "config/database_url.hpp"
#include "config/duration.hpp"
#include "config/settings.hpp"
#include "tests/fuzz/targets.hpp"

namespace troupe::fuzz {

int settings(const std::uint8_t* data, std::size_t size) {
  constexpr std::string_view canary = "canary-7f3a91";  // within each secret, and nowhere else
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (text.find(canary) != std::string_view::npos) return 0;
  if (const auto duration = config::parse_duration(text); duration && duration->count() >= 0)
    if (config::parse_duration(config::format_duration(*duration)) != duration) std::abort();
  (void)config::parse_database_url(text);
  std::map<std::string, std::string> environment;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const auto equals = line.find('=');
    if (equals == std::string_view::npos || line.substr(0, equals).ends_with("_FILE")) continue;
    auto& value = environment[std::string(line.substr(0, equals))] = line.substr(equals + 1);
    if (line.starts_with("TELEGRAM_BOT_TOKEN=") || line.starts_with("TELEGRAM_WEBHOOK_SECRET=")) value += canary;
  }
  const auto parsed = config::parse([&](const std::string& name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional(found->second);
  });
  if (const auto* violations = std::get_if<1>(&parsed)) {
    if (violations->empty()) std::abort();
    for (const auto& v : *violations) {
      if (v.message.empty() || v.message.find(canary) != std::string::npos) std::abort();
    }
    return 0;
  }
  const auto& values = std::get<0>(parsed);
  if (values.port == 0 || values.database_url.reveal().empty()) std::abort();
  return 0;
}

}  // namespace troupe::fuzz

#ifdef TROUPE_FUZZ_TARGET
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return troupe::fuzz::settings(data, size);
}
#endif
