#include "docker/image_answer.hpp"

#include <algorithm>
#include <filesystem>

namespace troupe::docker {

bool is_digest(std::string_view text) {
  constexpr std::string_view prefix = "sha256:";
  if (text.size() != prefix.size() + 64 || !text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

namespace {

std::size_t bytes_of(const json& texts) {
  std::size_t sum = 0;
  for (const auto& text : list_of(texts))
    if (text.is_string()) sum += text.get_ref<const std::string&>().size() + 1;
  return sum;
}

image_declaration read_declaration(const json& config) {
  image_declaration d;
  if (const auto& labels = at(config, "Labels"); labels.is_object())
    for (const auto& [name, value] : labels.items()) {
      d.labels.push_back(name);
      d.label_bytes += name.size() + (value.is_string() ? value.get_ref<const std::string&>().size() : 0);
    }
  d.environment_bytes = bytes_of(at(config, "Env"));
  d.command_bytes =
      bytes_of(at(config, "Entrypoint")) + bytes_of(at(config, "Cmd")) + bytes_of(at(config, "Healthcheck", "Test"));
  if (const auto& ports = at(config, "ExposedPorts"); ports.is_object()) d.ports = ports.size();
  return d;
}

// The Engine tells nanoseconds, 0 for its default. An image may ask for a check each millisecond, or for a first one
// next year: what is beyond the bounds of a release's own check is brought within them.
model::image_check read_check(const json& check) {
  using bounds = model::health_check_bounds;
  model::image_check out;
  const auto take = [&](std::uint32_t& value, std::int64_t given, std::int64_t unit, model::bound within) {
    if (given == 0) return;
    const auto wanted = given / unit + (given % unit > 0 ? 1 : 0);
    value = static_cast<std::uint32_t>(std::clamp<std::int64_t>(wanted, within.least, within.most));
    out.adjusted = out.adjusted || given < within.least * unit || given > within.most * unit;
  };
  constexpr std::int64_t second = 1'000'000'000;
  take(out.interval_seconds, number_of(at(check, "Interval")), second, bounds::interval_seconds);
  take(out.timeout_seconds, number_of(at(check, "Timeout")), second, bounds::timeout_seconds);
  take(out.start_period_seconds, number_of(at(check, "StartPeriod")), second, bounds::start_period_seconds);
  take(out.retries, number_of(at(check, "Retries")), 1, bounds::retries);
  return out;
}

}  // namespace

std::optional<image_answer> read_image(const json& body) {
  image_answer image;
  image.id = text_of(at(body, "Id"));
  if (!is_digest(image.id)) return std::nullopt;
  for (const auto& d : list_of(at(body, "RepoDigests")))
    if (auto text = text_of(d); !text.empty() && text.find("<none>") == std::string::npos)
      image.repo_digests.push_back(std::move(text));
  const auto& config = at(body, "Config");
  image.user = text_of(at(config, "User"));
  const auto first_word = [&](const char* of) {
    const auto& words = list_of(at(config, of));
    return words.empty() ? std::string() : text_of(words.front());
  };
  image.entrypoint = first_word("Entrypoint");
  image.command = first_word("Cmd");
  for (const auto* of : {"Entrypoint", "Cmd"})
    for (const auto& word : list_of(at(config, of))) image.start.push_back(text_of(word));
  image.working_dir = text_of(at(config, "WorkingDir"));
  image.platform = {text_of(at(body, "Os")), text_of(at(body, "Architecture"))};
  for (const auto& variable : list_of(at(config, "Env"))) image.has_home |= text_of(variable).starts_with("HOME=");
  if (const auto& volumes = at(config, "Volumes"); volumes.is_object())
    for (const auto& [declared, unused] : volumes.items()) {
      auto path = std::filesystem::path(declared).lexically_normal().string();  // as the Engine takes it
      if (path.size() > 1 && path.back() == '/') path.pop_back();
      image.volumes.push_back(std::move(path));
    }
  const auto& test = list_of(at(config, "Healthcheck", "Test"));
  image.has_health_check = !test.empty() && text_of(test.front()) != "NONE";
  if (image.has_health_check) image.check = read_check(at(config, "Healthcheck"));
  image.declared = read_declaration(config);
  return image;
}

std::optional<registry_answer> read_registry_answer(const json& body) {
  registry_answer out;
  out.digest = text_of(at(body, "Descriptor", "digest"));
  if (!is_digest(out.digest)) return std::nullopt;
  const auto type = text_of(at(body, "Descriptor", "mediaType"));
  out.is_index = type.find("manifest.list") != std::string::npos || type.find("image.index") != std::string::npos;
  for (const auto& one : list_of(at(body, "Platforms"))) {
    const image_platform platform{text_of(at(one, "os")), text_of(at(one, "architecture"))};
    // What builders attest of an image stands beside it as one for "unknown".
    if (platform.is_known() && platform.architecture != "unknown") out.platforms.push_back(platform);
  }
  return out;
}

void pull_progress::line(std::string_view text) {
  const auto body = parse_json(text);
  if (!body) return;
  if (const auto error = text_of(at(*body, "errorDetail", "message")); !error.empty()) error_ = error;
  if (error_.empty()) error_ = text_of(at(*body, "error"));
  const auto status = text_of(at(*body, "status"));
  constexpr std::string_view digest = "Digest: ";
  if (status.starts_with(digest) && is_digest(std::string_view(status).substr(digest.size())))
    digest_ = status.substr(digest.size());
  if (status.starts_with("Status: ")) percent_ = 100;
  const auto id = text_of(at(*body, "id"));
  if (id.empty() || status.starts_with("Pulling from") || layers_.size() > 1000) return;
  auto& seen = layers_[id];
  if (status == "Pull complete" || status == "Already exists" || status == "Download complete") seen.done = true;
  if (status == "Downloading") {
    seen.current = std::max<std::int64_t>(0, number_of(at(*body, "progressDetail", "current")));
    seen.total = std::max<std::int64_t>(0, number_of(at(*body, "progressDetail", "total")));
  }
  // By layers, not bytes: sizes become known only when a layer's turn comes.
  double sum = 0;
  for (const auto& [unused, l] : layers_)
    sum += l.done        ? 1.0
           : l.total > 0 ? std::min(1.0, static_cast<double>(l.current) / static_cast<double>(l.total))
                         : 0.0;
  percent_ = std::max(percent_, std::min(99, static_cast<int>(99.0 * sum / static_cast<double>(layers_.size()))));
}

}  // namespace troupe::docker
