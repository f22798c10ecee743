#include "actors/model/operation.hpp"

#include <algorithm>
#include <charconv>

#include "actors/model/overloaded.hpp"

namespace troupe::model {

namespace {

constexpr std::string_view of_creating = "create";
constexpr std::string_view of_deleting = "delete";

template <class Id>
std::string of(const Id& id, const std::string& what) {
  return std::string(operation_tag::prefix) + '_' + std::string(id.bare()) + '-' + what;
}

template <class Id>
Id with_prefix(std::string_view bare) {
  return {std::string(id_traits<Id>::prefix) + '_' + std::string(bare)};
}

// What asks for an end decides how what was under way ends; anything else takes its place at once.
bool takes_its_place(const transition& line) {
  return line.asked && *line.asked != verb::cancel && *line.asked != verb::remove;
}

operation_status end_of(operation_kind kind, deployment_status status) {
  const auto unless = [&](operation_kind wanted) {
    return kind == wanted ? operation_status::succeeded : operation_status::cancelled;
  };
  switch (status) {
    case deployment_status::failed: return operation_status::failed;
    case deployment_status::superseded: return operation_status::superseded;
    case deployment_status::cancelled: return unless(operation_kind::cancel);
    case deployment_status::removed: return unless(operation_kind::remove);
    default: return operation_status::succeeded;
  }
}

// What goes back where it fails, or is cancelled.
bool makes_release(operation_kind kind) {
  return kind == operation_kind::deploy || kind == operation_kind::rollback;
}

}  // namespace

std::string text_of(const operation_name& name) {
  return std::visit(
      overloaded{
          [](const operation_id& id) { return id.text; },
          [](const deployment_operation& o) { return of(o.deployment, 'r' + std::to_string(o.revision)); },
          [](const environment_operation& o) {
            return of(o.environment, std::string(o.deletes ? of_deleting : of_creating));
          },
          [](const domain_operation& o) { return of(o.environment, 'd' + std::string(o.site.bare())); },
      },
      name);
}

std::optional<operation_name> parse_operation_name(std::string_view text) {
  const auto dash = text.find('-');
  const auto subject = parse_id<operation_id>(text.substr(0, dash));
  if (!subject) return std::nullopt;
  if (dash == std::string_view::npos) return *subject;
  const auto what = text.substr(dash + 1);
  const auto bare = subject->bare();
  if (what == of_creating || what == of_deleting)
    return environment_operation{with_prefix<environment_id>(bare), what == of_deleting};
  if (what.starts_with('r')) {
    deployment_operation out{with_prefix<deployment_id>(bare), 0};
    const auto* const end = what.data() + what.size();
    const auto read = std::from_chars(what.data() + 1, end, out.revision);
    const bool canonical = read.ec == std::errc{} && read.ptr == end && what == 'r' + std::to_string(out.revision);
    return canonical && out.revision > 0 ? std::optional<operation_name>(out) : std::nullopt;
  }
  if (!what.starts_with('d')) return std::nullopt;
  const auto site = with_prefix<site_id>(what.substr(1));
  if (!is_id(site_tag::prefix, site.text)) return std::nullopt;
  return domain_operation{with_prefix<environment_id>(bare), site};
}

operation_kind kind_of(verb asked) {
  switch (asked) {
    case verb::cancel: return operation_kind::cancel;
    case verb::stop: return operation_kind::stop;
    case verb::start: return operation_kind::start;
    case verb::restart: return operation_kind::restart;
    case verb::scale: return operation_kind::scale;
    case verb::remove: return operation_kind::remove;
  }
  return operation_kind::deploy;
}

operation_status status_of(operation_kind kind, const deployment& row) {
  if (is_settled(row)) return end_of(kind, row.status);
  return is_undoing(row) && makes_release(kind) ? operation_status::rolling_back : operation_status::applying;
}

release_progress progress_of(const deployment_operation& which, const deployment& row,
                             const std::vector<transition>& timeline) {
  release_progress out;
  auto& p = out.progress;
  p.kind = row.rollback_of ? operation_kind::rollback : operation_kind::deploy;
  p.created_at = row.created_at;
  p.updated_at = row.updated_at;
  const auto is_later = [&](const transition& t) { return t.revision > which.revision; };
  const auto begin = timeline.begin();
  const auto after = std::find_if(begin, timeline.end(), is_later);
  // What asked for nothing new belongs to what was asked before.
  for (auto line = begin; line != after; ++line)
    if (line == begin || line->asked) {
      out.first = static_cast<std::size_t>(line - begin);
      if (line->asked) p.kind = kind_of(*line->asked);
    }
  out.last = timeline.size();
  p.status = status_of(p.kind, row);
  if (row.error && makes_release(p.kind)) p.detail = row.error->message;
  if (timeline.empty()) return out;
  p.created_at = timeline[out.first].at;
  for (std::size_t i = out.first; i < timeline.size(); ++i) {
    const auto& line = timeline[i];
    if (i > out.first && takes_its_place(line)) {
      p.status = operation_status::superseded;
      p.detail = "another command took its place: " + std::string(operation_kind_texts[kind_of(*line.asked)]);
      p.updated_at = line.at;
      out.last = i;
      return out;
    }
    p.updated_at = line.at;
    if (!row.error || !makes_release(p.kind)) p.detail = line.detail;
    if (!line.ended) continue;
    p.status = line.ended == ending::late ? operation_status::failed : end_of(p.kind, line.status);
    out.last = i + 1;
    return out;
  }
  return out;
}

operation_progress progress_of(const environment_operation& which, const environment& row) {
  operation_progress out;
  out.kind = which.deletes ? operation_kind::delete_environment : operation_kind::create_environment;
  out.created_at = row.created_at;
  out.updated_at = row.updated_at;
  const bool goes = row.status == environment_status::deleting || row.status == environment_status::deleted;
  if (which.deletes) {
    out.status = row.status == environment_status::deleted ? operation_status::succeeded : operation_status::applying;
    return out;
  }
  const bool was_made = row.status == environment_status::active || !row.network_id.empty();
  out.status = was_made ? operation_status::succeeded : goes ? operation_status::cancelled : operation_status::applying;
  return out;
}

operation_progress progress_of(const site& row) {
  const bool answers = row.status == site_status::active || row.status == site_status::renewing;
  return {operation_kind::publish, answers ? operation_status::succeeded : operation_status::applying, row.detail,
          row.created_at, row.updated_at};
}

operation_progress progress_of(const application& row) {
  operation_progress out{operation_kind::apply, {}, row.detail, row.created_at, row.updated_at};
  switch (row.status) {
    case apply_status::applying: out.status = operation_status::applying; break;
    case apply_status::rolling_back: out.status = operation_status::rolling_back; break;
    case apply_status::succeeded: out.status = operation_status::succeeded; break;
    case apply_status::failed: out.status = operation_status::failed; break;
    case apply_status::rolled_back: out.status = operation_status::rolled_back; break;
    case apply_status::cancelled: out.status = operation_status::cancelled; break;
  }
  return out;
}

}  // namespace troupe::model
