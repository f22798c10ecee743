#include "http/compose/reading.hpp"

#include <algorithm>
#include <numeric>

#include "http/compose/expansion.hpp"
#include "http/compose/labels.hpp"
#include "http/compose/quantities.hpp"

namespace troupe::http::compose {

namespace {

// How many letters have to be changed, added or left out.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t corner = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto change = corner + (a[i - 1] == b[j - 1] ? 0 : 1);
      corner = row[j];
      row[j] = std::min({change, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

std::string_view nearest(std::string_view word, const words& known) {
  constexpr std::size_t longest = 40;  // no word is as long
  std::string_view best;
  std::size_t least = std::min<std::size_t>(3, word.size() / 2 + 1);
  if (word.size() > longest) return best;
  for (const auto& [name, take] : known) {
    if (std::max(name.size(), word.size()) - std::min(name.size(), word.size()) >= least) continue;
    if (const auto far = distance(word, name); far < least) best = name, least = far;
  }
  return best;
}

words::const_iterator find(const words& known, std::string_view word) {
  return std::find_if(known.begin(), known.end(), [&](const auto& one) { return one.first == word; });
}

bool asks_for_nothing(const node& value) {
  switch (value.kind) {
    case node_kind::null: return true;
    case node_kind::scalar: return value.text.empty() || (value.plain && parse_truth(value.text) == false);
    case node_kind::list: return value.items.empty();
    case node_kind::map: break;
  }
  return value.entries.empty();
}

template <class T>
std::optional<T> parsed(reading& r, const spot& one, std::optional<T> (*parse)(std::string_view), const char* expects) {
  const auto text = take_text(r, one);
  if (!text) return std::nullopt;
  auto value = parse(*text);
  if (!value) r.refuse(one, expects);
  return value;
}

}  // namespace

spot member_of(const spot& map, const entry& one) {
  return {one.value, one.at, map.key.empty() ? one.key : map.key + '.' + one.key};
}

spot item_of(const spot& list, std::size_t index) {
  const auto& value = list.value->items[index];
  return {value, value->at, list.key + '[' + std::to_string(index) + ']'};
}

std::optional<std::string> take_text(reading& r, const spot& one) {
  if (one.value->kind != node_kind::scalar) {
    r.refuse(one,
             one.null() ? "is empty: give it a value, or leave the key out" : "must be a text, and is a list or a map");
    return std::nullopt;
  }
  auto [text, fault] = expand(one.value->text, r.variables, r.limits.expanded_bytes);
  if (!fault.empty()) {
    r.refuse(one, std::move(fault));
    return std::nullopt;
  }
  if (text.size() > r.bytes_left) {
    r.refuse(one, "makes more than " + std::to_string(r.limits.expanded_bytes) +
                      " bytes of the file, aliases and variables followed: split it into several files");
    throw too_much{};
  }
  r.bytes_left -= text.size();
  return std::move(text);
}

std::optional<std::int64_t> take_whole(reading& r, const spot& one) {
  return parsed(r, one, parse_whole, "must be a whole number");
}
std::optional<bool> take_truth(reading& r, const spot& one) {
  return parsed(r, one, parse_truth, "must be true or false");
}
std::optional<std::int64_t> take_seconds(reading& r, const spot& one) {
  return parsed(r, one, parse_seconds, "must be a duration with a unit, such as 30s, 1m30s or 500ms");
}
std::optional<std::int64_t> take_megabytes(reading& r, const spot& one) {
  return parsed(r, one, parse_megabytes, "must be a size, such as 512m, 1.5g or a number of bytes");
}
std::optional<nlohmann::json> take_number(reading& r, const spot& one) {
  const auto text = take_text(r, one);
  if (!text) return std::nullopt;
  if (const auto whole = parse_whole(*text)) return *whole;
  if (const auto number = parse_number(*text)) return *number;
  r.refuse(one, "must be a number, such as 2 or 0.5");
  return std::nullopt;
}

std::vector<spot> take_items(reading& r, const spot& list) {
  std::vector<spot> out;
  if (list.value->kind != node_kind::list) {
    if (!list.null()) r.refuse(list, "must be a list");
    return out;
  }
  for (std::size_t i = 0; i < list.value->items.size(); ++i) out.push_back(item_of(list, i));
  return out;
}

std::vector<spot> take_items_or_one(reading& r, const spot& list) {
  if (list.value->kind == node_kind::scalar) return {list};
  return take_items(r, list);
}

std::vector<std::pair<std::string, spot>> take_members(reading& r, const spot& map) {
  std::vector<std::pair<std::string, spot>> out;
  if (map.value->kind != node_kind::map) {
    if (!map.null()) r.refuse(map, "must be a map");
    return out;
  }
  for (const auto& one : map.value->entries) out.emplace_back(one.key, member_of(map, one));
  return out;
}

std::vector<pair_of_texts> take_pairs(reading& r, const spot& one, std::string_view separators) {
  std::vector<pair_of_texts> out;
  if (one.value->kind == node_kind::map) {
    for (auto& [name, value] : take_members(r, one)) {
      std::optional<std::string> text;
      if (!value.null() && !(text = take_text(r, value))) continue;
      out.push_back({name, std::move(text), value});
    }
    return out;
  }
  if (one.value->kind != node_kind::list) {
    if (!one.null()) r.refuse(one, "must be a map, or a list of texts such as \"NAME=value\"");
    return out;
  }
  for (const auto& item : take_items(r, one)) {
    const auto text = take_text(r, item);
    if (!text) continue;
    const auto split = text->find_first_of(separators);
    auto value = split == std::string::npos ? std::nullopt : std::optional(text->substr(split + 1));
    out.push_back({text->substr(0, split), std::move(value), item});
  }
  return out;
}

std::optional<std::string> take_label(reading& r, const spot& where, const std::string& name,
                                      std::map<std::string, std::string>& taken, const char* advice) {
  const auto label = label_of(name);
  if (!label) {
    r.refuse(where,
             "has the name \"" + name.substr(0, 80) +
                 "\", which cannot be one here: write 1 to 40 of a-z, 0-9 and -, with a letter or digit at both ends");
    return std::nullopt;
  }
  const auto [former, fresh] = taken.emplace(*label, name);
  if (former->second != name) {
    r.refuse(where, "becomes " + *label + " here, as \"" + former->second + "\" does: rename one of them");
    return std::nullopt;
  }
  if (fresh && *label != name) r.note(where, "is called " + *label + " here: a name has only a-z, 0-9 and -" + advice);
  return label;
}

void take_words(reading& r, const spot& map, const words& known) {
  for (const auto& [name, value] : take_members(r, map)) {
    if (name.starts_with("x-") && name != "x-troupe") continue;
    const auto found = find(known, name);
    if (found != known.end()) {
      if (!value.null()) found->second(value);
    } else if (!name.starts_with("x-")) {
      const auto near = nearest(name, known);
      r.wrong.add(value.key_at, value.key,
                  near.empty() ? "is not known here: leave it out, or begin its name with x- if it is for others"
                               : "is not known here: was " + std::string(near) + " meant?");
    }
  }
}

taker noted_as(reading& r, std::string_view why) {
  return [&r, why](const spot& one) { r.noted.add(one.key_at, one.key, std::string(why)); };
}
taker refused_as(reading& r, std::string_view why) {
  return [&r, why](const spot& one) { r.wrong.add(one.key_at, one.key, std::string(why)); };
}

taker take_known(reading& r, const known_word& word) {
  return [&r, word](const spot& one) {
    if (asks_for_nothing(*one.value) || (!word.anyway.empty() && one.value->text == word.anyway)) return;
    (word.refused ? refused_as(r, word.detail) : noted_as(r, word.detail))(one);
  };
}

}  // namespace troupe::http::compose
