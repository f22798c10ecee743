// The health check that an image brings.
#include <gtest/gtest.h>

#include "tests/docker/declared_image.hpp"

namespace troupe::docker::tests {
namespace {

TEST(ImageAnswer, AnImagesHealthCheckIsBroughtWithinTheBoundsOfAReleases) {
  const auto check_of = [](const std::string& times) {
    return declared(R"({"Healthcheck":{"Test":["CMD","x"])" + times + "}}").check;
  };
  EXPECT_EQ(check_of(""), (model::image_check{30, 30, 3, 0, false})) << "Docker's defaults";
  EXPECT_EQ(check_of(R"(,"Interval":300000000000,"Timeout":1500000000,"Retries":5,"StartPeriod":60000000000)"),
            (model::image_check{300, 2, 5, 60, false}));
  EXPECT_EQ(check_of(R"(,"Interval":1000000,"Timeout":1000000)"), (model::image_check{1, 1, 3, 0, true}));
  EXPECT_EQ(check_of(R"(,"StartPeriod":31536000000000000,"Retries":1000000)"),
            (model::image_check{30, 30, 100, 3600, true}));
  EXPECT_EQ(declared(R"({"Healthcheck":{"Test":["NONE"],"Interval":1000000}})").check, model::image_check{});
}

}  // namespace
}  // namespace troupe::docker::tests
