// Identities of Troupe's own objects. An id is `<prefix>_<16 characters of a-z2-7>`: 80 random bits, safe in a DNS name
// once the prefix is cut off, and never reused.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::model {

template <class Tag>
struct basic_id {
  std::string text;

  auto operator<=>(const basic_id&) const = default;
  bool empty() const { return text.empty(); }
  // The part after the prefix: what names of Docker objects are made of.
  std::string_view bare() const { return std::string_view(text).substr(text.find('_') + 1); }
};

struct user_tag {
  static constexpr std::string_view prefix = "usr";
};
struct environment_tag {
  static constexpr std::string_view prefix = "env";
};
struct deployment_tag {
  static constexpr std::string_view prefix = "dep";
};
struct job_tag {
  static constexpr std::string_view prefix = "job";
};
struct site_tag {
  static constexpr std::string_view prefix = "dom";
};
struct operation_tag {
  static constexpr std::string_view prefix = "op";
};

using user_id = basic_id<user_tag>;
using environment_id = basic_id<environment_tag>;
using deployment_id = basic_id<deployment_tag>;
using job_id = basic_id<job_tag>;
using site_id = basic_id<site_tag>;
using operation_id = basic_id<operation_tag>;

// 80 bits (two draws of a 64-bit source, of which 40 bits each are used) as an id.
std::string id_text(std::string_view prefix, std::uint64_t high, std::uint64_t low);

template <class Id>
struct id_traits;
template <class Tag>
struct id_traits<basic_id<Tag>> {
  static constexpr std::string_view prefix = Tag::prefix;
};

// Whether `text` has an id's form; says nothing of its existence.
bool is_id(std::string_view prefix, std::string_view text);

template <class Id>
std::optional<Id> parse_id(std::string_view text) {
  if (!is_id(id_traits<Id>::prefix, text)) return std::nullopt;
  return Id{std::string(text)};
}

// Where ids come from: the system's random source, or a seeded one in simulation.
using random_source = std::function<std::uint64_t()>;

template <class Id>
Id new_id(const random_source& random) {
  const auto high = random();
  return Id{id_text(id_traits<Id>::prefix, high, random())};
}

}  // namespace troupe::model

template <class Tag>
struct std::hash<troupe::model::basic_id<Tag>> {
  std::size_t operator()(const troupe::model::basic_id<Tag>& id) const noexcept {
    return std::hash<std::string>{}(id.text);
  }
};
