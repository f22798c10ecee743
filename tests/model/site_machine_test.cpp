#include "actors/model/site_machine.hpp"

#include <deque>
#include <random>

#include <gtest/gtest.h>

namespace troupe::model::testing {
namespace {

using namespace std::chrono_literals;

const site_timings timings;
const timestamp start{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
const certificate ninety_days{start, start + std::chrono::days(90)};

struct life {
  site row;
  timestamp now = start;
  std::vector<site_effect> effects;

  life() {
    row.id = {"dom_aaaaaaaaaaaaaaaa"};
    row.environment = {"env_aaaaaaaaaaaaaaaa"};
    row.domain = "shop.example.org";
    row.created_at = start;
  }
  life& after(duration d) { return now += d, *this; }
  life& on(const site_event& event) {
    auto decided = step(row, event, now, timings, 0.5);
    EXPECT_EQ(decided.save, !(decided.next == row)) << "saved if and only if something changed";
    EXPECT_EQ(decided.next.revision, row.revision + (decided.save ? 1 : 0));
    row = std::move(decided.next);
    effects = std::move(decided.effects);
    return *this;
  }
  template <class Effect>
  bool does() const {
    return effects.size() == 1 && std::holds_alternative<Effect>(effects.front());
  }
  life& until_ordered() { return on(site_resumed{}).on(domain_answers{}); }
  life& until_active() { return until_ordered().on(certificate_issued{ninety_days}).on(site_served{}); }
  life& fail(order_trouble kind, std::optional<duration> retry = {}) { return on(order_failed{kind, "why", retry}); }
};

TEST(SiteMachine, AClaimIsLookedAtThenOrderedThenServed) {
  life l;
  EXPECT_TRUE(l.on(site_resumed{}).does<check_domain>());
  EXPECT_EQ(l.row.status, site_status::pending_dns);
  EXPECT_TRUE(l.on(domain_answers{}).does<order_certificate>());
  EXPECT_EQ(l.row.status, site_status::issuing);
  l.on(certificate_issued{ninety_days});
  EXPECT_EQ(l.row.status, site_status::issuing) << "not ACTIVE before it is served";
  l.on(site_served{});
  EXPECT_EQ(l.row.status, site_status::active);
  EXPECT_EQ(l.row.detail, "");
  EXPECT_EQ(l.row.next_try, renewal_of(ninety_days, 0.5));
}

TEST(SiteMachine, ServedMeansNothingWithoutACertificate) {
  life l;
  l.until_ordered().on(site_served{});
  EXPECT_EQ(l.row.status, site_status::issuing);
}

TEST(SiteMachine, ASilentNameIsLookedAtAgainEverMoreRarely) {
  life l;
  l.on(site_resumed{}).on(domain_silent{"it leads elsewhere"});
  EXPECT_EQ(l.row.status, site_status::pending_dns);
  EXPECT_EQ(l.row.detail, "it leads elsewhere");
  EXPECT_EQ(*l.row.next_try - l.now, timings.first_look);
  EXPECT_TRUE(l.on(site_resumed{}).effects.empty()) << "not before its time";
  l.after(5s).on(site_due{});
  EXPECT_TRUE(l.does<check_domain>());
  l.after(std::chrono::hours(48)).on(domain_silent{"still"});
  EXPECT_EQ(*l.row.next_try - l.now, timings.last_look);
}

TEST(SiteMachine, AnOrderUnderWayGoesOnAfterACrash) {
  life l;
  l.until_ordered();
  EXPECT_TRUE(l.on(site_resumed{}).does<order_certificate>());
  l.on(certificate_issued{ninety_days});
  EXPECT_TRUE(l.on(site_resumed{}).effects.empty()) << "what is there is not ordered again";
  l.on(site_served{});
  EXPECT_EQ(l.row.status, site_status::active);
}

TEST(SiteMachine, FailedOrdersGetRarerAndStayBelowTheAuthoritysLimit) {
  life l;
  for (std::size_t failed = 1; failed <= timings.failures_per_hour; ++failed) {
    l.until_ordered().fail(order_trouble::challenge);
    EXPECT_EQ(l.row.failures.size(), failed);
    EXPECT_EQ(l.row.status, failed == timings.failures_per_hour ? site_status::limited : site_status::failed);
    EXPECT_EQ(l.row.detail, "why");
    l.now = *l.row.next_try;
  }
  EXPECT_GE(l.now, l.row.failures.front() + 1h);
}

TEST(SiteMachine, ALimitIsObeyedAcrossARestart) {
  life l;
  l.until_ordered().fail(order_trouble::limited, duration(7200s));
  EXPECT_EQ(l.row.status, site_status::limited);
  EXPECT_EQ(l.row.next_try, start + 7200s);
  EXPECT_TRUE(l.after(7199s).on(site_resumed{}).effects.empty());
  EXPECT_TRUE(l.after(1s).on(site_due{}).does<check_domain>());
}

TEST(SiteMachine, AnAuthorityThatIsAwayCountsAsNoFailure) {
  life l;
  l.until_ordered().fail(order_trouble::unreachable);
  EXPECT_EQ(l.row.status, site_status::issuing);
  EXPECT_TRUE(l.row.failures.empty());
  EXPECT_TRUE(l.after(timings.while_unreachable).on(site_due{}).does<order_certificate>());
}

TEST(SiteMachine, RenewalComesAtTwoThirdsAndAFailingOneKeepsServing) {
  life l;
  l.until_active();
  EXPECT_TRUE(l.on(site_due{}).effects.empty());
  l.now = renewal_of(ninety_days, 0.5);
  EXPECT_GE(l.now, start + std::chrono::days(60));
  EXPECT_LE(l.now, start + std::chrono::days(68));
  EXPECT_TRUE(l.on(site_due{}).does<check_domain>());
  EXPECT_EQ(l.row.status, site_status::renewing);
  l.on(domain_answers{});
  ASSERT_TRUE(l.does<order_certificate>());
  EXPECT_GT(std::get<order_certificate>(l.effects.front()).fresh_until, ninety_days.not_after)
      << "the one at hand is not enough";
  l.fail(order_trouble::challenge);
  EXPECT_EQ(l.row.certificate, ninety_days);
  l.on(site_served{});
  EXPECT_NE(l.row.status, site_status::active) << "served with the old certificate is not renewed";
  l.now = *l.row.next_try;
  const certificate next{l.now, l.now + std::chrono::days(90)};
  l.until_ordered().on(certificate_issued{next}).on(site_served{});
  EXPECT_EQ(l.row.status, site_status::active);
  EXPECT_EQ(l.row.certificate, next);
}

TEST(SiteMachine, OwnersAreWarnedOnceWith21And7And1DaysLeft) {
  life l;
  l.until_active();
  std::vector<std::uint32_t> told;
  for (l.now = renewal_of(ninety_days, 0.5); l.now < ninety_days.not_after; l.now += 6h)
    for (const auto& event : {site_event{site_due{}}, site_event{domain_silent{"gone"}}})
      for (const auto& effect : l.on(event).effects)
        if (const auto* warned = std::get_if<warn_owner>(&effect)) told.push_back(warned->days_left);
  EXPECT_EQ(told, (std::vector<std::uint32_t>{21, 7, 1}));
}

TEST(SiteMachine, ALostCertificateIsOrderedAnew) {
  life l;
  l.until_active().on(certificate_lost{});
  EXPECT_FALSE(l.row.certificate);
  EXPECT_TRUE(l.does<check_domain>());
  EXPECT_EQ(l.row.status, site_status::pending_dns);
}

TEST(SiteMachine, ASiteThatNginxRefusesOrdersNothing) {
  life l;
  l.until_ordered().on(certificate_issued{ninety_days}).on(site_refused{"unknown directive"});
  EXPECT_EQ(l.row.status, site_status::failed);
  l.now = *l.row.next_try;
  EXPECT_TRUE(l.on(site_due{}).effects.empty());
  l.on(site_served{});
  EXPECT_EQ(l.row.status, site_status::active);
}

// Whatever the world answers, in whatever order, with restarts in between.
TEST(SiteMachine, OnARandomWalkNothingBadEverHappens) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    life l;
    std::deque<timestamp> failed;
    bool checking = l.on(site_resumed{}).does<check_domain>(), ordering = false;
    for (int i = 0; i < 400; ++i) {
      l.after(duration(random() % 20 == 0 ? random() % 3'456'000'000U : random() % 120'000));
      std::optional<site_event> event;
      const auto pick = random() % 10;
      if (ordering && pick < 6) {
        ordering = false;
        if (pick < 2)
          event = certificate_issued{{l.now, l.now + std::chrono::days(90)}};
        else {
          event = order_failed{static_cast<order_trouble>(random() % 4), "why",
                               random() % 2 ? std::optional(duration(random() % 7'200'000)) : std::nullopt};
          if (std::get<order_failed>(*event).kind <= order_trouble::refused) failed.push_back(l.now);
        }
      } else if (checking && pick < 6) {
        checking = false;
        if (pick < 4)
          event = domain_answers{};
        else
          event = domain_silent{"why"};
      } else if (pick == 6 && !checking && !ordering) {
        event = site_resumed{};
      } else if (pick == 7) {
        event = site_served{};
      } else if (pick == 8 && l.row.next_try && *l.row.next_try <= l.now && !checking && !ordering) {
        event = site_due{};
      } else if (pick == 9) {
        if (random() % 2)
          event = site_refused{"why"};
        else
          event = edge_unavailable{"why"};
        if (checking || ordering) event.reset();
      }
      if (!event) continue;
      const bool was_ordering = ordering;
      l.on(*event);
      for (const auto& effect : l.effects) {
        checking = checking || std::holds_alternative<check_domain>(effect);
        if (std::holds_alternative<order_certificate>(effect)) {
          ordering = true;
          EXPECT_FALSE(was_ordering) << "one order at a time";
        }
      }
      while (!failed.empty() && failed.front() + 1h <= l.now) failed.pop_front();
      ASSERT_LE(failed.size(), timings.failures_per_hour) << "seed " << seed;
      if (l.row.status == site_status::active) {
        ASSERT_TRUE(l.row.certificate);
        ASSERT_TRUE(l.row.next_try);
      }
      // It waits for an effect, for a time, or for nginx to serve what is there.
      ASSERT_TRUE(checking || ordering || l.row.next_try || l.row.certificate)
          << "seed " << seed << ", stuck in " << site_status_texts[l.row.status];
    }
  }
}

}  // namespace
}  // namespace troupe::model::testing
