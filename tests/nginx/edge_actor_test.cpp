// The edge's actor on CAF's virtual clock, with a container, an authority and rows of the test's making; killed and
// started again.
#include "nginx/edge_actor.hpp"

#include <caf/scheduler/test_coordinator.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "actors/conversation.hpp"

namespace troupe::nginx {
namespace {

using namespace troupe::actors;
using namespace std::chrono_literals;
using model::effect_error;
using model::site_status;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// What outlives an actor: rows, and the container with what it was told.
struct world {
  model::timestamp epoch{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
  std::function<model::timestamp()> now;
  std::map<model::site_id, model::site> rows;
  bool database_away = false;

  edge_container container{true, "c1", "t1", {}};
  bool away = false;
  std::set<environment_id> without_network;
  std::map<std::string, std::string> incoming, live, certificates;  // certificates: "domain until"
  std::vector<std::string> ran;                                     // verbs, in order
  std::string refuses;                                              // files that hold this
  std::string check = R"({"result":"ok","detail":""})";
  std::string order_failure;
  int orders = 0;
  int uploads_of_ca = 0;

  std::int64_t seconds() const { return std::chrono::floor<std::chrono::seconds>(now().time_since_epoch()).count(); }

  std::string apply() {
    std::string refused;
    for (auto& [file, content] : incoming) {
      const auto id = file.substr(0, file.rfind('.'));
      if (file.ends_with(".gone"))
        live.erase(id);
      else if (!refuses.empty() && content.find(refuses) != std::string::npos)
        refused += (refused.empty() ? "\"" : ",\"") + id + "\":\"unknown directive\"";
      else
        live[id] = content;
    }
    incoming.clear();
    return R"({"generation":1,"applied":[],"refused":{)" + refused + "}}";
  }
  std::string state() const {
    std::string sites, held;
    for (const auto& [id, text] : live) sites += (sites.empty() ? "\"" : ",\"") + id + "\":\"x\"";
    for (const auto& [id, c] : certificates) {
      const auto blank = c.find(' ');
      held += (held.empty() ? "\"" : ",\"") + id + R"(":{"domain":")" + c.substr(0, blank) +
              R"(","notBefore":0,"notAfter":)" + c.substr(blank + 1) + "}";
    }
    return R"({"generation":1,"sites":{)" + sites + R"(},"certificates":{)" + held + R"(},"excluded":{}})";
  }
  std::string order(const std::vector<std::string>& command) {
    if (!order_failure.empty()) return order_failure;
    const auto& id = command.at(2);
    const auto fresh =
        std::stoll(command.at(std::find(command.begin(), command.end(), "--fresh-until") - command.begin() + 1));
    const auto held = certificates.find(id);
    if (held == certificates.end() || std::stoll(held->second.substr(held->second.find(' '))) < fresh) {
      ++orders;
      certificates[id] = command.at(3) + ' ' + std::to_string(seconds() + 90 * 86'400);
    }
    const auto until = std::stoll(certificates[id].substr(certificates[id].find(' ')));
    return R"({"result":"issued","notBefore":)" + std::to_string(until - 90 * 86'400) + R"(,"notAfter":)" +
           std::to_string(until) + "}";
  }
  std::string run(const std::vector<std::string>& command) {
    ran.push_back(command.at(1));
    if (command[1] == "apply") return apply();
    if (command[1] == "state") return state();
    if (command[1] == "check-domain") return check;
    if (command[1] == "request-certificate") return order(command);
    if (command[1] == "forget") certificates.erase(command.at(2));
    return "{}";
  }
};

effect_error nobody() {
  return {model::consequence::unavailable, model::make_failure(model::failure_code::internal, "Docker is away.")};
}

edge_host_actor::behavior_type host(edge_host_actor::pointer, world* all) {
  using done = outcome<model::done, effect_error>;
  auto& w = *all;
  return {
      [&w](inspect_edge) { return w.away ? outcome<edge_container, effect_error>(nobody()) : w.container; },
      [&w](const attach_edge& m) -> done {
        if (w.away || w.without_network.contains(m.environment)) return nobody();
        w.container.networks.insert(m.environment);
        return model::done{};
      },
      [&w](const detach_edge& m) -> done {
        w.container.networks.erase(m.environment);
        return model::done{};
      },
      [&w](const upload_to_edge& m) -> done {
        if (m.directory == "/edge")
          ++w.uploads_of_ca;
        else
          for (const auto& [name, content] : m.files) w.incoming[name] = content;
        return model::done{};
      },
      [&w](const run_in_edge& m) -> outcome<edge_output, effect_error> {
        if (w.away) return nobody();
        return edge_output{0, w.run(m.command)};
      },
      [](const edge_observer&) {},
  };
}

site_rows_actor::behavior_type rows(site_rows_actor::pointer, world* all) {
  auto& w = *all;
  return {
      [&w](load_sites) -> outcome<std::vector<model::site>> {
        std::vector<model::site> found;
        for (const auto& [id, row] : w.rows) found.push_back(row);
        return found;
      },
      [&w](const save_sites& m) -> outcome<model::done> {
        if (w.database_away) return model::problem{model::consequence::unavailable, "away", {}, 1};
        for (const auto& id : m.removed) w.rows.erase(id);
        for (const auto& row : m.rows) {
          const auto at = w.rows.find(row.id);
          EXPECT_EQ(row.revision, at == w.rows.end() ? 1 : at->second.revision + (at->second == row ? 0 : 1));
          w.rows[row.id] = row;
        }
        return model::done{};
      },
  };
}

struct Edge : ::testing::Test {
  struct configuration : caf::actor_system_config {
    configuration() { set("scheduler.policy", caf::atom("testing")); }
  } config;
  world w;
  caf::actor_system system{config};
  caf::scheduler::test_coordinator& sched = dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  caf::scoped_actor self{system, true};
  std::shared_ptr<board> shown = std::make_shared<board>();
  edge_host_actor container = system.spawn(host, &w);
  site_rows_actor store = system.spawn(rows, &w);
  edge_actor edge;
  edge_options options;
  const user_id owner{"usr_aaaaaaaaaaaaaaaa"}, stranger{"usr_bbbbbbbbbbbbbbbb"};
  const environment_id shop{"env_aaaaaaaaaaaaaaaa"}, blog{"env_bbbbbbbbbbbbbbbb"};

  void SetUp() override {
    w.now = [this] {
      return w.epoch + std::chrono::duration_cast<std::chrono::microseconds>(sched.clock().now().time_since_epoch());
    };
    options.platform_domain = "troupe.example";
    make(shop);
    make(blog);
    start();
  }
  void TearDown() override {
    stop();
    self->send_exit(container, caf::exit_reason::user_shutdown);
    self->send_exit(store, caf::exit_reason::user_shutdown);
    sched.run();
  }
  void start() {
    auto bits = std::make_shared<std::uint64_t>(w.rows.size() * 1000 + 7);
    edge =
        spawn_edge(system, {options, store, container, shown, w.now, [bits] { return *bits += 0x9e3779b97f4a7c15; }});
    pass(1500ms);
  }
  void stop() {
    self->send_exit(edge, caf::exit_reason::kill);
    edge = nullptr;
    sched.run();
  }
  void pass(model::duration d) {
    for (sched.run(); d > 0ms; d -= 100ms) {
      sched.clock().advance_time(100ms);
      sched.run();
    }
  }
  void touch() {
    self->send(edge, edge_touched{});
    pass(1500ms);
  }
  template <class Answer, class Message>
  Answer ask(Message m) {
    std::optional<Answer> out;
    auto pending = self->request(edge, caf::infinite, std::move(m));
    pass(1500ms);
    pending.receive([&](Answer& a) { out = std::move(a); },
                    [&](const caf::error& e) { ADD_FAILURE() << system.render(e); });
    return *out;
  }
  outcome<site_view_ptr> publish(const environment_id& e, std::string domain, std::string service = "",
                                 user_id by = {"usr_aaaaaaaaaaaaaaaa"}) {
    return ask<outcome<site_view_ptr>>(publish_site{by, e, std::move(domain), std::move(service), 0, true, {}});
  }
  void make(const environment_id& e, model::environment_status status = model::environment_status::active) {
    auto v = std::make_shared<environment_view>();
    if (const auto before = shown->find(e)) v->deployments = before->deployments;
    v->row.id = e;
    v->row.status = status;
    shown->publish(environment_view_ptr(v));
  }
  void look_at(const environment_id& e) {
    self->send(edge, environment_touched{e});
    pass(1500ms);
  }
  outcome<site_view_ptr> put(const environment_id& e, std::string domain, std::string service = "",
                             site_wishes wishes = {}) {
    return ask<outcome<site_view_ptr>>(publish_site{owner, e, std::move(domain), std::move(service), 0, false, wishes});
  }
  void deploy(const environment_id& e, std::string service, std::vector<std::uint16_t> ports) {
    auto d = std::make_shared<deployment_view>();
    d->row.id = {"dep_" + std::string(e.bare()).substr(0, 8) + service + std::string(8 - service.size(), 'x')};
    d->row.environment = e;
    d->row.spec.service = service;
    for (const auto port : ports) d->row.spec.ports.push_back({port, {}, model::port_protocol::tcp});
    d->row.status = model::deployment_status::running;
    auto v = std::make_shared<environment_view>();
    if (const auto before = shown->find(e)) v->deployments = before->deployments;
    v->row.id = e;
    v->row.status = model::environment_status::active;
    std::erase_if(v->deployments, [&](const auto& brief) { return brief.service == service; });
    v->deployments.push_back({d->row.id, service, "", d->row.status});
    shown->publish(deployment_view_ptr(d));
    shown->publish(environment_view_ptr(v));
    look_at(e);
  }
  site_view_ptr site_of(const environment_id& e, std::size_t which = 0) {
    const auto all = shown->find_sites(e);
    return all && which < all->size() ? all->at(which) : nullptr;
  }
  model::site row_of(const environment_id& e, std::size_t which = 0) { return site_of(e, which)->row; }
  std::string file_of(const environment_id& e, std::size_t which = 0) { return w.live[row_of(e, which).id.text]; }
};

TEST_F(Edge, AClaimBecomesActiveWithFileCertificateAndNetwork) {
  deploy(shop, "web", {8080});
  const auto claimed = publish(shop, "shop.example.org");
  ASSERT_TRUE(claimed);
  EXPECT_EQ(claimed.value()->row.service, "web");
  pass(3s);
  EXPECT_EQ(row_of(shop).status, site_status::active);
  EXPECT_THAT(file_of(shop), HasSubstr("tasks.aaaaaaaaaaaaaaaa-web.troupe-aaaaaaaaaaaaaaaa:8080"));
  EXPECT_THAT(w.container.networks, ElementsAre(shop));
  EXPECT_EQ(w.orders, 1);
  w.ran.clear();
  touch();
  pass(60s);
  EXPECT_THAT(w.ran, IsEmpty()) << "once all is as wanted nothing is done any more";
}

TEST_F(Edge, AServiceThatGoesOrComesIsAnsweredForAnew) {
  deploy(shop, "web", {8080});
  ASSERT_TRUE(publish(shop, "shop.example.org"));
  pass(3s);
  auto empty = std::make_shared<environment_view>(*shown->find(shop));
  empty->deployments.clear();
  shown->publish(environment_view_ptr(empty));
  look_at(shop);
  EXPECT_THAT(file_of(shop), Not(HasSubstr("tasks.")));
  EXPECT_THAT(site_of(shop)->note, HasSubstr("No service"));
  deploy(shop, "api", {9000});
  EXPECT_THAT(file_of(shop), HasSubstr("tasks.aaaaaaaaaaaaaaaa-api.troupe-aaaaaaaaaaaaaaaa:9000"));
  EXPECT_EQ(row_of(shop).service, "api");
}

TEST_F(Edge, ASecondPortOfTheServiceTakesNothingFromTheFirst) {
  deploy(shop, "web", {8080});
  ASSERT_TRUE(publish(shop, "shop.example.org"));
  pass(3s);
  const auto before = file_of(shop);
  deploy(shop, "web", {9000, 8080});
  EXPECT_EQ(file_of(shop), before);
  stop();
  start();
  look_at(shop);
  EXPECT_EQ(file_of(shop), before) << "the choice is in the row";
  EXPECT_TRUE(publish(shop, "shop.example.org")) << "and asked for again it stays";
  EXPECT_EQ(file_of(shop), before);
  deploy(shop, "web", {9000, 9001});
  EXPECT_THAT(file_of(shop), Not(HasSubstr("tasks."))) << "the port that was chosen is gone";
  EXPECT_THAT(site_of(shop)->note, HasSubstr("several ports (9000, 9001)"));
  const auto unclear = publish(shop, "shop.example.org");
  ASSERT_FALSE(unclear);
  EXPECT_EQ(unclear.error().violations.front().pointer, "/port");
}

TEST_F(Edge, AnEnvironmentHasSeveralDomainsEachForItself) {
  deploy(shop, "web", {8080});
  deploy(shop, "api", {9000});
  ASSERT_TRUE(put(shop, "shop.example.org", "web"));
  ASSERT_TRUE(put(shop, "api.example.org", "api"));
  site_wishes redirect;
  redirect.settings.redirect_to = "shop.example.org";
  ASSERT_TRUE(put(shop, "www.example.org", "", redirect));
  pass(3s);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(row_of(shop, i).status, site_status::active) << i;
  EXPECT_THAT(file_of(shop, 0), HasSubstr("-web.troupe-aaaaaaaaaaaaaaaa:8080"));
  EXPECT_THAT(file_of(shop, 1), HasSubstr("-api.troupe-aaaaaaaaaaaaaaaa:9000"));
  EXPECT_THAT(file_of(shop, 2), HasSubstr("return 308 https://shop.example.org$request_uri;"));
  stop();
  start();
  ASSERT_EQ(shown->find_sites(shop)->size(), 3U);
  ASSERT_TRUE(ask<outcome<model::done>>(release_site{shop, "api.example.org"}));
  EXPECT_THAT(w.container.networks, ElementsAre(shop)) << "the others stay";
  ASSERT_EQ(shown->find_sites(shop)->size(), 2U);
  EXPECT_EQ(w.live.size(), 2U);
  EXPECT_EQ(w.certificates.size(), 2U);
  ASSERT_TRUE(ask<outcome<model::done>>(release_site{shop, "never.example.org"}));
  ASSERT_TRUE(publish(shop, "shop.example.org", "web"));
  pass(3s);
  EXPECT_EQ(w.rows.size(), 1U) << "as its only one";
  ASSERT_TRUE(put(shop, "www.example.org", "web"));
  ASSERT_TRUE(ask<outcome<model::done>>(release_site{shop, {}}));
  EXPECT_THAT(w.rows, IsEmpty());
  EXPECT_THAT(w.container.networks, IsEmpty());
}

TEST_F(Edge, PathsOfADomainLeadToServicesOfTheirOwn) {
  deploy(shop, "web", {8080});
  deploy(shop, "api", {9000});
  ASSERT_TRUE(put(shop, "shop.example.org", "", {{{"/api", "api"}, {"/later", "later"}}, {}}));
  pass(3s);
  EXPECT_EQ(row_of(shop).service, "web") << "the only one that has no path";
  EXPECT_THAT(site_of(shop)->note, HasSubstr("no service later"));
  const auto file = file_of(shop);
  EXPECT_THAT(file, HasSubstr("location ^~ /api/ { set $edge_upstream tasks.aaaaaaaaaaaaaaaa-api."));
  EXPECT_THAT(file, HasSubstr("location = /later { default_type text/plain;"));
  deploy(shop, "api", {9000, 9001});
  EXPECT_EQ(file_of(shop), file) << "its port is kept";
  deploy(shop, "later", {7000});
  EXPECT_THAT(file_of(shop), HasSubstr("location = /later { set $edge_upstream"));
  EXPECT_EQ(site_of(shop)->note, "");
  site_wishes large;
  large.settings.max_body_mb = 500;
  ASSERT_TRUE(put(shop, "shop.example.org", "web", large));
  pass(3s);
  EXPECT_THAT(file_of(shop), Not(HasSubstr("/api")));
  EXPECT_THAT(file_of(shop), HasSubstr("client_max_body_size 500m;"));
  const auto unclear = put(shop, "shop.example.org", "web", {{{"/api", "api"}}, {}});
  ASSERT_FALSE(unclear);
  EXPECT_EQ(unclear.error().violations.front().pointer, "/paths/0/port");
}

TEST_F(Edge, NoEnvironmentTakesMoreDomainsThanItMay) {
  stop();
  options.domains_per_environment = 2;
  start();
  ASSERT_TRUE(put(shop, "a.example.org"));
  ASSERT_TRUE(put(shop, "b.example.org"));
  const auto third = put(shop, "c.example.org");
  ASSERT_FALSE(third);
  EXPECT_THAT(third.error().detail, HasSubstr("2 domains, as many as it may"));
  EXPECT_TRUE(put(shop, "b.example.org")) << "what it has may change";
  EXPECT_TRUE(put(blog, "d.example.org"));
}

TEST_F(Edge, AfterARestartAFileStaysAsItIsUntilItsEnvironmentIsKnown) {
  deploy(shop, "web", {8080});
  ASSERT_TRUE(publish(shop, "shop.example.org"));
  pass(3s);
  const auto before = file_of(shop);
  const auto view = shown->find(shop);
  stop();
  shown->withdraw(shop);
  start();
  pass(20s);
  EXPECT_EQ(file_of(shop), before);
  shown->publish(view);
  look_at(shop);
  EXPECT_EQ(file_of(shop), before);
  EXPECT_EQ(row_of(shop).status, site_status::active);
}

TEST_F(Edge, AnEnvironmentThatIsBeingDeletedGetsNoName) {
  make(shop, model::environment_status::deleting);
  EXPECT_FALSE(publish(shop, "shop.example.org"));
  EXPECT_FALSE(publish({"env_zzzzzzzzzzzzzzzz"}, "shop.example.org"));
  EXPECT_THAT(w.rows, IsEmpty());
}

TEST_F(Edge, ManyChangesAreFewReloads) {
  for (int i = 0; i < 50; ++i) {
    const environment_id e{"env_" + std::string(14, 'c') + static_cast<char>('a' + i % 26) +
                           static_cast<char>('a' + i / 26)};
    make(e);
    self->send(edge, publish_site{owner, e, "n" + std::to_string(i) + ".example.org", "", 0, false, {}});
  }
  w.ran.clear();
  pass(10s);
  EXPECT_EQ(w.live.size(), 50U);
  EXPECT_LE(std::count(w.ran.begin(), w.ran.end(), "apply"), 11);
}

TEST_F(Edge, ReleasingTakesEverythingAwayAndFreesTheName) {
  deploy(shop, "web", {8080});
  ASSERT_TRUE(publish(shop, "shop.example.org"));
  pass(3s);
  ASSERT_TRUE(ask<outcome<model::done>>(release_site{shop, {}}));
  EXPECT_THAT(w.live, IsEmpty());
  EXPECT_THAT(w.certificates, IsEmpty());
  EXPECT_THAT(w.container.networks, IsEmpty());
  EXPECT_THAT(w.rows, IsEmpty());
  EXPECT_FALSE(shown->find_sites(shop));
  EXPECT_TRUE(publish(blog, "shop.example.org", "", stranger));
  EXPECT_TRUE(ask<outcome<model::done>>(release_site{shop, {}})) << "again";
}

TEST_F(Edge, AReleaseIsDoneByALookThatBeganAfterIt) {
  for (int steps = 0; steps < 60; ++steps) {
    ASSERT_TRUE(publish(shop, "shop.example.org"));
    ASSERT_TRUE(ask<outcome<model::done>>(release_site{blog, {}}));
    pass(3s);
    ASSERT_THAT(w.container.networks, ElementsAre(shop));
    caf::anon_send(edge, publish_site{owner, blog, "blog.example.org", "", 0, false, {}});
    for (int i = 0; i < steps; ++i)
      if (!sched.try_run_once()) sched.clock().advance_time(100ms);
    auto pending = self->request(edge, caf::infinite, release_site{shop, {}});
    for (int i = 0; i < 1'000 && self->mailbox().empty(); ++i)
      if (!sched.try_run_once()) sched.clock().advance_time(100ms);
    EXPECT_FALSE(w.container.networks.contains(shop)) << "answered too early, asked after " << steps << " steps";
    for (const auto& [id, file] : w.live) EXPECT_THAT(file, Not(HasSubstr("shop.example.org"))) << steps;
    pending.receive([](const outcome<model::done>& done) { EXPECT_TRUE(done); },
                    [&](const caf::error& e) { ADD_FAILURE() << system.render(e); });
    pass(2s);
  }
}

// Whatever is under way of a site when it is released: its row does not come back, and who waits is answered.
TEST_F(Edge, WhatIsReleasedStaysReleasedAndNobodyWaitsForIt) {
  for (int steps = 0; steps < 60; ++steps) {
    auto claimed = self->request(edge, caf::infinite, publish_site{owner, shop, "shop.example.org", "", 0, false, {}});
    for (int i = 0; i < steps; ++i)
      if (!sched.try_run_once()) sched.clock().advance_time(100ms);
    auto released = self->request(edge, caf::infinite, release_site{shop, "shop.example.org"});
    site_wishes wishes;
    wishes.settings.max_body_mb = 7;
    auto changed =
        self->request(edge, caf::infinite, publish_site{owner, shop, "shop.example.org", "", 0, false, wishes});
    pass(5s);
    int answers = 0;
    const auto lost = [&](const caf::error& e) { ADD_FAILURE() << steps << ": " << system.render(e); };
    claimed.receive([&](const outcome<site_view_ptr>&) { ++answers; }, lost);
    released.receive([&](const outcome<model::done>& done) { answers += done.ok() ? 1 : 0; }, lost);
    bool came_after = false;
    changed.receive([&](const outcome<site_view_ptr>& done) { ++answers, came_after = done.ok(); }, lost);
    EXPECT_EQ(answers, 3) << steps;
    // A change that came after the release is a claim of its own.
    EXPECT_EQ(w.rows.size(), came_after ? 1U : 0U) << steps;
    EXPECT_EQ(shown->find_sites(shop) != nullptr, came_after) << steps;
    ASSERT_TRUE(ask<outcome<model::done>>(release_site{shop, {}}));
    ASSERT_THAT(w.rows, IsEmpty()) << steps;
  }
}

TEST_F(Edge, ANameHasOneHolderAndThePlatformsIsNobodys) {
  ASSERT_TRUE(publish(shop, "shop.example.org"));
  for (const auto& [domain, by] : {std::pair{"shop.example.org", stranger},
                                   {"shop.example.org", owner},
                                   {"troupe.example", owner},
                                   {"a.troupe.example", owner}}) {
    const auto refused = publish(blog, domain, "", by);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, model::consequence::conflict);
  }
}

TEST_F(Edge, AClaimThatNeverAnsweredGivesWayAfterADayAndOneThatDidNever) {
  w.check = R"({"result":"no_address","detail":"it has no address"})";
  ASSERT_TRUE(publish(shop, "shop.example.org"));
  EXPECT_EQ(row_of(shop).detail, "it has no address");
  pass(options.claim_lifetime + 1s);
  w.check = R"({"result":"ok","detail":""})";
  ASSERT_TRUE(publish(blog, "shop.example.org", "", stranger));
  EXPECT_FALSE(shown->find_sites(shop));
  pass(3s);
  EXPECT_EQ(row_of(blog).status, site_status::active);
  pass(options.claim_lifetime + 1s);
  EXPECT_FALSE(publish(shop, "shop.example.org"));
}

TEST_F(Edge, AnotherNameTakesThePlaceOfTheOneBefore) {
  ASSERT_TRUE(publish(shop, "old.example.org"));
  pass(3s);
  ASSERT_TRUE(publish(shop, "new.example.org"));
  pass(3s);
  EXPECT_EQ(row_of(shop).domain, "new.example.org");
  EXPECT_EQ(w.rows.size(), 1U);
  EXPECT_EQ(w.live.size(), 1U);
  EXPECT_EQ(w.certificates.size(), 1U);
  EXPECT_THAT(file_of(shop), HasSubstr("server_name new.example.org;"));
}

TEST_F(Edge, OneRefusedFileIsItsOwnSitesTroubleAlone) {
  w.refuses = "shop.example.org";
  ASSERT_TRUE(publish(shop, "shop.example.org"));
  ASSERT_TRUE(publish(blog, "blog.example.org"));
  pass(3s);
  EXPECT_EQ(row_of(blog).status, site_status::active);
  EXPECT_EQ(row_of(shop).status, site_status::failed);
  EXPECT_THAT(row_of(shop).detail, HasSubstr("unknown directive"));
  w.ran.clear();
  pass(60s);
  EXPECT_THAT(w.ran, Not(Contains("apply"))) << "what was refused is not offered again and again";
}

TEST_F(Edge, AnEnvironmentWithoutItsNetworkDoesNotHoldUpTheOthers) {
  w.without_network = {shop};
  ASSERT_TRUE(publish(shop, "shop.example.org"));
  ASSERT_TRUE(publish(blog, "blog.example.org"));
  pass(3s);
  EXPECT_EQ(row_of(blog).status, site_status::active);
  EXPECT_THAT(w.container.networks, ElementsAre(blog));
  w.without_network.clear();
  touch();
  EXPECT_THAT(w.container.networks, ElementsAre(shop, blog));
}

TEST_F(Edge, ANewContainerGetsEverythingAgainWithoutAnOrder) {
  ASSERT_TRUE(publish(shop, "shop.example.org"));
  pass(3s);
  const auto orders = w.orders;
  w.live.clear();
  w.container = {true, "c2", "t2", {}};
  touch();
  EXPECT_EQ(w.live.size(), 1U);
  EXPECT_THAT(w.container.networks, ElementsAre(shop));
  EXPECT_EQ(w.orders, orders);
  EXPECT_EQ(row_of(shop).status, site_status::active);
}

TEST_F(Edge, ALostVolumeIsMendedByANewOrder) {
  ASSERT_TRUE(publish(shop, "shop.example.org"));
  pass(3s);
  w.live.clear();
  w.certificates.clear();
  w.container = {true, "c2", "t2", {}};
  touch();
  pass(5s);
  EXPECT_EQ(w.orders, 2);
  EXPECT_EQ(row_of(shop).status, site_status::active);
}

TEST_F(Edge, WithoutAContainerClaimsWaitAndSayWhy) {
  w.container = {};
  touch();
  ASSERT_TRUE(publish(shop, "shop.example.org"));
  pass(2s);
  EXPECT_EQ(row_of(shop).status, site_status::pending_dns);
  EXPECT_THAT(row_of(shop).detail, HasSubstr("edge is not there"));
  EXPECT_FALSE(ask<edge_condition>(edge_status{}).works);
  w.container = {true, "c1", "t1", {}};
  pass(15s);
  EXPECT_EQ(row_of(shop).status, site_status::active);
  EXPECT_TRUE(ask<edge_condition>(edge_status{}).works);
}

TEST_F(Edge, AFailingOrderSaysWhyAndALimitHoldsAcrossARestart) {
  w.order_failure = R"({"result":"failed","kind":"limited","detail":"too many certificates","retryAfterSeconds":7200})";
  ASSERT_TRUE(publish(shop, "shop.example.org"));
  pass(2s);
  EXPECT_EQ(row_of(shop).status, site_status::limited);
  EXPECT_EQ(row_of(shop).detail, "too many certificates");
  w.order_failure.clear();
  stop();
  start();
  pass(7000s);
  EXPECT_EQ(w.orders, 0);
  pass(400s);
  EXPECT_EQ(row_of(shop).status, site_status::active);
}

TEST_F(Edge, AnAnswerThatCannotBeReadHarmsNothing) {
  w.check = "not json";
  ASSERT_TRUE(publish(shop, "shop.example.org"));
  pass(2s);
  EXPECT_EQ(row_of(shop).status, site_status::pending_dns);
  w.check = R"({"result":"ok"})";
  pass(15s);
  EXPECT_EQ(row_of(shop).status, site_status::active);
}

TEST_F(Edge, ItEndsTheSameWhereverItIsKilled) {
  deploy(shop, "web", {8080});
  for (int kill_after = 0; kill_after < 40; ++kill_after) {
    self->send(edge, publish_site{owner, shop, "shop.example.org", "", 0, false, {}});
    for (int i = 0; i < kill_after; ++i) {
      if (!sched.try_run_once()) sched.clock().advance_time(100ms);
    }
    stop();
    start();
    pass(20s);
    if (w.rows.empty()) continue;  // killed before it was saved: the caller has no answer either
    ASSERT_EQ(row_of(shop).status, site_status::active) << "killed after " << kill_after << " messages";
    ASSERT_EQ(w.live.size(), 1U);
    ASSERT_EQ(w.orders, 1) << "killed after " << kill_after << " messages";
    ASSERT_EQ(w.container.networks, std::set<environment_id>{shop});
    self->send(edge, release_site{shop, {}});
    for (int i = 0; i < kill_after; ++i) {
      if (!sched.try_run_once()) sched.clock().advance_time(100ms);
    }
    stop();
    start();
    ASSERT_TRUE(ask<outcome<model::done>>(release_site{shop, {}}));
    pass(3s);
    ASSERT_THAT(w.live, IsEmpty());
    ASSERT_THAT(w.certificates, IsEmpty());
    ASSERT_THAT(w.container.networks, IsEmpty());
    w.orders = 0;
  }
}

TEST_F(Edge, RenewalReplacesTheFileAndOwnersOfFailingOnesAreWarned) {
  ASSERT_TRUE(publish(shop, "shop.example.org"));
  pass(3s);
  const auto before = file_of(shop);
  w.order_failure =
      R"({"result":"failed","kind":"unreachable","detail":"the authority is away","retryAfterSeconds":null})";
  for (int day = 0; day < 70; ++day) {
    sched.clock().advance_time(24h);
    pass(1s);
  }
  EXPECT_EQ(row_of(shop).status, site_status::renewing);
  EXPECT_EQ(file_of(shop), before) << "the old certificate serves on";
  EXPECT_EQ(row_of(shop).warned_days, 21U);
  EXPECT_THAT(ask<edge_condition>(edge_status{}).at_risk, ElementsAre("shop.example.org"));
  w.order_failure.clear();
  pass(20s);
  EXPECT_EQ(row_of(shop).status, site_status::active);
  EXPECT_NE(file_of(shop), before);
  EXPECT_THAT(ask<edge_condition>(edge_status{}).at_risk, IsEmpty());
}

TEST_F(Edge, ADatabaseThatIsAwayHoldsTheClaimBackUntilItIsThere) {
  w.database_away = true;
  self->send(edge, publish_site{owner, shop, "shop.example.org", "", 0, false, {}});
  pass(5s);
  EXPECT_THAT(w.live, IsEmpty()) << "nothing is done that is not saved";
  w.database_away = false;
  pass(20s);
  EXPECT_EQ(row_of(shop).status, site_status::active);
}

TEST_F(Edge, ThePlatformsOwnNameIsServedWhereItIsWanted) {
  stop();
  options.platform_upstream = "troupe:3000";
  start();
  pass(5s);
  ASSERT_EQ(w.live.size(), 1U);
  EXPECT_THAT(w.live.begin()->second, HasSubstr("troupe:3000"));
  stop();
  options.platform_upstream.clear();
  start();
  pass(3s);
  EXPECT_THAT(w.live, IsEmpty());
}

}  // namespace
}  // namespace troupe::nginx
