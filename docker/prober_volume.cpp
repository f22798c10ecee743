#include "docker/prober_volume.hpp"

#include <cstdint>
#include <cstdio>

#include "docker/probe_container.hpp"

// The program's bytes, as the linker has put them here.
extern "C" const char _binary_prober_start[], _binary_prober_end[];

namespace troupe::docker {

namespace {

std::string_view program() {
  return {_binary_prober_start, static_cast<std::size_t>(_binary_prober_end - _binary_prober_start)};
}

std::string name_of_program() {
  std::uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a
  for (const unsigned char c : program()) hash = (hash ^ c) * 0x100000001b3ULL;
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash));
  return "troupe-prober-" + std::string(digits);
}

}  // namespace

json prober_labels() {
  return {{"com.troupe.prober", "1"}};
}

prober_volume::prober_volume(api_client& api, std::string instance)
    : api_(api), instance_(std::move(instance)), name_(name_of_program()) {}

std::optional<model::effect_error> prober_volume::ensure(const std::string& volume, const std::string& image) {
  const auto there = api_.get("/volumes/" + percent_encode(volume));
  if (!there.ok() && !there.absent()) return engine_fault(there);
  const std::lock_guard lock(mutex_);  // for a moment, but while the volume is filled, once
  if (there.absent()) filled_.erase(volume);
  if (filled_.contains(volume)) return std::nullopt;
  probe_container probe(api_, instance_, image, {{volume, std::string(prober_directory), prober_labels()}});
  if (!probe.ready()) return probe.failed();
  const auto found = probe.entry(std::string(prober_path));
  // Another version's is of another size; one of this version's may be there in part, from a crash.
  const bool whole = found && (volume == name_ ? found->size == program().size() : found->size > 0);
  const bool filled = whole && found->type == '0' && (found->mode & 0111U) != 0;
  if (!filled && !probe.put(std::string(prober_directory), "prober", std::string(program())))
    return model::effect_error{model::consequence::retry,
                               model::make_failure(model::failure_code::volume_failed,
                                                   "Troupe's prober could not be put where containers find it.")};
  filled_.insert(volume);
  return std::nullopt;
}

}  // namespace troupe::docker
