#include "actors/codec/timestamp_text.hpp"

#include <cstdio>

namespace troupe::codec {

namespace {

// Reads fixed-width numbers and separators from the front of a text.
class cursor {
public:
  explicit cursor(std::string_view text) : rest_(text) {}

  bool take(std::string_view any_of) {
    if (rest_.empty() || any_of.find(rest_.front()) == any_of.npos) return false;
    taken_ = rest_.front();
    rest_.remove_prefix(1);
    return true;
  }
  std::optional<int> digits(std::size_t count) {
    if (rest_.size() < count) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < count; ++i)
      if (!take("0123456789"))
        return std::nullopt;
      else
        value = value * 10 + (taken_ - '0');
    return value;
  }
  char taken() const { return taken_; }
  bool at_end() const { return rest_.empty(); }

private:
  std::string_view rest_;
  char taken_ = 0;
};

std::optional<std::chrono::minutes> read_offset(cursor& in) {
  if (in.take("Zz")) return std::chrono::minutes{0};
  if (!in.take("+-")) return std::nullopt;
  const int sign = in.taken() == '-' ? -1 : 1;
  const auto hours = in.digits(2);
  if (!hours || *hours > 23 || !in.take(":")) return std::nullopt;
  const auto minutes = in.digits(2);
  if (!minutes || *minutes > 59) return std::nullopt;
  return std::chrono::minutes{sign * (*hours * 60 + *minutes)};
}

}  // namespace

std::string timestamp_text(model::timestamp at) {
  const auto days = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date{days};
  const std::chrono::hh_mm_ss time{at - days};
  char text[64];
  const int length =
      std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                    static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                    static_cast<int>(time.seconds().count()), static_cast<int>(time.subseconds().count()));
  return {text, static_cast<std::size_t>(length)};
}

std::optional<model::timestamp> timestamp_from_text(std::string_view text) {
  cursor in(text);
  const auto year = in.digits(4);
  if (!year || !in.take("-")) return std::nullopt;
  const auto month = in.digits(2);
  if (!month || !in.take("-")) return std::nullopt;
  const auto day = in.digits(2);
  if (!day || !in.take("Tt ")) return std::nullopt;
  const auto hour = in.digits(2);
  if (!hour || *hour > 23 || !in.take(":")) return std::nullopt;
  const auto minute = in.digits(2);
  if (!minute || *minute > 59 || !in.take(":")) return std::nullopt;
  const auto second = in.digits(2);
  if (!second || *second > 59) return std::nullopt;

  std::chrono::microseconds fraction{0};
  if (in.take(".")) {
    int unit = 100'000;
    if (!in.take("0123456789")) return std::nullopt;
    do {
      fraction += std::chrono::microseconds{(in.taken() - '0') * unit};
      unit /= 10;
    } while (in.take("0123456789"));
  }
  const auto offset = read_offset(in);
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!offset || !in.at_end() || !date.ok()) return std::nullopt;
  return model::timestamp{std::chrono::sys_days{date}.time_since_epoch() + std::chrono::hours{*hour} +
                          std::chrono::minutes{*minute} + std::chrono::seconds{*second} + fraction - *offset};
}

}  // namespace troupe::codec
