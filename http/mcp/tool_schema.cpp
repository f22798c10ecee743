#include "http/mcp/tool_schema.hpp"

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

}  // namespace

std::vector<argument_part> argument_parts(const tool& t, const api::body_schemas& schemas) {
  const auto& r = t.twin();
  std::vector<argument_part> out;
  if (!t.id.empty()) out.push_back({std::string(t.id), argument_place::path});
  for (const auto& p : r.parameters)
    if (t.takes(p.name)) out.push_back({std::string(p.name), argument_place::query, preset_of(t, p.name)});
  if (!r.body.empty())
    for (const auto& property : schemas.schema(r.body).at("properties").items())
      out.push_back({property.key(), argument_place::body});
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
  for (const auto& p : r.parameters) {
    if (!t.takes(p.name)) continue;
    auto& schema = properties[std::string(p.name)] = json::parse(p.schema);
    schema["description"] = p.summary;
    if (const auto value = preset_of(t, p.name); !value.empty())
      schema["default"] = schema.at("type") == "string" ? json(value) : json::parse(value);
  }
  if (!r.body.empty()) {
    const auto& body = schemas.schema(r.body);
    properties.update(body.at("properties"));
    for (const auto& name : body.value("required", json::array())) required.push_back(name);
  }
  if (t.destroys()) {
    properties["confirm"] = {{"type", "string"}, {"description", "The name of what is to be deleted"}};
    required.push_back("confirm");
  }
  json out{{"type", "object"}, {"additionalProperties", false}};
  if (!properties.empty()) out["properties"] = std::move(properties);
  if (!required.empty()) out["required"] = std::move(required);
  return out;
}

json output_schema(const tool& t) {
  return promised(shapes().at(std::string(t.answer.empty() ? t.twin().answer : t.answer)), 2);
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
