#include "http/compose/extension.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace troupe::http::compose {

namespace {

constexpr std::array<std::string_view, 4> replaced{"command", "entrypoint", "test", "extends"};
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> pairs{{{"environment", "="},
                                                                              {"labels", "="},
                                                                              {"sysctls", "="},
                                                                              {"extra_hosts", "=:"},
                                                                              {"depends_on", ""},
                                                                              {"networks", ""}}};

node_ptr scalar(const node& like, std::string text) {
  auto one = std::make_shared<node>();
  one->kind = node_kind::scalar;
  one->at = like.at;
  one->text = std::move(text);
  return one;
}

node_ptr null_at(place at) {
  auto one = std::make_shared<node>();
  one->at = at;
  return one;
}

// A list of "NAME=value" as the map it stands for; anything else as it is.
node_ptr as_map(const node_ptr& one, std::string_view separators) {
  if (one->kind != node_kind::list) return one;
  auto map = std::make_shared<node>();
  map->kind = node_kind::map;
  map->at = one->at;
  for (const auto& item : one->items) {
    if (item->kind != node_kind::scalar) return one;
    const auto split = item->text.find_first_of(separators);
    auto value = split == std::string::npos ? null_at(item->at) : scalar(*item, item->text.substr(split + 1));
    std::erase_if(map->entries, [&](const entry& other) { return other.key == item->text.substr(0, split); });
    map->entries.push_back({item->text.substr(0, split), item->at, std::move(value)});
  }
  return map;
}

// The path in the container, before variables are replaced; "" where it is not seen.
std::string target_of(const node& volume) {
  if (volume.kind == node_kind::map) {
    const auto* target = volume.find("target");
    return target ? target->value->text : "";
  }
  const auto colon = volume.text.rfind(":/");
  const auto path = colon == std::string::npos ? volume.text : volume.text.substr(colon + 1);
  return path.starts_with('/') ? path.substr(0, path.find(':')) : "";
}

bool stands_for(const node& own, const node& base, std::string_view key) {
  if (key == "volumes") return !target_of(own).empty() && target_of(own) == target_of(base);
  return own.kind == node_kind::scalar && base.kind == node_kind::scalar && own.text == base.text;
}

node_ptr merged(const node_ptr& base, const node_ptr& own, std::string_view key);

node_ptr merged_lists(const node& base, const node& own, std::string_view key) {
  auto out = std::make_shared<node>(own);
  out->items.clear();
  for (const auto& one : base.items)
    if (std::none_of(own.items.begin(), own.items.end(),
                     [&](const auto& other) { return stands_for(*other, *one, key); }))
      out->items.push_back(one);
  out->items.insert(out->items.end(), own.items.begin(), own.items.end());
  return out;
}

node_ptr merged_maps(const node& base, const node& own) {
  auto out = std::make_shared<node>(own);
  out->entries.clear();
  std::map<std::string_view, const entry*> mine;
  for (const auto& one : own.entries) mine.emplace(one.key, &one);
  std::set<std::string_view> there;
  for (const auto& one : base.entries) {
    const auto found = mine.find(one.key);
    there.insert(one.key);
    if (found == mine.end() || found->second->value->kind == node_kind::null)
      out->entries.push_back(one);
    else
      out->entries.push_back({one.key, found->second->at, merged(one.value, found->second->value, one.key)});
  }
  for (const auto& one : own.entries)
    if (!there.contains(one.key)) out->entries.push_back(one);
  return out;
}

node_ptr merged(const node_ptr& base, const node_ptr& own, std::string_view key) {
  if (std::find(replaced.begin(), replaced.end(), key) != replaced.end()) return own;
  for (const auto& [name, separators] : pairs)
    if (key == name && (name != "extra_hosts" || base->kind != own->kind)) {
      const auto b = as_map(base, separators), o = as_map(own, separators);
      if (b->kind == node_kind::map && o->kind == node_kind::map) return merged_maps(*b, *o);
    }
  if (base->kind == node_kind::list && own->kind == node_kind::list) return merged_lists(*base, *own, key);
  if (base->kind == node_kind::map && own->kind == node_kind::map) return merged_maps(*base, *own);
  return own;
}

class extender {
public:
  extender(reading& r, const spot& services) : r_(r), services_(services) {}

  node_ptr resolved(const entry& one) {
    const auto known = done_.find(one.key);
    if (known != done_.end()) return known->second;
    node_ptr out = one.value;
    const auto* extends = out->kind == node_kind::map ? out->find("extends") : nullptr;
    if (extends && extends->value->kind != node_kind::null) out = with_base(one, *extends);
    if (out && (nodes_ += nodes_of(*out)) > r_.limits.nodes) {
      r_.refuse(member_of(services_, one),
                "makes more than " + std::to_string(r_.limits.nodes) +
                    " values of the file, what it extends followed: split it into several files");
      throw too_much{};
    }
    return done_.emplace(one.key, std::move(out)).first->second;
  }

private:
  std::optional<std::string> base_of(const spot& extends) {
    if (extends.value->kind == node_kind::scalar) return take_text(r_, extends);
    std::optional<std::string> service;
    bool here = true;
    take_words(
        r_, extends,
        {{"service", [&](const spot& s) { service = take_text(r_, s); }},
         {"file", [&](const spot& s) {
            here = false;
            r_.refuse(
                s, "is refused: no file beside this one is read; write the service into this one, and leave file out");
          }}});
    if (extends.value->kind == node_kind::map && !extends.value->find("service"))
      r_.refuse(extends, "names no service");
    return here ? service : std::nullopt;
  }

  node_ptr with_base(const entry& one, const entry& extends) {
    const auto at = member_of(member_of(services_, one), extends);
    const auto name = base_of(at);
    if (!name) return nullptr;
    const auto* base = services_.value->find(*name);
    if (!base) {
      r_.refuse(at, "extends " + *name + ", which is no service of this file");
      return nullptr;
    }
    way_.push_back(one.key);
    if (std::find(way_.begin(), way_.end(), *name) != way_.end()) {
      r_.refuse(at, "extends itself, by way of " + *name + ": take one of them out");
      way_.pop_back();
      return nullptr;
    }
    const auto from = resolved(*base);
    way_.pop_back();
    if (!from) return nullptr;
    return from->kind == node_kind::map ? merged_maps(*from, *one.value) : one.value;
  }

  reading& r_;
  const spot& services_;
  std::map<std::string, node_ptr> done_;
  std::vector<std::string> way_;
  std::size_t nodes_ = 0;
};

}  // namespace

std::map<std::string, node_ptr> extended(reading& r, const spot& services) {
  extender all(r, services);
  std::map<std::string, node_ptr> out;
  for (const auto& one : services.value->entries)
    if (auto resolved = all.resolved(one)) out.emplace(one.key, std::move(resolved));
  return out;
}

}  // namespace troupe::http::compose
