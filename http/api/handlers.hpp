// The functions that the table of routes names, for what is no command or has answers besides JSON. Those that answer
// on the caller's thread say whether they did.
#pragma once

#include "actors/desk/clerk.hpp"
#include "http/api/call.hpp"

namespace troupe::http::api {

bool get_entrance(api_state& api, call& c);
bool quick_health(api_state& api, call& c);
bool get_openapi(api_state& api, call& c);
bool get_docs(api_state& api, call& c);

void get_health(desk::clerk self, const call_ptr& c);

bool quick_link(api_state& api, call& c);
void spend_link(desk::clerk self, const call_ptr& c);

// With ?dryRun=true they plan.
void put_application(desk::clerk self, const call_ptr& c);
void post_deployment(desk::clerk self, const call_ptr& c);
void change_service(desk::clerk self, const call_ptr& c);

void get_logs(desk::clerk self, const call_ptr& c);
void get_events(desk::clerk self, const call_ptr& c);
void get_operation(desk::clerk self, const call_ptr& c);

void receive_telegram_update(desk::clerk self, const call_ptr& c);

// Defined in http/mcp.
void list_tools(desk::clerk self, const call_ptr& c);
void call_tool(const call_ptr& c);
void answer_mcp(const call_ptr& c);

}  // namespace troupe::http::api
