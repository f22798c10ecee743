#include "docker/kept_endings.hpp"

#include <gtest/gtest.h>

namespace troupe::docker::tests {
namespace {

TEST(KeptEndings, AreBoundedAndTheOldestGoFirst) {
  kept_endings kept(100'000);
  const auto ended = [](std::size_t bytes) {
    return ending{{}, model::make_failure(model::failure_code::exited, "x", std::string(bytes, 'y')), false, false};
  };
  for (int i = 0; i < 100; ++i) {
    kept.keep("task" + std::to_string(i), ended(8'000));
    EXPECT_LE(kept.bytes(), 100'000U);
  }
  EXPECT_EQ(kept.find("task0"), nullptr);
  ASSERT_NE(kept.find("task99"), nullptr);
  EXPECT_EQ(kept.find("task99")->trouble->detail.size(), 8'000U);
  kept.keep("huge", ended(1'000'000));
  EXPECT_NE(kept.find("huge"), nullptr) << "the newest is always known";
  EXPECT_EQ(kept.find("task99"), nullptr);
}

}  // namespace
}  // namespace troupe::docker::tests
