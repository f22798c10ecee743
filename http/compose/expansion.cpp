#include "http/compose/expansion.hpp"

#include <optional>

namespace troupe::http::compose {

namespace {

constexpr int deepest = 16;  // defaults within defaults

bool begins_name(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

std::string_view name_at(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && (begins_name(text[end]) || (end > 0 && text[end] >= '0' && text[end] <= '9'))) ++end;
  return text.substr(0, end);
}

class expander {
public:
  expander(const std::map<std::string, std::string>& variables, std::size_t most)
      : variables_(variables), most_(most) {}

  std::string run(std::string_view text, int depth = 0) {
    if (depth > deepest) return fail("has defaults within defaults more than " + std::to_string(deepest) + " deep");
    std::string out;
    while (fault_.empty()) {
      const auto dollar = text.find('$');
      out.append(text.substr(0, dollar));
      if (out.size() > most_) return fail("becomes too long by its variables");
      if (dollar == std::string_view::npos) return out;
      text.remove_prefix(dollar + 1);
      out += one(text, depth);
    }
    return out;
  }

  const std::string& fault() const { return fault_; }

private:
  std::string fail(std::string why) {
    if (fault_.empty()) fault_ = std::move(why);
    return {};
  }

  // What follows a $, and takes it off `text`.
  std::string one(std::string_view& text, int depth) {
    if (text.starts_with('$')) {
      text.remove_prefix(1);
      return "$";
    }
    if (text.starts_with('{')) return in_braces(text, depth);
    const auto name = name_at(text);
    if (name.empty()) return fail("has a $ that begins no variable: write $$ for the character itself");
    text.remove_prefix(name.size());
    return value_of(name);
  }

  // The length of what stands before the brace that closes, nested ones skipped.
  static std::optional<std::size_t> closing(std::string_view text) {
    int open = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '$' && i + 1 < text.size() && text[i + 1] == '$')
        ++i;
      else if (text[i] == '$' && i + 1 < text.size() && text[i + 1] == '{')
        ++open, ++i;
      else if (text[i] == '}' && open-- == 0)
        return i;
    }
    return std::nullopt;
  }

  std::string in_braces(std::string_view& text, int depth) {
    text.remove_prefix(1);
    const auto length = closing(text);
    if (!length) return fail("has a ${ without its }: close it, or write $$ for the character $ itself");
    auto inside = text.substr(0, *length);
    text.remove_prefix(*length + 1);
    const auto name = name_at(inside);
    inside.remove_prefix(name.size());
    if (name.empty()) return fail("has ${ without a variable's name after it: write $$ for the character $ itself");
    if (inside.empty()) return value_of(name);
    const bool colon = inside.starts_with(':');
    if (colon) inside.remove_prefix(1);
    if (inside.empty() || std::string_view("-?+").find(inside[0]) == std::string_view::npos)
      return fail("has something after the variable " + std::string(name) +
                  " that is not known: it may be followed by :- - :? ? :+ or +");
    return chosen(name, colon, inside[0], inside.substr(1), depth);
  }

  std::string chosen(std::string_view name, bool colon, char kind, std::string_view other, int depth) {
    const auto found = variables_.find(std::string(name));
    const bool there = found != variables_.end() && !(colon && found->second.empty());
    if (kind == '+') return there ? run(other, depth + 1) : std::string{};
    if (there) return found->second;
    if (kind == '-') return run(other, depth + 1);
    const auto why = run(other, depth + 1);
    return fail("needs the variable " + std::string(name) + (why.empty() ? ": give it a value" : ": " + why));
  }

  std::string value_of(std::string_view name) {
    const auto found = variables_.find(std::string(name));
    if (found != variables_.end()) return found->second;
    const std::string n(name);
    return fail("needs the variable " + n + ", which is not given: give it a value, or write ${" + n +
                ":-default}, or $$ for the character $ itself");
  }

  const std::map<std::string, std::string>& variables_;
  std::size_t most_;
  std::string fault_;
};

}  // namespace

expansion expand(std::string_view text, const std::map<std::string, std::string>& variables, std::size_t most) {
  expander one(variables, most);
  auto out = one.run(text);
  if (one.fault().empty() && out.size() > most) return {{}, "becomes too long by its variables"};
  return {std::move(out), one.fault()};
}

}  // namespace troupe::http::compose
