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

// A whole number of seconds up to `most`; more could not be reckoned with.
std::optional<std::chrono::seconds> seconds_of(const json& object, const char* name, std::chrono::seconds most) {
  const auto it = object.find(name);
  if (it == object.end() || !it->is_number_integer()) return std::nullopt;
  if (it->is_number_unsigned() && it->get<std::uint64_t>() > static_cast<std::uint64_t>(most.count()))
    return std::nullopt;
  const std::chrono::seconds value(it->get<std::int64_t>());
  return value < std::chrono::seconds(0) ? std::nullopt : std::optional(value);
}

std::optional<model::certificate> validity_of(const json& object) {
  constexpr std::chrono::seconds end_of_9999{253'402'300'799};
  const auto from = seconds_of(object, "notBefore", end_of_9999), until = seconds_of(object, "notAfter", end_of_9999);
  if (!from || !until) return std::nullopt;
  return model::certificate{model::timestamp(*from), model::timestamp(*until)};
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
  constexpr std::chrono::hours longest_wait{24 * 366};
  if (const auto wait = seconds_of(*said, "retryAfterSeconds", longest_wait)) out.retry_after = *wait;
  return out;
}

}  // namespace troupe::nginx
