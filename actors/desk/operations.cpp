#include "actors/desk/operations.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

#include "actors/application.hpp"
#include "actors/desk/admission.hpp"
#include "actors/desk/deployments.hpp"
#include "actors/desk/find.hpp"

namespace troupe::desk {

namespace {

using namespace std::chrono_literals;
using view_answer = answer_to<operation_view_ptr>;
constexpr auto between_looks = 1s;         // at what tells nobody of its changes
constexpr std::uint32_t most_lines = 500;  // of an application

operation_view_ptr view_of(const model::operation_name& name, const operation_subject& about,
                           const std::vector<model::transition>& timeline) {
  auto out = std::make_shared<operation_view>();
  out->name = name;
  out->about = about;
  if (about.application) {
    out->environment = about.application->environment;
    out->progress = model::progress_of(*about.application);
    out->timeline = timeline;
    out->revision = about.application->revision;
  } else if (about.deployment) {
    const auto& row = about.deployment->row;
    const auto told = model::progress_of(std::get<model::deployment_operation>(name), row, timeline);
    out->environment = row.environment;
    out->progress = told.progress;
    const auto from = timeline.begin();
    out->timeline.assign(from + static_cast<std::ptrdiff_t>(told.first), from + static_cast<std::ptrdiff_t>(told.last));
    out->revision = std::max(row.revision, timeline.empty() ? 0 : timeline.back().revision);
  } else if (about.site) {
    out->environment = about.environment->row.id;
    out->progress = model::progress_of(about.site->row);
    out->revision = about.site->row.revision;
  } else {
    out->environment = about.environment->row.id;
    out->progress = model::progress_of(std::get<model::environment_operation>(name), about.environment->row);
    out->revision = about.environment->row.revision;
  }
  return out;
}

// Those that it made, changed or removed, and those that went back.
actors::list_lines lines_of(const model::application& row) {
  actors::list_lines out{{}, row.created_at, most_lines};
  for (const auto& step : row.steps) {
    out.deployments.push_back(step.deployment);
    if (step.before) out.deployments.push_back(step.undo);
  }
  return out;
}

void make_view(clerk self, const parts& with, const model::operation_name& name, const operation_subject& about,
               const view_answer& then) {
  const auto told = [name, about, then](const std::vector<model::transition>& all) { then(view_of(name, about, all)); };
  if (about.application)
    ask(self, with.database, with.database_timeout, lines_of(*about.application), told, then);
  else if (about.deployment)
    ask(self, with.database, with.database_timeout, actors::list_transitions{about.deployment->row.id, 0}, told, then);
  else
    told({});
}

// Under which changes of its subject are waited for.
std::string awaited_of(const model::operation_name& name) {
  if (const auto* one = std::get_if<model::operation_id>(&name)) return one->text;
  if (const auto* one = std::get_if<model::deployment_operation>(&name)) return one->deployment.text;
  return {};  // by looking again
}

// One reader who waits: looks, and where there is nothing to tell yet, looks again with each change.
class watch : public std::enable_shared_from_this<watch> {
public:
  watch(const task& t, const get_operation& what, view_answer then)
      : at_(t.at),
        who_(t.of->who),
        name_(*what.operation),
        seen_(what.seen),
        then_(std::move(then)),
        deadline_(t.self->clock().now() + what.wait) {}

  void begin(clerk self, const operation_subject& about, const std::function<void(std::function<void()>)>& on_wait) {
    if (on_wait)
      on_wait([weak = weak_from_this()] {
        if (const auto one = weak.lock()) one->leave();
      });
    weigh(self, about);
  }

private:
  void look(clerk self) {
    find_own(
        self, at_->parts(), who_, subject::operation{name_},
        [self, me = shared_from_this()](const operation_subject& about) { me->weigh(self, about); },
        [me = shared_from_this()](refusal why) { me->then_(std::move(why)); });
  }

  // A timeline is read where it may have the answer.
  void weigh(clerk self, const operation_subject& about) {
    bool may_be_over = true;
    if (about.application) {
      looked_ = about.application->revision;
      may_be_over = model::is_over(about.application->status);
    } else if (about.deployment) {
      looked_ = about.deployment->row.revision;
      may_be_over = model::is_settled(about.deployment->row);
    }
    const bool may_be_news = !last_ || may_be_over || (seen_ && looked_ > *seen_);
    if (!may_be_news && self->clock().now() < deadline_) return wait(self);
    make_view(self, at_->parts(), name_, about, [self, me = shared_from_this()](outcome<operation_view_ptr> got) {
      if (!got) return me->then_(std::move(got));
      me->decide(self, got.value());
    });
  }

  void decide(clerk self, const operation_view_ptr& view) {
    const bool first = !std::exchange(last_, view);
    const bool tells = model::is_over(view->progress.status) || (seen_ && view->revision > *seen_);
    if (tells || self->clock().now() >= deadline_) return then_(view);
    wait(self, first);
  }

  void wait(clerk self, bool first = false) {
    const auto awaited = awaited_of(name_);
    const auto until = awaited.empty() ? std::min(deadline_, self->clock().now() + between_looks) : deadline_;
    const auto again = [me = shared_from_this()](const outcome<std::monostate>& got) {
      if (!got) return me->then_(me->last_);  // the house closes: as it was last
      me->at_->post([me](clerk next) { me->look(next); });
    };
    const auto looked = looked_;
    const auto last = last_;
    admission::ticket mine = 0;
    {
      const std::lock_guard lock(mutex_);
      if (left_) return;
      mine = ticket_ = at_->wait_for_change(awaited, who_.user, until, again);
    }
    if (mine == 0 && first) return then_(refusal{cause::retry, "Too many calls are waiting already.", 5});
    if (mine == 0) return then_(last);
    // Before the waiter was there to be told.
    if (awaited.empty()) return;
    if (const auto now = revision_on_board(); !now || *now > looked) at_->stop_waiting(mine, true);
  }

  std::optional<std::uint64_t> revision_on_board() const {
    const auto& board = *at_->parts().board;
    if (const auto* one = std::get_if<model::operation_id>(&name_))
      if (const auto now = board.find(*one)) return now->revision;
    if (const auto* one = std::get_if<model::deployment_operation>(&name_))
      if (const auto now = board.find(one->deployment)) return now->row.revision;
    return std::nullopt;
  }

  void leave() {
    const std::lock_guard lock(mutex_);
    left_ = true;
    at_->stop_waiting(ticket_, false);
  }

  const std::shared_ptr<admission> at_;
  const caller who_;
  const model::operation_name name_;
  const std::optional<std::uint64_t> seen_;
  const view_answer then_;
  const admission::moment deadline_;
  // Touched by one clerk at a time.
  operation_view_ptr last_;
  std::uint64_t looked_ = 0;
  std::mutex mutex_;
  admission::ticket ticket_ = 0;
  bool left_ = false;
};

}  // namespace

void perform(const task& t, const get_operation& what, answer_to<operation_view_ptr> then) {
  const auto& about = *t.of->operation;
  if (what.wait.count() == 0) return make_view(t.self, t.parts(), *what.operation, about, then);
  std::make_shared<watch>(t, what, std::move(then))->begin(t.self, about, what.on_wait);
}

void perform(const task& t, const cancel_operation& what, answer_to<operation_view_ptr> then) {
  const auto& parts = t.parts();
  const auto& about = *t.of->operation;
  const auto name = *what.operation;
  if (about.application)
    return ask(
        t.self, parts.orchestrator, parts.orchestrator_timeout,
        actors::cancel_application{t.of->who.user, about.application->environment, about.application->id},
        [t, name, then](const actors::application_view_ptr& now) {
          make_view(t.self, t.parts(), name, {.application = now}, then);
        },
        then);
  if (!about.deployment)
    return then(refusal{cause::conflict, "What this operation does is not called back: undo it by what undoes it."});
  make_view(t.self, parts, name, about, [t, name, then](outcome<operation_view_ptr> got) {
    if (!got) return then(std::move(got));
    const auto& now = *got.value();
    const bool makes_release =
        now.progress.kind == model::operation_kind::deploy || now.progress.kind == model::operation_kind::rollback;
    if (!makes_release || model::is_over(now.progress.status)) return then(refusal(actors::nothing_left_to_cancel()));
    const auto& row = now.about.deployment->row;
    ask(
        t.self, t.parts().orchestrator, t.parts().orchestrator_timeout,
        actors::command_deployment{t.of->who.user, row.id, {model::verb::cancel, 0}},
        [t, name, then](const actors::deployment_view_ptr& view) {
          make_view(t.self, t.parts(), name, {.deployment = view}, then);
        },
        then);
  });
}

}  // namespace troupe::desk
