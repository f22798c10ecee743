#include "docker/probe_container.hpp"

#include <algorithm>
#include <utility>

#include "actors/model/container_path.hpp"
#include "docker/labels.hpp"

namespace troupe::docker {

namespace {

std::string from_base64(std::string_view text) {
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    int v = c >= 'A' && c <= 'Z'   ? c - 'A'
            : c >= 'a' && c <= 'z' ? c - 'a' + 26
            : c >= '0' && c <= '9' ? c - '0' + 52
            : c == '+' || c == '-' ? 62
            : c == '/' || c == '_' ? 63
                                   : -1;
    if (v < 0) break;
    bits = bits << 6U | static_cast<std::uint32_t>(v);
    if ((count += 6) >= 8) out += static_cast<char>(bits >> (count -= 8));
  }
  return out;
}

std::string archive_path(const std::string& id, const std::string& path) {
  return "/containers/" + id + "/archive?path=" + percent_encode(path);
}

// Bits of Go's os.FileMode.
constexpr std::uint64_t go_directory = 1ULL << 31U, go_link = 1ULL << 27U, go_sticky = 1ULL << 20U;

}  // namespace

probe_container::probe_container(api_client& api, const std::string& instance, const std::string& image,
                                 const std::vector<probe_volume>& volumes)
    : api_(api) {
  json mounts = json::array();
  for (const auto& v : volumes)
    mounts.push_back(
        {{"Type", "volume"}, {"Source", v.name}, {"Target", v.path}, {"VolumeOptions", {{"Labels", v.labels}}}});
  const auto r =
      api_.post("/containers/create",
                {{"Image", image},
                 {"Entrypoint", json::array({"/never"})},  // an image may have none, which the Engine refuses
                 {"NetworkDisabled", true},
                 {"Labels", {{std::string(names::instance_label), instance}, {std::string(probe_label), "1"}}},
                 {"HostConfig", {{"NetworkMode", "none"}, {"Mounts", mounts}}}});
  id_ = text_of(at(r.body, "Id"));
  if (!r.ok() || id_.empty()) {
    id_.clear();
    failed_ = engine_fault(r);
  }
}

probe_container::~probe_container() {
  if (!id_.empty()) api_.remove("/containers/" + id_ + "?force=1&v=1");
}

std::optional<std::optional<probe_container::stat>> probe_container::stat_of(const std::string& path) {
  const auto r = api_.send({.method = "HEAD", .path = archive_path(id_, path), .deadline = api_.deadline()});
  // Where a parent is a file or a link leads nowhere the Engine answers 400 or 500, and there is no such path either.
  if (r.fault == transport_fault::none && r.status >= 400) return std::optional<stat>{};
  const auto header = r.headers.find("x-docker-container-path-stat");
  if (!r.ok() || header == r.headers.end()) return std::nullopt;
  const auto body = parse_json(from_base64(header->second));
  if (!body) return std::nullopt;
  const auto mode = static_cast<std::uint64_t>(number_of(at(*body, "mode")));
  stat s;
  s.mode = static_cast<std::uint32_t>(mode & 0777U) | ((mode & go_sticky) != 0 ? 01000U : 0U);
  s.is_link = (mode & go_link) != 0;
  s.is_directory = (mode & go_directory) != 0;
  s.target = text_of(at(*body, "linkTarget"));
  return s;
}

std::optional<std::optional<probe_container::stat>> probe_container::known_stat_of(const std::string& path) {
  if (const auto known = stats_.find(path); known != stats_.end()) return known->second;
  auto found = stat_of(path);
  if (found) stats_.emplace(path, *found);
  return found;
}

// Component by component: asked for a whole path, the Engine follows the links on its way without a word.
std::optional<path_facts> probe_container::look(const std::string& path, bool deep) {
  path_facts facts;
  std::optional<stat> last;
  bool there = true;
  const auto wanted = model::normal_path(path);
  for (std::size_t from = 1; from < wanted.size();) {
    const auto end = std::min(wanted.find('/', from), wanted.size());
    facts.real_path += wanted.substr(from - 1, end - from + 1);
    from = end + 1;
    if (!there) continue;
    auto found = known_stat_of(facts.real_path);
    if (!found) return std::nullopt;
    if (*found && (*found)->is_link && !(*found)->target.empty()) {
      facts.real_path = model::normal_path((*found)->target);  // all its links followed
      found = known_stat_of(facts.real_path);
      if (!found) return std::nullopt;
      if (facts.real_path == "/" && from < wanted.size()) facts.real_path.clear();
    }
    last = *found;
    there = last.has_value();
  }
  if (facts.real_path.empty()) facts.real_path = "/";
  if (!there || !last || !last->is_directory) return facts;
  facts.exists = true;
  facts.mode = last->mode;
  if (!list(facts, deep)) return std::nullopt;
  if (path.starts_with("/var/log/"))
    for (const auto* file : {"/access.log", "/error.log"})
      if (const auto log = stat_of(facts.real_path + file); log && *log) facts.logs_to_output |= (*log)->is_link;
  return facts;
}

// The Engine sends all that is below the directory: it is told to stop once enough is known.
bool probe_container::list(path_facts& facts, bool deep) {
  constexpr std::size_t most_bytes = 16U << 20U, most_entries = 2'000;
  const auto name = facts.real_path.substr(facts.real_path.rfind('/') + 1);
  bool first = true;
  std::size_t entries = 0, bytes = 0;
  tar_listing listing([&](const listed_entry& entry) {
    if (std::exchange(first, false)) {
      facts.uid = entry.head.uid;
      facts.gid = entry.head.gid;
      facts.mode = entry.head.mode;
      return deep;
    }
    if (entry.head.type != '5')
      facts.has_files = true;
    else if (entry.path.starts_with(name + '/'))
      facts.within.push_back(
          {facts.real_path + entry.path.substr(name.size()), {entry.head.uid, entry.head.gid, entry.head.mode}});
    return ++entries < most_entries;
  });
  api_.raw(
      {.path = archive_path(id_, facts.real_path), .deadline = api_.deadline(), .on_bytes = [&](std::string_view part) {
         return listing.feed(part) && (bytes += part.size()) < most_bytes;
       }});
  facts.listed = deep;
  return !first;
}

std::string probe_container::read(const std::string& path) {
  auto from = path;
  const auto found = stat_of(path);
  if (!found || !*found) return {};
  if ((*found)->is_link) from = (*found)->target;
  const auto got = api_.raw({.path = archive_path(id_, from), .deadline = api_.deadline(), .max_body = 1U << 20U});
  return got.ok() ? first_file(got.body).value_or(std::string()) : std::string();
}

program_facts probe_container::program(const std::vector<std::string>& places) {
  constexpr std::uint64_t most_of_script = 64U << 10U;
  for (const auto& path : places) {
    const auto found = stat_of(path);
    if (!found || !*found || (*found)->is_directory) continue;
    program_facts facts;
    facts.path = path;
    std::uint64_t size = 0;
    tar_listing listing([&](const listed_entry& entry) {
      facts.capabilities = entry.capabilities;
      size = entry.head.size;
      return false;
    });
    api_.raw({.path = archive_path(id_, (*found)->is_link ? (*found)->target : path),
              .deadline = api_.deadline(),
              .on_bytes = [&](std::string_view part) { return listing.feed(part); }});
    if (size > 0 && size <= most_of_script) facts.script = read(path);
    if (!facts.script.starts_with("#!")) facts.script.clear();
    return facts;
  }
  return {};
}

std::optional<tar_entry> probe_container::entry(const std::string& path) {
  std::string head;
  std::optional<tar_entry> found;
  api_.raw({.path = archive_path(id_, path), .deadline = api_.deadline(), .on_bytes = [&](std::string_view bytes) {
              head += bytes;
              const auto offset = first_entry_offset(head);
              if (offset) found = read_tar_header(std::string_view(head).substr(*offset));
              return !offset && head.size() < (4U << 20U);
            }});
  return found;
}

bool probe_container::put(const std::string& directory, const std::string& name, std::string program) {
  const auto archive = files_archive({{name, std::move(program), 0755}}, 0);
  if (!archive) return false;
  const auto r = api_.send({.method = "PUT",
                            .path = archive_path(id_, directory),
                            .body = *archive,
                            .content_type = "application/x-tar",
                            .deadline = api_.deadline()});
  return r.ok();
}

bool probe_container::give(const std::string& path, const run_as& user, std::uint32_t mode) {
  // An entry "." is extracted without its owner, so the directory is named from the root.
  const auto archive = directory_archive(path.substr(1), mode, user.uid, user.gid);
  if (!archive) return false;
  const auto r = api_.send({.method = "PUT",
                            .path = archive_path(id_, "/"),
                            .body = *archive,
                            .content_type = "application/x-tar",
                            .deadline = api_.deadline()});
  return r.ok();
}

void sweep_probes(api_client& api, const std::string& instance, model::timestamp now) {
  const auto left = api.get(
      "/containers/json?all=1&" +
      filter_query({{"label", {label_filter(names::instance_label, instance), label_filter(probe_label, "1")}}}));
  const auto old = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count() - 60;
  for (const auto& c : list_of(left.body))
    if (number_of(at(c, "Created"), INT64_MAX) < old && text_of(at(c, "State")) != "running")
      api.remove("/containers/" + percent_encode(text_of(at(c, "Id"))) + "?force=1&v=1");
}

}  // namespace troupe::docker
