// Each command, by the desk. What is another's is as if it were not.
#include "actors/desk/admission.hpp"
#include "actors/secrets/link_token.hpp"
#include "config/logging.hpp"
#include "telegram/bot.hpp"
#include "telegram/commands.hpp"
#include "telegram/texts.hpp"

namespace troupe::telegram {

using model::outcome;

namespace {

constexpr std::uint32_t environments_shown = 50, environments_looked_into = 10, deployments_each = 5;

void say(bot_pointer self, const turn_ptr& t, const message& what) {
  if (!enqueue(self, t->chat, requests::send_message(t->chat, what), {}, t))
    log::warn("an answer was not sent: the bot's queue is full");
}

message words_for(const desk::refusal& why) {
  switch (why.why) {
    case desk::cause::not_found: return texts::not_found();
    case desk::cause::unavailable:
    case desk::cause::fault: return texts::unavailable();
    case desk::cause::retry:
    case desk::cause::rejected:
    case desk::cause::conflict:
    case desk::cause::cancelled:
    case desk::cause::outdated:
    case desk::cause::forbidden:
    case desk::cause::reused: return texts::refused(why.detail);
  }
  return texts::unavailable();
}

std::string update_text(const turn& t) {
  return "telegram:" + std::to_string(t.update);
}

// `then` runs in the bot, with the outcome.
template <desk::command Command, class Then>
void try_desk(bot_pointer self, const turn_ptr& t, Command what, Then then, std::optional<desk::claim> under = {}) {
  desk::caller who{{t->user, {}, model::scope_set::user(), {}}, desk::face::bot, {}, update_text(*t)};
  self->state.parts.admission->ask<Command>(
      std::move(who), std::move(what),
      [to = caf::actor_cast<bot_actor>(self), t, then = std::move(then)](desk::outcome<typename Command::answer> got) {
        caf::anon_send(to, actors::continuation{[t, then, got = std::move(got)] { then(got); }});
      },
      std::move(under));
}

// The same with the answer; refusals are said here.
template <desk::command Command, class Then>
void ask_desk(bot_pointer self, const turn_ptr& t, Command what, Then then, std::optional<desk::claim> under = {}) {
  try_desk(
      self, t, std::move(what),
      [self, t, then = std::move(then)](const desk::outcome<typename Command::answer>& got) {
        got ? then(got.value()) : say(self, t, words_for(got.error()));
      },
      std::move(under));
}

// The bot's own rows.
template <class Message, class Answer>
void ask_rows(bot_pointer self, const turn_ptr& t, Message what, std::function<void(const Answer&)> then) {
  self->request(self->state.parts.rows, self->state.options.database_timeout, std::move(what))
      .then([self, t, then = std::move(then)](
                const outcome<Answer>& got) { got ? then(got.value()) : say(self, t, words_for(got.error())); },
            [self, t](const caf::error&) { say(self, t, texts::unavailable()); });
}

// ---- one function a command

void on(bot_pointer self, const turn_ptr& t, const offer_key& what) {
  desk::issue_magic_link wanted{what.name, what.scopes, {}, what.instead_of};
  if (what.days) wanted.key_lifetime = std::chrono::hours{24} * *what.days;
  ask_desk(self, t, std::move(wanted), [self, t, what](const actors::issued_magic_link& made) {
    const auto& o = self->state.options;
    say(self, t,
        texts::key_link(o.link_url + made.token, what, std::chrono::ceil<std::chrono::minutes>(o.link_lifetime),
                        made.reference));
  });
}

void on(bot_pointer self, const turn_ptr& t, const ask_for_scopes& what) {
  say(self, t, texts::scopes_question(what));
}

void on(bot_pointer self, const turn_ptr& t, const who_am_i&) {
  ask_desk(self, t, desk::get_account{}, [self, t](const desk::account& who) { say(self, t, texts::account(who)); });
}

void on(bot_pointer self, const turn_ptr& t, const list_keys&) {
  ask_desk(self, t, desk::list_keys{}, [self, t](const std::vector<model::api_key>& all) {
    say(self, t, texts::keys(all, self->state.parts.now()));
  });
}

void on(bot_pointer self, const turn_ptr& t, const revoke_key& what) {
  if (!what.sure)
    return ask_desk(self, t, desk::list_keys{}, [self, t, what](const std::vector<model::api_key>& all) {
      for (const auto& key : all)
        if (key.key_id == what.key_id) return say(self, t, texts::revoke_question(key));
      say(self, t, texts::not_found());
    });
  ask_desk(self, t, desk::revoke_key{what.key_id},
           [self, t, what](const model::done&) { say(self, t, texts::revoked(what.key_id)); });
}

void on(bot_pointer self, const turn_ptr& t, const list_environments&) {
  ask_desk(self, t, desk::list_environments{{}, environments_shown},
           [self, t](const desk::page<desk::listed_environment>& all) {
             std::vector<model::environment> rows;
             for (const auto& one : all.items) rows.push_back(one.row);
             say(self, t, texts::environments(rows));
           });
}

// One environment after the other: there are few, and nobody waits in line behind this chat but itself.
void list_each(bot_pointer self, const turn_ptr& t, std::shared_ptr<std::vector<texts::environment_deployments>> all,
               std::size_t at) {
  if (at == all->size()) return say(self, t, texts::deployments(*all));
  try_desk(self, t, desk::list_deployments{(*all)[at].environment.id, {}, deployments_each},
           [self, t, all, at](const desk::outcome<desk::page<actors::deployment_view_ptr>>& got) {
             // One that was deleted meanwhile has none.
             if (!got && got.error().why != desk::cause::not_found) return say(self, t, words_for(got.error()));
             if (got)
               for (const auto& view : got.value().items) (*all)[at].newest.push_back(view->row);
             list_each(self, t, all, at + 1);
           });
}

void on(bot_pointer self, const turn_ptr& t, const list_deployments& what) {
  ask_desk(self, t, desk::list_environments{{}, 200},
           [self, t, what](const desk::page<desk::listed_environment>& found) {
             auto all = std::make_shared<std::vector<texts::environment_deployments>>();
             for (const auto& one : found.items)
               if (!what.environment || one.row.id == *what.environment) all->push_back({one.row, {}});
             if (what.environment && all->empty()) return say(self, t, texts::not_found());
             if (all->size() > environments_looked_into)
               all->erase(all->begin(), all->end() - environments_looked_into);
             list_each(self, t, all, 0);
           });
}

void on(bot_pointer self, const turn_ptr& t, const show_status& what) {
  ask_desk(self, t, desk::get_deployment{what.id}, [self, t](const actors::deployment_view_ptr& view) {
    say(self, t, texts::status(*view, self->state.parts.now()));
  });
}

void on(bot_pointer self, const turn_ptr& t, const show_logs& what) {
  ask_desk(self, t, desk::read_logs{what.deployment, what.lines, {}},
           [self, t, what](const desk::page<actors::log_line>& found) {
             say(self, t, texts::logs(what.deployment, found.items));
           });
}

void on(bot_pointer self, const turn_ptr& t, const set_notify& what) {
  ask_rows<actors::set_telegram_notify, model::done>(
      self, t, {t->user, what.wanted},
      [self, t, what](const model::done&) { say(self, t, texts::notify(what.wanted)); });
}

void on(bot_pointer self, const turn_ptr& t, const cancel& what) {
  if (!what.sure)
    return ask_desk(self, t, desk::get_deployment{what.deployment}, [self, t](const actors::deployment_view_ptr& view) {
      say(self, t, texts::cancel_question(view->row));
    });
  ask_desk(self, t, desk::cancel_deployment{what.deployment}, [self, t](const actors::deployment_view_ptr& view) {
    say(self, t, texts::accepted("Cancelling", view->row));
  });
}

// The ids are claimed under the update's own: handled again after a crash it makes no second deployment.
void on(bot_pointer self, const turn_ptr& t, const roll_back& what) {
  if (!what.sure)
    return ask_desk(self, t, desk::get_deployment{what.deployment}, [self, t](const actors::deployment_view_ptr& view) {
      say(self, t, texts::roll_back_question(view->row));
    });
  ask_desk(
      self, t, desk::roll_back_deployment{what.deployment, {}},
      [self, t](const actors::deployment_view_ptr& view) { say(self, t, texts::accepted("Rolling back:", view->row)); },
      desk::claim{update_text(*t), "roll back " + what.deployment.text});
}

void on(bot_pointer self, const turn_ptr& t, const explain& what) {
  say(self, t, texts::help(what.unasked));
}
void on(bot_pointer self, const turn_ptr& t, const misuse& what) {
  say(self, t, texts::wrong_use(what));
}
void on(bot_pointer self, const turn_ptr& t, const no_such_object&) {
  say(self, t, texts::not_found());
}
void on(bot_pointer self, const turn_ptr& t, const leave_it&) {
  say(self, t, texts::left_alone());
}
void on(bot_pointer, const turn_ptr&, const greet&) {}  // answered with the account, below

bool needs_no_account(const command& what) {
  return std::holds_alternative<explain>(what) || std::holds_alternative<misuse>(what) ||
         std::holds_alternative<no_such_object>(what) || std::holds_alternative<leave_it>(what);
}

// Of the presses of one question's buttons the first one counts, also where the second comes after a crash: they are
// told apart by their updates. The buttons go.
void answer_once(bot_pointer self, const turn_ptr& t, std::function<void()> then) {
  const auto& desk = self->state.parts.admission->parts();
  const auto mine = update_text(*t);
  const auto question = "telegram:question:" + std::to_string(t->chat) + ':' + std::to_string(t->asked_in);
  self->request(desk.database, self->state.options.database_timeout,
                actors::claim_idempotency{t->user, question, "answered", mine})
      .then(
          [self, t, mine, then = std::move(then)](const outcome<actors::idempotency_claim>& claimed) {
            if (!claimed) return say(self, t, texts::unavailable());
            if (claimed.value().planned != mine) return;  // answered before
            if (!enqueue(self, send_queue<outgoing_ptr>::no_chat, requests::remove_buttons(t->chat, t->asked_in), {},
                         {}))
              log::warn("a question's buttons stay: the bot's queue is full");
            then();
          },
          [self, t](const caf::error&) { say(self, t, texts::unavailable()); });
}

void turn_away(bot_pointer self, const turn_ptr& t) {
  const bool listed = self->state.options.lets_in == entrance::listed;
  say(self, t, listed ? texts::not_listed(t->from) : texts::not_invited());
}

// Finds the account, or makes one for who is let in; what is said to others is said here.
void let_in(bot_pointer self, const turn_ptr& t, const command& what,
            std::function<void(const actors::telegram_account&)> then) {
  const auto& o = self->state.options;
  actors::ensure_telegram_account asked{t->from, model::new_id<model::user_id>(self->state.parts.random)};
  asked.anyone = o.lets_in == entrance::open || (o.lets_in == entrance::listed && o.listed.contains(t->from));
  const auto* greeting = std::get_if<greet>(&what);
  if (greeting && o.lets_in == entrance::invited && !greeting->invitation.empty())
    asked.invite_hash = secrets::link_token_hash(greeting->invitation);
  self->request(self->state.parts.rows, o.database_timeout, std::move(asked))
      .then(
          [self, t, then = std::move(then)](const outcome<actors::telegram_account>& known) {
            if (known) {
              t->user = known.value().user;
              return then(known.value());
            }
            known.error().kind == model::consequence::not_found ? turn_away(self, t)
                                                                : say(self, t, words_for(known.error()));
          },
          [self, t](const caf::error&) { say(self, t, texts::unavailable()); });
}

void obey(bot_pointer self, const turn_ptr& t, const command& what) {
  const auto go = [self, t, what] { std::visit([&](const auto& one) { on(self, t, one); }, what); };
  const bool answers = t->asked_in != 0 && is_answer(what);
  if (self->state.options.lets_in == entrance::open && needs_no_account(what) && !answers) return go();
  let_in(self, t, what, [self, t, what, go, answers](const actors::telegram_account& known) {
    if (std::holds_alternative<greet>(what)) return say(self, t, texts::welcome(known.notify));
    answers ? answer_once(self, t, go) : go();
  });
}

void heard(bot_pointer self, const turn_ptr& t, const incoming_text& in) {
  t->from = in.from;
  const auto& username = self->state.condition.username;
  if (in.is_private) return obey(self, t, parse_text(in.text, username));
  if (in.chat < 0 && is_addressed(in.text, username)) say(self, t, texts::only_in_private(username));
}

void heard(bot_pointer self, const turn_ptr& t, const incoming_press& in) {
  t->from = in.from;
  if (!enqueue(self, send_queue<outgoing_ptr>::no_chat, requests::answer_callback(in.callback_id), {}, {}))
    log::warn("a press was not confirmed: the bot's queue is full");
  t->asked_in = in.message;
  if (in.is_private) obey(self, t, parse_button(in.data));
}

void heard(bot_pointer, const turn_ptr&, const incoming_other&) {}

}  // namespace

void converse(bot_pointer self, const turn_ptr& t, const incoming& update) {
  self->state.activity.note(self, "converse");
  std::visit([&](const auto& in) { heard(self, t, in); }, update.what);
}

}  // namespace troupe::telegram
