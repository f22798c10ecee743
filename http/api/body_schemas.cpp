#include "http/api/body_schemas.hpp"

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <stdexcept>

#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "http/api/json_decode.hpp"
#include "http/api/schema_texts.hpp"

namespace troupe::http::api {

using model::violation;
using nlohmann::json;

namespace {

// By their text: made once, since that costs far more than a match.
using pattern_book = std::map<std::string, std::regex, std::less<>>;

}  // namespace

struct body_schemas::compiled {
  std::string name;
  json text;
  valijson::Schema checker;
  pattern_book patterns;
};

namespace {

void collect_patterns(const json& node, pattern_book& out) {
  if (node.is_object())
    if (const auto pattern = node.find("pattern"); pattern != node.end() && pattern->is_string()) {
      const auto& text = pattern->get_ref<const std::string&>();
      out.try_emplace(text, text);
    }
  if (node.is_structured())
    for (const auto& child : node) collect_patterns(child, out);
}

// std::regex recurses a frame a character, so patterns are not valijson's to try on texts that are too long anyway.
json without_patterns(json node) {
  if (node.is_object()) {
    node.erase("pattern");
    node.erase("propertyNames");
  }
  if (node.is_structured())
    for (auto& child : node) child = without_patterns(std::move(child));
  return node;
}

std::string number_text(const json& number) {
  return number.dump();
}

std::string type_text(const json& node) {
  // ["string", "null"], where null takes a member away: what else it may be is the rule that was broken.
  const auto& types = node.at("type");
  const auto type = (types.is_array() ? types.front() : types).get<std::string>();
  if (type == "integer") return "must be a whole number";
  if (type == "number") return "must be a number";
  if (type == "string") return "must be a text";
  if (type == "boolean") return "must be true or false";
  if (type == "array") return "must be a list";
  return "must be an object";
}

std::string names_of(const json& list) {
  std::string text;
  for (const auto& item : list) text += (text.empty() ? "" : ", ") + item.get<std::string>();
  return text;
}

std::string known_fields(const json& node) {
  std::string text;
  for (const auto& [name, ignored] : node.at("properties").items()) text += (text.empty() ? "" : ", ") + name;
  return text;
}

const json* child_schema(const json& node, const std::string& token) {
  if (const auto p = node.find("properties"); p != node.end())
    if (const auto found = p->find(token); found != p->end()) return &*found;
  if (const auto items = node.find("items"); items != node.end()) return &*items;
  if (const auto rest = node.find("additionalProperties"); rest != node.end() && rest->is_object()) return &*rest;
  return nullptr;
}

const json* child_value(const json& value, const std::string& token) {
  if (value.is_array()) return &value.at(std::stoul(token));
  const auto found = value.find(token);
  return found == value.end() ? nullptr : &*found;
}

std::string limit(const json& node, const char* keyword) {
  return number_text(node.value(keyword, json()));
}

// valijson's text tells which keyword failed; the sentence is made from the schema and the value.
void explain(const std::string& said, const std::string& pointer, const json& node, const json& value,
             std::vector<violation>& out) {
  const auto says = [&](std::string_view start) { return said.starts_with(start); };
  if (says("Value type not permitted"))
    out.push_back({pointer, type_text(node)});
  else if (says("Failed to match against any enum"))
    out.push_back({pointer, "must be one of: " + names_of(node.at("enum"))});
  else if (says("Expected number"))
    out.push_back({pointer, "must be from " + limit(node, "minimum") + " to " + limit(node, "maximum")});
  else if (says("Array should contain no more"))
    out.push_back({pointer, "must have at most " + limit(node, "maxItems") + " elements"});
  else if (says("Array should contain no fewer"))
    out.push_back({pointer, "must have at least " + limit(node, "minItems") + " elements"});
  else if (says("String should be no more"))
    out.push_back({pointer, "must have at most " + limit(node, "maxLength") + " characters"});
  else if (says("String should be no fewer"))
    out.push_back({pointer, value.empty() || value == ""
                                ? "must not be empty"
                                : "must have at least " + limit(node, "minLength") + " characters"});
  else if (says("Object should have no more"))
    out.push_back({pointer, "must have at most " + limit(node, "maxProperties") + " members"});
  else if (says("Elements at indexes"))
    out.push_back({pointer, "must not name anything twice"});
  else if (says("Missing required property")) {
    for (const auto& name : node.at("required"))
      if (!value.contains(name.get<std::string>()))
        out.push_back({pointer_to(pointer, name.get<std::string>()), "is required"});
  } else if (says("Object contains a property")) {
    for (const auto& [name, ignored] : value.items())
      if (!node.at("properties").contains(name))
        out.push_back({pointer_to(pointer, name), "is not a known field; known are: " + known_fields(node)});
  }
  // The rest are the parents' lines ("Failed to validate item #0 in array"), which say nothing that their children do
  // not.
}

bool fits(const json& node, const pattern_book& patterns, const std::string& text) {
  if (text.size() > node.at("maxLength").get<std::size_t>()) return false;
  return std::regex_match(text, patterns.find(node.at("pattern").get_ref<const std::string&>())->second);
}

void check_patterns(const json& node, const pattern_book& patterns, const json& value, const std::string& pointer,
                    std::vector<violation>& out) {
  const auto wrong_form = [](const json& of) {
    return "is not of the form: " + of.at("description").get<std::string>();
  };
  if (value.is_string() && node.contains("pattern")) {
    const auto& text = value.get_ref<const std::string&>();
    if (text.size() <= node.at("maxLength").get<std::size_t>() && !fits(node, patterns, text))
      out.push_back({pointer, wrong_form(node)});
  }
  if (!value.is_structured()) return;
  const auto names = node.find("propertyNames");
  for (const auto& [name, child] : value.items()) {
    const auto place = pointer_to(pointer, name);
    if (value.is_object() && names != node.end() && !fits(*names, patterns, name))
      out.push_back({place, "the name " + wrong_form(*names)});
    if (const auto* schema = child_schema(node, name)) check_patterns(*schema, patterns, child, place, out);
  }
}

void fill(const json& node, json& value) {
  if (value.is_array()) {
    if (const auto items = node.find("items"); items != node.end())
      for (auto& element : value) fill(*items, element);
    return;
  }
  const auto properties = node.find("properties");
  if (!value.is_object() || properties == node.end()) return;
  for (const auto& [name, schema] : properties->items()) {
    if (!value.contains(name) && schema.contains("default")) value[name] = schema.at("default");
    if (const auto found = value.find(name); found != value.end()) fill(schema, *found);
  }
}

// What a merge patch of such a body may hold: any part of it, and null for what is to be unset.
json patch_of(json node, bool outermost = true) {
  node.erase("default");
  if (node.value("type", "") != "object") {
    if (!outermost) node["type"] = json::array({node.at("type"), "null"});
    return node;
  }
  node.erase("required");
  if (node.contains("properties"))
    for (auto& child : node["properties"]) child = patch_of(std::move(child), false);
  if (node.contains("additionalProperties") && node["additionalProperties"].is_object())
    node["additionalProperties"] = patch_of(std::move(node["additionalProperties"]), false);
  if (!outermost) node["type"] = json::array({"object", "null"});
  return node;
}

json update_of(const json& create) {
  auto out = patch_of(create);
  for (const char* fixed : {"environmentId", "name"}) out["properties"].erase(fixed);
  out["description"] =
      "A merge patch (RFC 7396): what is not named stays as it is, null unsets, a list is replaced whole";
  return out;
}

}  // namespace

void body_schemas::add(std::string name, json text) {
  auto made = std::make_unique<compiled>();
  made->name = std::move(name);
  made->text = std::move(text);
  collect_patterns(made->text, made->patterns);
  const auto plain = without_patterns(made->text);
  valijson::SchemaParser().populateSchema(valijson::adapters::NlohmannJsonAdapter(plain), made->checker);
  all_.push_back(std::move(made));
}

body_schemas::body_schemas(const config::settings& settings) {
  for (const auto& [name, text] : schema_texts()) {
    if (name == "answers" || name == "examples") continue;
    auto schema = json::parse(text);
    auto& properties = schema.at("properties");
    if (properties.contains("replicas")) properties["replicas"]["maximum"] = settings.max_replicas;
    if (properties.contains("resources")) {
      auto& resources = properties["resources"]["properties"];
      resources["cpus"]["default"] = settings.default_cpus;
      resources["memoryMb"]["default"] = settings.default_memory_mb;
      resources["pids"]["default"] = settings.default_pids;
    }
    if (name == "create_deployment") add("update_service", update_of(schema));
    add(std::string(name), std::move(schema));
  }
}

body_schemas::~body_schemas() = default;

const body_schemas::compiled& body_schemas::find(std::string_view name) const {
  for (const auto& one : all_)
    if (one->name == name) return *one;
  throw std::logic_error("no such schema");
}

const json& body_schemas::schema(std::string_view name) const {
  return find(name).text;
}

std::vector<std::string> body_schemas::names() const {
  std::vector<std::string> out;
  for (const auto& one : all_) out.push_back(one->name);
  return out;
}

std::vector<violation> body_schemas::check(std::string_view name, const json& value) const {
  const auto& schema = find(name);
  valijson::ValidationResults results;
  std::vector<violation> found;
  if (!valijson::Validator().validate(schema.checker, valijson::adapters::NlohmannJsonAdapter(value), &results)) {
    for (const auto& error : results) {
      const json* node = &schema.text;
      const json* at = &value;
      std::string pointer;
      for (std::size_t i = 1; i < error.context.size() && node && at; ++i) {  // [0] is the root
        const auto token = error.context[i].substr(1, error.context[i].size() - 2);
        pointer = pointer_to(std::move(pointer), token);
        node = child_schema(*node, token);
        at = child_value(*at, token);
      }
      if (node && at) explain(error.description, pointer, *node, *at, found);
    }
    if (found.empty()) found.push_back({"", "does not fit this call's schema"});
  }
  std::vector<violation> patterns;
  check_patterns(schema.text, schema.patterns, value, "", patterns);
  // One sentence a place: a wrong type or length says more than the pattern that it misses as well.
  std::vector<violation> out;
  std::set<std::pair<std::string, std::string>> seen;
  std::set<std::string> places;
  for (auto& v : found)
    if (seen.emplace(v.pointer, v.detail).second) {
      places.insert(v.pointer);
      out.push_back(std::move(v));
    }
  for (auto& v : patterns)
    if (!places.contains(v.pointer)) out.push_back(std::move(v));
  return out;
}

void body_schemas::fill_defaults(std::string_view name, json& value) const {
  fill(find(name).text, value);
}

}  // namespace troupe::http::api
