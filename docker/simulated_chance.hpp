// A seeded source of chance whose draws are the same on every platform (std's distributions are not).
#pragma once

#include <cstdint>

namespace troupe::docker {

class simulated_chance {
public:
  explicit simulated_chance(std::uint64_t seed) : state_(seed) {}

  // splitmix64, Steele et al. 2014.
  std::uint64_t next() {
    auto z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31U);
  }
  std::uint64_t below(std::uint64_t bound) { return bound == 0 ? 0 : next() % bound; }
  template <class Duration>
  Duration between(Duration least, Duration most) {
    return least +
           Duration(static_cast<typename Duration::rep>(below(static_cast<std::uint64_t>((most - least).count()) + 1)));
  }
  bool happens(double probability) {
    if (probability <= 0) return false;
    return static_cast<double>(next() >> 11U) * 0x1.0p-53 < probability;
  }
  // A source of its own, so that draws here do not move draws there.
  simulated_chance fork() { return simulated_chance(next()); }

private:
  std::uint64_t state_;
};

}  // namespace troupe::docker
