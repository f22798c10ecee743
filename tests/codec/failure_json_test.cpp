#include "actors/codec/failure_json.hpp"

#include <gtest/gtest.h>

namespace troupe::codec {
namespace {

TEST(FailureJson, EveryCodeComesBackEqual) {
  for (std::size_t i = 0; i < model::failure_code_texts.texts.size(); ++i) {
    auto failure = model::make_failure(static_cast<model::failure_code>(i), "what happened", "line 1\nline 2");
    failure.phase = "PULLING_IMAGE";
    const auto json = to_json(failure);
    EXPECT_EQ(failure_from_json(json), failure);
    EXPECT_EQ(json.at("code"), model::failure_code_texts.texts[i]);
    EXPECT_EQ(json.at("retryable"), model::is_retryable(failure.code));
  }
}

}  // namespace
}  // namespace troupe::codec
