#include <array>

#include "http/compose/draft.hpp"
#include "http/compose/known_words.hpp"
#include "http/compose/quantities.hpp"

namespace troupe::http::compose {

namespace {

using nlohmann::json;

constexpr const char* no_end =
    "is refused for a service that runs to its end, as it would never come to one: write \"no\", or on-failure:3 for 3 "
    "tries more";

void take_mode(draft& d, const spot& mode) {
  const auto text = take_text(d.r, mode);
  if (!text || *text == "replicated") return;
  if (*text == "global")
    d.r.refuse(mode, "is refused: no service runs on every machine; leave it out and say replicas");
  else if (*text == "replicated-job" || *text == "global-job")
    d.r.refuse(mode,
               "is refused: write x-troupe: {kind: job} at the service, or let others await it with "
               "service_completed_successfully");
  else
    d.r.refuse(mode, "must be replicated");
}

void take_reservations(reading& r, const spot& s) {
  for (const char* key : {"devices", "generic_resources"})
    if (s.value->kind == node_kind::map && s.value->find(key))
      return r.refuse(member_of(s, *s.value->find(key)),
                      "is refused: containers get no devices of the machine; leave it out");
  r.note(s, "has no effect: nothing is reserved, and limits hold");
}

void take_resources(draft& d, const spot& resources) {
  const auto limits = [&d](const spot& s) {
    take_words(d.r, s,
               {{"cpus", number_to(d, "/resources/cpus")},
                {"memory", megabytes_to(d, "/resources/memoryMb")},
                {"pids", whole_to(d, "/resources/pids")}});
  };
  take_words(d.r, resources,
             {{"limits", limits}, {"reservations", [&d](const spot& s) { take_reservations(d.r, s); }}});
}

void take_tries(draft& d, const spot& condition, const std::optional<spot>& attempts) {
  const auto text = take_text(d.r, condition);
  if (!text) return;
  if (*text == "any") return d.r.refuse(condition, no_end);
  if (*text == "none") return d.put(condition, "/backoffLimit", 0);
  if (*text != "on-failure") return d.r.refuse(condition, "must be none or on-failure");
  if (attempts)
    if (const auto n = take_whole(d.r, *attempts)) d.put(*attempts, "/backoffLimit", *n);
}

void take_job_policy(draft& d, const spot& policy) {
  std::optional<spot> condition, attempts;
  take_words(d.r, policy,
             {{"condition", [&](const spot& s) { condition = s; }},
              {"max_attempts", [&](const spot& s) { attempts = s; }},
              {"delay", noted_as(d.r, "has no effect for a service that runs to its end")},
              {"window", noted_as(d.r, "has no effect for a service that runs to its end")}});
  if (condition) return take_tries(d, *condition, attempts);
  if (attempts)
    if (const auto n = take_whole(d.r, *attempts)) d.put(*attempts, "/backoffLimit", *n);
}

void take_policy(draft& d, const spot& policy) {
  if (d.job) return take_job_policy(d, policy);
  take_words(d.r, policy,
             {{"condition", text_to(d, "/restartPolicy/condition")},
              {"max_attempts", whole_to(d, "/restartPolicy/maxAttempts")},
              {"delay", seconds_to(d, "/restartPolicy/delaySeconds")},
              {"window", noted_as(d.r, "has no effect: only condition, max_attempts and delay are kept")}});
}

void take_update(draft& d, const spot& update) {
  if (d.job) return d.r.note(update, "has no effect for a service that runs to its end: it takes nobody's place");
  take_words(d.r, update,
             {{"order", text_to(d, "/update/order")},
              {"parallelism", whole_to(d, "/update/parallelism")},
              {"delay", seconds_to(d, "/update/delaySeconds")},
              {"failure_action",
               noted_as(d.r, "has no effect: a release that does not get healthy leaves the former one serving")},
              {"monitor", noted_as(d.r, "has no effect: the platform has one time for all")},
              {"max_failure_ratio", noted_as(d.r, "has no effect: every container has to get healthy")}});
}

}  // namespace

void take_replicas(draft& d, const spot& replicas) {
  const auto n = take_whole(d.r, replicas);
  if (!n) return;
  if (!d.job) return d.put(replicas, "/replicas", *n);
  if (*n != 1) d.r.refuse(replicas, "must be 1 for a service that runs to its end: leave it out");
}

void take_deploy(draft& d, const spot& deploy) {
  words known{{"mode", [&d](const spot& s) { take_mode(d, s); }},
              {"replicas", [&d](const spot& s) { take_replicas(d, s); }},
              {"resources", [&d](const spot& s) { take_resources(d, s); }},
              {"restart_policy", [&d](const spot& s) { take_policy(d, s); }},
              {"update_config", [&d](const spot& s) { take_update(d, s); }}};
  for (const auto& one : words_of_deploy()) known.emplace_back(one.key, take_known(d.r, one));
  take_words(d.r, deploy, known);
}

void take_restart(draft& d, const spot& restart) {
  const auto text = take_text(d.r, restart);
  if (!text) return;
  if (d.out.body.contains("restartPolicy") || d.out.body.contains("backoffLimit"))
    return d.r.note(restart, "has no effect beside deploy.restart_policy");
  const auto refuse = [&] {
    d.r.refuse(restart, "must be \"no\", always, unless-stopped, on-failure or on-failure:3");
  };
  const auto colon = text->find(':');
  const auto kind = text->substr(0, colon);
  std::optional<std::int64_t> tries;
  if (colon != std::string::npos && (kind != "on-failure" || !(tries = parse_whole(text->substr(colon + 1)))))
    return refuse();
  const bool always = kind == "always" || kind == "unless-stopped";
  if (!always && kind != "no" && kind != "on-failure") return refuse();
  if (d.job) {
    if (always) return d.r.refuse(restart, no_end);
    if (kind == "no") d.put(restart, "/backoffLimit", 0);
    if (tries) d.put(restart, "/backoffLimit", *tries);
    return;
  }
  d.put(restart, "/restartPolicy/condition", always ? "any" : kind == "no" ? "none" : "on-failure");
  if (tries) d.put(restart, "/restartPolicy/maxAttempts", *tries);
}

}  // namespace troupe::http::compose
