#include "http/mcp/tool_schema.hpp"

#include <set>

#include "http/api/routes.hpp"
#include "http/api/schema_texts.hpp"
#include "http/mcp/tool.hpp"

namespace troupe::http::mcp {

namespace {

using nlohmann::json;

std::string_view preset_of(const tool& t, std::string_view name) {
  for (const auto& one : t.presets)
    if (one.name == name) return one.value;
  return {};
}

const json& shapes() {
  static const json all = json::parse(api::schema_texts().at("answers"));
  return all;
}

const json& shape_of(const json& node) {
  const auto reference = node.find("$ref");
  if (reference == node.end()) return node;
  const auto& text = reference->get_ref<const std::string&>();
  return shape_of(shapes().at(text.substr(text.rfind('/') + 1)));
}

json type_of(const json& node) {
  const auto& shape = shape_of(node);
  if (const auto type = shape.find("type"); type != shape.end()) return *type;
  json out = json::array();
  for (const auto& one : shape.value("oneOf", json::array())) out.push_back(type_of(one));
  return out;
}

// What is always there, `levels` deep; what lies deeper is told by its type alone.
json promised(const json& node, int levels) {
  const auto& shape = shape_of(node);
  json out{{"type", type_of(shape)}};
  if (levels == 0) return out;
  if (const auto values = shape.find("enum"); values != shape.end()) out["enum"] = *values;
  if (const auto items = shape.find("items"); items != shape.end()) out["items"] = promised(*items, levels);
  const auto required = shape.find("required");
  if (required == shape.end()) return out;
  out["required"] = *required;
  for (const auto& name : *required) {
    const auto& key = name.get_ref<const std::string&>();
    out["properties"][key] = promised(shape.at("properties").at(key), levels - 1);
  }
  return out;
}

bool is_structured(const json& schema) {
  const auto& type = schema.at("type");
  const auto& first = type.is_array() ? type.at(0) : type;
  return first == "object" || first == "array";
}

}  // namespace

// Some hosts refuse a whole list of tools over a keyword that they do not know, or a list of types. What is only shown
// is no argument, and what few need (x-rare) is taken without being listed, to keep the list short.
json portable(json schema) {
  static const std::set<std::string> known{
      "type",      "properties", "required", "description", "enum",
      "items",     "minimum",    "maximum",  "minItems",    "maxItems",
      "minLength", "maxLength",  "pattern",  "default",     "additionalProperties"};
  json out = json::object();
  for (auto& [keyword, value] : schema.items())
    if (known.contains(keyword)) out[keyword] = std::move(value);
  if (const auto type = out.find("type"); type != out.end() && type->is_array()) *type = json(type->at(0));
  if (const auto properties = out.find("properties"); properties != out.end()) {
    auto kept = json::object();
    for (auto& [name, child] : properties->items())
      if (!child.value("readOnly", false) && !child.value("x-rare", false)) kept[name] = portable(std::move(child));
    *properties = std::move(kept);
  }
  for (const char* nested : {"items", "additionalProperties"})
    if (const auto child = out.find(nested); child != out.end() && child->is_object())
      *child = portable(std::move(*child));
  return out;
}

std::vector<argument_part> argument_parts(const tool& t, const api::body_schemas& schemas) {
  const auto& r = t.twin();
  std::vector<argument_part> out;
  if (!t.id.empty()) out.push_back({std::string(t.id), argument_place::path});
  if (t.in_environment) out.push_back({"environmentId", argument_place::beside});
  for (const auto& p : r.parameters)
    if (t.takes(p.name)) out.push_back({std::string(p.name), argument_place::query, preset_of(t, p.name)});
  if (!t.body_schema().empty())
    for (const auto& [name, schema] : schemas.schema(t.body_schema()).at("properties").items())
      out.push_back({name, argument_place::body, {}, is_structured(schema)});
  if (t.destroys()) out.push_back({"confirm", argument_place::confirm});
  return out;
}

json input_schema(const tool& t, const api::body_schemas& schemas) {
  const auto& r = t.twin();
  json properties = json::object(), required = json::array();
  if (!t.id.empty()) {
    properties[std::string(t.id)] = {{"type", "string"}};
    required.push_back(t.id);
  }
  if (t.in_environment) properties["environmentId"] = {{"type", "string"}};
  if (t.in_environment && !t.id.empty()) {
    properties[std::string(t.id)]["description"] = "Its id or name";
    properties["environmentId"]["description"] = "Where several have a service of that name";
  }
  for (const auto& p : r.parameters) {
    if (!t.takes(p.name)) continue;
    auto& schema = properties[std::string(p.name)] = json::parse(p.schema);
    schema["description"] = p.summary;
    if (const auto value = preset_of(t, p.name); !value.empty())
      schema["default"] = schema.at("type") == "string" ? json(value) : json::parse(value);
  }
  if (!t.body_schema().empty()) {
    const auto& body = schemas.schema(t.body_schema());
    properties.update(body.at("properties"));
    for (const auto name : t.unlisted) properties.erase(std::string(name));
    for (const auto& name : body.value("required", json::array())) required.push_back(name);
  }
  if (t.destroys()) {
    properties["confirm"] = {{"type", "string"}, {"description", "The name of what is to be deleted"}};
    required.push_back("confirm");
  }
  json out{{"type", "object"}, {"additionalProperties", false}};
  if (!properties.empty()) out["properties"] = std::move(properties);
  if (!required.empty()) out["required"] = std::move(required);
  return portable(std::move(out));
}

json output_schema(const tool& t) {
  return promised(shapes().at(std::string(t.answer.empty() ? t.twin().answer : t.answer)), 1);
}

json description_of(const tool& t, const api::body_schemas& schemas) {
  json annotations{{"readOnlyHint", t.reads()}, {"destructiveHint", t.destroys()}};
  if (!t.reads() && t.idempotent) annotations["idempotentHint"] = true;  // says nothing of what reads; default: false
  return {{"name", t.name},
          {"title", t.title},
          {"description", t.description},
          {"inputSchema", input_schema(t, schemas)},
          {"outputSchema", output_schema(t)},
          {"annotations", std::move(annotations)}};
}

}  // namespace troupe::http::mcp
