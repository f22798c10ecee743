// What each command says of itself, so that admission can check it: its row of the table. A command without terms or
// without a subject does not compile.
#pragma once

#include <concepts>
#include <optional>
#include <string_view>
#include <type_traits>

#include "actors/desk/subject.hpp"
#include "actors/model/identity.hpp"

namespace troupe::desk {

// What a key needs. There is no default: each command says it.
class right {
public:
  constexpr right(model::scope needed) : scope_(needed) {}
  static constexpr right any_key() { return right(std::nullopt); }
  constexpr const std::optional<model::scope>& scope() const { return scope_; }

private:
  constexpr explicit right(std::nullopt_t) {}
  std::optional<model::scope> scope_;
};

class command_name {
public:
  template <std::size_t N>
  consteval command_name(const char (&text)[N]) : text_(text) {
    static_assert(N > 1, "a command has a name");
  }
  constexpr operator std::string_view() const { return text_; }

private:
  std::string_view text_;
};

enum class planning { none, environment, deployment, operation };  // the ids that the work makes

// Of which a minute's share a command takes, each by itself.
enum class budget { none, deployments, plans };

struct terms {
  command_name name;  // imperative; in logs and audits
  right needs;
  bool writes = false;          // changes something: it may be claimed under an Idempotency-Key
  budget limit = budget::none;  // of which what was accepted counts
  planning plans = planning::none;

  constexpr bool limited() const { return limit != budget::none; }
};

template <class S>
concept subject_kind = std::constructible_from<subject::any, S> && !std::same_as<S, subject::any>;

// A plain struct with its terms, what it is about, and the type of its owner's answer.
template <class C>
concept command = requires(const C& what) {
  requires std::same_as<std::remove_cv_t<decltype(C::on)>, terms>;
  { what.about() } -> subject_kind;
  typename C::answer;
};

}  // namespace troupe::desk
