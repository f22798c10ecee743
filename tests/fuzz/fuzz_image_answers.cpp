// Any bytes as what the Engine says of an image, and as the passwd and the paths in it: what is accepted is within its
// bounds and runs as a user that may be, with nothing mounted in the system's directories.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "actors/model/container_path.hpp"
#include "docker/image_limits.hpp"
#include "docker/image_profile.hpp"
#include "docker/mount_rules.hpp"
#include "tests/fuzz/targets.hpp"

namespace troupe::fuzz {

int image_answers(const std::uint8_t* data, std::size_t size) {
  using namespace docker;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto end = std::min(text.find('\0'), text.size());
  const auto body = parse_json(text.substr(0, end));
  const auto image = body ? read_image(*body) : std::nullopt;
  if (!image) return 0;
  const auto& check = image->check;
  if (check.interval_seconds < 1 || check.interval_seconds > 3600 || check.timeout_seconds < 1 ||
      check.timeout_seconds > 600 || check.retries < 1 || check.retries > 100 || check.start_period_seconds > 3600)
    std::abort();
  if (find_image_fault(*image)) return 0;
  if (image->volumes.size() > most_declared_volumes) std::abort();
  const auto rest = text.substr(std::min(end + 1, text.size()));
  image_profile profile{image->user, image->volumes, std::string(rest), std::string(rest), {}, image->working_dir};
  model::release_spec spec;
  for (const auto& path : paths_to_examine(spec, image->volumes, image->working_dir)) {
    const auto real = model::normal_path(path.size() % 2 == 0 ? path : std::string(rest));
    if (real.empty() || real.front() != '/' || model::normal_path(real) != real) std::abort();
    profile.paths.emplace(path, path_facts{true, real, 0755, false});
  }
  if (find_mount_fault(spec, profile)) return 0;
  const auto user = user_to_run_as(spec, profile);
  const auto* as = std::get_if<run_as>(&user);
  if (as == nullptr) return 0;
  if (as->uid == 0) std::abort();  // nobody asked for root
  for (const auto& scratch : scratch_for(spec, profile, *as, declared_for(spec, profile)))
    if (model::find_system_directory(scratch.path, model::path_use::declared)) std::abort();
  return 0;
}

}  // namespace troupe::fuzz

#ifdef TROUPE_FUZZ_TARGET
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return troupe::fuzz::image_answers(data, size);
}
#endif
