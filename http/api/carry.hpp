// REST's way from a request to its command: key, query, body; the rest is the desk's.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "actors/desk/caller.hpp"
#include "actors/desk/clerk.hpp"
#include "http/api/api_state.hpp"
#include "http/api/call.hpp"
#include "http/api/problem_answer.hpp"
#include "http/api/question.hpp"

namespace troupe::http::api {

// Carries the call to its answer. Its exceptions end this call and nothing else.
void carry(desk::clerk self, const call_ptr& c);

// To what a relayed route leads; likewise.
void hand_on(const call_ptr& c);

// ---- for handlers ----

void reply(call& c, const nlohmann::json& body);  // with the route's status

// Runs `work`; an exception of it is logged and answered with 500, so that it ends this call and nothing else.
void guarded(const call_ptr& c, const std::function<void()>& work);

desk::caller caller_of(const call& c);

// What the call asks of the desk.
question_ptr question_of(const call_ptr& c);

// The desk refuses for want of a scope anyway; asked here, it does so before the query and the body are read. Where the
// key has not the scope, answers.
bool has_scope(call& c);

// Whether Content-Type says that the body is JSON; else answers.
bool says_json(call& c);

// Keeps quiet streams alive as long as there are any.
void keep_beating(const api_ptr& api);
// The event behind which a stream is to go on, where the client names one. False: it is none, and that has been sent.
bool read_last_event(call& c, std::optional<std::uint64_t>& after);
void send_no_more_events(call& c);  // tells an EventSource not to come back

}  // namespace troupe::http::api
