// Each command, by the messages that the REST routes send too. What is another's is as if it were not.
#include "config/logging.hpp"
#include "telegram/bot.hpp"
#include "telegram/commands.hpp"
#include "telegram/texts.hpp"

namespace troupe::telegram {

using model::consequence;
using model::outcome;

namespace {

constexpr std::uint32_t environments_shown = 50, environments_looked_into = 10, deployments_each = 5;

void say(bot_pointer self, const turn_ptr& t, const message& what) {
  if (!enqueue(self, t->chat, requests::send_message(t->chat, what), {}, t))
    log::warn("an answer was not sent: the bot's queue is full");
}

message words_for(const model::problem& why) {
  switch (why.kind) {
    case consequence::not_found: return texts::not_found();
    case consequence::unavailable:
    case consequence::retry: return texts::unavailable();
    case consequence::rejected:
    case consequence::conflict:
    case consequence::cancelled: return texts::refused(why);
  }
  return texts::unavailable();
}
message words_for(const model::effect_error&) {
  return texts::unavailable();
}

template <class Handle, class Message, class Then>
void ask(bot_pointer self, const turn_ptr& t, const Handle& whom, model::duration timeout, Message what, Then then) {
  using answer = caf::detail::tl_head_t<caf::response_type_t<typename Handle::signatures, Message>>;
  self->request(whom, timeout, std::move(what))
      .then(
          [self, t, then = std::move(then)](const answer& got) {
            if (got.ok())
              then(got.value());
            else
              say(self, t, words_for(got.error()));
          },
          [self, t](const caf::error&) { say(self, t, texts::unavailable()); });
}

template <class Message, class Then>
void ask_database(bot_pointer self, const turn_ptr& t, Message what, Then then) {
  ask(self, t, self->state.parts.database, self->state.options.database_timeout, std::move(what), std::move(then));
}

// The caller's own deployment, from the board or the database.
void with_deployment(bot_pointer self, const turn_ptr& t, const std::variant<model::deployment_id, model::job_id>& id,
                     std::function<void(const actors::deployment_view_ptr&)> then) {
  const auto view = std::visit([&](const auto& one) { return self->state.parts.board->find(one); }, id);
  if (view) return view->row.owner == t->user ? then(view) : say(self, t, texts::not_found());
  ask_database(self, t, actors::find_deployment{id},
               [self, t, then = std::move(then)](const actors::stored_deployment& stored) {
                 if (stored.row.owner != t->user) return say(self, t, texts::not_found());
                 auto made = std::make_shared<actors::deployment_view>();
                 made->row = stored.row;
                 made->containers = stored.containers;
                 then(made);
               });
}

// ---- one function a command

void on(bot_pointer self, const turn_ptr& t, const offer_key& what) {
  const auto& st = self->state;
  if (!st.parts.links) return say(self, t, texts::unavailable());
  actors::issue_magic_link wanted{t->user, what.name, what.scopes, {}};
  if (what.days) wanted.key_lifetime = std::chrono::hours{24} * *what.days;
  ask(self, t, st.parts.links, st.options.identity_timeout, std::move(wanted),
      [self, t, what](const actors::issued_magic_link& made) {
        const auto& o = self->state.options;
        say(self, t,
            texts::key_link(o.link_url + made.token, what, std::chrono::ceil<std::chrono::minutes>(o.link_lifetime)));
      });
}

void on(bot_pointer self, const turn_ptr& t, const list_keys&) {
  ask_database(self, t, actors::list_keys{t->user}, [self, t](const std::vector<model::api_key>& all) {
    say(self, t, texts::keys(all, self->state.parts.now()));
  });
}

void on(bot_pointer self, const turn_ptr& t, const revoke_key& what) {
  if (!what.sure)
    return ask_database(self, t, actors::list_keys{t->user}, [self, t, what](const std::vector<model::api_key>& all) {
      for (const auto& key : all)
        if (key.key_id == what.key_id) return say(self, t, texts::revoke_question(key));
      say(self, t, texts::not_found());
    });
  ask(self, t, self->state.parts.identity, self->state.options.identity_timeout,
      actors::revoke_key{t->user, what.key_id},
      [self, t, what](const model::done&) { say(self, t, texts::revoked(what.key_id)); });
}

void on(bot_pointer self, const turn_ptr& t, const list_environments&) {
  ask_database(self, t, actors::list_environments{t->user, {}, environments_shown},
               [self, t](const std::vector<model::environment>& all) { say(self, t, texts::environments(all)); });
}

// One environment after the other: there are few, and nobody waits in line behind this chat but itself.
void list_each(bot_pointer self, const turn_ptr& t, std::shared_ptr<std::vector<texts::environment_deployments>> all,
               std::size_t at) {
  if (at == all->size()) return say(self, t, texts::deployments(*all));
  actors::list_deployments what{t->user, (*all)[at].environment.id, {}, deployments_each};
  self->request(self->state.parts.database, self->state.options.database_timeout, std::move(what))
      .then(
          [self, t, all, at](const outcome<std::vector<actors::stored_deployment>>& rows) {
            // One that was deleted meanwhile has none.
            if (!rows && rows.error().kind != consequence::not_found) return say(self, t, words_for(rows.error()));
            if (rows)
              for (const auto& one : rows.value()) {
                const auto view = self->state.parts.board->find(one.row.id);
                (*all)[at].newest.push_back(view ? view->row : one.row);
              }
            list_each(self, t, all, at + 1);
          },
          [self, t](const caf::error&) { say(self, t, texts::unavailable()); });
}

void on(bot_pointer self, const turn_ptr& t, const list_deployments& what) {
  ask_database(self, t, actors::list_environments{t->user, {}, 200},
               [self, t, what](const std::vector<model::environment>& rows) {
                 auto all = std::make_shared<std::vector<texts::environment_deployments>>();
                 for (const auto& row : rows)
                   if (!what.environment || row.id == *what.environment) all->push_back({row, {}});
                 if (what.environment && all->empty()) return say(self, t, texts::not_found());
                 if (all->size() > environments_looked_into)
                   all->erase(all->begin(), all->end() - environments_looked_into);
                 list_each(self, t, all, 0);
               });
}

void on(bot_pointer self, const turn_ptr& t, const show_status& what) {
  with_deployment(self, t, what.id, [self, t](const actors::deployment_view_ptr& view) {
    say(self, t, texts::status(*view, self->state.parts.now()));
  });
}

void on(bot_pointer self, const turn_ptr& t, const show_logs& what) {
  with_deployment(self, t, what.deployment, [self, t, what](const actors::deployment_view_ptr& view) {
    actors::read_logs read{view->row.environment, view->row.spec.service, view->row.id, what.lines, {}};
    ask(self, t, self->state.parts.engine, self->state.options.engine_timeout, std::move(read),
        [self, t, what](const std::vector<actors::log_line>& lines) {
          say(self, t, texts::logs(what.deployment, lines));
        });
  });
}

void on(bot_pointer self, const turn_ptr& t, const set_notify& what) {
  ask(self, t, self->state.parts.rows, self->state.options.database_timeout,
      actors::set_telegram_notify{t->user, what.wanted},
      [self, t, what](const model::done&) { say(self, t, texts::notify(what.wanted)); });
}

void on(bot_pointer self, const turn_ptr& t, const cancel& what) {
  if (!what.sure)
    return with_deployment(self, t, what.deployment, [self, t](const actors::deployment_view_ptr& view) {
      say(self, t, texts::cancel_question(view->row));
    });
  ask(self, t, self->state.parts.orchestrator, self->state.options.orchestrator_timeout,
      actors::command_deployment{t->user, what.deployment, {model::verb::cancel, 0}},
      [self, t](const actors::deployment_view_ptr& view) { say(self, t, texts::accepted("Cancelling", view->row)); });
}

// The ids are claimed under the update's own: handled again after a crash it makes no second deployment.
void on(bot_pointer self, const turn_ptr& t, const roll_back& what) {
  if (!what.sure)
    return with_deployment(self, t, what.deployment, [self, t](const actors::deployment_view_ptr& view) {
      say(self, t, texts::roll_back_question(view->row));
    });
  const auto& random = self->state.parts.random;
  const auto planned =
      model::new_id<model::deployment_id>(random).text + ' ' + model::new_id<model::job_id>(random).text;
  actors::claim_idempotency claim{t->user, "telegram:" + std::to_string(t->update), "roll back " + what.deployment.text,
                                  planned};
  ask_database(self, t, std::move(claim), [self, t, what](const actors::idempotency_claim& claimed) {
    const auto blank = claimed.planned.find(' ');
    actors::rollback_deployment wanted{
        t->user, what.deployment, {}, {claimed.planned.substr(0, blank)}, {claimed.planned.substr(blank + 1)}};
    ask(self, t, self->state.parts.orchestrator, self->state.options.orchestrator_timeout, std::move(wanted),
        [self, t](const actors::deployment_view_ptr& view) {
          say(self, t, texts::accepted("Rolling back:", view->row));
        });
  });
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

void obey(bot_pointer self, const turn_ptr& t, const command& what) {
  const auto go = [self, t, what] { std::visit([&](const auto& one) { on(self, t, one); }, what); };
  if (needs_no_account(what)) return go();
  actors::ensure_telegram_account account{t->from, model::new_id<model::user_id>(self->state.parts.random)};
  ask(self, t, self->state.parts.rows, self->state.options.database_timeout, std::move(account),
      [self, t, what, go](const actors::telegram_account& known) {
        t->user = known.user;
        if (std::holds_alternative<greet>(what)) return say(self, t, texts::welcome(known.notify));
        go();
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
  if (in.is_private) obey(self, t, parse_button(in.data));
}

void heard(bot_pointer, const turn_ptr&, const incoming_other&) {}

}  // namespace

void converse(bot_pointer self, const turn_ptr& t, const incoming& update) {
  self->state.activity.note(self, "converse");
  std::visit([&](const auto& in) { heard(self, t, in); }, update.what);
}

}  // namespace troupe::telegram
