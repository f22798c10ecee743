// Reading and writing an object's fields; one that is absent leaves the default as it is.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "actors/codec/timestamp_text.hpp"
#include "actors/model/enum_text.hpp"

namespace troupe::codec {

template <class T>
void put(nlohmann::json& out, const char* name, const std::optional<T>& value) {
  if (value) out[name] = *value;
}

inline void put(nlohmann::json& out, const char* name, const std::optional<model::timestamp>& value) {
  if (value) out[name] = timestamp_text(*value);
}

template <class T>
void take(const nlohmann::json& in, const char* name, T& value) {
  if (const auto found = in.find(name); found != in.end()) found->get_to(value);
}

template <class T>
void take(const nlohmann::json& in, const char* name, std::optional<T>& value) {
  if (const auto found = in.find(name); found != in.end()) value = found->get<T>();
}

inline void take(const nlohmann::json& in, const char* name, std::optional<model::timestamp>& value) {
  const auto found = in.find(name);
  if (found == in.end()) return;
  value = timestamp_from_text(found->get_ref<const std::string&>());
  if (!value) throw std::invalid_argument(std::string(name) + " is no RFC 3339 date-time");
}

template <class Enum, std::size_t N>
void take(const nlohmann::json& in, const char* name, Enum& value, const model::enum_texts<Enum, N>& texts) {
  const auto found = in.find(name);
  if (found == in.end()) return;
  const auto parsed = texts.parse(found->get_ref<const std::string&>());
  if (!parsed) throw std::invalid_argument(std::string(name) + " has an unknown value");
  value = *parsed;
}

template <class Enum, std::size_t N>
void take(const nlohmann::json& in, const char* name, std::optional<Enum>& value,
          const model::enum_texts<Enum, N>& texts) {
  if (const auto found = in.find(name); found != in.end() && !found->is_null()) take(in, name, value.emplace(), texts);
}

template <class T, class Read>
void take_list(const nlohmann::json& in, const char* name, std::vector<T>& values, Read read) {
  const auto found = in.find(name);
  if (found == in.end()) return;
  for (const auto& item : *found) values.push_back(read(item));
}

}  // namespace troupe::codec
