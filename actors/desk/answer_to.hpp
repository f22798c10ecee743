// How the owner of a command gives its answer. Feature headers know no more of an admitted command than this.
#pragma once

#include <functional>

#include "actors/desk/refusal.hpp"

namespace troupe::desk {

struct task;  // actors/desk/task.hpp

// Called once, with the answer or why there is none.
template <class T>
using answer_to = std::function<void(outcome<T>)>;

}  // namespace troupe::desk
