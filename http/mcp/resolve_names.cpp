#include "http/mcp/tool.hpp"

namespace troupe::http::mcp {

namespace {

using model::deployment_id;
using model::environment_id;
using nlohmann::json;

constexpr std::uint32_t as_many = 200;

// One argument after the other: `deploymentId` and `serviceId` may need what `environmentId` became.
class resolution : public std::enable_shared_from_this<resolution> {
public:
  resolution(tool_run run, std::function<void(tool_run)> then) : run_(std::move(run)), then_(std::move(then)) {}

  void begin() {
    const auto name = text_of(run_.arguments, "environmentId");
    if (name.empty() || model::parse_id<environment_id>(name)) return find_service();
    ask(desk::list_environments{{}, as_many}, [name](resolution& my, const desk::page<desk::listed_environment>& all) {
      for (const auto& one : all.items)
        if (one.row.name == name) my.run_.arguments["environmentId"] = one.row.id.text;
    });
  }

private:
  template <desk::command Command, class Found>
  void ask(Command what, Found found) {
    ask_desk<Command>(*run_.outer, std::move(what),
                      [self = shared_from_this(), found](const desk::outcome<typename Command::answer>& got) {
                        if (got) found(*self, got.value());
                        self->find_service();
                      });
  }

  void find_service() {
    const char* argument = run_.arguments.contains("serviceId") ? "serviceId" : "deploymentId";
    const auto name = text_of(run_.arguments, argument);
    if (looked_ || !model::is_service_name(name) || model::parse_id<deployment_id>(name)) return then_(std::move(run_));
    looked_ = true;
    desk::list_own_deployments what{.limit = as_many, .service = name};
    if (run_.what->in_environment)
      what.environment = model::parse_id<environment_id>(text_of(run_.arguments, "environmentId"));
    ask(std::move(what), [argument](resolution& my, const desk::page<actors::deployment_view_ptr>& newest_first) {
      my.take(argument, newest_first.items);
    });
  }

  void take(const char* argument, const std::vector<actors::deployment_view_ptr>& newest_first) {
    if (newest_first.empty()) return;
    const auto& row = newest_first.front()->row;
    for (const auto& view : newest_first)
      if (view->row.environment != row.environment) return;  // of several environments: not for us to choose
    run_.arguments[argument] = std::string_view(argument) == "serviceId"
                                   ? model::service_id{row.environment, row.spec.service}.text()
                                   : row.id.text;
  }

  tool_run run_;
  const std::function<void(tool_run)> then_;
  bool looked_ = false;
};

}  // namespace

void resolve_names(tool_run run, std::function<void(tool_run)> then) {
  std::make_shared<resolution>(std::move(run), std::move(then))->begin();
}

}  // namespace troupe::http::mcp
