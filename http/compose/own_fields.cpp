#include "http/compose/draft.hpp"
#include "http/compose/labels.hpp"
#include "http/compose/quantities.hpp"

namespace troupe::http::compose {

namespace {

using nlohmann::json;

json scalar(reading& r, const spot& one) {
  const auto text = take_text(r, one);
  if (!text) return nullptr;
  if (!one.value->plain) return *text;
  if (const auto truth = parse_truth(*text)) return *truth;
  if (const auto whole = parse_whole(*text)) return *whole;
  if (text->find_first_not_of("0123456789.eE+-") == std::string::npos)
    if (const auto number = parse_number(*text)) return *number;
  return *text;
}

void forget(service& one, const std::string& pointer) {
  std::erase_if(one.places,
                [&](const auto& known) { return known.first == pointer || known.first.starts_with(pointer + '/'); });
}

// As it stands there, its numbers and truth values by type; marks its places below `pointer`.
json value_of(draft& d, const spot& one, const std::string& pointer) {
  d.out.places[pointer] = one.at();
  switch (one.value->kind) {
    case node_kind::null: return nullptr;
    case node_kind::scalar: return scalar(d.r, one);
    case node_kind::list: {
      json list = json::array();
      for (const auto& item : take_items(d.r, one))
        list.push_back(value_of(d, item, pointer + '/' + std::to_string(list.size())));
      return list;
    }
    case node_kind::map: break;
  }
  json map = json::object();
  for (const auto& [name, member] : take_members(d.r, one)) map[name] = value_of(d, member, below(pointer, name));
  return map;
}

void merge(draft& d, json& into, const spot& one, const std::string& pointer);

// The volume of the file that is meant, among the first `count`.
std::optional<std::size_t> meant(const json& volumes, std::size_t count, const json& own) {
  if (!own.is_object()) return std::nullopt;
  const auto name = own.find("name"), path = own.find("mountPath");
  for (std::size_t i = 0; i < count; ++i) {
    const auto& volume = volumes[i];
    if (name != own.end() && name->is_string() && volume.contains("name") &&
        label_of(name->get_ref<const std::string&>()) == volume["name"].get_ref<const std::string&>())
      return i;
    if (name == own.end() && path != own.end() && !volume.contains("name") && volume["mountPath"] == *path) return i;
  }
  return std::nullopt;
}

void merge_volumes(draft& d, json& volumes, const spot& own, const std::string& pointer) {
  if (!volumes.is_array()) volumes = json::array();
  const auto count = volumes.size();
  d.out.places.emplace(pointer, own.at());
  for (const auto& item : take_items(d.r, own)) {
    const auto appended = pointer + '/' + std::to_string(volumes.size());
    auto value = value_of(d, item, appended);
    const auto index = meant(volumes, count, value);
    if (!index) {
      volumes.push_back(std::move(value));
      continue;
    }
    forget(d.out, appended);
    value.erase("name");
    const auto at = pointer + '/' + std::to_string(*index);
    for (const auto& [name, member] : take_members(d.r, item))
      if (name != "name") merge(d, volumes[*index][name], member, below(at, name));
  }
}

void merge(draft& d, json& into, const spot& one, const std::string& pointer) {
  if (pointer == "/volumes" && one.value->kind == node_kind::list) return merge_volumes(d, into, one, pointer);
  if (one.value->kind != node_kind::map) {
    forget(d.out, pointer);
    into = value_of(d, one, pointer);
    return;
  }
  if (!into.is_object()) {
    forget(d.out, pointer);
    into = json::object();
    d.out.places[pointer] = one.at();
  }
  for (const auto& [name, member] : take_members(d.r, one)) {
    const auto at = below(pointer, name);
    if (!member.null()) {
      merge(d, into[name], member, at);
    } else {
      forget(d.out, at);
      into.erase(name);
    }
  }
}

const entry* own_kind(const node& service) {
  const auto* own = service.kind == node_kind::map ? service.find("x-troupe") : nullptr;
  return own && own->value->kind == node_kind::map ? own->value->find("kind") : nullptr;
}

}  // namespace

bool says_job(reading& r, const node& service) {
  const auto* kind = own_kind(service);
  if (!kind || kind->value->kind != node_kind::scalar) return false;
  return take_text(r, {kind->value, kind->at, "x-troupe.kind"}) == "job";
}

void take_own_fields(draft& d, const spot& fields) {
  const bool was_job = d.out.body.contains("kind");
  if (fields.value->kind == node_kind::map) {
    if (const auto* name = fields.value->find("name")) {
      d.r.refuse(member_of(fields, *name), "is the service's key: rename that");
      return;
    }
    if (const auto* environment = fields.value->find("environmentId")) {
      d.r.refuse(member_of(fields, *environment), "is said where the file is deployed: leave it out");
      return;
    }
  } else {
    return d.r.refuse(fields, "must be a map of fields of POST /deployments");
  }
  merge(d, d.out.body, fields, "");
  if (was_job && d.out.body.value("kind", json()) != "job")
    d.r.refuse(member_of(fields, *fields.value->find("kind")), "must be job: another service awaits its end");
}

}  // namespace troupe::http::compose
