#include "actors/model/image_reference.hpp"

#include <algorithm>
#include <array>

#include "actors/model/registry_login.hpp"

namespace troupe::model {

namespace {

constexpr std::size_t longest_name = 255;
constexpr std::size_t longest_tag = 128;
constexpr std::string_view digest_prefix = "sha256:";
constexpr std::size_t digest_digits = 64;

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_path_letter(char c) {
  return is_lower(c) || is_digit(c);
}
bool is_host_letter(char c) {
  return is_path_letter(c) || is_upper(c);
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f');
}

// Letters and digits, with one of `.`, `_`, `__` or any number of `-` between them.
bool is_path_component(std::string_view text) {
  std::size_t i = 0;
  const auto letters = [&] {
    const auto from = i;
    while (i < text.size() && is_path_letter(text[i])) ++i;
    return i > from;
  };
  if (!letters()) return false;
  while (i < text.size()) {
    if (text[i] == '-')
      while (i < text.size() && text[i] == '-') ++i;
    else if (text.substr(i, 2) == "__")
      i += 2;
    else if (text[i] == '.' || text[i] == '_')
      ++i;
    else
      return false;
    if (!letters()) return false;
  }
  return true;
}

template <class Check>
bool every_part(std::string_view text, char separator, Check check) {
  for (;;) {
    const auto end = text.find(separator);
    if (!check(text.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + 1);
  }
}

bool is_host_component(std::string_view text) {
  return !text.empty() && is_host_letter(text.front()) && is_host_letter(text.back()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_host_letter(c) || c == '-'; });
}

bool is_registry(std::string_view text) {
  const auto colon = text.find(':');
  if (colon != std::string_view::npos) {
    const auto port = text.substr(colon + 1);
    if (port.empty() || port.size() > 5 || !std::all_of(port.begin(), port.end(), is_digit)) return false;
    const int number = std::stoi(std::string(port));
    if (number < 1 || number > 65535) return false;
  }
  return every_part(text.substr(0, colon), '.', is_host_component);
}

bool is_tag(std::string_view text) {
  const auto is_word = [](char c) { return is_host_letter(c) || c == '_'; };
  return !text.empty() && text.size() <= longest_tag && is_word(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return is_word(c) || c == '.' || c == '-'; });
}

bool is_digest(std::string_view text) {
  return text.size() == digest_prefix.size() + digest_digits && text.starts_with(digest_prefix) &&
         std::all_of(text.begin() + digest_prefix.size(), text.end(), is_hex);
}

// The first part names a registry where it could not be a user's name on Docker Hub.
bool names_registry(std::string_view first_part) {
  return first_part.find_first_of(".:") != std::string_view::npos || first_part == "localhost";
}

// `text` is a registry's name already.
std::string canonical_registry(std::string_view text) {
  constexpr std::array<std::string_view, 3> docker_hub{"index.docker.io", "registry-1.docker.io", "hub.docker.com"};
  std::string out;
  std::transform(text.begin(), text.end(), std::back_inserter(out),
                 [](char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; });
  return std::find(docker_hub.begin(), docker_hub.end(), out) == docker_hub.end() ? out : "docker.io";
}

image_parse failed(std::string error) {
  return {std::nullopt, std::move(error)};
}

}  // namespace

image_parse parse_image(std::string_view image, std::string_view tag) {
  if (image.empty()) return failed("must name an image, such as nginx or ghcr.io/owner/app");
  image_reference out;

  const auto at = image.find('@');
  if (at != std::string_view::npos) {
    out.digest = image.substr(at + 1);
    if (!is_digest(out.digest))
      return failed("the part after @ must be sha256: and 64 hexadecimal digits in lower case");
    image = image.substr(0, at);
  }

  const auto last_slash = image.rfind('/');
  const auto colon = image.find(':', last_slash == std::string_view::npos ? 0 : last_slash);
  if (colon != std::string_view::npos) {
    out.tag = image.substr(colon + 1);
    if (!is_tag(out.tag))
      return failed("the tag inside it must be 1 to 128 letters, digits, _, . or -, and begin with none of . and -");
    image = image.substr(0, colon);
  }

  if (!tag.empty()) {
    if (!out.tag.empty() || !out.digest.empty())
      return failed("has a tag or digest of its own: leave that or `tag` out");
    if (!is_tag(tag))
      return failed("`tag` must be 1 to 128 letters, digits, _, . or -, and begin with none of . and -");
    out.tag = tag;
  }
  if (out.tag.empty() && out.digest.empty()) out.tag = "latest";

  if (image.size() > longest_name) return failed("the name must have at most 255 characters");
  if (image.find("://") != std::string_view::npos) return failed("must not be a URL: leave out http:// or https://");
  if (image.find('[') != std::string_view::npos)
    return failed("a registry cannot be given as an IPv6 address; use a host name");

  const auto slash = image.find('/');
  const auto first = image.substr(0, slash);
  if (slash != std::string_view::npos && names_registry(first)) {
    if (!is_registry(first))
      return failed("the registry's part must be a host name or IPv4 address, with an optional port");
    out.registry = canonical_registry(first);
    image.remove_prefix(slash + 1);
  } else {
    out.registry = "docker.io";
  }
  if (!every_part(image, '/', is_path_component))
    return failed("each part of the name must be lower-case letters and digits, joined by one of . _ __ or by -");
  if (image.size() == digest_digits && std::all_of(image.begin(), image.end(), is_hex))
    return failed("must be a name, not an image's id");

  out.repository = image;
  if (out.registry == "docker.io" && image.find('/') == std::string_view::npos)
    out.repository = "library/" + out.repository;
  if (out.name().size() > longest_name) return failed("the name must have at most 255 characters");
  return {std::move(out), {}};
}

std::optional<std::string> parse_registry(std::string_view text) {
  if (text.size() > longest_name || !names_registry(text) || !is_registry(text)) return std::nullopt;
  return canonical_registry(text);
}

std::string image_reference::text() const {
  std::string out = name();
  if (!tag.empty()) (out += ':') += tag;
  if (!digest.empty()) (out += '@') += digest;
  return out;
}

std::string image_reference::service_name() const {
  constexpr std::size_t longest_label = 40;
  std::string label = repository.substr(repository.rfind('/') + 1).substr(0, longest_label);
  for (char& c : label)
    if (!is_path_letter(c)) c = '-';
  label.resize(label.find_last_not_of('-') + 1);  // a cut may have left a separator at the end
  return label;
}

}  // namespace troupe::model
