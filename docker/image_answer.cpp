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

std::optional<image_answer> read_image(const json& body) {
  image_answer image;
  image.id = text_of(at(body, "Id"));
  if (!is_digest(image.id)) return std::nullopt;
  for (const auto& d : list_of(at(body, "RepoDigests")))
    if (auto text = text_of(d); !text.empty() && text.find("<none>") == std::string::npos)
      image.repo_digests.push_back(std::move(text));
  const auto& config = at(body, "Config");
  image.user = text_of(at(config, "User"));
  if (const auto& volumes = at(config, "Volumes"); volumes.is_object())
    for (const auto& [declared, unused] : volumes.items()) {
      auto path = std::filesystem::path(declared).lexically_normal().string();  // as the Engine takes it
      if (path.size() > 1 && path.back() == '/') path.pop_back();
      image.volumes.push_back(std::move(path));
    }
  const auto& test = list_of(at(config, "Healthcheck", "Test"));
  image.has_health_check = !test.empty() && text_of(test.front()) != "NONE";
  return image;
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
