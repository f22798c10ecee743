#include "http/api/listing.hpp"
#include "http/api/render.hpp"
#include "http/api/render_operation.hpp"
#include "http/api/translations.hpp"

namespace troupe::http::api {

namespace {

response with_operation(const actors::environment_view_ptr& view, bool deletes) {
  const model::environment_operation operation{view->row.id, deletes};
  return json_response({{"environment", render(view->row, view->sites)},
                        {"operation", render_begun(operation, model::progress_of(operation, view->row))}});
}

}  // namespace

void read(question& q, desk::create_environment& out) {
  out.name = q.body.at("name");
}

response shown(const desk::create_environment&, const actors::environment_view_ptr& view) {
  return with_operation(view, false);
}

void read_id(const route&, std::string_view id, desk::get_environment& out) {
  out.environment = id_of<model::environment_id>(id);
}

void read(question& q, desk::get_environment& out) {
  read_id(*q.of, q.id, out);
}

response shown(const desk::get_environment&, const actors::environment_view_ptr& view) {
  return json_response(answer_of(*view));
}

void read(question& q, desk::delete_environment& out) {
  out.environment = id_of<model::environment_id>(q.id);
}

response shown(const desk::delete_environment&, const actors::environment_view_ptr& view) {
  return with_operation(view, true);
}

void read(question& q, desk::list_environments& out) {
  out.limit = page_limit(q.values);
  const auto position = q.values.cursor("cursor", 'e');
  if (!position) return;
  out.after = model::parse_id<model::environment_id>(*position);
  if (!out.after) refuse_cursor(q.values);
}

response shown(const desk::list_environments&, const desk::page<desk::listed_environment>& found) {
  auto list = nlohmann::json::array();
  for (const auto& [row, sites] : found.items) list.push_back(render(row, sites));
  return json_response({{"environments", std::move(list)},
                        {"nextCursor", found.more ? nlohmann::json(make_cursor('e', found.items.back().row.id.text))
                                                  : nlohmann::json()}});
}

}  // namespace troupe::http::api
