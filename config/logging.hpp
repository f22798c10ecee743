// The log: one event is one line on stderr whatever the input, as text or JSON (LOG_FORMAT), without secrets.
//
//   log::info("deployment running", {{"deploymentId", id}, {"requestId", request}});
//
// The message is a constant text; whatever comes from outside goes into a field. Ids are always called requestId,
// environmentId, deploymentId. Every call may be made from any thread.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "config/secret.hpp"

namespace troupe::config {
struct settings;
}

namespace troupe::log {

enum class level { trace, debug, info, warn, error };
enum class format { text, json };

using field_value = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;

// Views: name and text live at least as long as the call.
struct field {
  template <class T>
  field(std::string_view field_name, const T& field_content) : name(field_name), value(to_value(field_content)) {}

  std::string_view name;
  field_value value;

private:
  template <class T>
  static field_value to_value(const T& content) {
    if constexpr (std::same_as<T, bool>)
      return content;
    else if constexpr (std::signed_integral<T>)
      return static_cast<std::int64_t>(content);
    else if constexpr (std::unsigned_integral<T>)
      return static_cast<std::uint64_t>(content);
    else if constexpr (std::floating_point<T>)
      return static_cast<double>(content);
    else if constexpr (std::same_as<T, config::secret>)
      return std::string_view{content.shown()};
    else
      return std::string_view{content};
  }
};

// Level, format and secrets from the settings; before this call the log is text at info. A second call starts over.
void start(const config::settings& settings);
void start(const config::settings& settings, std::ostream& destination);  // which must outlive the log

bool enabled(level lowest);
void write(level severity, std::string_view message, std::span<const field> fields);

inline void trace(std::string_view message, std::initializer_list<field> fields = {}) {
  write(level::trace, message, fields);
}
inline void debug(std::string_view message, std::initializer_list<field> fields = {}) {
  write(level::debug, message, fields);
}
inline void info(std::string_view message, std::initializer_list<field> fields = {}) {
  write(level::info, message, fields);
}
inline void warn(std::string_view message, std::initializer_list<field> fields = {}) {
  write(level::warn, message, fields);
}
inline void error(std::string_view message, std::initializer_list<field> fields = {}) {
  write(level::error, message, fields);
}

// Masks this value in every later line: for secrets that are not settings.
void hide(std::string_view secret_value);

// The text as a line would show it; for errors that leave by another way than the log.
std::string redact(std::string_view text);

}  // namespace troupe::log
