#include "actors/model/crash_record.hpp"

#include <algorithm>
#include <map>

#include "actors/model/deployment.hpp"
#include "actors/model/verdict.hpp"

namespace troupe::model {

namespace {

// What is dropped counts as settled, so that Swarm's history does not bring it back.
void drop_oldest(crash_record& record) {
  record.settled = std::max(record.settled.value_or(timestamp{}), record.recent.front().at);
  record.recent.erase(record.recent.begin());
}

}  // namespace

crash_record begin_record(const service_observation& seen) {
  crash_record record;
  for (const auto& task : seen.tasks)
    if (task.ended_at) record.settled = std::max(record.settled.value_or(timestamp{}), *task.ended_at);
  return record;
}

void note_crashes(crash_record& record, const service_plan& plan, const service_observation& seen, timestamp now) {
  std::vector<crash> fresh;
  for (const auto& task : seen.tasks) {
    if (task.deployment != plan.deployment || task.generation != plan.generation || !ended_by_itself(task)) continue;
    const auto at = task.ended_at.value_or(now);
    const bool known =
        (record.settled && at <= *record.settled) ||
        std::any_of(record.recent.begin(), record.recent.end(), [&](const auto& c) { return c.task == task.id; });
    if (known) continue;
    if (fresh.empty()) record.last_words = task.trouble->message;  // tasks come newest first
    fresh.push_back({task.id, task.name, at});
  }
  record.count += static_cast<std::uint32_t>(fresh.size());
  record.recent.insert(record.recent.end(), fresh.rbegin(), fresh.rend());
  std::stable_sort(record.recent.begin(), record.recent.end(),
                   [](const auto& a, const auto& b) { return a.at < b.at; });
  while (record.recent.size() > most_recent) drop_oldest(record);
  // Only together with a new one: what merely grows old is no reason to store the row again.
  if (!fresh.empty())
    while (record.recent.front().at + crash_window <= now && record.recent.size() > 1) drop_oldest(record);
}

std::optional<crash_loop> find_loop(const crash_record& record, timestamp now) {
  std::map<std::string_view, std::vector<timestamp>> by_slot;
  for (const auto& c : record.recent)
    if (c.at + crash_window > now) by_slot[c.slot].push_back(c.at);
  std::optional<crash_loop> worst;
  std::size_t most = crashes_of_a_loop - 1;
  for (const auto& [slot, ends] : by_slot) {
    if (ends.size() <= most) continue;
    most = ends.size();
    worst = {crash_loop_word + std::string(slot) + " ended " + std::to_string(ends.size()) +
                 " times in the last 10 minutes; last: " + record.last_words,
             ends[ends.size() - crashes_of_a_loop] + crash_window};
  }
  return worst;
}

}  // namespace troupe::model
