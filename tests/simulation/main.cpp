// simulation --seed S [--profile P] [--trace] | --seeds A..B [--profile P] : runs, and tells which invariant broke and
// how to see it again.
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "tests/simulation/simulation.hpp"

namespace {

using namespace troupe::simulation;

struct request {
  std::uint64_t first = 1, last = 1;
  std::vector<const profile*> chosen;
  bool trace = false;
};

int usage(const std::string& why) {
  std::cerr << why << "\nusage: simulation (--seed S | --seeds A..B) [--profile P]... [--trace]\nprofiles:";
  for (const auto& p : profiles()) std::cerr << ' ' << p.name;
  std::cerr << '\n';
  return 64;
}

int run_all(const request& r) {
  const auto begin = std::chrono::steady_clock::now();
  std::uint64_t runs = 0, broken = 0, messages = 0, kills = 0, crashes = 0, faults = 0, running = 0, acknowledged = 0;
  std::chrono::milliseconds simulated{0};
  for (auto seed = r.first; seed <= r.last; ++seed) {
    for (const auto* p : r.chosen) {
      const auto result = simulate(seed, *p, r.trace ? &std::cout : nullptr);
      ++runs;
      messages += result.messages, kills += result.kills, crashes += result.crashes, faults += result.faults,
          running += result.running, acknowledged += result.acknowledged;
      simulated += result.simulated;
      if (r.first == r.last)
        std::cout << p->name << ": trace " << std::hex << result.trace_hash << std::dec << ", " << result.messages
                  << " messages\n";
      if (result.ok()) continue;
      ++broken;
      std::cout << "seed " << seed << ", profile " << p->name << ":\n";
      for (const auto& v : result.violations) std::cout << "  " << v << '\n';
      std::cout << "  replay: " << result.replay() << std::endl;
    }
  }
  const auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::cout << runs << " runs, " << broken << " broken, " << kills << " kills, " << crashes << " actors crashed, "
            << faults << " faults, " << acknowledged << " requests acknowledged, " << running
            << " deployments RUNNING, " << messages << " messages, " << simulated.count() / 3'600'000.0
            << " simulated hours, " << took << " s (" << static_cast<double>(runs) / took << " runs/s)\n";
  return broken == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  request r;
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    if (option == "--trace") {
      r.trace = true;
      continue;
    }
    if (i + 1 == argc) return usage(option + " needs a value");
    const std::string value = argv[++i];
    if (option == "--seed") {
      r.first = r.last = std::strtoull(value.c_str(), nullptr, 10);
    } else if (option == "--seeds") {
      const auto dots = value.find("..");
      if (dots == std::string::npos) return usage("--seeds wants A..B");
      r.first = std::strtoull(value.c_str(), nullptr, 10);
      r.last = std::strtoull(value.c_str() + dots + 2, nullptr, 10);
    } else if (option == "--profile") {
      const auto* p = find_profile(value);
      if (p == nullptr) return usage("no profile " + value);
      r.chosen.push_back(p);
    } else {
      return usage("unknown option " + option);
    }
  }
  if (r.chosen.empty())
    for (const auto& p : profiles()) r.chosen.push_back(&p);
  quiet_log();
  return run_all(r);
}
