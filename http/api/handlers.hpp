// The functions that the table of routes names. Those that answer on the caller's thread say whether they did.
#pragma once

#include "http/api/call.hpp"
#include "http/api/front_actor.hpp"

namespace troupe::http::api {

struct desk;

bool quick_health(api_state& api, call& c);
bool get_openapi(api_state& api, call& c);
bool get_docs(api_state& api, call& c);
bool quick_environment(api_state& api, call& c);
bool quick_deployment(api_state& api, call& c);
bool quick_job(api_state& api, call& c);

void get_health(front_pointer self, const call_ptr& c);

bool quick_link(api_state& api, call& c);
void spend_link(front_pointer self, const call_ptr& c);
void list_keys(front_pointer self, const call_ptr& c);
void revoke_key(front_pointer self, const call_ptr& c);

void create_environment(front_pointer self, const call_ptr& c);
void list_environments(front_pointer self, const call_ptr& c);
void get_environment(front_pointer self, const call_ptr& c);
void delete_environment(front_pointer self, const call_ptr& c);

void publish_environment(front_pointer self, const call_ptr& c);
void unpublish_environment(front_pointer self, const call_ptr& c);

void create_deployment(front_pointer self, const call_ptr& c);
void list_deployments(front_pointer self, const call_ptr& c);
void get_deployment(front_pointer self, const call_ptr& c);
void get_job(front_pointer self, const call_ptr& c);
void cancel_deployment(front_pointer self, const call_ptr& c);
void stop_deployment(front_pointer self, const call_ptr& c);
void start_deployment(front_pointer self, const call_ptr& c);
void restart_deployment(front_pointer self, const call_ptr& c);
void rollback_deployment(front_pointer self, const call_ptr& c);
void scale_deployment(front_pointer self, const call_ptr& c);
void delete_deployment(front_pointer self, const call_ptr& c);

void get_logs(front_pointer self, const call_ptr& c);
void get_events(front_pointer self, const call_ptr& c);

void receive_telegram_update(front_pointer self, const call_ptr& c);

// Defined in http/mcp.
void list_tools(front_pointer self, const call_ptr& c);
void call_tool(const desk& at, const call_ptr& c);
void answer_mcp(const desk& at, const call_ptr& c);

}  // namespace troupe::http::api
