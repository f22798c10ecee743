#include <set>

#include "actors/codec/site_json.hpp"
#include "actors/model/site_path.hpp"
#include "http/api/domain_text.hpp"
#include "http/api/render.hpp"
#include "http/api/render_operation.hpp"
#include "http/api/translations.hpp"

namespace troupe::http::api {

namespace {

constexpr auto no_domain = "must be a host name such as shop.example.org: no wildcard, no address, no port, no path";

// A redirect answers for all; else each path once.
void check_paths(question& q, const desk::put_domain& what) {
  const auto& paths = what.wishes.paths;
  if (!what.wishes.settings.redirect_to.empty())
    for (const auto* member : {"service", "port", "paths"})
      if (q.body.contains(member) && (q.body[member] != nlohmann::json::array()))
        q.wrong.push_back({std::string("/") + member, "cannot stand beside `redirectTo`, which answers for all"});
  std::set<std::string> seen;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const auto where = "/paths/" + std::to_string(i) + "/path";
    if (!model::is_site_path(paths[i].path))
      q.wrong.push_back({where,
                         "must be like /api or /shop/v2: letters, digits, - _ . ~ between slashes, no slash at "
                         "the end, and not below /.well-known/acme-challenge"});
    else if (!seen.insert(paths[i].path).second)
      q.wrong.push_back({where, "is there twice"});
  }
}

}  // namespace

void read(question& q, desk::publish_environment& out) {
  out.environment = id_of<model::environment_id>(q.id);
  out.service = q.body.value("service", "");
  out.port = q.body.value("port", std::uint16_t{0});
  out.replace = q.body.value("replace", false);
  if (auto domain = domain_of(q.body.at("domain")))
    out.domain = std::move(*domain);
  else
    q.wrong.push_back({"/domain", no_domain});
}

response shown(const desk::publish_environment&, const desk::published_environment& found) {
  const auto& row = found.site->row;
  return json_response(
      {{"environment", render(found.environment->row, found.all)},
       {"domain", render(*found.site)},
       {"operation", render_begun(model::domain_operation{row.environment, row.id}, model::progress_of(row))}});
}

void read(question& q, desk::unpublish_environment& out) {
  out.environment = id_of<model::environment_id>(q.id);
}

response shown(const desk::unpublish_environment&, const actors::environment_view_ptr& view) {
  return json_response({{"environment", render(view->row, nullptr)}});
}

void read(question& q, desk::list_domains& out) {
  out.environment = id_of<model::environment_id>(q.id);
}

response shown(const desk::list_domains&, const actors::site_views_ptr& all) {
  return json_response({{"domains", render(all)}});
}

void read(question& q, desk::put_domain& out) {
  out.environment = id_of<model::environment_id>(q.id);
  if (auto domain = domain_of(q.second))
    out.domain = std::move(*domain);
  else
    q.values.refuse("domain", std::string("in the path ") + no_domain);
  out.service = q.body.value("service", "");
  out.port = q.body.value("port", std::uint16_t{0});
  out.wishes = {codec::site_paths_from_json(q.body), codec::site_settings_from_json(q.body)};
  if (auto& to = out.wishes.settings.redirect_to; !to.empty()) {
    auto domain = domain_of(to);
    if (!domain)
      q.wrong.push_back({"/redirectTo", no_domain});
    else if (*domain == out.domain)
      q.wrong.push_back({"/redirectTo", "is the domain itself"});
    else
      to = std::move(*domain);
  }
  check_paths(q, out);
}

response shown(const desk::put_domain&, const desk::published_environment& found) {
  return shown(desk::publish_environment{}, found);
}

void read(question& q, desk::delete_domain& out) {
  out.environment = id_of<model::environment_id>(q.id);
  out.domain = domain_of(q.second).value_or("");
}

response shown(const desk::delete_domain&, const desk::published_environment& found) {
  return json_response({{"environment", render(found.environment->row, found.all)}});
}

}  // namespace troupe::http::api
