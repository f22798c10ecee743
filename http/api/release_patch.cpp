#include "http/api/release_patch.hpp"

#include <algorithm>

#include "actors/codec/release_json.hpp"
#include "http/api/json_decode.hpp"
#include "http/api/problem_answer.hpp"
#include "http/api/question.hpp"
#include "http/api/release_rules.hpp"

namespace troupe::http::api {

namespace {

using nlohmann::json;
using violations = std::vector<model::violation>;

constexpr const char* schema = "create_deployment";

bool names_a_version(const std::string& image) {
  return image.find_first_of(":@", image.rfind('/') == std::string::npos ? 0 : image.rfind('/')) != std::string::npos;
}

// Of an image by digest, or one named with its tag, the former tag is nothing that stays.
void make_way_for_image(json& base, const json& patch, const model::release_spec& from) {
  const auto image = patch.find("image");
  if (image == patch.end()) {
    if (patch.contains("tag")) base["image"] = from.image.name();
  } else if (image->is_string() && names_a_version(image->get_ref<const std::string&>())) {
    base.erase("tag");
  }
}

// A check is one of two kinds: naming one takes the place of the other.
void make_way_for_check(json& base, const json& patch) {
  const auto named = patch.find("healthCheck");
  const auto former = base.find("healthCheck");
  if (named == patch.end() || !named->is_object() || former == base.end()) return;
  const bool command = named->contains("command"), http = named->contains("http");
  if (command != http) former->erase(command ? "http" : "command");
}

void keep_named_variables(json& patch, const model::release_spec& from, violations& out) {
  const auto names = patch.find("envVars");
  if (names == patch.end() || !names->is_array()) return;
  auto kept = json::object();
  for (const auto& [name, value] : from.env) kept[name] = nullptr;
  for (std::size_t i = 0; i < names->size(); ++i) {
    const auto& name = (*names)[i];
    if (name.is_string() && from.env.contains(name.get<std::string>()))
      kept.erase(name.get<std::string>());
    else
      out.push_back(
          {"/envVars/" + std::to_string(i),
           "must be the name of a variable that is set; new ones are given as an object: {\"NAME\": \"value\"}"});
  }
  *names = std::move(kept);
}

// What is shown of it may be sent back.
void keep_kind(json& patch, const model::release_spec& from, violations& out) {
  const auto kind = patch.find("kind");
  if (kind == patch.end()) return;
  if (!kind->is_null() && *kind != (from.job ? "job" : "service"))
    out.push_back({"/kind", "cannot be changed: deploy another service instead"});
  patch.erase(kind);
}

json merged(const json& patch, const model::release_spec& from) {
  auto body = codec::to_json(from);
  make_way_for_image(body, patch, from);
  make_way_for_check(body, patch);
  body.merge_patch(patch);
  drop_nulls(body);
  body["environmentId"] = "env_aaaaaaaaaaaaaaaa";  // the schema wants one; nobody reads it
  return body;
}

std::string field_of(const std::string& pointer) {
  return pointer.substr(std::min<std::size_t>(1, pointer.size()), pointer.find('/', 1) - 1);
}

// What does not fit is told at the field of the patch without which it would.
model::violation told_in_patch(const api_state& api, const json& patch, const model::release_spec& from,
                               model::violation v) {
  if (patch.contains(field_of(v.pointer))) return v;
  std::string guilty;
  for (const auto& [name, value] : patch.items()) {
    auto rest = patch;
    rest.erase(name);
    const auto left = check_release_body(api, merged(rest, from));
    if (std::find(left.begin(), left.end(), v) == left.end()) guilty = pointer_to("", name);
  }
  return {guilty, "does not fit the service's " + v.pointer + ", which " + v.detail};
}

}  // namespace

violations check_patch(const api_state& api, const json& patch) {
  if (!patch.is_object()) return {{"", "must be an object"}};
  const auto& known = api.schemas.schema("update_service").at("properties");
  violations out;
  for (const auto& [name, value] : patch.items()) {
    if (known.contains(name)) continue;
    std::string names;
    for (const auto& [one, ignored] : known.items()) (names += names.empty() ? "" : ", ") += one;
    out.push_back({pointer_to("", name), name == "name" || name == "environmentId"
                                             ? "cannot be changed: deploy another service instead"
                                             : "is not a known field; known are: " + names});
  }
  return out;
}

model::outcome<model::release_spec> patched(const api_state& api, const json& sent, const model::release_spec& from) {
  auto patch = sent;
  violations wrong;
  keep_named_variables(patch, from, wrong);
  keep_kind(patch, from, wrong);
  auto body = merged(patch, from);
  for (auto& v : check_release_body(api, body)) wrong.push_back(told_in_patch(api, patch, from, std::move(v)));
  if (!wrong.empty()) {
    auto why = wrong_body(std::move(wrong));
    return model::problem{model::consequence::rejected, std::move(why.detail), std::move(why.violations), 0};
  }
  api.schemas.fill_defaults(schema, body);
  auto spec = release_of(body);
  if (!patch.contains("image") && !patch.contains("tag")) spec.image = from.image;
  return spec;
}

}  // namespace troupe::http::api
