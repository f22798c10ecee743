// Every command of the table x {scope, tenancy, the key's limit, quota, Idempotency-Key}. A new command is in all of
// it by its row; sample() may have to learn a new member.
#include "actors/desk/admission.hpp"

#include <set>

#include <caf/scheduler/test_coordinator.hpp>
#include <gtest/gtest.h>

#include "tests/support/fake_actors.hpp"

using namespace troupe;
using namespace troupe::desk;
using namespace std::chrono_literals;

namespace {

// What must not compile.
struct without_terms {
  using answer = int;
  subject::account about() const { return {}; }
};
struct without_subject {
  static constexpr terms on{.name = "without_subject", .needs = right::any_key()};
  using answer = int;
};
struct about_anything {
  static constexpr terms on{.name = "about_anything", .needs = right::any_key()};
  using answer = int;
  int about() const { return 0; }
};
static_assert(command<list_keys> && !command<without_terms> && !command<without_subject> && !command<about_anything>);
static_assert(!std::default_initializable<right> && !std::default_initializable<command_name>);

constexpr std::uint32_t limit = 5;  // deployments a minute

const model::scope_set every_scope = [] {
  auto out = model::scope_set::user();
  out.add(model::scope::admin);
  return out;
}();

struct objects {
  model::environment_id environment;
  model::deployment_id deployment;
  std::string service, key_id;
  model::operation_id operation{"op_zzzzzzzzzzzzzzzz"};
};

struct told {
  std::string command, subject;
  std::optional<cause> why;
};

class desk_world {
public:
  explicit desk_world(bool grants_privileges = true) {
    secrets::verified_keys::options options;
    options.clock = [] { return secrets::steady_time{}; };
    options.wall = [] { return support::start_of_time; };
    shared->keys = std::make_shared<secrets::verified_keys>(options);
    parts_ = support::spawn_fakes(system_, shared);
    parts_.random = [this] { return ++last_ * 0x9E3779B97F4A7C15ULL; };
    parts_.deployments_per_minute = parts_.plans_per_minute = limit;
    parts_.grants_privileges = grants_privileges;
    model::api_key row;
    row.key_id = alices_key;
    row.owner = alice;
    row.name = "alice's";
    row.scopes = every_scope;
    if (!shared->stored.insert({row})) throw std::logic_error("test key refused");
    shared->valid["alice's"] = {alice, alices_key, row.scopes};
    parts_.audit = [this](const caller&, std::string_view command, const subject::any& about, const refusal* why) {
      audit.push_back({std::string(command), subject::text_of(about), why ? std::optional(why->why) : std::nullopt});
    };
    open();
  }
  ~desk_world() {
    admission->close();
    admission.reset();
    support::end_fakes(parts_);
    scheduler_.run();
  }
  desk_world(const desk_world&) = delete;
  desk_world& operator=(const desk_world&) = delete;

  // As after a crash: what the process knew is gone.
  void open() {
    if (admission) admission->close();
    admission = desk::admission::open(system_, parts_);
    scheduler_.run();
  }

  objects make(const model::user_id& owner) {
    ++last_;
    const model::environment environment{model::environment_id{model::id_text("env", last_, last_ << 7U)},
                                         owner,
                                         "e" + std::to_string(last_),
                                         "net1",
                                         model::environment_status::active,
                                         1,
                                         support::start_of_time,
                                         support::start_of_time};
    support::publish(shared, environment);
    shared->volumes = {{"fresh"}};
    auto site = std::make_shared<actors::site_view>();
    site->row.id = {model::id_text("dom", last_, last_ << 7U)};
    site->row.environment = environment.id;
    site->row.domain = "shop.example.org";
    shared->board->publish(actors::site_view_ptr(std::move(site)));
    auto row = support::new_row(shared, environment, model::deployment_id{model::id_text("dep", last_, last_ << 7U)},
                                model::job_id{model::id_text("job", last_, last_ << 7U)}, {});
    row.spec.service = "web" + std::to_string(last_);
    row.status = model::deployment_status::running;
    support::publish(shared, row);
    const auto key_id = model::id_text("k", last_, last_ << 7U).substr(2);
    add_key(key_id, owner, model::scope_set::user());
    const model::operation_id operation{model::id_text("op", last_, last_ << 7U)};
    support::new_application(shared, operation, environment.id, owner);
    return {environment.id, row.id, row.spec.service, key_id, operation};
  }
  void add_key(const std::string& key_id, const model::user_id& owner, model::scope_set scopes,
               std::vector<model::environment_id> only = {}) {
    model::api_key row;
    row.key_id = key_id;
    row.owner = owner;
    row.name = "key of " + key_id;
    row.scopes = scopes;
    row.environments = std::move(only);
    if (!shared->stored.insert({row})) throw std::logic_error("test key refused");
    shared->valid[row.name] = {owner, key_id, scopes};
  }

  caller with(model::scope_set scopes, std::vector<model::environment_id> only = {}) const {
    return {{alice, alices_key, scopes, std::move(only)}, face::rest, "192.0.2.1", "req_1"};
  }

  // Runs until nothing moves; the answer is settled as a face would.
  template <command C>
  result<C> run(const caller& who, const C& what, std::optional<claim> under = {}) {
    std::optional<result<C>> got;
    start<C>(who, what, std::move(under), [&](const result<C>& one) { got = one; });
    scheduler_.run();
    EXPECT_TRUE(got) << "no answer";
    return got ? *got : result<C>{};
  }
  template <command C>
  void start(const caller& who, const C& what, std::optional<claim> under, std::function<void(const result<C>&)> then) {
    admission->post([this, who, what, under = std::move(under), then](clerk self) {
      admission->admit<C>(self, who, what, under, [this, self, then](const visit_ptr& v, const result<C>& got) {
        last_visit = v;
        admission->settle(self, v, {207, "kept"}, [then, got] { then(got); });
      });
    });
  }
  // Why it was refused; nothing where it was not.
  template <command C>
  std::optional<cause> refused(const caller& who, const C& what, std::optional<claim> under = {}) {
    const auto got = run<C>(who, what, std::move(under));
    const auto* outcome = std::get_if<0>(&got);
    return outcome && !*outcome ? std::optional(outcome->error().why) : std::nullopt;
  }

  std::size_t effects() const {
    return shared->stored.environments().size() + shared->stored.deployments().size() + shared->valid.size() +
           static_cast<std::size_t>(shared->commands);
  }
  void advance(std::chrono::milliseconds by) {
    scheduler_.clock().advance_time(by);
    scheduler_.run();
  }
  void run_all() { scheduler_.run(); }

  const std::string alices_key = "aaaaaaaaaaaaaaaa";
  const model::user_id alice{"usr_aaaaaaaaaaaaaaaa"}, bob{"usr_bbbbbbbbbbbbbbbb"};
  std::shared_ptr<support::shared_world> shared = std::make_shared<support::shared_world>();
  std::shared_ptr<desk::admission> admission;
  std::vector<told> audit;
  visit_ptr last_visit;

private:
  struct testing_config : caf::actor_system_config {
    testing_config() { set("scheduler.policy", caf::atom("testing")); }
  };
  testing_config config_;
  caf::actor_system system_{config_};
  caf::scheduler::test_coordinator& scheduler_ = dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
  desk::parts parts_;
  std::uint64_t last_ = 1000;
};

template <command C>
C sample(const objects& of) {
  C out;
  if constexpr (requires { out.environment = of.environment; }) out.environment = of.environment;
  if constexpr (requires { out.deployment = of.deployment; }) out.deployment = of.deployment;
  if constexpr (requires { out.service = model::service_id{}; }) out.service = {of.environment, of.service};
  if constexpr (requires { out.change = nullptr; })
    out.change = [](const model::release_spec& from) { return model::outcome<model::release_spec>(from); };
  if constexpr (requires { out.operation = of.operation; })
    out.operation = model::parse_operation_name(of.operation.text);
  if constexpr (requires { out.key_id = of.key_id; }) out.key_id = of.key_id;
  if constexpr (requires { out.name = ""; }) out.name = "fresh";
  if constexpr (requires { out.registry = ""; }) out.registry = "ghcr.io";
  if constexpr (requires { out.domain = ""; }) out.domain = "shop.example.org";
  if constexpr (requires { out.from.deployment; }) {
    out.from.deployment = of.deployment;
    out.open = [] { return std::make_shared<actors::log_sink>(); };
  }
  if constexpr (requires { out.open = [] { return timeline_sink_ptr(); }; })
    out.open = [] {
      return std::make_shared<timeline_sink>(
          timeline_sink{[](const auto&, auto) { return false; }, [] {}, [](const auto&) {}});
    };
  return out;
}

// Of the caller's account: there is nothing of it that could be another's.
template <class Subject>
constexpr bool names_nothing =
    std::same_as<Subject, subject::account> || std::same_as<Subject, subject::new_environment> ||
    std::same_as<Subject, subject::whole_account>;

template <command C>
using subject_of = decltype(std::declval<const C&>().about());

// `check` is run for each command, in a world of its own.
template <class Check>
void each_command(Check check) {
  commands::each([&]<class C>() {
    SCOPED_TRACE(std::string(std::string_view(C::on.name)));
    desk_world world;
    check.template operator()<C>(world);
  });
}

}  // namespace

TEST(Admission, EachCommandNeedsExactlyItsScope) {
  each_command([]<class C>(desk_world& w) {
    auto mine = w.make(w.alice);
    mine.key_id = w.alices_key;  // itself: what more it takes for another one is tested below
    const auto what = sample<C>(mine);
    const auto& needed = C::on.needs.scope();
    if (!needed) {
      EXPECT_EQ(w.refused<C>(w.with({}), what), std::nullopt);
      return;
    }
    model::scope_set others;
    for (std::size_t i = 0; i < model::scope_texts.texts.size(); ++i)
      if (static_cast<model::scope>(i) != *needed) others.add(static_cast<model::scope>(i));
    const auto before = w.effects();
    EXPECT_EQ(w.refused<C>(w.with(others), what), cause::forbidden);
    EXPECT_EQ(w.effects(), before) << "refused, and yet something was done";
    EXPECT_EQ(w.refused<C>(w.with({*needed}), what), std::nullopt);
  });
}

TEST(Admission, WhatIsAnothersIsAsIfItWereNot) {
  each_command([]<class C>(desk_world& w) {
    if (names_nothing<subject_of<C>>) return;
    const auto theirs = w.make(w.bob);
    const auto before = w.effects();
    const auto who = w.with(every_scope);
    std::set<std::string> texts;
    const auto expect_none = [&](const objects& of) {
      const auto got = w.run<C>(who, sample<C>(of));
      const auto& outcome = std::get<0>(got);
      ASSERT_FALSE(outcome.ok());
      EXPECT_EQ(outcome.error().why, cause::not_found);
      texts.insert(outcome.error().detail);
    };
    expect_none(theirs);
    expect_none({{"env_zzzzzzzzzzzzzzzz"}, {"dep_zzzzzzzzzzzzzzzz"}, "none", "zzzzzzzzzzzzzzzz"});
    expect_none({});
    w.shared->board->withdraw(theirs.deployment);
    w.shared->board->withdraw(theirs.environment);
    expect_none(theirs);
    EXPECT_EQ(texts.size(), 1U) << "one text for each cause";
    EXPECT_EQ(w.effects(), before);
  });
}

TEST(Admission, WhatLeftTheBoardIsFoundByItsRow) {
  each_command([]<class C>(desk_world& w) {
    const auto mine = w.make(w.alice);
    if (C::on.writes) return;  // the fakes of the owners do not look at rows
    w.shared->board->withdraw(mine.deployment);
    w.shared->board->withdraw(mine.environment);
    EXPECT_EQ(w.refused<C>(w.with(every_scope), sample<C>(mine)), std::nullopt);
  });
}

TEST(Admission, ALimitedKeyFindsNothingOutside) {
  each_command([]<class C>(desk_world& w) {
    const auto inside = w.make(w.alice), outside = w.make(w.alice);
    const auto who = w.with(every_scope, {inside.environment});
    const auto before = w.effects();
    const auto got = w.refused<C>(who, sample<C>(outside));
    constexpr bool is_closed_to_it =
        std::same_as<subject_of<C>, subject::new_environment> || std::same_as<subject_of<C>, subject::whole_account>;
    if constexpr (is_closed_to_it)
      EXPECT_EQ(got, cause::forbidden);
    else if constexpr (std::same_as<subject_of<C>, subject::environment> ||
                       std::same_as<subject_of<C>, subject::deployment> ||
                       std::same_as<subject_of<C>, subject::service> || std::same_as<subject_of<C>, subject::operation>)
      EXPECT_EQ(got, cause::not_found);
    else
      return;  // of the account, whatever the key is limited to
    EXPECT_EQ(w.effects(), before);
    if (is_closed_to_it) return;
    EXPECT_EQ(w.refused<C>(who, sample<C>(inside)), std::nullopt);
  });
}

TEST(Admission, OnlyWhatIsLimitedTakesOfTheLimit) {
  each_command([]<class C>(desk_world& w) {
    const auto mine = w.make(w.alice);
    const auto who = w.with(every_scope);
    for (std::uint32_t i = 0; i < limit; ++i) w.run<C>(who, sample<C>(mine));
    const auto got = w.run<C>(who, sample<C>(mine));
    const auto* outcome = std::get_if<0>(&got);
    EXPECT_EQ(outcome && !*outcome && outcome->error().why == cause::retry, C::on.limited());
    EXPECT_EQ(w.last_visit->quota.has_value(), C::on.limited());
    if (!C::on.limited()) return;
    EXPECT_EQ(outcome->error().retry_after_seconds, 60);
    w.advance(60s);
    EXPECT_EQ(w.refused<C>(who, sample<C>(mine)), std::nullopt);
  });
}

TEST(Admission, WhatIsRefusedTakesNothingOfTheLimitAndTheLimitIsToldAsItIs) {
  each_command([]<class C>(desk_world& w) {
    if (!C::on.limited()) return;
    const auto mine = w.make(w.alice);
    const auto who = w.with(every_scope);
    for (std::uint32_t i = 0; i < 2 * limit; ++i) {
      EXPECT_EQ(w.refused<C>(who, sample<C>({{"env_zzzzzzzzzzzzzzzz"}, {"dep_zzzzzzzzzzzzzzzz"}, "web", ""})),
                cause::not_found);
      ASSERT_TRUE(w.last_visit->quota);
      EXPECT_EQ(w.last_visit->quota->remaining, limit);
    }
    const claim under{"key", "fingerprint"};
    for (int i = 0; i < (C::on.writes ? 3 : 1); ++i) {  // what writes nothing is not claimed
      w.run<C>(who, sample<C>(mine), under);
      EXPECT_EQ(w.last_visit->quota->remaining, limit - 1) << "done once";
    }
    for (std::uint32_t i = 1; i < limit; ++i) EXPECT_EQ(w.refused<C>(who, sample<C>(mine)), std::nullopt);
    EXPECT_EQ(w.refused<C>(who, sample<C>(mine)), cause::retry);
    EXPECT_EQ(w.refused<C>(who, sample<C>(mine)), cause::retry) << "nor does this give anything back";
  });
}

TEST(Admission, WhatIsAnothersCostsTheDatabaseWhatNeverWasCosts) {
  each_command([]<class C>(desk_world& w) {
    if (names_nothing<subject_of<C>>) return;
    const auto theirs = w.make(w.bob), inside = w.make(w.alice), outside = w.make(w.alice);
    const auto questions = [&](const caller& who, const objects& of) {
      const auto before = w.shared->database_questions;
      w.run<C>(who, sample<C>(of));
      return w.shared->database_questions - before;
    };
    const objects missing{{"env_zzzzzzzzzzzzzzzz"}, {"dep_zzzzzzzzzzzzzzzz"}, "web", "zzzzzzzzzzzzzzzz"};
    const auto who = w.with(every_scope), limited = w.with(model::scope_set::user(), {inside.environment});
    EXPECT_EQ(questions(who, theirs), questions(who, missing));
    if (std::same_as<subject_of<C>, subject::key>) return;
    EXPECT_EQ(questions(limited, outside), questions(limited, missing));
    w.shared->board->withdraw(theirs.deployment);
    w.shared->board->withdraw(theirs.environment);
    EXPECT_EQ(questions(who, theirs), questions(who, missing)) << "off the board";
  });
}

TEST(Admission, WhoMayNotReadLogsSeesNoEvidenceOfWhatAProgramWrote) {
  desk_world w;
  const auto mine = w.make(w.alice);
  auto view = std::make_shared<actors::deployment_view>(*w.shared->board->find(mine.deployment));
  view->row.error = model::make_failure(model::failure_code::exited, "It ended (exit code 3).", "CANARY");
  view->containers.resize(2);
  view->containers[1].trouble = view->row.error;
  w.shared->board->publish(actors::deployment_view_ptr(view));
  const auto shows = [](const actors::deployment_view& got) {
    for (const auto& one : {got.row.error, got.containers.at(1).trouble}) {
      EXPECT_EQ(one->message, "It ended (exit code 3).");
      if (one->detail == "CANARY") return true;
      EXPECT_NE(one->detail.find("LOGS_READ"), std::string::npos);
    }
    EXPECT_FALSE(got.containers.at(0).trouble);
    return false;
  };
  auto blind = every_scope;
  blind = {model::scope::deployments_read, model::scope::deployments_write};
  for (const auto& who : {w.with(blind), w.with(every_scope)}) {
    const bool may = who.scopes.has(model::scope::logs_read);
    EXPECT_EQ(shows(*std::get<0>(w.run(who, get_deployment{mine.deployment})).value()), may);
    EXPECT_EQ(shows(*std::get<0>(w.run(who, list_deployments{mine.environment, {}})).value().items.at(0)), may);
    EXPECT_EQ(shows(*std::get<0>(w.run(who, stop_deployment{mine.deployment})).value()), may);
    EXPECT_EQ(shows(*w.admission->find_now(who, get_deployment{mine.deployment}, [&] { return who; })), may);
  }
}

TEST(RollBack, StaysWithinItsService) {
  desk_world w;
  const auto mine = w.make(w.alice), other = w.make(w.alice), theirs = w.make(w.bob);
  const auto refused = [&](const model::deployment_id& to) {
    const auto got = std::get<0>(w.run(w.with(every_scope), roll_back_deployment{mine.deployment, to}));
    EXPECT_FALSE(got.ok());
    EXPECT_EQ(got.error().violations.size(), 1U);
    EXPECT_EQ(got.error().violations.at(0).pointer, "/to");
    return got.error();
  };
  const auto before = w.effects();
  EXPECT_EQ(refused(other.deployment).why, cause::rejected);
  EXPECT_EQ(refused(theirs.deployment).why, cause::not_found);
  EXPECT_EQ(refused(theirs.deployment).detail, refused({"dep_zzzzzzzzzzzzzzzz"}).detail);
  EXPECT_EQ(w.effects(), before);
  EXPECT_EQ(w.refused(w.with(every_scope), roll_back_deployment{mine.deployment, mine.deployment}), std::nullopt);
}

TEST(RollBack, ItsRefusalsPointIntoNoBody) {
  desk_world w;
  const auto mine = w.make(w.alice);
  w.shared->refuses_with = model::problem{
      model::consequence::conflict, "a host port is taken", {{"/ports/0/host", "port 8081 is taken"}}, 0};
  const auto got = std::get<0>(w.run(w.with(every_scope), roll_back_deployment{mine.deployment, {}}));
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().why, cause::conflict);
  EXPECT_TRUE(got.error().violations.empty());
  EXPECT_NE(got.error().detail.find("port 8081"), std::string::npos);
}

TEST(Privileges, AreRefusedByTheSettingsNameWhereTheOperatorGrantsNone) {
  desk_world w(false);
  const auto mine = w.make(w.alice);
  const auto who = w.with(every_scope);
  auto what = sample<create_deployment>(mine);
  EXPECT_EQ(w.refused(who, what), std::nullopt);
  const auto refused = [&] {
    const auto got = std::get<0>(w.run(who, what));
    EXPECT_FALSE(got.ok());
    EXPECT_EQ(got.error().why, cause::rejected);
    EXPECT_NE(got.error().detail.find("MAX_SECURITY_PRESET"), std::string::npos);
    return got.error().violations.at(0).pointer;
  };
  for (const auto* root : {"0", "0:0", "root", "00", "root:1000"}) {
    what.spec.security.user = root;
    EXPECT_EQ(refused(), "/security/user") << root;
  }
  what.spec.security.user = "1000:0";
  EXPECT_EQ(w.refused(who, what), std::nullopt);
  what.spec.security.capabilities = std::vector<std::string>{"NET_BIND_SERVICE"};
  EXPECT_EQ(w.refused(who, what), std::nullopt) << "everybody's";
  what.spec.security.capabilities = std::vector<std::string>{"NET_BIND_SERVICE", "CHOWN"};
  EXPECT_EQ(refused(), "/security/capabilities/1");
  what.spec.security = {};
  for (const auto preset : {model::security_preset::drops_root, model::security_preset::baseline}) {
    what.spec.security.preset = preset;
    EXPECT_EQ(refused(), "/security/preset");
  }
}

TEST(Admission, UnderAnIdempotencyKeyAWriteIsDoneOnceAndItsFirstAnswerKept) {
  each_command([]<class C>(desk_world& w) {
    const auto what = sample<C>(w.make(w.alice));
    const auto who = w.with(every_scope);
    const claim under{"key", "fingerprint"};
    EXPECT_EQ(w.refused<C>(who, what, under), std::nullopt);
    const auto before = w.effects();
    for (std::uint32_t i = 0; i < 2 * limit; ++i) {  // more than the limit: what is repeated costs nothing
      const auto again = w.run<C>(who, what, under);
      const auto* kept = std::get_if<kept_answer>(&again);
      ASSERT_EQ(kept != nullptr, C::on.writes);
      if (!kept) return;  // reads are not claimed
      EXPECT_EQ(kept->status, 207);
      EXPECT_EQ(kept->body, "kept");
    }
    EXPECT_EQ(w.refused<C>(who, what, claim{"key", "another"}), cause::reused);
    EXPECT_EQ(w.effects(), before);
    for (const auto& bad : {std::string(), std::string(256, 'k'), std::string("a b")})
      EXPECT_EQ(w.refused<C>(who, what, claim{bad, "fingerprint"}), cause::rejected);
  });
}

TEST(Admission, UnderAnIdempotencyKeyOneIsDoneAtATime) {
  each_command([]<class C>(desk_world& w) {
    if (!C::on.writes) return;
    const auto what = sample<C>(w.make(w.alice));
    const auto who = w.with(every_scope);
    int done = 0, busy = 0;
    for (int i = 0; i < 4; ++i)
      w.start<C>(who, what, claim{"key", "fingerprint"}, [&](const result<C>& got) {
        const auto* outcome = std::get_if<0>(&got);
        if (outcome && !*outcome)
          busy += outcome->error().why == cause::conflict ? 1 : 0;
        else
          ++done;
      });
    w.run_all();
    EXPECT_EQ(done + busy, 4);
    EXPECT_GE(done, 1);
  });
}

TEST(Admission, AnAnswerThatMayChangeIsNotKept) {
  desk_world w;
  const auto mine = w.make(w.alice);
  const auto who = w.with(every_scope);
  const claim under{"key", "fingerprint"};
  w.shared->orchestrator_loses_answers = true;  // the work is done, and its answer lost
  EXPECT_EQ(w.refused(who, sample<create_deployment>(mine), under), cause::unavailable);
  w.shared->orchestrator_loses_answers = false;
  w.open();
  const auto got = w.run(who, sample<create_deployment>(mine), under);
  ASSERT_TRUE(std::holds_alternative<outcome<actors::deployment_view_ptr>>(got));
  EXPECT_TRUE(std::get<0>(got).ok());
  EXPECT_EQ(w.shared->specs.size(), 1U) << "the ids planned at first were used again";
}

TEST(Admission, EachCommandIsToldToTheAuditOnceWithItsOutcome) {
  each_command([]<class C>(desk_world& w) {
    const auto what = sample<C>(w.make(w.alice));
    w.run<C>(w.with(every_scope), what);
    ASSERT_EQ(w.audit.size(), 1U);
    EXPECT_EQ(w.audit[0].command, std::string_view(C::on.name));
    EXPECT_EQ(w.audit[0].subject, subject::text_of(what.about()));
    EXPECT_EQ(w.audit[0].why, std::nullopt);
    if (!C::on.needs.scope()) return;
    w.run<C>(w.with({}), what);
    ASSERT_EQ(w.audit.size(), 2U);
    EXPECT_EQ(w.audit[1].why, cause::forbidden);
  });
}

TEST(Admission, ADeadPartIsARefusalWithoutItsText) {
  each_command([]<class C>(desk_world& w) {
    const auto mine = w.make(w.alice);
    w.shared->board->withdraw(mine.deployment);
    w.shared->board->withdraw(mine.environment);
    w.shared->throws = true;
    std::optional<result<C>> got;
    w.start<C>(w.with(every_scope), sample<C>(mine), claim{"key", "fingerprint"},
               [&](const result<C>& one) { got = one; });
    w.advance(60s);
    ASSERT_TRUE(got);
    const auto* outcome = std::get_if<0>(&*got);
    if (outcome && !*outcome) {
      EXPECT_EQ(outcome->error().detail.find("SELECT"), std::string::npos);
    }
  });
}

TEST(Keys, AKeyRevokesItselfWithoutAnyScope) {
  desk_world w;
  EXPECT_EQ(w.refused(w.with({}), revoke_key{w.alices_key}), std::nullopt);
}

TEST(Keys, ToRevokeAnotherNeedsTheScopeForIt) {
  desk_world w;
  const auto other = w.make(w.alice).key_id;
  const auto before = w.effects();
  const auto got = std::get<0>(w.run(w.with({model::scope::logs_read}), revoke_key{other}));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().why, cause::forbidden);
  EXPECT_NE(got.error().detail.find("KEYS_WRITE"), std::string::npos);
  EXPECT_EQ(w.effects(), before);
  EXPECT_EQ(w.refused(w.with(model::scope_set::user()), revoke_key{other}), std::nullopt);
}

TEST(Keys, NoneIsRevokedByOneThatMayLess) {
  desk_world w;
  const auto here = w.make(w.alice).environment, there = w.make(w.alice).environment;
  const std::string admins(16, 'b'), whole(16, 'c'), both(16, 'd'), inner(16, 'e');
  w.add_key(admins, w.alice, every_scope);
  w.add_key(whole, w.alice, model::scope_set::user());
  w.add_key(both, w.alice, model::scope_set::user(), {here, there});
  w.add_key(inner, w.alice, {model::scope::logs_read}, {here});
  const auto limited = w.with(model::scope_set::user(), {here});
  EXPECT_EQ(w.refused(w.with(model::scope_set::user()), revoke_key{admins}), cause::forbidden);
  EXPECT_EQ(w.refused(w.with({model::scope::keys_write}), revoke_key{whole}), cause::forbidden);
  EXPECT_EQ(w.refused(limited, revoke_key{whole}), cause::forbidden);
  EXPECT_EQ(w.refused(limited, revoke_key{both}), cause::forbidden);
  EXPECT_EQ(w.refused(limited, revoke_key{inner}), std::nullopt);
  EXPECT_EQ(w.refused(w.with(every_scope), revoke_key{admins}), std::nullopt);
}

TEST(Keys, AKeyIsLimitedToEnvironmentsOfItsUserAlone) {
  desk_world w;
  const auto mine = w.make(w.alice).environment, theirs = w.make(w.bob).environment;
  const model::environment_id missing{"env_zzzzzzzzzzzzzzzz"};
  const auto got =
      std::get<0>(w.run(w.with(every_scope), create_key{"k", model::scope_set::user(), {}, {mine, theirs, missing}}));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().why, cause::rejected);
  EXPECT_NE(got.error().detail.find(theirs.text + ", " + missing.text), std::string::npos) << got.error().detail;
  EXPECT_EQ(got.error().detail.find(mine.text), std::string::npos);
  EXPECT_EQ(w.refused(w.with(every_scope), create_key{"k", model::scope_set::user(), {}, {mine}}), std::nullopt);
}
