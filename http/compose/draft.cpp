#include "http/compose/draft.hpp"

namespace troupe::http::compose {

using nlohmann::json;

namespace {

template <class T>
taker put_by(draft& d, std::string pointer, std::optional<T> (*take)(reading&, const spot&)) {
  return [&d, pointer = std::move(pointer), take](const spot& one) {
    if (auto value = take(d.r, one)) d.put(one, pointer, std::move(*value));
  };
}

}  // namespace

taker text_to(draft& d, std::string pointer) {
  return put_by(d, std::move(pointer), take_text);
}
taker truth_to(draft& d, std::string pointer) {
  return put_by(d, std::move(pointer), take_truth);
}
taker whole_to(draft& d, std::string pointer) {
  return put_by(d, std::move(pointer), take_whole);
}
taker number_to(draft& d, std::string pointer) {
  return put_by(d, std::move(pointer), take_number);
}
taker seconds_to(draft& d, std::string pointer) {
  return put_by(d, std::move(pointer), take_seconds);
}
taker megabytes_to(draft& d, std::string pointer) {
  return put_by(d, std::move(pointer), take_megabytes);
}

void draft::put(const spot& from, const std::string& pointer, json value) {
  const json::json_pointer where(pointer);
  if (out.body.contains(where) && out.body[where] != value) {
    r.refuse(from, "says something else than line " + std::to_string(place_of(out, pointer).line) +
                       ": leave one of them out");
    return;
  }
  out.body[where] = std::move(value);
  out.places.emplace(pointer, from.at());
}

void draft::append(const spot& from, const std::string& pointer, json item) {
  auto& list = out.body[json::json_pointer(pointer)];
  const auto at = pointer + '/' + std::to_string(list.size());
  out.places.emplace(at, from.at());
  if (item.is_object())
    for (const auto& [name, value] : item.items()) out.places.emplace(below(at, name), from.at());
  list.push_back(std::move(item));
}

void draft::end_list(const spot& from, const std::string& pointer) {
  const json::json_pointer where(pointer);
  if (!out.body.contains(where) && from.value->kind == node_kind::list && from.value->items.empty())
    out.body[where] = json::array();
  if (out.body.contains(where)) out.places.emplace(pointer, from.at());
}

std::string below(const std::string& pointer, const std::string& name) {
  return (json::json_pointer(pointer) / name).to_string();
}

}  // namespace troupe::http::compose
