// A visitor of lambdas, for std::visit.
#pragma once

namespace troupe::model {

template <class... Fs>
struct overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
overloaded(Fs...) -> overloaded<Fs...>;  // clang 14 wants it said

}  // namespace troupe::model
