#include "config/codec.hpp"

#include <algorithm>
#include <cctype>

#include "config/database_url.hpp"
#include "config/duration.hpp"

namespace troupe::config {
namespace {

std::string joined(const std::vector<std::string>& parts) {
  std::string all;
  for (const auto& part : parts) all.append(all.empty() ? "" : ",").append(part);
  return all;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  return first == text.npos ? std::string_view{} : text.substr(first, text.find_last_not_of(' ') + 1 - first);
}

std::optional<port_range> read_range(std::string_view text) {
  const auto dash = text.find('-');
  const auto first = port().read(text.substr(0, dash));
  const auto last = dash == text.npos ? first : port().read(text.substr(dash + 1));
  if (!first || !last || *first > *last) return std::nullopt;
  return port_range{*first, *last};
}

std::string shown(double value) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  return {digits.data(), end};
}

}  // namespace

codec<std::string> text(const shape& form) {
  return {
      [form](std::string_view given) { return form.matches(given) ? std::optional{std::string{given}} : std::nullopt; },
      [](const std::string& value) { return value; }, std::string{form.expects}};
}

codec<std::string> base_url() {
  auto url = text(http_url);
  url.read = [read = url.read](std::string_view given) {
    auto value = read(given);
    while (value && value->ends_with('/')) value->pop_back();
    return value;
  };
  return url;
}

codec<secret> hidden(const shape& form) {
  return {[form](std::string_view given) {
            return form.matches(given) ? std::optional{secret{std::string{given}}} : std::nullopt;
          },
          [](const secret& value) { return value.empty() ? "" : value.shown(); }, std::string{form.expects}};
}

codec<secret> postgres() {
  auto url = hidden(postgres_url);
  url.read = [](std::string_view given) -> std::optional<secret> {
    const auto parsed = parse_database_url(given);
    if (!parsed) return std::nullopt;
    return secret{std::string{given}, parsed->shown};
  };
  return url;
}

codec<std::chrono::milliseconds> duration(std::string_view least, std::string_view most) {
  return {[least = parse_duration(least).value(),
           most = parse_duration(most).value()](std::string_view given) -> std::optional<std::chrono::milliseconds> {
            const auto value = parse_duration(given);
            return value && *value >= least && *value <= most ? value : std::nullopt;
          },
          format_duration,
          std::string{"a duration from "}.append(least).append(" to ").append(most) +
              ", such as 500ms, 5s, 15m, 2h or 90d"};
}

codec<double> decimal(double least, double most) {
  return {[=](std::string_view given) -> std::optional<double> {
            double value = 0;
            if (given.find_first_not_of("0123456789.") != given.npos) return std::nullopt;
            const auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), value);
            if (error != std::errc{} || end != given.data() + given.size() || value < least || value > most)
              return std::nullopt;
            return value;
          },
          shown, "a number from " + shown(least) + " to " + shown(most)};
}

codec<endpoint> address_and_port() {
  return {[](std::string_view given) -> std::optional<endpoint> {
            const auto colon = given.rfind(':');
            if (colon == given.npos) return std::nullopt;
            auto address = given.substr(0, colon);
            const bool bracketed = address.starts_with('[') && address.ends_with(']');
            if (bracketed) address = address.substr(1, address.size() - 2);
            const auto number = port().read(given.substr(colon + 1));
            if (!number || !ip_address.matches(address) || bracketed != (address.find(':') != address.npos))
              return std::nullopt;
            return endpoint{std::string{address}, *number};
          },
          [](const endpoint& value) {
            const bool bracketed = value.address.find(':') != std::string::npos;
            return (bracketed ? '[' + value.address + ']' : value.address) + ':' + std::to_string(value.port);
          },
          "an IP address and a port, such as 127.0.0.1:3001 or [::1]:3001"};
}

codec<std::vector<port_range>> port_ranges() {
  return {
      [](std::string_view given) -> std::optional<std::vector<port_range>> {
        std::vector<port_range> ranges;
        if (given == "none") return ranges;
        for (const auto part : split(given, ',')) {
          const auto range = read_range(trimmed(part));
          if (!range || (!ranges.empty() && range->first <= ranges.back().last)) return std::nullopt;
          ranges.push_back(*range);
        }
        return ranges;
      },
      [](const std::vector<port_range>& ranges) {
        std::vector<std::string> parts;
        for (const auto& [first, last] : ranges)
          parts.push_back(first == last ? std::to_string(first) : std::to_string(first) + '-' + std::to_string(last));
        return parts.empty() ? "none" : joined(parts);
      },
      "ports and ranges from 1 to 65535, rising and none twice, such as 1024-65535 or 8080,9000-9100; or none"};
}

namespace {

codec<std::vector<std::string>> list(bool (*is_element)(std::string_view), std::string expects) {
  return {[is_element](std::string_view given) -> std::optional<std::vector<std::string>> {
            std::vector<std::string> parts;
            for (const auto part : split(given, ',')) {
              std::string one{trimmed(part)};
              if (!is_element(one)) return std::nullopt;
              std::transform(one.begin(), one.end(), one.begin(), [](unsigned char c) { return std::tolower(c); });
              if (std::find(parts.begin(), parts.end(), one) == parts.end()) parts.push_back(std::move(one));
            }
            return parts;
          },
          joined, std::move(expects)};
}

}  // namespace

codec<std::vector<std::string>> registries() {
  return list(is_host_with_optional_port, "hosts with or without a port, such as registry.internal:5000,10.0.0.7");
}

codec<std::vector<std::string>> telegram_users() {
  const auto is_id = [](std::string_view text) {
    return !text.empty() && text.size() <= 18 && text.front() != '0' &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  return list(is_id, "the ids of people on Telegram, not their names, such as 123456789,987654321");
}

codec<std::vector<std::string>> origins() {
  auto out = list([](auto text) { return text == "*" || origin.matches(text); }, std::string(origin.expects));
  out.read = [read = std::move(out.read)](std::string_view given) {
    auto all = read(given);
    const bool mixed = all && all->size() > 1 && std::find(all->begin(), all->end(), "*") != all->end();
    return mixed ? std::nullopt : std::move(all);
  };
  return out;
}

codec<std::vector<std::string>> addresses() {
  return list(ip_address.matches, "IP addresses, such as 203.0.113.7,2001:db8::7");
}

}  // namespace troupe::config
