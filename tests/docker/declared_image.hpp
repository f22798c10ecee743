// An image as the Engine tells of it.
#pragma once

#include <string>

#include <gtest/gtest.h>

#include "docker/image_answer.hpp"

namespace troupe::docker::tests {

inline image_answer declared(const std::string& config) {
  const auto image =
      read_image(*parse_json(R"({"Id":"sha256:)" + std::string(64, 'a') + R"(","Config":)" + config + "}"));
  EXPECT_TRUE(image);
  return image.value_or(image_answer{});
}

}  // namespace troupe::docker::tests
