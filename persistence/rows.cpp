#include "persistence/rows.hpp"

#include <sstream>
#include <stdexcept>

#include "actors/codec/failure_json.hpp"
#include "actors/codec/image_json.hpp"
#include "actors/codec/observation_json.hpp"
#include "actors/codec/progress_json.hpp"
#include "actors/codec/release_json.hpp"
#include "actors/codec/site_json.hpp"
#include "actors/codec/timestamp_text.hpp"
#include "persistence/array_literal.hpp"
#include "persistence/sealed_variables.hpp"

namespace troupe::persistence {

using nlohmann::json;

namespace {

// Columns one after the other.
class reader {
public:
  explicit reader(const pqxx::row& row) : row_(row) {}

  std::string text() { return next().c_str(); }
  bool flag() { return next().as<bool>(); }
  template <class T>
  T number() {
    return next().as<T>();
  }
  template <class Enum, std::size_t N>
  Enum one_of(const model::enum_texts<Enum, N>& texts) {
    const auto field = next();
    const auto value = texts.parse(field.c_str());
    if (!value) throw std::runtime_error(std::string("unknown value in column ") + field.name() + ": " + field.c_str());
    return *value;
  }
  template <class Enum, std::size_t N>
  std::optional<Enum> optional_one_of(const model::enum_texts<Enum, N>& texts) {
    if (row_[index_].is_null()) {
      ++index_;
      return std::nullopt;
    }
    return one_of(texts);
  }
  model::timestamp moment() { return model::timestamp{std::chrono::microseconds{next().as<std::int64_t>()}}; }
  std::optional<model::timestamp> optional_moment() {
    if (const auto field = next(); !field.is_null())
      return model::timestamp{std::chrono::microseconds{field.as<std::int64_t>()}};
    return std::nullopt;
  }
  std::optional<json> optional_document() {
    if (const auto field = next(); !field.is_null()) return json::parse(field.c_str());
    return std::nullopt;
  }
  template <class Id>
  std::optional<Id> optional_id() {
    if (const auto field = next(); !field.is_null()) return Id{field.c_str()};
    return std::nullopt;
  }

private:
  pqxx::field next() { return row_[index_++]; }

  const pqxx::row& row_;
  pqxx::row::size_type index_ = 0;
};

bool has_nul(const json& document) {
  if (document.is_string()) return document.get_ref<const std::string&>().find('\0') != std::string::npos;
  if (!document.is_structured()) return false;
  for (const auto& [key, value] : document.items())
    if (key.find('\0') != key.npos || has_nul(value)) return true;
  return false;
}

// jsonb knows no NUL either; said here, so that the caller hears of it before anything is sent.
std::string document(const json& content) {
  if (has_nul(content)) throw nul_in_text();
  return content.dump();
}

std::string spec_column(const model::deployment& d, const secrets::sealing_key* key) {
  auto spec = codec::to_json(d.spec);
  if (!has_variables(spec)) return document(spec);
  if (has_nul(spec)) throw nul_in_text();
  if (!key) throw std::logic_error("variables are not stored without a key that seals them");
  seal_variables(spec, *key, d.environment.text, d.id.text);
  return spec.dump();
}

template <class T>
parameter optional_document(const std::optional<T>& content) {
  if (!content) return std::nullopt;
  return document(codec::to_json(*content));
}

std::string plain(const std::string& text) {
  if (text.find('\0') != text.npos) throw nul_in_text();
  return text;
}

parameter optional_moment(const std::optional<model::timestamp>& at) {
  if (!at) return std::nullopt;
  return codec::timestamp_text(*at);
}

template <class Id>
parameter optional_id(const std::optional<Id>& id) {
  if (!id) return std::nullopt;
  return plain(id->text);
}

model::deployment read_deployment(reader& in, const opener& open) {
  model::deployment d;
  d.id.text = in.text();
  d.job.text = in.text();
  d.environment.text = in.text();
  d.owner.text = in.text();
  d.number = in.number<std::uint64_t>();
  auto spec = in.optional_document().value();
  open_variables(spec, open, d.environment.text, d.id.text);
  d.spec = codec::release_from_json(spec);
  d.generation = in.number<std::uint32_t>();
  d.status = in.one_of(model::deployment_status_texts);
  d.wanted = in.one_of(model::intent_texts);
  if (const auto image = in.optional_document()) d.image = codec::resolved_image_from_json(*image);
  if (const auto error = in.optional_document()) d.error = codec::failure_from_json(*error);
  d.former = in.optional_id<model::deployment_id>();
  d.rolled_back_to = in.optional_id<model::deployment_id>();
  d.rollback_of = in.optional_id<model::deployment_id>();
  d.health.degraded = in.flag();
  d.health.reason = in.text();
  d.revision = in.number<std::uint64_t>();
  d.created_at = in.moment();
  d.updated_at = in.moment();
  d.running_since = in.optional_moment();
  d.warnings = in.optional_document().value().get<std::vector<std::string>>();
  codec::progress_from_json(in.optional_document().value(), d);
  return d;
}

}  // namespace

model::environment environment_of(const pqxx::row& row) {
  reader in(row);
  model::environment e;
  e.id.text = in.text();
  e.owner.text = in.text();
  e.name = in.text();
  e.network_id = in.text();
  e.status = in.one_of(model::environment_status_texts);
  e.revision = in.number<std::uint64_t>();
  e.created_at = in.moment();
  e.updated_at = in.moment();
  return e;
}

model::deployment deployment_of(const pqxx::row& row, const opener& open) {
  reader in(row);
  return read_deployment(in, open);
}

actors::stored_deployment stored_deployment_of(const pqxx::row& row, const opener& open) {
  reader in(row);
  actors::stored_deployment out{read_deployment(in, open), {}};
  if (const auto tasks = in.optional_document())
    for (const auto& task : *tasks) out.containers.push_back(codec::task_observation_from_json(task));
  return out;
}

model::transition transition_of(const pqxx::row& row) {
  reader in(row);
  model::transition t;
  t.deployment.text = in.text();
  t.revision = in.number<std::uint64_t>();
  t.status = in.one_of(model::deployment_status_texts);
  t.at = in.moment();
  t.detail = in.text();
  t.count = in.number<std::uint32_t>();
  t.first_at = in.moment();
  t.asked = in.optional_one_of(model::verb_texts);
  t.ended = in.optional_one_of(model::ending_texts);
  return t;
}

model::api_key api_key_of(const pqxx::row& row) {
  reader in(row);
  model::api_key key;
  key.key_id = in.text();
  key.owner.text = in.text();
  key.name = in.text();
  const auto scopes = in.text();
  for (std::string_view rest = scopes; !rest.empty();) {
    const auto comma = std::min(rest.find(','), rest.size());
    const auto scope = model::scope_texts.parse(rest.substr(0, comma));
    if (!scope) throw std::runtime_error("unknown scope in column scopes: " + scopes);
    key.scopes.add(*scope);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  key.secret_hash = in.text();
  key.created_at = in.moment();
  key.last_used_at = in.optional_moment();
  key.expires_at = in.optional_moment();
  key.revoked_at = in.optional_moment();
  const auto environments = in.text();
  for (std::string_view rest = environments; !rest.empty();) {
    const auto comma = std::min(rest.find(','), rest.size());
    key.environments.push_back({std::string(rest.substr(0, comma))});
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return key;
}

model::site site_of(const pqxx::row& row) {
  reader in(row);
  model::site s;
  s.id = {in.text()};
  s.environment = {in.text()};
  s.owner = {in.text()};
  s.domain = in.text();
  s.pinned = in.flag();
  s.service = in.text();
  s.port = in.number<std::uint16_t>();
  s.chosen_port = in.number<std::uint16_t>();
  const auto settings = in.optional_document().value();
  s.settings = codec::site_settings_from_json(settings);
  s.paths = codec::site_paths_from_json(settings);
  s.status = in.one_of(model::site_status_texts);
  s.detail = in.text();
  const auto from = in.optional_moment(), until = in.optional_moment();
  if (from && until) s.certificate = model::certificate{*from, *until};
  std::istringstream failures(in.text());
  for (std::string micros; std::getline(failures, micros, ',');)
    s.failures.emplace_back(std::chrono::microseconds{std::stoll(micros)});
  s.next_try = in.optional_moment();
  s.warned_days = in.number<std::uint32_t>();
  s.revision = in.number<std::uint64_t>();
  s.created_at = in.moment();
  s.updated_at = in.moment();
  return s;
}

std::array<parameter, 8> columns_of(const model::environment& e) {
  return {plain(e.id.text),
          plain(e.owner.text),
          plain(e.name),
          plain(e.network_id),
          std::string(model::environment_status_texts[e.status]),
          std::to_string(e.revision),
          codec::timestamp_text(e.created_at),
          codec::timestamp_text(e.updated_at)};
}

std::array<parameter, 23> columns_of(const model::deployment& d, const secrets::sealing_key* key) {
  return {plain(d.id.text),
          plain(d.job.text),
          plain(d.environment.text),
          plain(d.owner.text),
          std::to_string(d.number),
          plain(d.spec.service),
          spec_column(d, key),
          std::to_string(d.generation),
          std::string(model::deployment_status_texts[d.status]),
          std::string(model::intent_texts[d.wanted]),
          optional_document(d.image),
          optional_document(d.error),
          optional_id(d.former),
          optional_id(d.rolled_back_to),
          optional_id(d.rollback_of),
          d.health.degraded ? "t" : "f",
          plain(d.health.reason),
          std::to_string(d.revision),
          codec::timestamp_text(d.created_at),
          codec::timestamp_text(d.updated_at),
          optional_moment(d.running_since),
          document(d.warnings),
          document(codec::progress_to_json(d))};
}

std::array<parameter, 19> columns_of(const model::site& s) {
  array_literal failures;
  auto settings = codec::to_json(s.settings);
  auto& paths = settings["paths"] = json::array();
  for (const auto& path : s.paths) paths.push_back(codec::to_json(path));
  for (const auto at : s.failures) failures.add(codec::timestamp_text(at));
  return {plain(s.id.text),
          plain(s.environment.text),
          plain(s.owner.text),
          plain(s.domain),
          s.pinned ? "t" : "f",
          plain(s.service),
          std::to_string(s.port),
          std::to_string(s.chosen_port),
          document(settings),
          std::string(model::site_status_texts[s.status]),
          plain(s.detail),
          optional_moment(s.certificate ? std::optional(s.certificate->not_before) : std::nullopt),
          optional_moment(s.certificate ? std::optional(s.certificate->not_after) : std::nullopt),
          failures.text(),
          optional_moment(s.next_try),
          std::to_string(s.warned_days),
          std::to_string(s.revision),
          codec::timestamp_text(s.created_at),
          codec::timestamp_text(s.updated_at)};
}

std::string observation_column(const model::task_observation& task) {
  return document(codec::to_json(task));
}

}  // namespace troupe::persistence
