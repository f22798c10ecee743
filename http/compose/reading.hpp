// What all parts of the reading of one file share, and how each takes a value out of it. Whoever gets nothing need not
// say so: what was wrong has been told.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "http/compose/findings.hpp"
#include "http/compose/known_words.hpp"
#include "http/compose/node.hpp"
#include "http/compose/read.hpp"

namespace troupe::http::compose {

// A value, where its key stands, and how it is called: "services.web.ports[0]".
struct spot {
  node_ptr value;
  place key_at;
  std::string key;

  bool null() const { return value->kind == node_kind::null; }
  place at() const { return null() ? key_at : value->at; }
};

// Ends the reading where it would need more memory than a file may; what was wrong has been told.
struct too_much {};

struct reading {
  const std::map<std::string, std::string>& variables;
  const reading_limits& limits;
  findings wrong{};
  findings noted{};
  std::size_t bytes_left = limits.expanded_bytes;
  std::map<std::string, std::string> volumes{};  // label -> the name in the file

  void refuse(const spot& one, std::string detail) { wrong.add(one.at(), one.key, std::move(detail)); }
  void note(const spot& one, std::string detail) { noted.add(one.at(), one.key, std::move(detail)); }
};

spot member_of(const spot& map, const entry& one);
spot item_of(const spot& list, std::size_t index);

// Whatever the scalar is written like, with its variables replaced; null is none.
std::optional<std::string> take_text(reading& r, const spot& one);
std::optional<std::int64_t> take_whole(reading& r, const spot& one);
std::optional<bool> take_truth(reading& r, const spot& one);
std::optional<std::int64_t> take_seconds(reading& r, const spot& one);    // rounded up
std::optional<std::int64_t> take_megabytes(reading& r, const spot& one);  // rounded up
// A number where the value is one, whole or not.
std::optional<nlohmann::json> take_number(reading& r, const spot& one);

std::vector<spot> take_items(reading& r, const spot& list);
std::vector<spot> take_items_or_one(reading& r, const spot& list);  // a scalar is a list of itself
std::vector<std::pair<std::string, spot>> take_members(reading& r, const spot& map);

struct pair_of_texts {
  std::string name;
  std::optional<std::string> value;  // nothing where only the name stands there
  spot from;
};
// A map, or a list of NAME=value, split at the first of `separators`. Of a name given twice in a list the last counts.
std::vector<pair_of_texts> take_pairs(reading& r, const spot& one, std::string_view separators = "=");

// A name as the label it has here; told where it is none, or where another name became the same. `advice`: ends the
// note that it is called otherwise here.
std::optional<std::string> take_label(reading& r, const spot& where, const std::string& name,
                                      std::map<std::string, std::string>& taken, const char* advice = "");

// The words of a map and what is done with each.
using taker = std::function<void(const spot&)>;
using words = std::vector<std::pair<std::string_view, taker>>;
// x-… is left alone, as is what is null; an unknown word is told with the one that was meant, where there is a near
// one.
void take_words(reading& r, const spot& map, const words& known);
taker noted_as(reading& r, std::string_view why);
taker refused_as(reading& r, std::string_view why);
// As it says, but where the value asks for nothing, or for what is so anyway.
taker take_known(reading& r, const known_word& word);

}  // namespace troupe::http::compose
