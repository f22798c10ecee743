// How a route asks the desk for its command: read it, have it admitted, show the answer. All faces that speak JSON do
// so.
#pragma once

#include <functional>
#include <utility>

#include "http/api/api_state.hpp"
#include "http/api/question.hpp"
#include "http/api/routes.hpp"
#include "http/api/translations.hpp"

namespace troupe::http::api {

// What reading the command found wrong, if anything.
std::optional<refusal> find_fault(const question& q);

response answer_to_refusal(const question& q, const desk::refusal& why);
response answer_again(const desk::kept_answer& how);
// What a limited command tells of its limit, whatever came of it.
void add_limit(const desk::visit& v, response& out);

// Where to look for what a 201 or 202 promises.
void add_location(response& out);

// Runs `make`; an exception of it is logged, and becomes the answer to a fault.
response made_safely(const question& q, const std::function<response()>& make);

// As translations.hpp says: with what the question knows of the surroundings, where the answer needs it.
template <desk::command Command>
response show(const question& q, const Command& what, const typename Command::answer& got) {
  if constexpr (requires { shown(q, what, got); })
    return shown(q, what, got);
  else
    return shown(what, got);
}

// `then` gets the answer, on a clerk or before this returns.
template <desk::command Command>
void ask_desk(desk::clerk self, const question_ptr& q, const responder& then) {
  const auto asked = std::make_shared<Command>();
  auto& what = *asked;
  std::optional<refusal> fault;
  auto refused = made_safely(*q, [&]() -> response {
    read(*q, what);
    fault = find_fault(*q);
    return fault ? problem_response(*fault, q->who.request_id) : response{};
  });
  if (refused.status >= 400) return then(std::move(refused));
  q->api->parts.admission->admit<Command>(
      self, q->who, what, q->under, [self, q, asked, then](const desk::visit_ptr& v, const desk::result<Command>& got) {
        auto out = std::make_shared<response>(made_safely(*q, [&] {
          if (const auto* kept = std::get_if<desk::kept_answer>(&got)) return answer_again(*kept);
          const auto& outcome = std::get<0>(got);
          if (!outcome) return answer_to_refusal(*q, outcome.error());
          auto answer = show(*q, *asked, outcome.value());
          answer.status = q->of->status;
          return answer;
        }));
        add_limit(*v, *out);
        add_location(*out);
        q->planned = v->planned;
        q->api->parts.admission->settle(self, v, {out->status, out->body}, [out, then] { then(std::move(*out)); });
      });
}

}  // namespace troupe::http::api
