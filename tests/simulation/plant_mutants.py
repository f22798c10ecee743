"""Writes copies of the actors' sources with bugs planted in them, each behind a switch (mutant.hpp), and mutants.inc, which
tells mutants_test of them. Fails where the text that a bug replaces does not occur exactly once, so that no bug rots.

usage: plant_mutants.py SOURCE_DIR OUTPUT_DIR FILE...     FILE: below SOURCE_DIR; the copy's name has _ for /
"""
import sys
from pathlib import Path
from typing import NamedTuple


class Mutant(NamedTuple):
    name: str
    file: str
    profile: str  # where it shows soonest; empty: the other half of a bug told of already
    oracle: str   # what a violation that is due to it says
    find: str
    replace: str  # MUTANT stands for its switch, @ for the text found


DEPLOYMENT = "actors/deployment.cpp"
LIFE, LIVES, RELEASES, SIGHT, TURNS = (f"actors/environment/{name}.cpp" for name in ("life", "lives", "releases", "sight", "turns"))
MACHINE, QUEUE = "actors/model/deployment_machine.cpp", "actors/model/service_queue.cpp"
ROLLOUT = "actors/model/rollout.cpp"
APPLICATION_MACHINE, LIFE_OF_ALL = "actors/model/application_machine.cpp", "actors/environment.cpp"

MUTANTS = [
    # ---- persist, then act
    Mutant("effect_before_save", DEPLOYMENT, "calm", "whose turn it is not",
           "  if (decided.save)\n    save_then_act",
           "  if (decided.save && MUTANT)\n"
           "    for (const auto& effect : decided.effects) std::visit([self](const auto& e) { perform(self, e); }, effect);\n@"),
    Mutant("acknowledge_before_save", RELEASES, "kills", "O1: acknowledged but not stored",
           "  my.being_saved[row.spec.service].insert(row.number);\n",
           "@  if (MUTANT) {\n    auto shown = std::make_shared<deployment_view>();\n    shown->row = row;\n"
           "    answer.give(deployment_view_ptr(shown));\n  }\n"),
    Mutant("failure_not_recorded", MACHINE, "calm", "O8: FAILED without an error",
           "    row_.error = std::move(f);", "    if (!MUTANT) row_.error = std::move(f);"),
    Mutant("looks_are_saved", MACHINE, "calm", "O6:",
           "    if (s_.seen.change == applied::stopping) return;\n    const bool expected", "    if (MUTANT) out_.save = true;\n@"),
    Mutant("looks_are_saved", SIGHT, "", "", "    if (!same && c.actor", "    if ((!same || MUTANT) && c.actor"),

    # ---- one writer per service
    Mutant("turns_overlap", QUEUE, "calm", "O2: two releases of one service are under way",
           "      out.active.push_back(s.in_flight->id);\n      continue;", "      out.active.push_back(s.in_flight->id);\n      if (!MUTANT) continue;"),
    Mutant("turns_are_not_kept", QUEUE, "calm", "O16: has its turn",
           " && !one->keeps_turn)", " && (!one->keeps_turn || MUTANT))"),
    Mutant("the_oldest_wins", QUEUE, "calm", "O16: there is nothing newer",
           "one->number < s.newest->number", "(MUTANT ? one->number <= s.newest->number : @)"),
    Mutant("everybody_gets_a_turn", TURNS, "calm", "O2: two releases of one service are under way",
           "    for (const auto& t : plan.grants) grant(self, t);\n",
           "@  if (MUTANT)\n    for (const auto& brief : living)\n"
           "      if (my.children.at(brief.id).brief.status == model::deployment_status::pending) grant(self, {brief.id, {}});\n"),
    Mutant("a_turn_given_is_forgotten", TURNS, "store", "O2: two releases of one service are under way",
           "  next.brief.status = model::deployment_status::pulling_image;", "  if (!MUTANT) @"),
    Mutant("a_turn_given_is_forgotten", TURNS, "", "",
           "  if (an_older_one_comes(", "  if (!MUTANT && an_older_one_comes("),
    Mutant("never_superseded", TURNS, "calm", "O2: two current releases",
           "  for (const auto& s : plan.superseded) {", "@\n    if (MUTANT) break;"),

    # ---- the process and its actors die
    Mutant("never_resumed", TURNS, "kills", "O3: not settled",
           "  if (c.told_active == active) return;", "  if (c.told_active == active || (active && MUTANT)) return;"),
    Mutant("former_forgotten", LIVES, "kills", "O2: ",
           "  if (!row.former) return std::nullopt;", "  if (!row.former || MUTANT) return std::nullopt;"),
    Mutant("the_dead_stay_dead", LIVES, "crashes", "O3: not settled",
           "  if (delay) after(self, *delay, [self, id]", "  if (delay && !MUTANT) after(self, *delay, [self, id]"),
    Mutant("numbers_by_the_clock_alone", RELEASES, "crashes", "has a lower number",
           "  if (!my.numbers_known)\n    return know_numbers(\n        self, [=] { create_release(",
           "  if (!my.numbers_known && !MUTANT)\n    return know_numbers(\n        self, [=] { create_release("),

    # ---- Docker or the database goes wrong
    Mutant("a_lost_answer_blocks", LIFE, "engine", "O3: ",
           "          [=](const caf::error&) {\n            self->state.busy = false;",
           "          [=](const caf::error&) {\n            self->state.busy = MUTANT;"),
    Mutant("one_try_only", MACHINE, "engine", "O3: not settled",
           "    if (!s_.engine_away) ++s_.soft_failures;", "@\n    if (MUTANT) return;"),
    Mutant("stale_answers_count", DEPLOYMENT, "engine", "O3: ",
           "if (next.phase && *next.phase != my.state.phase) next.what", "if (next.phase && *next.phase != my.state.phase && !MUTANT) next.what"),
    Mutant("listings_are_ignored", SIGHT, "all", "O4: ",
           "  // While it is being deleted too:", "  if (MUTANT) return;\n@"),

    # ---- RUNNING tells the truth
    Mutant("no_stability_window", MACHINE, "calm", "O3: degraded",
           "t_.stability == duration::zero()))", "t_.stability == duration::zero() || MUTANT))"),
    Mutant("other_tasks_end_the_window", MACHINE, "storm", "O3: degraded",
           "    if (tasks != s_.steady_tasks) {", "    if (tasks != s_.steady_tasks && !(MUTANT && good)) {"),
    Mutant("an_old_look_ends_the_window", MACHINE, "engine", "O4: saved as RUNNING",
           "      case timer::stability: s_.window_over = true; return look();",
           "      case timer::stability:\n"
           "        if (MUTANT && row_.status == deployment_status::starting_containers) return run();\n"
           "        s_.window_over = true;\n        return look();"),
    Mutant("not_undone", MACHINE, "calm", "though its service is still there",
           "    if (row_.status != deployment_status::starting_containers && !is_running_job(row_))\n",
           "    if (MUTANT || (row_.status != deployment_status::starting_containers && !is_running_job(row_)))\n"),
    Mutant("rolled_back_in_silence", MACHINE, "calm", "O8: does not say what it went back to",
           "    if (s_.former) row_.rolled_back_to = s_.former->id;", "    if (s_.former && !MUTANT) row_.rolled_back_to = s_.former->id;"),

    Mutant("swarms_word_is_believed", MACHINE, "engine", "O4: saved as RUNNING",
           "        if (!is_undoing(row_)) return perform(converge{plan_of(row_), s_.decides});",
           "        if (!is_undoing(row_)) return perform(converge{plan_of(row_), s_.decides && !MUTANT});"),
    Mutant("commands_are_forgotten", MACHINE, "kills", "O12: ",
           "    s_.expects_change = is_current(row_.status);\n    act();", "    s_.expects_change = is_current(row_.status) && !MUTANT;\n    act();"),
    Mutant("nothing_is_held", ROLLOUT, "calm", "O13: ",
           "  if (plan.image.prober.empty() ||", "  if (MUTANT || plan.image.prober.empty() ||"),

    # ---- a job runs once
    Mutant("nobody_waits_for_a_job", QUEUE, "calm", "O9: no arrow from",
           "(r.job && is_current(r.status))", "(r.job && is_current(r.status) && !MUTANT)"),
    Mutant("a_success_is_tried_again", MACHINE, "calm", "after its success",
           "    if (success != tasks.end()) {", "    if (success != tasks.end() && MUTANT && row_.generation < 2) return next_try(\"again\");\n@"),

    # ---- an application goes in its order, to its end
    Mutant("steps_begin_at_once", TURNS, "applications", "O15: began before",
           "my.held.contains(t.next) ||", "(my.held.contains(t.next) && !MUTANT) ||"),
    Mutant("an_application_is_left_half_done", APPLICATION_MACHINE, "applications", "O15: ",
           "    if (goes_back(step) && !needed.contains(", "    if (!MUTANT && goes_back(step) && !needed.contains("),
    Mutant("an_application_is_left_half_done", APPLICATION_MACHINE, "", "",
           "    left = left || goes_back(step) ||", "    left = left || (goes_back(step) && !MUTANT) ||"),
    Mutant("what_was_stopped_runs", RELEASES, "applications", "though it was stopped before",
           "  if (what.restores && (what.stopped ||", "  if (what.restores && !MUTANT && (what.stopped ||"),
    Mutant("what_was_removed_stays_so", APPLICATION_MACHINE, "applications", "though it had been removed for others",
           "!s.stays && (makes_release(s) || s.before);", "!s.stays && (makes_release(s) || (s.before && !MUTANT));"),
    Mutant("the_way_back_is_free_too_soon", APPLICATION_MACHINE, "applications", "O11: accepted though",
           "      if (is_gone(step.deployment)) end(step, step_status::rolled_back);",
           "      if (MUTANT || is_gone(step.deployment)) end(step, step_status::rolled_back);"),
    Mutant("the_way_back_is_free_too_soon", RELEASES, "", "",
           "  if (!my.claims.conflicts(what.spec).empty()) {", "  if (!MUTANT && !my.claims.conflicts(what.spec).empty()) {"),
    Mutant("applications_die_with_the_process", LIFE_OF_ALL, "applications", "O3: application",
           "  for (const auto& a : living.applications) adopt_application(self, a);", "  if (!MUTANT)\n  @"),

    # ---- one writer per volume
    Mutant("started_while_the_old_one_stops", ROLLOUT, "calm", "O11: two containers wrote to",
           "  return next_write::apply_once_alone;", "  return MUTANT ? next_write::apply : next_write::apply_once_alone;"),
    Mutant("two_services_write", RELEASES, "calm", "O11: accepted though",
           "!taken.empty())", "!taken.empty() && !MUTANT)"),
    Mutant("claims_end_with_any_release", LIVES, "calm", "O11: accepted though",
           "  self->state.claims.let_go(id);\n", "@  if (MUTANT) self->state.claims = {};\n"),

    # ---- what goes, goes wholly
    Mutant("removal_is_taken_back", MACHINE, "engine", "O1: acknowledged but never done",
           "      if (row.wanted == intent::remove) return", "      if (row.wanted == intent::remove && !MUTANT) return"),
    Mutant("removal_is_given_up", MACHINE, "engine", "though its service is still there",
           "  void removing(const effect_failed& e) { try_again(e.error); }",
           "  void removing(const effect_failed& e) {\n    if (MUTANT) return settle(deployment_status::removed, {});\n    try_again(e.error);\n  }"),
    Mutant("volumes_stay", LIFE, "calm", "O10: DELETED though volume",
           "      if (!my.volumes_gone)", "      if (!my.volumes_gone && !MUTANT)"),
    Mutant("volumes_go_with_a_release", LIVES, "calm", "O10: volume",
           "  if (e.reason == caf::exit_reason::user_shutdown) {\n",
           "@    if (MUTANT)\n      self->request(my.house->engine, my.house->timeouts.engine, remove_volumes{my.row.id})\n"
           "          .then([](const outcome<model::done, effect_error>&) {}, [](const caf::error&) {});\n"),
    Mutant("the_network_stays", LIFE, "calm", "O10: DELETED though its network",
           "      return ask_engine<model::done>(self, remove_network{my.row.id}",
           "      if (MUTANT) return move_to(self, environment_status::deleted, {}, [=] { self->quit(caf::exit_reason::user_shutdown); });\n@"),
    Mutant("deleted_under_a_release", LIFE, "store", "O10: of a deleted environment",
           " || !my.being_saved.empty()) return;", " || (!my.being_saved.empty() && !MUTANT)) return;"),
]


def planted(path, text):
    """The source with all of its bugs in it."""
    spots = []
    for m in (m for m in MUTANTS if m.file == path):
        if text.count(m.find) != 1:
            sys.exit(f"plant_mutants.py: {m.name}: found {text.count(m.find)} times in {path}: {m.find!r}")
        at = text.index(m.find)
        switch = f'simulation::mutant("{m.name}")'
        spots.append((at, at + len(m.find), m.replace.replace("@", m.find).replace("MUTANT", switch)))
    out, done = [f'#include "tests/simulation/mutant.hpp"\n#line 1 "{path}"\n'], 0
    for begin, end, instead in sorted(spots):
        if begin < done:
            sys.exit(f"plant_mutants.py: two bugs replace the same text in {path}: {text[begin:end]!r}")
        out += [text[done:begin], instead]
        done = end
    return "".join(out) + text[done:]


def main(source, output, *files):
    strangers = {m.file for m in MUTANTS} - set(files)
    if strangers:
        sys.exit(f"plant_mutants.py: not among the files to be copied: {', '.join(sorted(strangers))}")
    output = Path(output)
    output.mkdir(parents=True, exist_ok=True)
    for path in files:
        (output / path.replace("/", "_")).write_text(planted(path, (Path(source) / path).read_text(encoding="utf-8")), encoding="utf-8")
    rows = [f'planted{{"{m.name}", "{m.profile}", "{m.oracle}"}},\n' for m in MUTANTS if m.profile]
    (output / "mutants.inc").write_text("".join(rows), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
