#include "docker/failure_words.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "actors/model/container_path.hpp"
#include "docker/told_words.hpp"

namespace troupe::docker {

namespace {

using model::failure;
using model::failure_code;

using words = std::initializer_list<std::string_view>;

// A line, and where in it the system's own words for an error begin.
struct error_line {
  std::string text;
  std::string lowered;
  std::size_t at = 0;
};

// Where a line holds the system's own words for an error, as they stand at the end of a sentence or before more of
// them: "mkdir: cannot create /x: Permission denied". A database's "permission denied for table x" is not the system's.
std::optional<std::size_t> find_error_of_system(const std::string& line, words errors) {
  for (const auto each : errors)
    for (auto at = line.find(each); at != std::string::npos; at = line.find(each, at + 1)) {
      const auto end = at + each.size();
      const auto next = [&](std::size_t n) { return end + n < line.size() ? line[end + n] : '\n'; };
      const auto is_of_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
      if (!is_of_word(next(0)) && !(next(0) == ' ' && is_of_word(next(1))) && next(0) != ',') return at;
    }
  return std::nullopt;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t from = 0; from < text.size();) {
    const auto end = std::min(text.find('\n', from), text.size());
    out.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  return out;
}

std::vector<error_line> lines_with(const std::vector<std::string>& lines, words errors) {
  std::vector<error_line> out;
  for (const auto& line : lines) {
    auto lowered = lower(line);
    if (const auto at = find_error_of_system(lowered, errors)) out.push_back({line, std::move(lowered), *at});
  }
  return out;
}

bool is_of_path(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("._@+~/-").find(c) != std::string::npos;
}

// The absolute path that an error is about: the last one before its words, as most programs have it, else the first
// one behind them. "" where there is none.
std::string path_of(const error_line& line) {
  std::string before, behind;
  const auto& text = line.text;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '/' || (at > 0 && (is_of_path(text[at - 1]) || text[at - 1] == ':'))) continue;
    auto end = at;
    while (end < text.size() && is_of_path(text[end])) ++end;
    auto path = text.substr(at, end - at);
    while (path.size() > 1 && (path.back() == '/' || path.back() == '.')) path.pop_back();
    if (path.size() > 1 && at < line.at) before = path;
    if (path.size() > 1 && at > line.at && behind.empty()) behind = path;
    at = end;
  }
  return before.empty() ? behind : before;
}

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

// What has to be writable for it: the directory itself where it is to be made or changed, else the one it is in.
std::string directory_of(const error_line& line) {
  const auto path = path_of(line);
  if (path.empty()) return path;
  const bool itself =
      has_any(line.lowered, {"mkdir", "create directory", "creating directory", "chown", "chmod", "ownership"});
  return itself ? path : parent_of(path);
}

told_cause cause(failure_code code, std::string message, std::string hint, bool fatal = false) {
  auto what = model::make_failure(code, std::move(message));
  what.hint = std::move(hint);
  return {std::move(what), fatal};
}

std::string in_quotes(std::string_view text) {
  return '"' + std::string(text) + '"';
}

std::string with_code(int code) {
  return " (exit code " + std::to_string(code) + ").";
}

std::string ask_for_preset(const container_rights& rights) {
  return std::string("Deploy it with `security.preset`: ") +
         (rights.changes_user ? in_quotes("baseline") + ", which grants more than drops-root."
                              : in_quotes("drops-root") + '.');
}

// ---- variables -----------------------------------------------------------------------------------------------------

bool is_of_name(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// The first word in capitals that looks like a variable's name: with an underscore, unless any will do.
std::string variable_in(std::string_view line, bool any) {
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (!is_of_name(line[at])) continue;
    auto end = at;
    while (end < line.size() && is_of_name(line[end])) ++end;
    const auto name = line.substr(at, end - at);
    const bool alone = (at == 0 || std::isalnum(static_cast<unsigned char>(line[at - 1])) == 0) &&
                       (end == line.size() || std::isalnum(static_cast<unsigned char>(line[end])) == 0);
    const bool letter = name.front() >= 'A' && name.front() <= 'Z';
    if (alone && letter && name.size() > 1 && (any || name.find('_') != std::string_view::npos))
      return std::string(name);
    at = end;
  }
  return {};
}

std::string missing_variable(const std::vector<std::string>& lines) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto line = lower(lines[i]);
    if (has_any(line, {"default", "warn", "ignor", "optional", "deprecat"})) continue;
    if (has_any(line, {"parameter not set", "unbound variable"}))
      if (auto name = variable_in(lines[i], true); !name.empty()) return name;
    if (!has_any(line, {"must be set", "must be provided", "must be defined", "must be given", "must specify",
                        "need to specify", "must set", "need to set", "please set", "is required", "are required",
                        "is not set", "not specified", "is not defined", "is undefined", "is missing", "missing env",
                        "missing required", "no value for"}))
      continue;
    if (auto name = variable_in(lines[i], false); !name.empty()) return name;
    for (auto next = i + 1; next < lines.size() && next <= i + 3; ++next)  // "one of the following:"
      if (auto name = variable_in(lines[next], false); !name.empty()) return name;
  }
  return {};
}

// ---- causes, one by one --------------------------------------------------------------------------------------------

std::optional<told_cause> find_exec_fault(const std::vector<std::string>& lines, const container_rights& rights) {
  for (const auto& text : lines) {
    const auto line = lower(text);
    if (has_any(line, {"exec format error"}))
      return cause(failure_code::image_invalid,
                   "The program to run is of another platform, or a script without a first line that names its shell.",
                   "Push the image again, built for this host's platform; begin a script with #!/bin/sh.", true);
    const bool runs_something = has_any(line, {"[fatal tini", "[fatal  tini", ": exec: ", "exec /", "cannot execute"});
    if (runs_something && has_any(line, {"operation not permitted"}) && !has_any(line, {"chown", "setuid", "setgid"}))
      return told_cause{program_lacks_capabilities(rights)};
  }
  return std::nullopt;
}

std::optional<told_cause> find_full_device(int code, const std::vector<std::string>& lines) {
  const auto more_shared = [&] {
    return cause(failure_code::exited,
                 "The container had no room left in its shared memory (/dev/shm)" + with_code(code),
                 "Give it more: `shmSizeMb`: 256. It has 64 by default, and counts as its memory.");
  };
  const auto found = lines_with(lines, {"no space left on device", "enospc"});
  for (const auto& line : found) {
    if (has_any(line.lowered, {"shm", "shared memory"})) return more_shared();
    auto directory = directory_of(line);
    for (const std::string_view top : {"/tmp", "/run", "/var/run", "/var/tmp", "/var/cache/nginx", "/var/lib/nginx"})
      if (directory.starts_with(std::string(top) + '/')) directory = top;
    if (directory.empty() || model::find_path_fault(directory, model::path_use::scratch)) directory = "/tmp";
    return cause(failure_code::exited, "The container had no space left in " + directory + with_code(code),
                 "Give it more: `tmpfs`: [{\"path\": " + in_quotes(directory) +
                     ", \"sizeMb\": 256}]; or a volume there, if it is to be on disk.");
  }
  constexpr int killed_by_sigbus = 135;
  if (code == killed_by_sigbus) return more_shared();
  return std::nullopt;
}

std::optional<told_cause> find_read_only(int code, const std::vector<std::string>& lines) {
  const auto found = lines_with(lines, {"read-only file system", "read-only filesystem", "erofs"});
  if (found.empty()) return std::nullopt;
  for (const auto& line : found) {
    const auto directory = directory_of(line);
    if (directory.empty() || model::find_path_fault(directory, model::path_use::scratch)) continue;
    return cause(failure_code::read_only_filesystem,
                 "The container tried to write to its read-only file system at " + directory + with_code(code),
                 "Let it: `security.writablePaths`: [" + in_quotes(directory) + "]; or mount a volume at " + directory +
                     ", if what it writes there is to be kept.");
  }
  auto out = cause(failure_code::read_only_filesystem,
                   "The container tried to write to its read-only file system" + with_code(code), {});
  out.what.hint =
      std::string(path_of(found.front()).empty() ? model::hint_for(failure_code::read_only_filesystem)
                                                 : "Nothing may be mounted there: let it write to its whole root, by "
                                                   "`security.readOnlyRootFilesystem`: false.");
  return out;
}

std::optional<told_cause> find_missing_right(int code, const std::vector<std::string>& lines,
                                             const container_rights& rights) {
  const auto refused = [&](std::string hint) {
    return cause(failure_code::permission_denied, "The container lacked a permission" + with_code(code),
                 std::move(hint));
  };
  const auto not_permitted = lines_with(lines, {"operation not permitted", "eperm"});
  for (const auto& line : not_permitted)
    if (has_any(line.lowered, {"chroot", "kill"})) return refused(ask_for_preset({false, true}));
  if (!not_permitted.empty()) return refused(ask_for_preset(rights));
  if (const auto denied = lines_with(lines, {"permission denied", "eacces"}); !denied.empty()) {
    const auto directory = directory_of(denied.front());
    const bool can_be_mounted = !directory.empty() && !model::find_path_fault(directory, model::path_use::volume);
    if (!rights.images_user || !can_be_mounted) return refused(ask_for_preset(rights));
    return refused("Mount a volume at " + directory + " (`volumes`), which then is its user's; or run it as the user " +
                   "whose that directory is (`security.user`).");
  }
  for (const auto& text : lines)
    if (has_any(lower(text), {"must be run as root", "must be root", "need to be root", "requires root", "run as root!",
                              "as root to", "are you root", "not running as root", "needs root"}))
      return refused(ask_for_preset(rights));
  return std::nullopt;
}

}  // namespace

failure program_lacks_capabilities(const container_rights& rights) {
  return cause(failure_code::permission_denied,
               "The program to run has file capabilities that its container was not granted.", ask_for_preset(rights))
      .what;
}

std::optional<told_cause> find_cause(int exit_code, const std::string& text, const container_rights& rights) {
  const auto lines = lines_of(text);
  if (auto found = find_exec_fault(lines, rights)) return found;
  if (const auto name = missing_variable(lines); !name.empty())
    return cause(failure_code::exited, "The program ended because " + name + " is not set" + with_code(exit_code),
                 "Set it in `envVars`: {" + in_quotes(name) + ": …}.");
  if (auto found = find_full_device(exit_code, lines)) return found;
  if (auto found = find_read_only(exit_code, lines)) return found;
  return find_missing_right(exit_code, lines, rights);
}

}  // namespace troupe::docker
