#include "actors/board.hpp"

#include <gtest/gtest.h>

#include "tests/support/builders.hpp"

namespace troupe::actors {
namespace {

deployment_view_ptr view(std::uint64_t n, std::uint64_t revision) {
  auto v = std::make_shared<deployment_view>();
  v->row = support::deployment(n);
  v->row.revision = revision;
  return v;
}

TEST(Board, ShowsTheNewestViewByIdAndByJobUntilItIsWithdrawn) {
  board b;
  int changes = 0;
  b.on_change([&](const deployment_view_ptr&) { ++changes; });
  b.publish(view(1, 1));
  b.publish(view(1, 2));
  const auto row = view(1, 2)->row;
  ASSERT_TRUE(b.find(row.id));
  EXPECT_EQ(b.find(row.id)->row.revision, 2U);
  EXPECT_EQ(b.find(row.job), b.find(row.id));
  EXPECT_EQ(changes, 2);
  b.withdraw(row.id);
  EXPECT_FALSE(b.find(row.id));
  EXPECT_FALSE(b.find(row.job));
}

TEST(Board, ACopiedViewStartsWithoutTheOldBytes) {
  const auto first = view(1, 1);
  EXPECT_EQ(*first->json.set("old"), "old");
  const deployment_view copy = *first;
  EXPECT_TRUE(first->json.get());
  EXPECT_FALSE(copy.json.get());
}

TEST(Board, BytesThatTellOfAnotherViewGoWithIt) {
  const auto first = view(1, 1);
  const auto site = std::make_shared<const int>(1), other = std::make_shared<const int>(2);
  first->json.set("with the site", site);
  EXPECT_EQ(*first->json.get(site), "with the site");
  EXPECT_FALSE(first->json.get(other));
  EXPECT_FALSE(first->json.get());
}

deployment_view_ptr release(std::uint64_t n, const char* service, model::deployment_status status,
                            std::uint64_t environment = 1) {
  auto v = std::make_shared<deployment_view>();
  v->row = support::deployment(n, support::environment(environment), support::spec(service));
  v->row.status = status;
  return v;
}

std::vector<std::uint64_t> numbers(const board::releases& all) {
  std::vector<std::uint64_t> out;
  for (const auto& view : all) out.push_back(view->row.number);
  return out;
}

TEST(Board, KnowsTheLivingReleasesOfEachService) {
  using enum model::deployment_status;
  board b;
  const auto here = support::environment(1).id;
  b.publish(release(2, "web", pending));
  b.publish(release(1, "web", running));
  b.publish(release(3, "db", running));
  b.publish(release(4, "web", running, 2));
  EXPECT_EQ(numbers(b.living(here, "web")), (std::vector<std::uint64_t>{1, 2}));
  EXPECT_TRUE(b.living(here, "none").empty());
  const auto all = b.services(here);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all.begin()->first, "db");
  b.publish(release(1, "web", superseded));
  EXPECT_EQ(numbers(b.living(here, "web")), (std::vector<std::uint64_t>{2})) << "what is over does not live";
  b.withdraw(release(2, "web", pending)->row.id);
  EXPECT_TRUE(b.living(here, "web").empty());
  EXPECT_EQ(b.services(here).size(), 1U);
}

}  // namespace
}  // namespace troupe::actors
