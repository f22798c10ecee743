// How a setting's text becomes its typed value, and back.
#pragma once

#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/settings.hpp"
#include "config/shape.hpp"

namespace troupe::config {

template <class T>
struct codec {
  std::function<std::optional<T>(std::string_view)> read;  // nothing: not what is expected
  std::function<std::string(const T&)> show;               // masked where it is secret; read() understands it otherwise
  std::string expects;                                     // completes "must be …"
};

template <class T>
codec<T> whole(T least, T most) {
  return {[=](std::string_view text) -> std::optional<T> {
            T value{};
            const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
            if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most)
              return std::nullopt;
            return value;
          },
          [](const T& value) { return std::to_string(value); },
          "a whole number from " + std::to_string(least) + " to " + std::to_string(most)};
}

inline codec<std::uint16_t> port() {
  return whole<std::uint16_t>(1, 65535);
}

template <class T, std::size_t Count>
codec<T> choice(const std::array<std::pair<T, std::string_view>, Count>& values) {
  std::string expects;
  for (std::size_t i = 0; i < Count; ++i)
    expects.append(i == 0 ? "" : i + 1 == Count ? " or " : ", ").append(values[i].second);
  return {[=](std::string_view text) -> std::optional<T> {
            for (const auto& [value, name] : values)
              if (name == text) return value;
            return std::nullopt;
          },
          [=](const T& wanted) {
            for (const auto& [value, name] : values)
              if (value == wanted) return std::string{name};
            return std::string{};
          },
          expects};
}

codec<std::string> text(const shape& form);
codec<std::string> base_url();  // http_url, slashes at its end dropped
codec<secret> hidden(const shape& form);
codec<secret> postgres();  // shown with its password masked
codec<std::chrono::milliseconds> duration(std::string_view least, std::string_view most);
codec<double> decimal(double least, double most);
codec<endpoint> address_and_port();  // 127.0.0.1:3001, [::1]:3001
codec<std::vector<port_range>> port_ranges();
codec<std::vector<std::string>> registries();
codec<std::vector<std::string>> addresses();
codec<std::vector<std::string>> telegram_users();
codec<std::vector<std::string>> origins();  // as browsers write them in Origin, or * alone

}  // namespace troupe::config
