#include "persistence/queries.hpp"

#include <chrono>

#include "actors/codec/timestamp_text.hpp"
#include "persistence/application_rows.hpp"
#include "persistence/array_literal.hpp"
#include "persistence/rows.hpp"

namespace troupe::persistence::queries {

using model::consequence;
using model::problem;

namespace {

constexpr std::size_t page = 5'000;  // rows in memory at once while all that lives is loaded

problem missing(const char* what) {
  return {consequence::not_found, std::string("there is no such ") + what, {}, 0};
}

template <class Read, class... With>
auto each(const pqxx::result& rows, Read read, const With&... with) {
  std::vector<decltype(read(rows.front(), with...))> out;
  out.reserve(rows.size());
  for (const auto& row : rows) out.push_back(read(row, with...));
  return out;
}

parameter text_of(const std::optional<model::deployment_status>& status) {
  return status ? parameter(std::string(model::deployment_status_texts[*status])) : std::nullopt;
}

outcome<actors::stored_deployment> one_deployment(const opener& open, const pqxx::result& rows) {
  if (rows.empty()) return missing("deployment");
  return stored_deployment_of(rows.front(), open);
}

}  // namespace

outcome<actors::living_rows> answer(tx& t, const opener& open, const actors::load_living&) {
  actors::living_rows out;
  const auto limit = std::to_string(page);
  for (std::size_t got = page; got == page;) {
    const auto after = out.environments.empty() ? std::string() : out.environments.back().id.text;
    const auto rows = run(t, statements::living_environments, {after, limit});
    for (const auto& row : rows) out.environments.push_back(environment_of(row));
    got = rows.size();
  }
  for (std::size_t got = page; got == page;) {
    const auto* last = out.deployments.empty() ? nullptr : &out.deployments.back();
    const auto rows = run(t, statements::living_deployments,
                          {last ? last->environment.text : std::string(), last ? last->id.text : std::string(), limit});
    for (const auto& row : rows) out.deployments.push_back(deployment_of(row, open));
    got = rows.size();
  }
  out.applications = applications_under_way(t);
  return out;
}

outcome<actors::living_rows> answer(tx& t, const opener& open, const actors::load_environment& q) {
  const auto found =
      run(t, statements::living_environment, {q.id.text, q.owner.text, q.even_deleted ? "true" : "false"});
  if (found.empty()) return missing("environment");
  return actors::living_rows{each(found, environment_of),
                             each(run(t, statements::living_deployments_of, {q.id.text}), deployment_of, open),
                             applications_under_way(t, q.id.text)};
}

outcome<actors::stored_deployment> answer(tx& t, const opener& open, const actors::find_deployment& q) {
  if (const auto* id = std::get_if<model::deployment_id>(&q.id))
    return one_deployment(open, run(t, statements::deployment_by_id, {id->text, q.owner.text}));
  return one_deployment(open,
                        run(t, statements::deployment_by_job, {std::get<model::job_id>(q.id).text, q.owner.text}));
}

outcome<std::vector<actors::stored_deployment>> answer(tx& t, const opener& open, const actors::list_deployments& q) {
  const auto before = q.before_number ? parameter(std::to_string(*q.before_number)) : std::nullopt;
  const auto rows =
      q.service.empty()
          ? run(t, statements::deployments_of_environment,
                {q.environment.text, q.owner.text, before, std::to_string(q.limit), text_of(q.status)})
          : run(t, statements::deployments_of_service,
                {q.environment.text, q.owner.text, before, std::to_string(q.limit), text_of(q.status), q.service});
  if (rows.empty()) return missing("environment");
  if (rows.front()[0].is_null()) return std::vector<actors::stored_deployment>{};
  return each(rows, stored_deployment_of, open);
}

outcome<std::vector<actors::stored_deployment>> answer(tx& t, const opener& open,
                                                       const actors::list_own_deployments& q) {
  array_literal only;
  for (const auto& id : q.only) only.add(id.text);
  return each(run(t, statements::deployments_of_owner,
                  {q.owner.text, q.before ? parameter(q.before->text) : std::nullopt, std::to_string(q.limit),
                   text_of(q.status), q.service, only.text()}),
              stored_deployment_of, open);
}

outcome<std::vector<actors::stored_deployment>> answer(tx& t, const opener& open,
                                                       const actors::list_ended_services& q) {
  return each(run(t, statements::ended_services,
                  {q.environment.text, q.after, std::to_string(q.limit), q.done_jobs ? "true" : "false"}),
              stored_deployment_of, open);
}

outcome<std::vector<actors::stored_deployment>> answer(tx& t, const opener& open,
                                                       const actors::list_recent_deployments& q) {
  const auto status =
      q.status ? parameter(std::string(model::deployment_status_texts[*q.status])) : parameter(std::nullopt);
  return each(run(t, statements::recent_deployments, {std::to_string(q.limit), status}), stored_deployment_of, open);
}

outcome<std::vector<model::environment>> answer(tx& t, const actors::list_environments& q) {
  array_literal only;
  for (const auto& id : q.only) only.add(id.text);
  return each(
      run(t, statements::environments_of_owner,
          {q.owner.text, q.after ? parameter(q.after->text) : std::nullopt, std::to_string(q.limit), only.text()}),
      environment_of);
}

outcome<actors::stored_deployment> answer(tx& t, const opener& open, const actors::find_predecessor& q) {
  return one_deployment(open,
                        run(t, statements::predecessor, {q.environment.text, q.service, std::to_string(q.number)}));
}

outcome<std::vector<model::transition>> answer(tx& t, const actors::list_transitions& q) {
  return each(run(t, statements::transitions_of, {q.deployment.text, std::to_string(q.after_revision)}), transition_of);
}

outcome<std::vector<model::transition>> answer(tx& t, const actors::list_lines& q) {
  array_literal all;
  for (const auto& id : q.deployments) all.add(id.text);
  return each(
      run(t, statements::newest_transitions_of, {all.text(), codec::timestamp_text(q.since), std::to_string(q.limit)}),
      transition_of);
}

outcome<model::api_key> answer(tx& t, const actors::find_key& q) {
  const auto rows = run(t, statements::key_by_id, {q.key_id});
  if (rows.empty()) return missing("key");
  return api_key_of(rows.front());
}

outcome<std::vector<model::api_key>> answer(tx& t, const actors::list_keys& q) {
  return each(run(t, statements::keys_of, {q.owner.text}), api_key_of);
}

outcome<std::uint64_t> answer(tx& t, const actors::database_status&) {
  const auto start = std::chrono::steady_clock::now();
  run(t, statements::ping);
  const auto took = std::chrono::steady_clock::now() - start;
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(took).count());
}

}  // namespace troupe::persistence::queries
