#include <charconv>

#include "http/api/listing.hpp"
#include "http/api/release_rules.hpp"
#include "http/api/render.hpp"
#include "http/api/routes.hpp"
#include "http/api/translations.hpp"

namespace troupe::http::api {

namespace {

using namespace std::chrono_literals;

template <class Id>
Id id_of(std::string_view text) {
  return model::parse_id<Id>(text).value_or(Id{});
}

}  // namespace

response accepted(const actors::deployment_view_ptr& view) {
  const auto& row = view->row;
  return json_response({{"jobId", row.job.text},
                        {"deploymentId", row.id.text},
                        {"status", model::deployment_status_texts[row.status]},
                        {"warnings", row.warnings}});
}

void read(question& q, desk::create_deployment& out) {
  out.environment.text = q.body.at("environmentId");
  out.spec = release_of(q.body);
}

response shown(const desk::create_deployment&, const actors::deployment_view_ptr& view) {
  return accepted(view);
}

void read(question& q, desk::roll_back_deployment& out) {
  out.deployment = id_of<model::deployment_id>(q.id);
  if (q.body.contains("to")) out.to = model::deployment_id{q.body.at("to")};
}

response shown(const desk::roll_back_deployment&, const actors::deployment_view_ptr& view) {
  return accepted(view);
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

response shown(const desk::get_deployment&, const actors::deployment_view_ptr& view) {
  return json_response(answer_of(*view));
}

void read(question& q, desk::list_deployments& out) {
  out.environment = id_of<model::environment_id>(q.id);
  out.limit = page_limit(q.values);
  const auto position = q.values.cursor("cursor", 'd');
  if (!position) return;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(position->data(), position->data() + position->size(), number);
  if (error != std::errc{} || end != position->data() + position->size()) return refuse_cursor(q.values);
  out.before_number = number;
}

response shown(const desk::list_deployments&, const desk::page<actors::deployment_view_ptr>& found) {
  auto list = nlohmann::json::array();
  for (const auto& view : found.items) list.push_back(render(*view));
  return json_response(
      {{"deployments", std::move(list)},
       {"nextCursor", found.more ? nlohmann::json(make_cursor('d', std::to_string(found.items.back()->row.number)))
                                 : nlohmann::json()}});
}

}  // namespace troupe::http::api
