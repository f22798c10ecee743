// The tester's own test: each bug of plant_mutants.py is caught within a few seeds by the oracle that is meant for it,
// and the same code passes these seeds while no bug is switched on.
#include <algorithm>

#include <gtest/gtest.h>

#include "tests/simulation/mutant.hpp"
#include "tests/simulation/simulation.hpp"

namespace troupe::simulation {
namespace {

struct planted {
  const char* name;
  const char* profile;
  const char* oracle;
};

void PrintTo(const planted& p, std::ostream* out) {
  *out << p.name;
}

constexpr planted all[] = {
#include "mutants.inc"
};

constexpr std::uint64_t seeds = 400;

class Mutants : public ::testing::TestWithParam<planted> {
protected:
  void SetUp() override { quiet_log(); }
  void TearDown() override { planted_mutant = {}; }

  static report run(std::uint64_t seed, std::string_view mutant) {
    planted_mutant = mutant;
    return simulate(seed, *find_profile(GetParam().profile));
  }
};

TEST_P(Mutants, AreCaught) {
  std::string others;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const auto control = run(seed, {});
    ASSERT_TRUE(control.ok()) << control.violations.front() << "\n  " << control.replay();
    for (const auto& violation : run(seed, GetParam().name).violations) {
      if (violation.find(GetParam().oracle) != std::string::npos) {
        RecordProperty("seed", std::to_string(seed));
        RecordProperty("violation", violation);
        return;
      }
      if (others.size() < 2000) others += "\n  seed " + std::to_string(seed) + ": " + violation;
    }
  }
  FAIL() << "not caught within " << seeds << " seeds; other violations:" << others;
}

INSTANTIATE_TEST_SUITE_P(Planted, Mutants, ::testing::ValuesIn(all),
                         [](const auto& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace troupe::simulation
