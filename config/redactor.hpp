// Takes secrets out of texts: registered values wherever they stand, and what has the shape of one.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe::config {

class redactor {
public:
  explicit redactor(std::string key_prefix = "rw_prod_") : key_prefix_(std::move(key_prefix)) {}

  // From 16 bytes on a value is masked anywhere, a shorter one only as a whole word (the password "postgres" leaves
  // "postgresql" alone), and one below 4 not at all: its mask would say more than it hides.
  void hide(std::string_view value);

  // Masked by shape, harmless parts kept: API keys (prefix, id), bot tokens (id), passwords in URLs,
  // token= password= secret= apiKey= (also as JSON), Bearer and Basic credentials.
  std::string operator()(std::string_view text) const;

  // A field or parameter whose whole content is secret by its name.
  static bool secret_name(std::string_view name);

private:
  std::string key_prefix_;
  std::vector<std::string> values_;  // longest first
};

}  // namespace troupe::config
