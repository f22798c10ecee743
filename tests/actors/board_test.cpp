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
  first->json.set(std::make_shared<const std::string>("old"));
  const deployment_view copy = *first;
  EXPECT_TRUE(first->json.get());
  EXPECT_FALSE(copy.json.get());
}

}  // namespace
}  // namespace troupe::actors
