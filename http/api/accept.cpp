#include "http/api/accept.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace troupe::http::api {

namespace {

std::string_view trim(std::string_view text) {
  const auto from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

std::string_view cut(std::string_view& rest, char separator) {
  const auto end = rest.find(separator);
  const auto part = trim(rest.substr(0, end));
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return part;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

double quality_of(std::string_view parameters) {
  while (!parameters.empty()) {
    const auto one = lower(cut(parameters, ';'));
    if (!one.starts_with("q=")) continue;
    double q = 0;
    const auto [end, error] = std::from_chars(one.data() + 2, one.data() + one.size(), q);
    return error == std::errc{} && end == one.data() + one.size() ? std::clamp(q, 0.0, 1.0) : 0.0;
  }
  return 1.0;
}

}  // namespace

media preferred_media(std::string_view accept) {
  media best = media::json;
  double highest = 0;
  while (!accept.empty()) {
    auto parameters = cut(accept, ',');
    const auto type = lower(cut(parameters, ';'));
    media named;
    if (type == "text/plain")
      named = media::text;
    else if (type == "text/event-stream")
      named = media::events;
    else if (type == "application/json" || type == "application/*" || type == "*/*")
      named = media::json;
    else
      continue;
    if (const double q = quality_of(parameters); q > highest) {
      highest = q;
      best = named;
    }
  }
  return best;
}

ranked page_or_json(std::string_view accept) {
  double page = 0, json = 0;
  while (!accept.empty()) {
    auto parameters = cut(accept, ',');
    const auto type = lower(cut(parameters, ';'));
    if (type == "text/html") page = quality_of(parameters);
    if (type == "application/json") json = quality_of(parameters);
  }
  if (page == 0 && json == 0) return ranked::neither;
  return page > json ? ranked::page : ranked::json;
}

bool is_form_type(std::string_view content_type) {
  return lower(cut(content_type, ';')) == "application/x-www-form-urlencoded";
}

static bool is_text_of(std::string_view content_type, std::string_view type) {
  if (lower(cut(content_type, ';')) != type) return false;
  while (!content_type.empty()) {
    const auto parameter = lower(cut(content_type, ';'));
    if (parameter.starts_with("charset=") && parameter != "charset=utf-8" && parameter != "charset=\"utf-8\"")
      return false;
  }
  return true;
}

bool is_json_type(std::string_view content_type) {
  return is_text_of(content_type, "application/json");
}

bool is_yaml_type(std::string_view content_type) {
  for (const auto* type : {"application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"})
    if (is_text_of(content_type, type)) return true;
  return false;
}

bool is_merge_patch_type(std::string_view content_type) {
  return is_text_of(content_type, "application/merge-patch+json");
}

}  // namespace troupe::http::api
