#include "telegram/bot_actor.hpp"

#include <algorithm>

#include "config/logging.hpp"
#include "telegram/bot.hpp"

namespace troupe::telegram {

using namespace std::chrono_literals;
using model::consequence;
using model::done;
using model::outcome;
using model::problem;

namespace {

constexpr auto look_again = 50ms;
constexpr auto longest_pause = 30'000ms;

void call(bot_pointer self, courier& by, api_request what, std::chrono::milliseconds deadline,
          std::function<void(const transport_answer&)> then) {
  by.busy = true;
  const auto to = caf::actor_cast<bot_actor>(self);
  self->send(by.actor, errand{std::move(what), deadline, [to, then = std::move(then)](transport_answer got) {
                                caf::anon_send(to, actors::continuation{[then, got = std::move(got)] { then(got); }});
                              }});
}

// ---- whether it works

void works(bot_pointer self) {
  auto& c = self->state.condition;
  if (!c.works) log::info("the bot works", {{"bot", c.username}});
  c.works = true;
  c.detail.clear();
  self->state.pause.reset();
}

void fails(bot_pointer self, std::string why) {
  auto& c = self->state.condition;
  why = log::redact(why);
  if (c.works || c.detail != why) log::warn("the bot does not work", {{"reason", why}});
  c.works = false;
  self->state.activity.last_error = why;
  c.detail = std::move(why);
}

std::string words_of(const transport_answer& got, const api_answer& read) {
  if (got.fault != transport_fault::none) return std::string(words_for(got.fault));
  if (read.error_code == 401 || read.error_code == 404) return "Telegram does not know the bot's token";
  if (read.error_code == 409) return "somebody else takes this bot's updates";
  return "Telegram refused (" + std::to_string(read.error_code) + ")" +
         (read.description.empty() ? "" : ": " + read.description);
}

// ---- updates

void next_turn(bot_pointer self, std::int64_t chat) {
  auto& st = self->state;
  const auto found = st.chats.find(chat);
  if (found == st.chats.end() || st.busy_chats.contains(chat)) return;
  if (found->second.empty()) {
    st.chats.erase(found);
    return;
  }
  const auto update = std::move(found->second.front());
  found->second.pop_front();
  st.busy_chats.insert(chat);
  const auto t = std::make_shared<turn>();
  t->update = update.id;
  t->chat = chat;
  t->ended = [to = caf::actor_cast<bot_actor>(self)](turn_ended e) { caf::anon_send(to, e); };
  try {
    converse(self, t, update);
  } catch (const std::exception& error) {
    log::error("an update could not be handled", {{"updateId", update.id}, {"error", error.what()}});
  }
}

// Tells the database what is finished, until it knows.
void finish_updates(bot_pointer self) {
  auto& st = self->state;
  if (st.finishing || st.finished.empty()) return;
  st.finishing = true;
  const auto ids = std::exchange(st.finished, {});
  const auto again = [self, ids] {
    auto& s = self->state;
    s.finished.insert(s.finished.end(), ids.begin(), ids.end());
    actors::after(self, 1'000ms, [self] {
      self->state.finishing = false;
      finish_updates(self);
    });
  };
  self->request(st.parts.rows, st.options.database_timeout, actors::finish_telegram_updates{ids})
      .then(
          [self, ids, again](const outcome<done>& known) {
            if (!known) return again();
            for (const auto id : ids) self->state.in_hand.erase(id);
            self->state.finishing = false;
            finish_updates(self);
          },
          [again](const caf::error&) { again(); });
}

void take_in(bot_pointer self, const std::vector<actors::telegram_update>& kept) {
  auto& st = self->state;
  std::set<std::int64_t> woken;
  for (const auto& one : kept) {
    if (!st.in_hand.insert(one.id).second) continue;
    auto update = read_update(one.body);
    auto& waiting = st.chats[one.chat];
    if (!update || waiting.size() >= st.options.updates_per_chat) {
      log::warn(update ? "a chat sends too much: an update was dropped" : "a kept update cannot be read",
                {{"updateId", one.id}});
      st.finished.push_back(one.id);
      continue;
    }
    // Repetitions and detours may have turned the order round.
    const auto place = std::upper_bound(waiting.begin(), waiting.end(), one.id,
                                        [](std::int64_t id, const incoming& other) { return id < other.id; });
    waiting.insert(place, std::move(*update));
    woken.insert(one.chat);
  }
  for (const auto chat : woken) next_turn(self, chat);
  finish_updates(self);
}

bool is_ours(const incoming& update) {
  return update.chat != 0 && !std::holds_alternative<incoming_other>(update.what);
}

actors::owed<done> on_webhook(bot_pointer self, const actors::receive_telegram_update& posted) {
  auto& st = self->state;
  st.activity.note(self, "receive_telegram_update");
  const actors::reply<done> answer(self);
  const auto update = read_update(posted.body);
  if (!update) {
    answer.give(problem{consequence::rejected, "This is no update of the Bot API.", {}, 0});
  } else if (!is_ours(*update)) {
    answer.give(done{});
  } else if (st.in_hand.size() >= st.options.updates_in_hand) {
    answer.give(problem{consequence::unavailable, "Too many updates are waiting.", {}, 2});
  } else {
    self->request(st.parts.rows, st.options.database_timeout,
                  actors::accept_telegram_updates{{{update->id, update->chat, update->body}}})
        .then(
            [self, answer](const outcome<std::vector<actors::telegram_update>>& kept) {
              if (!kept) return answer.give(problem{consequence::unavailable, "The update could not be kept.", {}, 2});
              answer.give(done{});
              take_in(self, kept.value());
            },
            [answer](const caf::error&) {
              answer.give(problem{consequence::unavailable, "The update could not be kept.", {}, 2});
            });
  }
  return answer;
}

void load_waiting(bot_pointer self) {
  auto& st = self->state;
  const auto again = [self] { actors::after(self, 1'000ms, [self] { load_waiting(self); }); };
  self->request(st.parts.rows, st.options.database_timeout, actors::load_telegram_updates{})
      .then(
          [self, again](const outcome<std::vector<actors::telegram_update>>& waiting) {
            if (!waiting) return again();
            take_in(self, waiting.value());
          },
          [again](const caf::error&) { again(); });
}

// ---- start, probe, poll

void begin(bot_pointer self);
void poll(bot_pointer self);

// After a failure: from the start again, later.
void begin_again(bot_pointer self, std::string why, std::chrono::milliseconds at_least = 0ms) {
  fails(self, std::move(why));
  actors::after(self, std::max<std::chrono::milliseconds>(self->state.pause.next() * 2, at_least),
                [self] { begin(self); });
}

void control(bot_pointer self, api_request what, std::chrono::milliseconds deadline,
             std::function<void(const api_answer&)> then) {
  call(self, self->state.control, std::move(what), deadline,
       [self, then = std::move(then)](const transport_answer& got) {
         const auto read = read_answer(got.status, got.body);
         if (got.fault == transport_fault::stopped) return;
         if (got.fault != transport_fault::none || !read.ok)
           return begin_again(self, words_of(got, read), std::chrono::seconds{read.retry_after});
         then(read);
       });
}

void probe(bot_pointer self) {
  actors::after(self, self->state.options.probe_every, [self] {
    control(self, requests::get_me(), self->state.options.call_deadline, [self](const api_answer&) {
      works(self);
      probe(self);
    });
  });
}

void polled(bot_pointer self, const api_answer& read) {
  auto& st = self->state;
  works(self);
  auto batch = read_updates(read.result);
  if (!batch) return begin_again(self, "Telegram's answer to getUpdates cannot be read");
  if (batch->updates.empty()) return poll(self);
  const auto next = std::make_shared<std::int64_t>(batch->next_offset);
  actors::accept_telegram_updates keep;
  for (auto& one : batch->updates)
    if (is_ours(one)) keep.updates.push_back({one.id, one.chat, std::move(one.body)});
  const auto go_on = [self, next] {
    self->state.next_offset = *next;  // confirms them: they are ours now
    poll(self);
  };
  if (keep.updates.empty()) return go_on();
  const auto again = [self] { actors::after(self, 1'000ms, [self] { poll(self); }); };  // they come again
  self->request(st.parts.rows, st.options.database_timeout, std::move(keep))
      .then(
          [self, go_on, again](const outcome<std::vector<actors::telegram_update>>& kept) {
            if (!kept) return again();
            take_in(self, kept.value());
            go_on();
          },
          [again](const caf::error&) { again(); });
}

void poll(bot_pointer self) {
  auto& st = self->state;
  if (st.in_hand.size() >= st.options.updates_in_hand) return actors::after(self, 250ms, [self] { poll(self); });
  control(self, requests::get_updates(st.next_offset, st.options.poll_patience),
          st.options.poll_patience + st.options.call_deadline, [self](const api_answer& read) { polled(self, read); });
}

void begin(bot_pointer self) {
  auto& st = self->state;
  const auto deadline = st.options.call_deadline;
  control(self, requests::get_me(), deadline, [self, deadline](const api_answer& me) {
    auto& s = self->state;
    const auto username = read_username(me.result);
    if (!username) return begin_again(self, "Telegram's answer to getMe cannot be read");
    s.condition.username = *username;
    auto way = s.options.polling ? requests::delete_webhook()
                                 : requests::set_webhook(s.options.webhook_url, s.options.webhook_secret.reveal());
    control(self, std::move(way), deadline, [self, deadline](const api_answer&) {
      control(self, requests::set_my_commands(), deadline, [self](const api_answer&) {
        works(self);
        if (self->state.options.polling)
          poll(self);
        else
          probe(self);
      });
    });
  });
}

// ---- sending

void pump(bot_pointer self);

void pump_soon(bot_pointer self) {
  if (std::exchange(self->state.pumping, true)) return;
  actors::after(self, look_again, [self] {
    self->state.pumping = false;
    pump(self);
  });
}

void delivered(bot_pointer self, std::size_t sender, std::int64_t chat, outgoing_ptr what,
               const transport_answer& got) {
  auto& st = self->state;
  const auto now = self->clock().now();
  st.senders[sender].busy = false;
  if (got.fault == transport_fault::stopped) return;
  const auto read = read_answer(got.status, got.body);
  const auto end = [&](fate f) {
    st.queue.sent(chat, now);
    if (what->then) what->then(f);
  };
  if (got.fault == transport_fault::none && read.ok) {
    st.send_pause = 0ms;
    end(fate::sent);
  } else if (got.fault == transport_fault::none && read.error_code == 403) {
    st.queue.sent(chat, now);
    for (const auto& other : st.queue.forget(chat))
      if (other->then) other->then(fate::blocked);
    if (chat > 0)
      self->request(st.parts.rows, st.options.database_timeout, actors::block_telegram_chat{chat})
          .then([](const outcome<done>&) {},
                [](const caf::error&) { log::warn("that a chat is blocked was not kept"); });
    if (what->then) what->then(fate::blocked);
  } else if (got.fault == transport_fault::none && read.error_code >= 400 && read.error_code < 500 &&
             read.error_code != 429 && read.error_code != 401 && read.error_code != 404 && read.error_code != 409) {
    // Sent again it would be refused again. An old callback cannot be answered any more: nobody misses that.
    if (chat != st.queue.no_chat) log::error("Telegram refused a message", {{"error", log::redact(read.description)}});
    end(fate::refused);
  } else {
    if (read.error_code == 429 && got.fault == transport_fault::none) {
      st.queue.be_quiet(now + std::chrono::seconds{std::max(1, read.retry_after)});
    } else {
      fails(self, words_of(got, read));
      st.send_pause = std::clamp<std::chrono::milliseconds>(st.send_pause * 2, 500ms, longest_pause);
      st.queue.be_quiet(now + st.send_pause);
    }
    if (now >= what->expires) {
      log::warn("a message could not be sent in time and was given up");
      end(fate::expired);
    } else {
      st.queue.put_back(chat, std::move(what), now);
    }
  }
  pump(self);
}

void pump(bot_pointer self) {
  auto& st = self->state;
  for (std::size_t i = 0; i < st.senders.size(); ++i) {
    if (st.senders[i].busy) continue;
    auto next = st.queue.take(self->clock().now());
    if (!next) break;
    auto& [chat, what] = *next;
    auto request = what->what;
    call(self, st.senders[i], std::move(request), st.options.call_deadline,
         [self, i, to = chat, what = what](const transport_answer& got) { delivered(self, i, to, what, got); });
  }
  if (st.queue.size() > 0) pump_soon(self);
}

courier make_courier(bot_pointer self) {
  courier out;
  out.way = std::make_shared<transport>(self->state.options.api_url, self->state.options.token);
  out.actor = self->spawn<caf::detached + caf::linked>(courier_behavior, out.way);
  return out;
}

actors::actor_card card(bot_pointer self) {
  auto& st = self->state;
  actors::actor_card out;
  out.id = out.kind = "telegram";
  st.activity.fill(self, out);
  out.mailbox_depth += st.in_hand.size() + st.queue.size();
  out.state = st.condition.works ? "serving" : "away";
  out.step = std::to_string(st.in_hand.size()) + " updates, " + std::to_string(st.queue.size()) + " messages";
  return out;
}

bot_actor::behavior_type bot(bot_pointer self, const bot_options& options, const bot_parts& parts) {
  auto& st = self->state;
  st.options = options;
  st.parts = parts;
  st.queue = send_queue<outgoing_ptr>(options.limits);
  st.condition.detail = "starting";
  st.control = make_courier(self);
  for (std::size_t i = 0; i < options.senders; ++i) st.senders.push_back(make_courier(self));
  self->set_exit_handler([self](const caf::exit_msg& why) {
    self->state.control.way->stop();
    for (const auto& one : self->state.senders) one.way->stop();
    self->quit(why.reason);
  });
  load_waiting(self);
  begin(self);
  look_now_and_then(self);
  return {
      [self](const actors::receive_telegram_update& posted) { return on_webhook(self, posted); },
      [self](const actors::deployment_touched& what) {
        auto& s = self->state;
        s.activity.note(self, "deployment_touched");
        if (s.touched.size() < 1'000)
          s.touched.insert(what.deployment);
        else
          s.look_at_all = true;
        look_for_notices(self, 200ms);
      },
      [self](const actors::certificate_at_risk& what) {
        self->state.activity.note(self, "certificate_at_risk");
        warn_of_certificate(self, what);
      },
      [self](const actors::key_made& what) {
        self->state.activity.note(self, "key_made");
        tell_of_key(self, what);
      },
      [self](const actors::bot_status&) {
        auto out = self->state.condition;
        out.waiting = self->state.in_hand.size() + self->state.queue.size();
        return out;
      },
      [self](const actors::describe&) { return card(self); },
      [self](const turn_ended& e) {
        auto& s = self->state;
        s.busy_chats.erase(e.chat);
        s.finished.push_back(e.update);
        finish_updates(self);
        next_turn(self, e.chat);
      },
      [](const actors::continuation& next) { next.run(); },
  };
}

}  // namespace

bool enqueue(bot_pointer self, std::int64_t chat, api_request what, std::function<void(fate)> then, turn_ptr held) {
  auto& st = self->state;
  auto one = std::make_shared<outgoing>();
  one->what = std::move(what);
  one->expires = self->clock().now() + st.options.keep_sending;
  one->then = std::move(then);
  one->held = std::move(held);
  if (!st.queue.push(chat, std::move(one))) return false;
  pump(self);
  return true;
}

actors::telegram_actor spawn_bot(caf::actor_system& system, bot_options options, bot_parts parts) {
  return system.spawn(bot, std::move(options), std::move(parts));
}

}  // namespace troupe::telegram
