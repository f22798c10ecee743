#include "http/api/json_decode.hpp"
#include "http/api/listing.hpp"
#include "http/api/release_rules.hpp"
#include "http/api/render.hpp"
#include "http/api/render_operation.hpp"
#include "http/api/routes.hpp"
#include "http/api/translations.hpp"

namespace troupe::http::api {

namespace {

using namespace std::chrono_literals;

void read_filters(question& q, std::string& service, std::optional<model::deployment_status>& status) {
  service = q.values.text("service").value_or("");
  const auto wanted = q.values.text("status");
  if (!wanted) return;
  status = model::deployment_status_texts.parse(*wanted);
  if (status) return;
  std::string all;
  for (const auto one : model::deployment_status_texts.texts) (all += all.empty() ? "" : ", ") += one;
  q.values.refuse("status", "must be one of: " + all);
}

// How the answer to GET of one begins; it ends with a brace.
constexpr std::string_view one_begins = R"({"deployment":)";

// Each as GET of it answers, whose bytes are shared by all readers of a view.
response shown_list(const question& q, const desk::page<actors::deployment_view_ptr>& found,
                    const nlohmann::json& cursor) {
  std::string text = R"({"deployments":[)";
  for (const auto& view : found.items) {
    const auto one = answer_of(*view, place_of(*q.api, view->row.environment));
    if (text.back() != '[') text += ',';
    text.append(*one, one_begins.size(), one->size() - one_begins.size() - 1);
  }
  text += R"(],"nextCursor":)" + encode_json(cursor) + '}';
  return json_response(std::make_shared<const std::string>(std::move(text)));
}

}  // namespace

response accepted(const question& q, const actors::deployment_view_ptr& view, std::optional<model::verb> asked) {
  const auto& row = view->row;
  const auto kind = asked             ? model::kind_of(*asked)
                    : row.rollback_of ? model::operation_kind::rollback
                                      : model::operation_kind::deploy;
  const model::deployment_operation operation{row.id, asked ? row.revision : 1};
  nlohmann::json out{{"jobId", row.job.text},
                     {"deploymentId", row.id.text},
                     {"serviceId", model::service_id{row.environment, row.spec.service}.text()},
                     {"number", row.number},
                     {"status", model::deployment_status_texts[row.status]},
                     {"warnings", row.warnings},
                     {"operation", render_begun(operation, kind, model::status_of(kind, row))}};
  out.update(render_addresses(row.spec, place_of(*q.api, row.environment)));
  return json_response(out);
}

void read(question& q, desk::create_deployment& out) {
  out.environment.text = q.body.at("environmentId");
  out.spec = release_of(q.body);
}

response shown(const question& q, const desk::create_deployment&, const actors::deployment_view_ptr& view) {
  return accepted(q, view);
}

void read(question& q, desk::roll_back_deployment& out) {
  out.deployment = id_of<model::deployment_id>(q.id);
  if (q.body.contains("to")) out.to = model::deployment_id{q.body.at("to")};
}

response shown(const question& q, const desk::roll_back_deployment&, const actors::deployment_view_ptr& view) {
  return accepted(q, view);
}

void read(question& q, model::deployment_id& deployment, std::uint32_t& replicas) {
  deployment = id_of<model::deployment_id>(q.id);
  replicas = q.body.value("replicas", 0U);
}

void read_id(const route& r, std::string_view id, desk::get_deployment& out) {
  if (r.path.ends_with("/:jobId"))
    out.deployment = id_of<model::job_id>(id);
  else
    out.deployment = id_of<model::deployment_id>(id);
}

void read(question& q, desk::get_deployment& out) {
  read_id(*q.of, q.id, out);
  out.wait = q.values.duration("wait", 60s).value_or(0ms);
  out.on_wait = q.on_wait;
}

response shown(const question& q, const desk::get_deployment&, const actors::deployment_view_ptr& view) {
  return json_response(answer_of(*view, place_of(*q.api, view->row.environment)));
}

void read(question& q, desk::list_deployments& out) {
  out.environment = id_of<model::environment_id>(q.id);
  out.limit = page_limit(q.values);
  read_filters(q, out.service, out.status);
  const auto position = q.values.cursor("cursor", 'd');
  if (!position) return;
  out.before_number = whole_number(*position);
  if (!out.before_number) refuse_cursor(q.values);
}

response shown(const question& q, const desk::list_deployments&, const desk::page<actors::deployment_view_ptr>& found) {
  return shown_list(
      q, found,
      found.more ? nlohmann::json(make_cursor('d', std::to_string(found.items.back()->row.number))) : nlohmann::json());
}

void read(question& q, desk::list_own_deployments& out) {
  out.limit = page_limit(q.values);
  read_filters(q, out.service, out.status);
  if (const auto environment = q.values.text("environment"))
    out.environment = id_of<model::environment_id>(*environment);
  const auto position = q.values.cursor("cursor", 'o');
  if (!position) return;
  out.before = model::parse_id<model::deployment_id>(*position);
  if (!out.before) refuse_cursor(q.values);
}

nlohmann::json own_cursor(const desk::page<actors::deployment_view_ptr>& found) {
  return found.more ? nlohmann::json(make_cursor('o', found.items.back()->row.id.text)) : nlohmann::json();
}

response shown(const question& q, const desk::list_own_deployments&,
               const desk::page<actors::deployment_view_ptr>& found) {
  return shown_list(q, found, own_cursor(found));
}

}  // namespace troupe::http::api
