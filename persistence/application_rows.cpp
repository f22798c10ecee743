#include "persistence/application_rows.hpp"

#include <nlohmann/json.hpp>

#include "actors/codec/application_json.hpp"
#include "actors/codec/timestamp_text.hpp"

namespace troupe::persistence {

namespace {

model::timestamp moment(const pqxx::field& micros) {
  return model::timestamp{std::chrono::microseconds{micros.as<std::int64_t>()}};
}

model::application application_of(const pqxx::row& row) {
  model::application out;
  out.id.text = row[0].c_str();
  out.environment.text = row[1].c_str();
  out.owner.text = row[2].c_str();
  const auto status = model::apply_status_texts.parse(row[3].c_str());
  if (!status) throw std::runtime_error("an operation has an unknown status");
  out.status = *status;
  codec::read_document(nlohmann::json::parse(row[4].c_str()), out);
  out.revision = row[5].as<std::uint64_t>();
  out.created_at = moment(row[6]);
  out.updated_at = moment(row[7]);
  return out;
}

}  // namespace

std::array<parameter, 8> columns_of(const model::application& a) {
  return {a.id.text,
          a.environment.text,
          a.owner.text,
          std::string(model::apply_status_texts[a.status]),
          codec::document_of(a).dump(),
          std::to_string(a.revision),
          codec::timestamp_text(a.created_at),
          codec::timestamp_text(a.updated_at)};
}

std::vector<model::application> applications_under_way(pqxx::transaction_base& t, const std::string& environment) {
  std::vector<model::application> out;
  for (const auto& row : run(t, statements::operations_under_way, {environment})) out.push_back(application_of(row));
  return out;
}

namespace queries {

outcome<actors::application_view_ptr> answer(tx& t, const actors::find_application& q) {
  const auto rows = run(t, statements::operation_by_id, {q.id.text, q.owner.text});
  if (rows.empty()) return model::problem{model::consequence::not_found, "there is no such operation", {}, 0};
  return std::make_shared<const model::application>(application_of(rows.front()));
}

outcome<std::vector<actors::application_view_ptr>> answer(tx& t, const actors::list_applications& q) {
  std::vector<actors::application_view_ptr> out;
  for (const auto& row : run(t, statements::operations_of_environment,
                             {q.environment.text, q.owner.text, q.before ? parameter(q.before->text) : std::nullopt,
                              std::to_string(q.limit)}))
    out.push_back(std::make_shared<const model::application>(application_of(row)));
  return out;
}

outcome<model::dependencies> answer(tx& t, const actors::list_dependencies& q) {
  model::dependencies out;
  for (const auto& row : run(t, statements::dependencies_of, {q.environment.text})) {
    const auto until = model::awaited_state_texts.parse(row[2].c_str());
    if (!until) throw std::runtime_error("a dependency has an unknown condition");
    out[row[0].c_str()].push_back({row[1].c_str(), *until, row[3].as<bool>()});
  }
  return out;
}

}  // namespace queries

}  // namespace troupe::persistence
