#include "config/logging.hpp"

#include <chrono>
#include <memory>
#include <mutex>
#include <shared_mutex>

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "config/log_line.hpp"
#include "config/redactor.hpp"
#include "config/settings.hpp"

namespace troupe::log {
namespace {

spdlog::level::level_enum to_spdlog(level severity) {
  switch (severity) {
    case level::trace: return spdlog::level::trace;
    case level::debug: return spdlog::level::debug;
    case level::info: return spdlog::level::info;
    case level::warn: return spdlog::level::warn;
    case level::error: return spdlog::level::err;
  }
  return spdlog::level::err;
}

struct state {
  std::shared_mutex mutex;
  config::redactor redactor;
  format line_format = format::text;
  std::unique_ptr<spdlog::logger> logger;

  state() { open(std::make_shared<spdlog::sinks::stderr_sink_mt>(), level::info); }

  void open(spdlog::sink_ptr sink, level lowest) {
    logger = std::make_unique<spdlog::logger>("troupe", std::move(sink));
    logger->set_pattern("%v");
    logger->set_level(to_spdlog(lowest));
  }
};

// Never destroyed: threads and static destructors may log until the very end.
state& shared() {
  static auto* the_log = new state;
  return *the_log;
}

void start_with(const config::settings& settings, spdlog::sink_ptr sink) {
  const std::unique_lock lock{shared().mutex};
  shared().redactor = config::redactor{settings.api_key_prefix};
  for (const auto& value : config::secrets(settings)) shared().redactor.hide(value);
  shared().line_format = settings.log_format;
  shared().open(std::move(sink), settings.log_level);
}

}  // namespace

void start(const config::settings& settings) {
  start_with(settings, std::make_shared<spdlog::sinks::stderr_sink_mt>());
}

void start(const config::settings& settings, std::ostream& destination) {
  start_with(settings, std::make_shared<spdlog::sinks::ostream_sink_mt>(destination, true));
}

bool enabled(level lowest) {
  const std::shared_lock lock{shared().mutex};
  return shared().logger->should_log(to_spdlog(lowest));
}

void write(level severity, std::string_view message, std::span<const field> fields) {
  const std::shared_lock lock{shared().mutex};
  if (!shared().logger->should_log(to_spdlog(severity))) return;
  const event happened{std::chrono::system_clock::now(), severity, message, fields};
  const auto line = shared().line_format == format::json ? json_line(happened, shared().redactor)
                                                         : text_line(happened, shared().redactor);
  shared().logger->log(to_spdlog(severity), spdlog::string_view_t{line});
}

void hide(std::string_view secret_value) {
  const std::unique_lock lock{shared().mutex};
  shared().redactor.hide(secret_value);
}

std::string redact(std::string_view text) {
  const std::shared_lock lock{shared().mutex};
  return shared().redactor(text);
}

}  // namespace troupe::log
