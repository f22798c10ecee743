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

// Those that list this user as a member.
std::vector<std::uint32_t> groups_of(std::string_view user, std::string_view file) {
  std::vector<std::uint32_t> out;
  for (const auto line : split(file, '\n')) {
    const auto fields = split(line, ':');
    if (fields.size() < 4) continue;
    const auto members = split(fields[3], ',');
    const auto id = number(fields[2]);
    if (id && std::find(members.begin(), members.end(), user) != members.end() &&
        std::find(out.begin(), out.end(), *id) == out.end())
      out.push_back(*id);
  }
  return out;
}

// A user of the image's /etc/passwd, as the Engine takes one of whom no group is named.
run_as known_user(const std::vector<std::string_view>& line, const image_profile& image, std::uint32_t uid) {
  run_as as{uid, line.size() > 3 ? number(line[3]).value_or(0) : 0};
  if (!line.empty()) as.groups = groups_of(line[0], image.group);
  return as;
}

// The one user of the image's to whom these directories of it belong, if root's are left aside.
std::optional<run_as> owner_of(const std::vector<std::string>& directories, const image_profile& image) {
  std::optional<std::uint32_t> owner;
  for (const auto& path : directories) {
    const auto it = image.paths.find(path);
    if (it == image.paths.end() || !it->second.exists || it->second.uid == 0) continue;
    if (owner.value_or(it->second.uid) != it->second.uid) return std::nullopt;
    owner = it->second.uid;
  }
  if (!owner) return std::nullopt;
  const auto line = find_line(image.passwd, 2, std::to_string(*owner));
  return line.empty() ? std::nullopt : std::optional(known_user(line, image, *owner));
}

// Who runs what the image would have root run: whose data it is knows best how to go about it.
run_as instead_of_root(const model::release_spec& spec, const image_profile& image) {
  std::vector<std::string> data;
  for (const auto& path : image.volumes)
    if (!model::is_passing(real_path(image, path))) data.push_back(path);
  for (const auto& v : spec.volumes) data.push_back(v.mount_path);
  if (auto owner = owner_of(data, image)) return *std::move(owner);
  if (auto owner = owner_of({image.working_dir}, image)) return *std::move(owner);
  return unprivileged;
}

model::directory_owner owner_of(const path_facts& facts) {
  return {facts.uid, facts.gid, facts.mode};
}

// How a tmpfs over a directory of the image becomes what the program expects to find there. Mounted without more, it is
// root's, with the mode that the directory has in the image.
void furnish(model::scratch_directory& dir, const model::directory_owner& made, const run_as& user) {
  const bool roots = made.uid == 0 && made.gid == 0;
  if (user.uid == 0 || may_write(user, made))
    dir.made = roots ? std::nullopt : std::optional(made);
  else
    dir.owned = true;
}

// Java, Node and others unpack libraries of machine code there, and run them.
bool runs_programs(const std::string& path) {
  return path == "/tmp" || path == "/var/tmp";
}

bool has_writable_content(const image_profile& image, const std::string& path, const run_as& user) {
  const auto it = image.paths.find(path);
  return it != image.paths.end() && it->second.has_files && (user.uid == 0 || may_write(user, owner_of(it->second)));
}

constexpr std::size_t most_inner_directories = 24;  // each is a mount

}  // namespace

std::vector<std::string> scratch_candidates() {
  return {"/run",     "/tmp",     "/var/cache/nginx",   "/var/lib/nginx",   "/var/log/nginx",
          "/var/run", "/var/tmp", "/var/cache/apache2", "/var/log/apache2", "/usr/local/apache2/logs"};
}

std::vector<std::string> paths_to_examine(const model::release_spec& spec, const std::vector<std::string>& declared,
                                          const std::string& working_dir) {
  std::set<std::string> all;
  for (auto& p : scratch_candidates()) all.insert(std::move(p));
  all.insert(declared.begin(), declared.end());
  all.insert(spec.security.writable_paths.begin(), spec.security.writable_paths.end());
  all.insert(spec.ephemeral.begin(), spec.ephemeral.end());
  for (const auto& v : spec.volumes) all.insert(v.mount_path);
  for (const auto& d : spec.setup.tmpfs) all.insert(d.path);
  if (working_dir.size() > 1 && working_dir.size() < 256 && working_dir.front() == '/') all.insert(working_dir);
  return {all.begin(), all.end()};
}

bool is_hidden_by_scratch(const model::release_spec& spec, const std::string& path) {
  const auto names = [&](const std::vector<std::string>& paths) {
    return std::find(paths.begin(), paths.end(), path) != paths.end();
  };
  const auto& tmpfs = spec.setup.tmpfs;
  return model::is_passing(path) || names(scratch_candidates()) || names(spec.security.writable_paths) ||
         names(spec.ephemeral) ||
         std::any_of(tmpfs.begin(), tmpfs.end(), [&](const auto& d) { return d.path == path; });
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
  if (text.empty())
    return root_stays ? known_user(find_line(image.passwd, 2, "0"), image, 0) : instead_of_root(spec, image);
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
  if (group.empty()) {  // Docker's rule: the groups of the image's files, else 0
    as = known_user(by_name, image, as.uid);
  } else if (const auto gid = number(group)) {
    as.gid = *gid;
  } else {
    const auto line = find_line(image.group, 0, group);
    const auto listed = line.empty() ? std::nullopt : number(line[2]);
    if (!listed) return unknown("group", group, "/etc/group");
    as.gid = *listed;
  }
  if (!root_stays && as.uid == 0) return instead_of_root(spec, image);  // root only where it was asked for
  return as;
}

std::string home_for(run_as user, const image_profile& image) {
  const bool known = !find_line(image.passwd, 2, std::to_string(user.uid)).empty();
  return known || image.has_home ? "" : "/tmp";
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
                                                  const run_as& user, const declared_data& declared) {
  std::vector<model::scratch_directory> all;
  std::set<std::string> mounted, taken;
  for (const auto* mounts : {&spec.volumes, &declared.volumes})
    for (const auto& v : *mounts) {
      mounted.insert(v.mount_path);
      mounted.insert(real_path(image, v.mount_path));
    }
  std::size_t inner = 0;
  const auto is_taken = [&](const std::string& target) { return mounted.contains(target) || taken.contains(target); };
  // What the image has below it is there again, as far as it is directories.
  const auto add_inner = [&](const path_facts& facts, const model::scratch_directory& outer) {
    for (const auto& [path, owner] : facts.within) {
      if (is_taken(path) || model::find_path_fault(path, model::path_use::scratch) || inner++ >= most_inner_directories)
        continue;
      model::scratch_directory dir{path, false, outer.size_mb, outer.exec};
      furnish(dir, owner, user);
      if (!dir.owned && !dir.made) dir.made = owner;  // there is nothing below the mount whose mode it could take on
      taken.insert(path);
      all.push_back(std::move(dir));
    }
  };
  const auto add = [&](const std::string& path, bool even_if_absent, bool within_volumes, bool with_content = false,
                       std::uint32_t size_mb = model::scratch_mb, std::optional<bool> exec = {}) {
    const auto target = real_path(image, path);
    if (model::find_system_directory(target, model::path_use::declared)) return;
    if (is_taken(target)) return;
    if (!within_volumes &&
        std::any_of(mounted.begin(), mounted.end(), [&](const auto& m) { return beneath(target, m); }))
      return;
    const auto it = image.paths.find(path);
    const bool exists = it != image.paths.end() && it->second.exists;
    if ((!exists && !even_if_absent) || (exists && it->second.logs_to_output && !even_if_absent)) return;
    taken.insert(target);
    model::scratch_directory dir{target, false, size_mb, exec.value_or(runs_programs(target))};
    dir.copied = with_content && has_writable_content(image, path, user);
    if (exists && !dir.copied) {
      furnish(dir, owner_of(it->second), user);
      add_inner(it->second, dir);
    }
    all.push_back(std::move(dir));
  };
  for (const auto& d : spec.setup.tmpfs) add(d.path, true, true, false, d.size_mb, d.exec);
  for (const auto& path : spec.ephemeral) add(path, true, true);
  if (model::has_read_only_root(spec.security)) {
    for (const auto& path : spec.security.writable_paths) add(path, true, true, true);
    for (const auto& path : declared.passing) add(path, false, false);
    for (const auto& path : scratch_candidates()) add(path, path == "/tmp", false);
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return all;
}

std::vector<std::string> places_of_program(const std::vector<std::string>& start) {
  constexpr std::array<std::string_view, 4> inits{"tini", "tini-static", "dumb-init", "catatonit"};
  for (const auto& word : start) {
    const auto name = std::string_view(word).substr(word.rfind('/') + 1);
    if (word.empty() || word.front() == '-' || std::find(inits.begin(), inits.end(), name) != inits.end()) continue;
    if (word.front() == '/') return {word};
    if (word.find('/') != std::string::npos) return {};  // below its working directory
    std::vector<std::string> places;
    for (const auto* directory :
         {"/usr/local/bin/", "/usr/local/sbin/", "/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/", "/"})
      places.push_back(directory + word);
    return places;
  }
  return {};
}

namespace {

// Whether the script has the word where a command stands, or after one; comments are none.
bool runs(std::string_view script, std::string_view word) {
  const auto is_of_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  for (auto line : split(script, '\n')) {
    line = line.substr(std::min(line.find_first_not_of(" \t"), line.size()));
    if (line.starts_with('#')) continue;
    for (auto at = line.find(word); at != std::string_view::npos; at = line.find(word, at + 1)) {
      const auto end = at + word.size();
      if ((at == 0 || !is_of_word(line[at - 1])) && (end == line.size() || !is_of_word(line[end]))) return true;
    }
  }
  return false;
}

// By the bits of linux/capability.h; NET_BIND_SERVICE is everybody's.
constexpr std::uint64_t bits_of_drops_root = 1U << 0U | 1U << 1U | 1U << 3U | 1U << 6U | 1U << 7U | 1U << 10U;
constexpr std::uint64_t bits_of_baseline = bits_of_drops_root | 1U << 4U | 1U << 5U | 1U << 18U;

}  // namespace

std::optional<shown_need> find_need(const model::release_spec& spec, const image_profile& image, const run_as& user) {
  using model::security_preset;
  const auto& [path, script, capabilities] = image.program;
  if (!spec.command.empty() || path.empty()) return std::nullopt;
  constexpr std::uint64_t everybodys = 1U << 10U;
  if ((capabilities & ~everybodys) != 0 && (capabilities & ~bits_of_baseline) == 0)
    return shown_need{
        (capabilities & ~bits_of_drops_root) == 0 ? security_preset::drops_root : security_preset::baseline,
        "the program that it starts has file capabilities"};
  if (user.uid != unprivileged.uid) return std::nullopt;  // one whom the image knows
  if (path == "/init" && script.find("s6") != std::string::npos)
    return shown_need{security_preset::baseline,
                      "it starts with the init of s6, which sets its directories up as root"};
  // A script that asks who it is does without root, too.
  for (const auto* asks : {"id -u", "EUID", "UID", "whoami"})
    if (runs(script, asks)) return std::nullopt;
  for (const auto* word : {"gosu", "su-exec", "setpriv", "runuser", "s6-setuidgid", "chpst"})
    if (runs(script, word))
      return shown_need{security_preset::drops_root,
                        "its entry point starts as root and steps down by " + std::string(word)};
  return std::nullopt;
}

std::vector<std::string> hidden_by_scratch(const model::release_spec& spec, const image_profile& image,
                                           const std::vector<model::scratch_directory>& scratch) {
  std::vector<std::string> out;
  for (const auto& path : spec.security.writable_paths) {
    const auto it = image.paths.find(path);
    if (it == image.paths.end() || !it->second.has_files) continue;
    const auto is_empty = [&](const auto& dir) { return dir.path == it->second.real_path && !dir.copied; };
    if (std::any_of(scratch.begin(), scratch.end(), is_empty))
      out.push_back("The image has files in " + path +
                    ", which its containers' user may not change: `security.writablePaths` "
                    "hides them behind an empty directory.");
  }
  return out;
}

bool may_write(const run_as& user, const model::directory_owner& directory) {
  const auto mode = directory.mode;
  if (user.uid == directory.uid) return (mode & 0300U) == 0300U;
  const auto& groups = user.groups;
  if (user.gid == directory.gid || std::find(groups.begin(), groups.end(), directory.gid) != groups.end())
    return (mode & 0030U) == 0030U;
  return (mode & 0003U) == 0003U;
}

}  // namespace troupe::docker
