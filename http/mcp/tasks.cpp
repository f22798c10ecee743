#include "http/mcp/tasks.hpp"

#include "actors/model/status.hpp"
#include "http/api/json_decode.hpp"
#include "http/mcp/relay.hpp"

namespace troupe::http::mcp {

namespace {

using nlohmann::json;
using reply_ptr = std::shared_ptr<reply>;

// The members of a JSON object, without its braces.
std::string members(const json& object) {
  const auto text = api::encode_json(object);
  return text.substr(1, text.size() - 2);
}

void refuse(const reply_ptr& to, const tool_result& why) {
  if (why.status == 401) return to->result(why);
  const auto problem = json::parse(why.json);
  const bool unknown = why.status == 404;
  to->error({.status = unknown ? 400 : why.status,
             .number = unknown ? code::invalid_params : code::internal_error,
             .text = unknown ? "There is no such task." : problem.at("detail").get<std::string>(),
             .data = problem});
}

void with_job(const api::desk& at, const api::call_ptr& c, const reply_ptr& to, const std::string& job,
              std::function<void(const json& deployment)> then) {
  ask_route(at, *c, {.of = &route_of("getDeploymentByJob"), .parameter = job},
            [to, then = std::move(then)](response what) {
              const auto got = result_of(std::move(what));
              if (!got.ok()) return refuse(to, got);
              then(json::parse(got.json).at("deployment"));
            });
}

void with_task(const api::desk& at, const api::call_ptr& c, const reply_ptr& to, const message& what,
               std::function<void(const json& deployment)> then) {
  if (!declares_tasks(what)) {
    const json needed{{"requiredCapabilities", {{"extensions", {{std::string(tasks_extension), json::object()}}}}}};
    return to->error({.number = code::missing_capability,
                      .text = "This needs a client that declares the tasks extension.",
                      .data = needed});
  }
  const auto id = text_of(what.params, "taskId");
  if (id.empty()) return to->error({.number = code::invalid_params, .text = "taskId must be the id of a task."});
  with_job(at, c, to, id, std::move(then));
}

json task_of(const json& d) {
  json out{{"taskId", d.at("jobId")},
           {"status", "working"},
           {"statusMessage", d.at("status")},
           {"createdAt", d.at("createdAt")},
           {"lastUpdatedAt", d.at("updatedAt")},
           {"ttlMs", nullptr},
           {"pollIntervalMs", 1000}};
  return out;
}

// As the tool's own answer would be now; FAILED is the tool's failure, not the protocol's.
std::string finished(const json& d, bool failed) {
  auto out = members_of(
      {.json = api::encode_json({{"jobId", d.at("jobId")}, {"deploymentId", d.at("id")}, {"status", d.at("status")}}),
       .text = api::encode_json({{"deployment", d}})});
  return failed ? out + R"(,"isError":true)" : out;
}

}  // namespace

void answer_with_task(const api::desk& at, const api::call_ptr& c, const reply_ptr& to, const tool_result& got) {
  if (!got.ok()) return to->result(got);
  const auto job = json::parse(got.json).at("jobId").get<std::string>();
  ask_route(at, *c, {.of = &route_of("getDeploymentByJob"), .parameter = job}, [to, got](response what) {
    if (what.status != 200) return to->result(got);  // it may not be read with this key: no task, but the answer
    to->result(members(task_of(json::parse(body_of(what)).at("deployment"))), got.headers, "task");
  });
}

void get_task(const api::desk& at, const api::call_ptr& c, const reply_ptr& to, const message& what) {
  with_task(at, c, to, what, [to](const json& d) {
    auto task = task_of(d);
    const auto status = model::deployment_status_texts.parse(d.at("status").get<std::string>());
    if (!status || !model::is_settled(*status)) return to->result(members(task));
    if (*status == model::deployment_status::cancelled) {
      task["status"] = "cancelled";
      return to->result(members(task));
    }
    task["status"] = "completed";
    to->result(members(task) + R"(,"result":{)" + finished(d, *status == model::deployment_status::failed) + '}');
  });
}

void update_task(const api::desk& at, const api::call_ptr& c, const reply_ptr& to, const message& what) {
  with_task(at, c, to, what, [to](const json&) { to->result(""); });  // nothing is ever asked of the client
}

void cancel_task(const api::desk& at, const api::call_ptr& c, const reply_ptr& to, const message& what) {
  with_task(at, c, to, what, [at, c, to](const json& d) {
    ask_route(at, *c, {.of = &route_of("cancelDeployment"), .parameter = d.at("id").get<std::string>()},
              [to](response answer) {
                const auto got = result_of(std::move(answer));
                if (!got.ok() && got.status != 409)
                  return refuse(to, got);  // 409: it has ended already, which is no error here
                to->result("");
              });
  });
}

}  // namespace troupe::http::mcp
