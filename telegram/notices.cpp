// What people are told unasked. The database knows what is to be told; an event only says when to look.
#include "actors/desk/admission.hpp"
#include "config/logging.hpp"
#include "telegram/bot.hpp"
#include "telegram/texts.hpp"

namespace troupe::telegram {

using namespace std::chrono_literals;
using model::done;
using model::outcome;

namespace {

constexpr auto look_anyway = 60'000ms;

void tell_database(bot_pointer self) {
  auto& st = self->state;
  if (st.telling || st.told.empty()) return;
  st.telling = true;
  const auto told = std::exchange(st.told, {});
  const auto again = [self, told] {
    self->state.told.insert(self->state.told.end(), told.begin(), told.end());
    actors::after(self, 1'000ms, [self] {
      self->state.telling = false;
      tell_database(self);
    });
  };
  self->request(st.parts.rows, st.options.database_timeout, actors::tell_deployment_notices{told})
      .then(
          [self, told, again](const outcome<done>& known) {
            if (!known) return again();
            for (const auto& one : told) self->state.notices_under_way.erase({one.deployment.text, one.kind});
            self->state.telling = false;
            tell_database(self);
          },
          [again](const caf::error&) { again(); });
}

void send_notice(bot_pointer self, const actors::deployment_notice& n, const model::deployment& d) {
  const auto then = [self, n](fate f) {
    if (f == fate::sent || f == fate::refused) {
      self->state.told.push_back(n);
      return tell_database(self);
    }
    self->state.notices_under_way.erase({n.deployment.text, n.kind});  // another look finds it again
  };
  if (!enqueue(self, n.chat, requests::send_message(n.chat, texts::notice(n.kind, d)), then, {}))
    self->state.notices_under_way.erase({n.deployment.text, n.kind});
}

void begin_notice(bot_pointer self, const actors::deployment_notice& n) {
  auto& st = self->state;
  if (!st.notices_under_way.emplace(n.deployment.text, n.kind).second) return;
  if (const auto view = st.parts.admission->parts().board->find(n.deployment)) return send_notice(self, n, view->row);
  const auto later = [self, n] { self->state.notices_under_way.erase({n.deployment.text, n.kind}); };
  self->request(st.parts.admission->parts().database, st.options.database_timeout,
                actors::find_deployment{n.deployment})
      .then(
          [self, n, later](const outcome<actors::stored_deployment>& stored) {
            if (!stored) return later();
            send_notice(self, n, stored.value().row);
          },
          [later](const caf::error&) { later(); });
}

void collect(bot_pointer self) {
  auto& st = self->state;
  st.collect_due = false;
  if (st.collecting) return look_for_notices(self, 200ms);
  st.collecting = true;
  actors::collect_deployment_notices what;
  const auto touched = std::exchange(st.touched, {});
  what.touched.assign(touched.begin(), touched.end());
  what.all = std::exchange(st.look_at_all, false);
  const auto failed = [self] {
    self->state.collecting = false;
    self->state.look_at_all = true;
    look_for_notices(self, 2'000ms);
  };
  self->request(st.parts.rows, st.options.database_timeout, std::move(what))
      .then(
          [self, failed](const outcome<std::vector<actors::deployment_notice>>& due) {
            if (!due) return failed();
            self->state.collecting = false;
            for (const auto& one : due.value()) begin_notice(self, one);
          },
          [failed](const caf::error&) { failed(); });
}

}  // namespace

void look_now_and_then(bot_pointer self) {
  look_for_notices(self, 0ms);
  actors::after(self, look_anyway, [self] { look_now_and_then(self); });
}

void look_for_notices(bot_pointer self, std::chrono::milliseconds delay) {
  auto& st = self->state;
  if (std::exchange(st.collect_due, true)) return;
  actors::after(self, delay, [self] { collect(self); });
}

namespace {

void tell_owner(bot_pointer self, actors::find_telegram_chat where, const message& what) {
  auto& st = self->state;
  self->request(st.parts.rows, st.options.database_timeout, std::move(where))
      .then(
          [self, what](const outcome<std::optional<std::int64_t>>& chat) {
            if (!chat) return log::warn("a warning was not sent", {{"error", chat.error().detail}});
            if (!chat.value()) return;
            if (!enqueue(self, *chat.value(), requests::send_message(*chat.value(), what), {}, {}))
              log::warn("a warning was not sent: the bot's queue is full");
          },
          [](const caf::error&) { log::warn("a warning was not sent: the database does not answer"); });
}

}  // namespace

void warn_of_certificate(bot_pointer self, const actors::certificate_at_risk& what) {
  tell_owner(self, {what.owner}, texts::certificate(what));
}

void tell_of_key(bot_pointer self, const actors::key_made& what) {
  tell_owner(self, {what.key.owner, true}, texts::key_made(what.key));
}

}  // namespace troupe::telegram
