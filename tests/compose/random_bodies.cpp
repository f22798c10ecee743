#include "tests/compose/random_bodies.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <regex>
#include <stdexcept>
#include <string>
#include <vector>

namespace troupe::test {

using nlohmann::json;

namespace {

// Something for each pattern of the schema.
const std::vector<std::string> samples{"a",
                                       "web-1",
                                       "0",
                                       "data",
                                       "env_aaaaaaaaaaaaaaaa",
                                       "1000:1000",
                                       "postgres:0",
                                       "",
                                       "/",
                                       "/up?a=b&c=$d",
                                       "/srv/a-b",
                                       "a.b.c",
                                       "A-b",
                                       "nofile",
                                       "memlock",
                                       "core",
                                       "net.core.somaxconn",
                                       "kernel.shmmax",
                                       "fs.mqueue.msg_max",
                                       "x-y",
                                       "true",
                                       "com.example/part",
                                       "1.10",
                                       "no",
                                       "A",
                                       "PATH"};
const std::vector<std::string> pieces{
    "a",      "Z",      "7",      "$",  "${X}", "$$", "\"", "'",  "\n",   "\t",   ": ", " #",  " ",   "- ", "<<",
    "true",   "1.10",   "\\",     "{",  "]",    "%",  "é",  "😀",  "\x01", "\x7f", ",",  ":",   "/",   "@",  "\u0085",
    "\u2028", "\uFEFF", "\uFFFE", "\r", "no",   "~",  "!",  "&a", "*a",   "|",    ">",  "---", "...", "="};

}  // namespace

random_bodies::random_bodies(unsigned seed) : random_(seed) {
  std::ifstream file(TROUPE_SOURCE_DIR "/http/schemas/create_deployment.json");
  schema_ = json::parse(file);
  for (const char* field : {"environmentId", "name", "kind"}) schema_["properties"].erase(field);
  auto& required = schema_["required"];
  required.erase(std::remove(required.begin(), required.end(), "environmentId"), required.end());
}

json random_bodies::next() {
  return value(schema_);
}

json random_bodies::value(const json& schema) {
  if (schema.contains("enum")) return schema["enum"][below(static_cast<unsigned>(schema["enum"].size()))];
  const auto type = schema.value("type", "");
  if (type == "object") return object(schema);
  if (type == "array") return array(schema);
  if (type == "string") return text(schema);
  if (type == "boolean") return below(2) == 0;
  if (type != "integer" && type != "number") throw std::logic_error("no random value for the schema " + schema.dump());
  const auto least = schema.value("minimum", 0.0), most = schema.value("maximum", 1e6);
  const double ends[] = {least, most, least + (most - least) * below(1000) / 1000, std::min(most, least + below(20))};
  const auto number = ends[below(4)];
  return type == "number" ? json(number) : json(static_cast<std::int64_t>(number));
}

json random_bodies::object(const json& schema) {
  auto out = json::object();
  const auto properties = schema.value("properties", json::object());
  const auto required = schema.value("required", json::array());
  for (const auto& [name, one] : properties.items()) {
    if (one.value("readOnly", false)) continue;
    const bool needed = std::find(required.begin(), required.end(), name) != required.end();
    if (needed || below(3) == 0) out[name] = value(one);
  }
  if (schema.contains("propertyNames"))
    for (auto count = below(4); count > 0; --count)
      out[text(schema["propertyNames"])] = value(schema["additionalProperties"]);
  return out;
}

json random_bodies::array(const json& schema) {
  auto out = json::array();
  const auto least = schema.value("minItems", 0u);
  for (auto count = std::max(least, below(4)); count > 0; --count) {
    auto one = value(schema["items"]);
    const bool twice = std::find(out.begin(), out.end(), one) != out.end();
    if (!twice || !schema.value("uniqueItems", false)) out.push_back(std::move(one));
  }
  return out;
}

std::string random_bodies::text(const json& schema) {
  const auto least = schema.value("minLength", std::size_t{0}), most = schema.value("maxLength", std::size_t{40});
  const auto pattern = schema.value("pattern", "");
  if (pattern.empty() || pattern == "^[^=]+$") {
    for (;;) {
      auto out = any_text(std::max<std::size_t>(least, pattern.empty() ? 0 : 1), most);
      if (pattern.empty() || out.find('=') == std::string::npos) return out;
    }
  }
  const std::regex expression(pattern);
  std::vector<std::string> fit;
  for (const auto& one : samples)
    if (one.size() >= least && one.size() <= most && std::regex_search(one, expression)) fit.push_back(one);
  if (fit.empty()) throw std::logic_error("no sample fits the pattern " + pattern + ": add one");
  return fit[below(static_cast<unsigned>(fit.size()))];
}

std::string random_bodies::any_text(std::size_t least, std::size_t most) {
  std::string out;
  for (auto count = below(8); count > 0 || out.size() < least; count -= count > 0) {
    const auto& piece = pieces[below(static_cast<unsigned>(pieces.size()))];
    if (out.size() + piece.size() <= most) out += piece;
  }
  return out;
}

}  // namespace troupe::test
