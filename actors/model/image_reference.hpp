// An image reference, by the grammar of the distribution project (reference/reference.go), split and canonical.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace troupe::model {

struct image_reference {
  std::string registry;    // "docker.io" where the text names none; else "host[:port]"
  std::string repository;  // "library/nginx" where docker.io is meant and the text has no slash
  std::string tag;         // "" only where a digest is given
  std::string digest;      // "" or "sha256:<64 hex>"

  bool operator==(const image_reference&) const = default;
  std::string name() const { return registry + '/' + repository; }
  std::string text() const;          // name[:tag][@digest]
  std::string service_name() const;  // the repository's last part, made a DNS label: the default name of its service
};

// At most 255 characters of name. `tag` is the body's own field: giving it and a tag or digest inside `image` is an
// error. On failure the error says what is wrong, fit for the user.
struct image_parse {
  std::optional<image_reference> reference;
  std::string error;
};
image_parse parse_image(std::string_view image, std::string_view tag);

}  // namespace troupe::model
