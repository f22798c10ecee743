#include "http/compose/draft.hpp"

namespace troupe::http::compose {

namespace {

using nlohmann::json;

constexpr const char* cannot_be_off =
    "has no effect: where the image has a check of its own, it counts; name another as test to replace it";

json in_shell(const std::string& line) {
  return json::array({"/bin/sh", "-c", line});
}

void take_test(draft& d, const spot& test) {
  auto& r = d.r;
  if (test.value->kind == node_kind::scalar) {
    if (const auto line = take_text(r, test)) d.put(test, "/healthCheck/command", in_shell(*line));
    return;
  }
  const auto items = take_items(r, test);
  if (items.empty()) return;
  std::vector<std::string> words;
  for (const auto& item : items)
    if (auto word = take_text(r, item))
      words.push_back(std::move(*word));
    else
      return;
  const auto kind = words.front();
  words.erase(words.begin());
  if (kind == "NONE") return d.r.note(test, cannot_be_off);
  if (kind != "CMD" && kind != "CMD-SHELL") {
    r.refuse(items.front(),
             "must be CMD, with the program and its arguments after it, or CMD-SHELL, with one line after it");
    return;
  }
  if (words.empty()) return r.refuse(test, "has no command after " + kind);
  json command = kind == "CMD" ? json::array() : json::array({"/bin/sh", "-c"});
  for (auto& word : words) command.push_back(std::move(word));
  d.put(test, "/healthCheck/command", std::move(command));
}

}  // namespace

void take_health_check(draft& d, const spot& check) {
  auto& r = d.r;
  if (d.job) return r.note(check, "has no effect for a service that runs to its end: how that ends is what counts");
  const auto* disable = check.value->kind == node_kind::map ? check.value->find("disable") : nullptr;
  if (disable && disable->value->kind != node_kind::null)
    if (const auto one = member_of(check, *disable); take_truth(r, one).value_or(false))
      return r.note(one, cannot_be_off);
  take_words(r, check,
             {{"test", [&](const spot& s) { take_test(d, s); }},
              {"interval", seconds_to(d, "/healthCheck/intervalSeconds")},
              {"timeout", seconds_to(d, "/healthCheck/timeoutSeconds")},
              {"start_period", seconds_to(d, "/healthCheck/startPeriodSeconds")},
              {"retries", whole_to(d, "/healthCheck/retries")},
              {"start_interval", noted_as(r, "has no effect: it is checked every interval from the start")},
              {"disable", [](const spot&) {}}});
}

}  // namespace troupe::http::compose
