#include "docker/image_profile.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "actors/model/container_path.hpp"
#include "actors/model/security_preset.hpp"
#include "actors/model/volume_use.hpp"

namespace troupe::docker {

namespace {

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t n = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, n);
  if (text.empty() || error != std::errc{} || stop != end || n > 0x7fffffff) return std::nullopt;
  return n;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// The fields of the line whose field `column` equals `key`.
std::vector<std::string_view> find_line(std::string_view file, std::size_t column, std::string_view key) {
  for (const auto line : split(file, '\n')) {
    const auto fields = split(line, ':');
    if (fields.size() > 2 && fields[column] == key) return fields;
  }
  return {};
}

bool beneath(std::string_view path, std::string_view directory) {
  return path.size() > directory.size() && path.starts_with(directory) && path[directory.size()] == '/';
}

std::string real_path(const image_profile& image, const std::string& path) {
  const auto it = image.paths.find(path);
  return it == image.paths.end() || it->second.real_path.empty() ? model::normal_path(path) : it->second.real_path;
}

}  // namespace

std::vector<std::string> scratch_candidates() {
  return {"/run",     "/tmp",     "/var/cache/nginx",   "/var/lib/nginx",   "/var/log/nginx",
          "/var/run", "/var/tmp", "/var/cache/apache2", "/var/log/apache2", "/usr/local/apache2/logs"};
}

std::vector<std::string> paths_to_examine(const model::release_spec& spec, const std::vector<std::string>& declared) {
  std::set<std::string> all;
  for (auto& p : scratch_candidates()) all.insert(std::move(p));
  all.insert(declared.begin(), declared.end());
  all.insert(spec.security.writable_paths.begin(), spec.security.writable_paths.end());
  all.insert(spec.ephemeral.begin(), spec.ephemeral.end());
  for (const auto& v : spec.volumes) all.insert(v.mount_path);
  for (const auto& d : spec.setup.tmpfs) all.insert(d.path);
  return {all.begin(), all.end()};
}

bool starts_with_init(const model::release_spec& spec, const image_answer& image) {
  constexpr std::array<std::string_view, 3> paths{"/init", "/sbin/init", "/s6-init"};
  constexpr std::array<std::string_view, 6> names{"tini",        "tini-static", "dumb-init",
                                                  "docker-init", "catatonit",   "s6-svscan"};
  const auto first = [](const std::vector<std::string>& words) {
    return words.empty() ? std::string() : words.front();
  };
  auto program = spec.command.empty() ? image.entrypoint : first(spec.command);
  if (program.empty()) program = spec.args.empty() ? image.command : first(spec.args);
  const auto name = std::string_view(program).substr(program.rfind('/') + 1);
  return std::find(paths.begin(), paths.end(), program) != paths.end() ||
         std::find(names.begin(), names.end(), name) != names.end();
}

std::variant<run_as, model::failure> user_to_run_as(const model::release_spec& spec, const image_profile& image) {
  const bool chosen = !spec.security.user.empty();
  const auto& text = chosen ? spec.security.user : image.user;
  const bool root_stays = chosen || model::keeps_root(spec.security);
  if (text.empty()) return root_stays ? run_as{} : unprivileged;
  const auto colon = text.find(':');
  const auto user = text.substr(0, colon);
  const auto group = colon == std::string::npos ? std::string() : text.substr(colon + 1);
  const auto unknown = [](const std::string& what, const std::string& name, const std::string& file) {
    return model::make_failure(model::failure_code::unknown_user,
                               "The image has no " + what + " \"" + name + "\" in its " + file + ".");
  };
  run_as as;
  const auto uid = number(user);
  const auto by_name = find_line(image.passwd, uid ? 2 : 0, user);
  if (uid) {
    as.uid = *uid;
  } else {
    const auto listed = by_name.empty() ? std::nullopt : number(by_name[2]);
    if (!listed) return unknown("user", user, "/etc/passwd");
    as.uid = *listed;
  }
  if (group.empty()) {  // Docker's rule: the group in passwd, else 0
    as.gid = by_name.size() > 3 ? number(by_name[3]).value_or(0) : 0;
  } else if (const auto gid = number(group)) {
    as.gid = *gid;
  } else {
    const auto line = find_line(image.group, 0, group);
    const auto listed = line.empty() ? std::nullopt : number(line[2]);
    if (!listed) return unknown("group", group, "/etc/group");
    as.gid = *listed;
  }
  if (!root_stays && as.uid == 0) return unprivileged;  // root only where it was asked for
  return as;
}

std::optional<model::failure> find_privilege_fault(const model::release_spec& spec, run_as user, bool granted) {
  const auto capabilities = model::capabilities_of(spec.security);
  const bool more = std::any_of(capabilities.begin(), capabilities.end(),
                                [](const auto& name) { return name != model::always_granted; });
  if (granted || (user.uid != 0 && !more)) return std::nullopt;
  auto out = model::make_failure(model::failure_code::permission_denied,
                                 "This installation grants containers neither root nor capabilities "
                                 "(MAX_SECURITY_PRESET=restricted).");
  out.hint = "Deploy it with another `security.user` and without `security.preset` and `security.capabilities`.";
  return out;
}

declared_data declared_for(const model::release_spec& spec, const image_profile& image) {
  declared_data out;
  std::set<std::string> named;
  const auto name = [&](const std::string& path) {
    named.insert(path);
    named.insert(real_path(image, path));
  };
  for (const auto& v : spec.volumes) name(v.mount_path);
  for (const auto& path : spec.ephemeral) name(path);
  for (const auto& d : spec.setup.tmpfs) name(d.path);
  if (model::has_read_only_root(spec.security))
    for (const auto& path : spec.security.writable_paths) name(path);
  for (const auto& path : image.volumes) {
    const auto target = real_path(image, path);
    if (named.contains(path) || !named.insert(target).second) continue;
    if (model::is_passing(target)) {
      out.passing.push_back(path);
      out.warnings.push_back("The image declares " + path + " as data; it is in memory, and goes with its container.");
      continue;
    }
    out.volumes.push_back({model::own_volume(spec.service, path), path});
    out.warnings.push_back("The image declares " + path + " as data: it is kept in the volume \"" +
                           out.volumes.back().name + "\". Name the path in `volumes` to have it otherwise.");
  }
  return out;
}

std::vector<model::scratch_directory> scratch_for(const model::release_spec& spec, const image_profile& image,
                                                  run_as user, const declared_data& declared) {
  std::vector<model::scratch_directory> all;
  std::set<std::string> mounted, taken;
  for (const auto* mounts : {&spec.volumes, &declared.volumes})
    for (const auto& v : *mounts) {
      mounted.insert(v.mount_path);
      mounted.insert(real_path(image, v.mount_path));
    }
  const auto add = [&](const std::string& path, bool even_if_absent, bool within_volumes,
                       std::uint32_t size_mb = model::scratch_mb, bool exec = false) {
    const auto target = real_path(image, path);
    if (model::find_system_directory(target, model::path_use::declared)) return;
    if (mounted.contains(target) || taken.contains(target)) return;
    if (!within_volumes &&
        std::any_of(mounted.begin(), mounted.end(), [&](const auto& m) { return beneath(target, m); }))
      return;
    const auto it = image.paths.find(path);
    const bool exists = it != image.paths.end() && it->second.exists;
    if ((!exists && !even_if_absent) || (exists && it->second.logs_to_output && !even_if_absent)) return;
    taken.insert(target);
    // A tmpfs mount over a directory of the image becomes root's, with that directory's mode.
    all.push_back({target, exists && user.uid != 0 && (it->second.mode & 0002U) == 0, size_mb, exec});
  };
  for (const auto& d : spec.setup.tmpfs) add(d.path, true, true, d.size_mb, d.exec);
  for (const auto& path : spec.ephemeral) add(path, true, true);
  if (model::has_read_only_root(spec.security)) {
    for (const auto& path : spec.security.writable_paths) add(path, true, true);
    for (const auto& path : declared.passing) add(path, false, false);
    for (const auto& path : scratch_candidates()) add(path, path == "/tmp", false);
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return all;
}

bool may_write(run_as user, std::uint32_t uid, std::uint32_t gid, std::uint32_t mode) {
  if (user.uid == uid) return (mode & 0300U) == 0300U;
  if (user.gid == gid) return (mode & 0030U) == 0030U;
  return (mode & 0003U) == 0003U;
}

}  // namespace troupe::docker
