// What a reference leads to now, as a release of it would find it: looked up, and not pulled.
#pragma once

#include <optional>
#include <string>

#include "actors/model/failure.hpp"

namespace troupe::model {

struct image_prospect {
  std::string digest{};        // "sha256:…": of the manifest, or the image's id where no registry has given it
  std::optional<bool> fits{};  // whether it was made for this machine's platform; absent: its registry does not say
  bool here = false;           // on this machine already
  std::optional<model::failure> fault{};  // with which a release of it would end
  std::string unknown{};                  // why nothing is known of it, a sentence; "": the rest holds

  bool operator==(const image_prospect&) const = default;
};

}  // namespace troupe::model
