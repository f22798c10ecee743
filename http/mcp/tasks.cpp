#include "http/mcp/tasks.hpp"

#include "actors/codec/timestamp_text.hpp"
#include "actors/model/status.hpp"
#include "http/api/json_decode.hpp"
#include "http/api/render.hpp"
#include "http/mcp/log_text.hpp"
#include "http/mcp/plain_text.hpp"

namespace troupe::http::mcp {

namespace {

using nlohmann::json;
using reply_ptr = std::shared_ptr<reply>;
using view_ptr = actors::deployment_view_ptr;

// The members of a JSON object, without its braces.
std::string members(const json& object) {
  const auto text = api::encode_json(object);
  return text.substr(1, text.size() - 2);
}

void refuse(const reply_ptr& to, const api::call_ptr& c, const desk::refusal& why) {
  auto problem = api::problem_object(api::refusal_of(why), c->request_id);
  make_plain(problem);
  const int status = problem.at("status");
  const bool unknown = why.why == desk::cause::not_found;
  to->error({.status = unknown ? 400 : status,
             .number = unknown ? code::invalid_params : code::internal_error,
             .text = unknown ? "There is no such task." : problem.at("detail").get<std::string>(),
             .data = problem});
}

void with_task(const api::call_ptr& c, const reply_ptr& to, const message& what,
               std::function<void(const view_ptr& deployment)> then) {
  if (!declares_tasks(what)) {
    const json needed{{"requiredCapabilities", {{"extensions", {{std::string(tasks_extension), json::object()}}}}}};
    return to->error({.number = code::missing_capability,
                      .text = "This needs a client that declares the tasks extension.",
                      .data = needed});
  }
  const auto id = text_of(what.params, "taskId");
  if (id.empty()) return to->error({.number = code::invalid_params, .text = "taskId must be the id of a task."});
  const auto job = model::parse_id<model::job_id>(id).value_or(model::job_id{});
  ask_desk<desk::get_deployment>(*c, {job}, [c, to, then = std::move(then)](const desk::outcome<view_ptr>& got) {
    got ? then(got.value()) : refuse(to, c, got.error());
  });
}

json task_of(const model::deployment& d) {
  return {{"taskId", d.job.text},
          {"status", "working"},
          {"statusMessage", model::deployment_status_texts[d.status]},
          {"createdAt", codec::timestamp_text(d.created_at)},
          {"lastUpdatedAt", codec::timestamp_text(d.updated_at)},
          {"ttlMs", nullptr},
          {"pollIntervalMs", 1000}};
}

// As the tool's own answer would be now; FAILED is the tool's failure, not the protocol's.
std::string finished(const api::call& c, const actors::deployment_view& view, const model::random_source& random) {
  const auto& d = view.row;
  auto shown = api::render(view, api::place_of(*c.api, d.environment));
  make_plain(shown);
  fence_evidence(shown, random);
  json answer{{"jobId", d.job.text}, {"deploymentId", d.id.text}};
  for (const char* same : {"serviceId", "number", "status", "addresses", "url"}) answer[same] = shown.at(same);
  auto out =
      members_of({.json = api::encode_json(answer), .text = api::encode_json({{"deployment", std::move(shown)}})});
  return d.status == model::deployment_status::failed ? out + R"(,"isError":true)" : out;
}

}  // namespace

void answer_with_task(const api::call_ptr& c, const std::shared_ptr<reply>& to, const tool_result& got) {
  if (!got.ok()) return to->result(got);
  ask_desk<desk::get_deployment>(*c, {got.job}, [to, got](const desk::outcome<view_ptr>& made) {
    if (!made) return to->result(got);  // it may not be read with this key: no task, but the answer
    to->result(members(task_of(made.value()->row)), got.headers, "task");
  });
}

void get_task(const api::call_ptr& c, const std::shared_ptr<reply>& to, const message& what) {
  with_task(c, to, what, [c, to](const view_ptr& view) {
    auto task = task_of(view->row);
    const auto status = view->row.status;
    if (!model::is_settled(view->row)) return to->result(members(task));
    if (status == model::deployment_status::cancelled) {
      task["status"] = "cancelled";
      return to->result(members(task));
    }
    task["status"] = "completed";
    to->result(members(task) + R"(,"result":{)" + finished(*c, *view, to->random()) + '}');
  });
}

void update_task(const api::call_ptr& c, const std::shared_ptr<reply>& to, const message& what) {
  with_task(c, to, what, [to](const view_ptr&) { to->result(""); });  // nothing is ever asked of the client
}

void cancel_task(const api::call_ptr& c, const std::shared_ptr<reply>& to, const message& what) {
  with_task(c, to, what, [c, to](const view_ptr& view) {
    ask_desk<desk::cancel_deployment>(*c, {view->row.id}, [c, to](const desk::outcome<view_ptr>& got) {
      // A conflict: it has ended already, which is no error here.
      if (!got && got.error().why != desk::cause::conflict && got.error().why != desk::cause::cancelled)
        return refuse(to, c, got.error());
      to->result("");
    });
  });
}

}  // namespace troupe::http::mcp
