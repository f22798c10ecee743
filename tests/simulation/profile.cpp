#include "tests/simulation/profile.hpp"

#include <array>

namespace troupe::simulation {

namespace {

constexpr docker::fault_rates mild{
    .slow = 0.03, .refused = 0.04, .lost = 0.01, .late = 0.02, .hang = 0.01, .event_dropped = 0.2};
constexpr docker::fault_rates harsh{
    .slow = 0.08, .refused = 0.1, .lost = 0.03, .late = 0.06, .hang = 0.03, .event_dropped = 0.6};

const std::array all{
    profile{.name = "calm"},
    profile{.name = "in_turn", .in_turn = true, .operations = 12, .span = model::duration{600'000}},
    profile{.name = "kills", .kills = 8},
    profile{.name = "kills_in_turn", .in_turn = true, .operations = 12, .kills = 12, .span = model::duration{600'000}},
    profile{.name = "crashes", .actor_crashes = 4, .clock_jumps = 2},
    profile{.name = "crashes_in_turn",
            .in_turn = true,
            .operations = 12,
            .actor_crashes = 4,
            .span = model::duration{600'000}},
    profile{.name = "engine", .engine = mild, .engine_outages = 1, .news_late_by = model::duration{6'000}},
    profile{.name = "store", .store = mild, .store_outages = 1},
    profile{.name = "world", .task_crashes = 4, .edits_by_hand = 4, .node_losses = 1},
    profile{.name = "applications", .applications = true, .kills = 6, .actor_crashes = 3},
    profile{.name = "applications_storm",
            .operations = 20,
            .applications = true,
            .kills = 6,
            .engine = mild,
            .store = mild,
            .engine_outages = 1,
            .store_outages = 1,
            .actor_crashes = 3},
    profile{.name = "all",
            .kills = 5,
            .engine = mild,
            .store = mild,
            .engine_outages = 1,
            .store_outages = 1,
            .task_crashes = 2,
            .edits_by_hand = 3,
            .node_losses = 1,
            .actor_crashes = 3,
            .clock_jumps = 2},
    profile{.name = "storm",
            .operations = 20,
            .kills = 10,
            .messages_per_kill = 80,
            .engine = harsh,
            .store = harsh,
            .engine_outages = 2,
            .store_outages = 2,
            .task_crashes = 4,
            .edits_by_hand = 4,
            .node_losses = 2,
            .actor_crashes = 4,
            .news_late_by = model::duration{2'000},
            .clock_jumps = 2},
};

}  // namespace

std::span<const profile> profiles() {
  return all;
}

const profile* find_profile(std::string_view name) {
  for (const auto& p : all)
    if (p.name == name) return &p;
  return nullptr;
}

}  // namespace troupe::simulation
