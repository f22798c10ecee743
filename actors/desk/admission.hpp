// The one way in: whatever is done or shown for a caller passes admit(). In this order:
//
//   scope ──> the key's limit ──> quota ──> Idempotency-Key ──> subject: the caller's own, from the board or its row
//   ──> its owner's actor ──> audit ──> what the key may not see is taken out
//
// Of the quota counts what was accepted: what is refused, or was done before under its Idempotency-Key, gives back what
// it took. What is another's is answered like what never was. The subject is looked for after the key was claimed, so
// that repeating a delete gives the first answer even where nothing is left to be found.
#pragma once

#include <atomic>
#include <concepts>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "actors/desk/clerk.hpp"
#include "actors/desk/commands.hpp"
#include "actors/desk/evidence.hpp"
#include "actors/desk/parts.hpp"
#include "actors/desk/task.hpp"
#include "actors/desk/timeline.hpp"
#include "actors/desk/visit.hpp"
#include "actors/desk/wait_room.hpp"
#include "actors/model/quota.hpp"

namespace troupe::desk {

// How a limit is told: "At most 5 deployments a minute."
std::string told_limit(std::uint32_t limit, budget of);

// The owner's answer or why there is none; or the first answer under this Idempotency-Key, to be given again.
template <command C>
using result = std::variant<outcome<typename C::answer>, kept_answer>;

class admission : public std::enable_shared_from_this<admission> {
public:
  // Listens to the board (board::on_change): open it before anything is published.
  static std::shared_ptr<admission> open(caf::actor_system& system, parts with);
  admission(const admission&) = delete;
  admission& operator=(const admission&) = delete;

  // Answers whoever waits for something with what is known.
  void answer_waiting();
  // The same, and ends the clerks.
  void close();

  // For faces that look before they read what else came with a command: the check of admit() that needs the key alone.
  static std::optional<refusal> find_scope_fault(const terms& on, const model::caller& who);

  // `then` is called once, on a clerk. What was claimed is settled by the face: see settle().
  template <command C>
  void admit(clerk self, caller who, C what, std::optional<claim> under,
             std::function<void(const visit_ptr&, result<C>)> then) {
    const auto v = std::make_shared<visit>(visit{std::move(who), C::on, what.about(), std::move(under)});
    // It is handed on by copies, which a whole application would make dear.
    const auto whole = std::make_shared<const C>(std::move(what));
    enter(self, v, [at = shared_from_this(), self, v, whole, then = std::move(then)](entry how) {
      if (auto* kept = std::get_if<kept_answer>(&how)) {
        at->give_quota_back(self, *v);
        return then(v, std::move(*kept));
      }
      if (auto* why = std::get_if<refusal>(&how)) {
        at->conclude(self, *v, why);
        return then(v, outcome<typename C::answer>(std::move(*why)));
      }
      perform(task{self, at, v}, *whole, [at, self, v, then](outcome<typename C::answer> got) {
        at->conclude(self, *v, got ? nullptr : &got.error());
        if (got) hide_evidence(v->who, got.value());
        then(v, std::move(got));
      });
    });
  }
  // Without an Idempotency-Key.
  template <command C>
  void query(clerk self, caller who, C what, answer_to<typename C::answer> then) {
    admit<C>(self, std::move(who), std::move(what), std::nullopt,
             [then = std::move(then)](const visit_ptr&, result<C> got) { then(std::move(std::get<0>(got))); });
  }
  // The same from any thread; `then` is called on a clerk. With an Idempotency-Key the ids stay the same, and no answer
  // is kept.
  template <command C>
  void ask(caller who, C what, answer_to<typename C::answer> then, std::optional<claim> under = {}) {
    post([self = shared_from_this(), who = std::move(who), what = std::move(what), then = std::move(then),
          under = std::move(under)](clerk at) {
      self->admit<C>(at, who, what, under, [then](const visit_ptr&, result<C> got) {
        std::holds_alternative<kept_answer>(got) ? then(key_was_used()) : then(std::move(std::get<0>(got)));
      });
    });
  }

  // Keeps the face's answer under the Idempotency-Key, where there is one and the answer is worth keeping, and only
  // then has it sent.
  void settle(clerk self, const visit_ptr& v, kept_answer how, std::function<void()> send);

  // At once, on any thread: what the board shows this key. Null where it does not, for whatever reason: admit() tells.
  // `whole` makes the caller, for audits.
  template <command C, std::invocable Whole>
  typename C::answer find_now(const model::caller& key, const C& what, const Whole& whole) const {
    auto view = find_scope_fault(C::on, key) ? nullptr : find_on_board(key, what);
    if (view && parts_.audit) parts_.audit(whole(), C::on.name, what.about(), nullptr);
    return view;
  }
  actors::environment_view_ptr find_on_board(const model::caller& key, const get_environment& what) const;
  actors::deployment_view_ptr find_on_board(const model::caller& key, const get_deployment& what) const;

  // From any thread, to be done by a clerk.
  void post(std::function<void(clerk)> what);
  void post_later(model::duration delay, std::function<void(clerk)> what);

  // Calls `then` once: with the next change of what has this id, when its time is up, or with a refusal where the house
  // closes. 0: too many wait already.
  using changes = wait_room<std::string, std::monostate>;
  using moment = changes::moment;
  using ticket = changes::ticket;
  ticket wait_for_change(const std::string& id, const model::user_id& user, moment until, changes::waiter then);
  // It is called no more; or at once, if it was not yet.
  void stop_waiting(ticket which, bool call);

  // What is left of the caller's deployments a minute.
  model::quota::decision look_at_quota(clerk self, const model::caller& who);
  // Takes one of the lookups a minute that a user's plans have; false: there is none left.
  bool take_lookup(clerk self, const model::user_id& user);

  const desk::parts& parts() const { return parts_; }

private:
  friend void perform(const task& t, const get_deployment& what, answer_to<actors::deployment_view_ptr> then);
  friend void perform(const task& t, const follow_timeline& what, answer_to<bool> then);
  using entry = std::variant<std::monostate, refusal, kept_answer>;

  explicit admission(desk::parts with);
  void enter(clerk self, const visit_ptr& v, std::function<void(entry)> then);
  void enter_within_limit(clerk self, const visit_ptr& v, const std::function<void(entry)>& then);
  bool take_quota(clerk self, visit& v);
  void give_quota_back(clerk self, visit& v);
  void claim_key(clerk self, const visit_ptr& v, const std::function<void(entry)>& then);
  void find_subject(clerk self, const visit_ptr& v, const std::function<void(entry)>& then);
  void conclude(clerk self, visit& v, const refusal* why);
  void wait(clerk self, const actors::deployment_view_ptr& view, const get_deployment& what, const caller& who,
            const answer_to<actors::deployment_view_ptr>& then);
  void note_change(const std::string& id);
  void keep_time();
  void on_tick(clerk self);

  const desk::parts parts_;
  std::vector<clerk_actor> clerks_;
  std::atomic<std::size_t> next_{0};

  model::quota& quota_of(budget which) { return which == budget::plans ? plans_ : deployments_; }

  std::mutex quota_mutex_;
  model::quota deployments_, plans_, lookups_;

  // Writes under an Idempotency-Key that are being done by this process now.
  std::mutex in_flight_mutex_;
  std::set<std::pair<std::string, std::string>> in_flight_;

  wait_room<model::deployment_id, actors::deployment_view_ptr> waiting_;
  changes changes_;
  timelines timelines_;
  std::atomic<bool> ticking_{false};
};

}  // namespace troupe::desk
