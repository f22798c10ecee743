// What the images of a plan lead to now: asked side by side, each once, within one time for all of them.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "actors/desk/answer_to.hpp"
#include "actors/model/image_prospect.hpp"
#include "actors/model/release_spec.hpp"

namespace troupe::desk {

// A lookup's answer depends on no more than these.
using image_wish = std::pair<std::string, model::pull_policy>;  // the reference's text
image_wish wish_of(const model::release_spec& spec);

struct wanted_image {
  model::image_reference image;
  std::vector<std::string> held;  // what each of its services was given before
};
using wanted_images = std::map<image_wish, wanted_image>;
using image_prospects = std::map<image_wish, model::image_prospect>;

inline constexpr std::chrono::milliseconds lookup_patience{10'000};  // for all images of a plan
inline constexpr std::size_t most_lookups = 100;                     // of a plan
inline constexpr std::size_t lookups_at_once = 16;                   // the engine's own shares are smaller

// `then` gets all of them, once; of what was not found out it is told why.
void look_up_images(const task& t, wanted_images wanted, std::function<void(image_prospects)> then);

}  // namespace troupe::desk
