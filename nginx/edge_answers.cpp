#include "nginx/edge_answers.hpp"

#include <nlohmann/json.hpp>

namespace troupe::nginx {

namespace {

using nlohmann::json;

std::optional<json> object_of(std::string_view output) {
  auto parsed = json::parse(output, nullptr, false);
  if (!parsed.is_object()) return std::nullopt;
  return parsed;
}

std::string text_of(const json& object, const char* name) {
  const auto it = object.find(name);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

const json& member(const json& object, const char* name) {
  static const json none = json::object();
  const auto it = object.find(name);
  return it != object.end() && it->is_object() ? *it : none;
}

std::optional<model::certificate> validity_of(const json& object) {
  const auto from = object.find("notBefore"), until = object.find("notAfter");
  if (from == object.end() || until == object.end() || !from->is_number_integer() || !until->is_number_integer())
    return std::nullopt;
  const auto at = [](const json& seconds) {
    return model::timestamp(std::chrono::seconds(seconds.get<std::int64_t>()));
  };
  return model::certificate{at(*from), at(*until)};
}

}  // namespace

std::optional<edge_inventory> read_inventory(std::string_view output) {
  const auto said = object_of(output);
  if (!said || !said->contains("sites")) return std::nullopt;
  edge_inventory out;
  for (const auto& [id, ignored] : member(*said, "sites").items()) out.sites.insert(id);
  for (const auto& [id, one] : member(*said, "certificates").items())
    if (const auto validity = one.is_object() ? validity_of(one) : std::nullopt)
      out.certificates[id] = {text_of(one, "domain"), *validity};
  return out;
}

std::optional<apply_result> read_apply_result(std::string_view output) {
  const auto said = object_of(output);
  if (!said || !said->contains("generation")) return std::nullopt;
  apply_result out;
  for (const auto& [id, why] : member(*said, "refused").items())
    out.refused[id] = why.is_string() ? why.get<std::string>() : std::string();
  return out;
}

std::optional<model::site_event> read_domain_check(std::string_view output) {
  const auto said = object_of(output);
  if (!said) return std::nullopt;
  const auto result = text_of(*said, "result");
  if (result.empty()) return std::nullopt;
  if (result == "ok") return model::domain_answers{};
  return model::domain_silent{text_of(*said, "detail")};
}

std::optional<model::site_event> read_order(std::string_view output) {
  const auto said = object_of(output);
  if (!said) return std::nullopt;
  if (text_of(*said, "result") == "issued") {
    const auto validity = validity_of(*said);
    return validity ? std::optional<model::site_event>(model::certificate_issued{*validity}) : std::nullopt;
  }
  model::order_failed out;
  const auto kind = text_of(*said, "kind");
  if (kind == "challenge")
    out.kind = model::order_trouble::challenge;
  else if (kind == "refused")
    out.kind = model::order_trouble::refused;
  else if (kind == "limited")
    out.kind = model::order_trouble::limited;
  else if (kind == "unreachable" || kind == "internal")
    out.kind = model::order_trouble::unreachable;
  else
    return std::nullopt;
  out.why = text_of(*said, "detail");
  if (const auto wait = said->find("retryAfterSeconds"); wait != said->end() && wait->is_number_integer())
    out.retry_after = std::chrono::seconds(wait->get<std::int64_t>());
  return out;
}

}  // namespace troupe::nginx
