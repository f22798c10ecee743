#include "http/compose/draft.hpp"
#include "http/compose/quantities.hpp"

namespace troupe::http::compose {

namespace {

using nlohmann::json;

constexpr const char* no_files =
    "mounts files of the machine, of which there are none here: put them into an image of your own (COPY in a "
    "Dockerfile), "
    "or give a named volume (\"data:/path\") to what the program writes";
constexpr const char* no_socket = "mounts the Engine's socket, which no container gets here: leave it out";
constexpr const char* no_such_option =
    "is an option of volumes that is not known here: ro is, which lets it only be read";

constexpr const char* no_clock =
    "has no effect: a container has no files of the machine; where the image looks at it, set TZ under environment";

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> out;
  for (;;) {
    const auto end = text.find(separator);
    out.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

bool is_path(const std::string& source) {
  return source.starts_with('/') || source.starts_with('.') || source.starts_with('~') ||
         source.find('\\') != std::string::npos;
}

// The machine's time zone is mounted by habit: who does without it has UTC.
void refuse_files(reading& r, const spot& one, const std::string& source, const std::string& target) {
  if (target == "/etc/localtime" || target == "/etc/timezone") return r.note(one, no_clock);
  r.refuse(one, source.find("docker.sock") != std::string::npos ? no_socket : no_files);
}

void take_options(reading& r, const spot& one, const std::string& options, json& volume) {
  for (const auto& option : split(options, ',')) {
    if (option == "ro")
      volume["readOnly"] = true;
    else if (option == "nocopy" || option == "z" || option == "Z" || option == "cached" || option == "consistent" ||
             option == "delegated")
      r.note(one, "has the option " + option + ", which has no effect");
    else if (option != "rw")
      r.refuse(one, no_such_option);
  }
}

// "data:/path", "data:/path:ro", "/path".
void take_short(draft& d, const spot& one) {
  auto& r = d.r;
  const auto text = take_text(r, one);
  if (!text) return;
  auto parts = split(*text, ':');
  if (parts.size() > 1 && (is_path(parts[0]) || parts[1].find('\\') != std::string::npos))
    return refuse_files(r, one, *text, parts[1]);
  if (parts.size() > 3 || (parts.size() == 1 && !text->starts_with('/')))
    return is_path(*text)
               ? refuse_files(r, one, *text, {})
               : r.refuse(one, "must be a name and a path, such as \"data:/var/lib/data\", perhaps with :ro after it");
  json volume = json::object();
  if (parts.size() > 1) {
    const auto name = take_label(r, one, parts[0], r.volumes);
    if (!name) return;
    volume["name"] = *name;
  }
  volume["mountPath"] = parts.size() > 1 ? parts[1] : parts[0];
  if (parts.size() == 3) take_options(r, one, parts[2], volume);
  d.append(one, "/volumes", std::move(volume));
}

void take_long(draft& d, const spot& one) {
  auto& r = d.r;
  std::string type = "volume";
  std::optional<std::string> source, target;
  std::optional<bool> read_only;
  std::optional<std::int64_t> size;
  const auto no_effect = [&](std::string_view why) { return noted_as(r, why); };
  take_words(r, one,
             {{"type", [&](const spot& s) { type = take_text(r, s).value_or("none"); }},
              {"source", [&](const spot& s) { source = take_text(r, s); }},
              {"target", [&](const spot& s) { target = take_text(r, s); }},
              {"read_only", [&](const spot& s) { read_only = take_truth(r, s); }},
              {"volume",
               [&](const spot& s) {
                 take_words(
                     r, s,
                     {{"nocopy", no_effect("has no effect: a new volume gets what the image has there")},
                      {"labels", no_effect("has no effect: volumes have no labels here")},
                      {"subpath", refused_as(r, "is refused: a volume is mounted as a whole; use one more volume")}});
               }},
              {"tmpfs",
               [&](const spot& s) {
                 take_words(r, s,
                            {{"size", [&](const spot& n) { size = take_megabytes(r, n); }},
                             {"mode", no_effect("has no effect: owner and mode are those that the image has there")}});
               }},
              {"bind", [](const spot&) {}},
              {"consistency", no_effect("has no effect")}});
  if (type == "bind" || (type == "volume" && source && is_path(*source)))
    return refuse_files(r, one, source.value_or(""), target.value_or(""));
  if (type != "volume" && type != "tmpfs") {
    if (type != "none") r.refuse(one, "must be of type volume or tmpfs");
    return;
  }
  if (!one.value->find("target")) r.refuse(one, "has no target: name the path in the container as target");
  if (!target) return;
  if (type == "tmpfs") {
    json tmpfs{{"path", *target}};
    if (size) tmpfs["sizeMb"] = *size;
    return d.append(one, "/tmpfs", std::move(tmpfs));
  }
  json volume{{"mountPath", *target}};
  if (source) {
    const auto name = take_label(r, one, *source, r.volumes);
    if (!name) return;
    volume["name"] = *name;
  }
  if (read_only) volume["readOnly"] = *read_only;
  d.append(one, "/volumes", std::move(volume));
}

}  // namespace

void take_volumes(draft& d, const spot& volumes) {
  for (const auto& one : take_items(d.r, volumes))
    if (one.value->kind == node_kind::map)
      take_long(d, one);
    else
      take_short(d, one);
  d.end_list(volumes, "/volumes");
}

namespace {

// The service's name and the path as a label: at most its last 40 characters.
std::string label_for(const std::string& service, const std::string& path) {
  std::string out;
  for (const char c : service + path) {
    const bool capital = c >= 'A' && c <= 'Z';
    const char small = capital ? static_cast<char>(c - 'A' + 'a') : c;
    const bool fits = (small >= 'a' && small <= 'z') || (small >= '0' && small <= '9');
    if (fits || (!out.empty() && out.back() != '-')) out += fits ? small : '-';
  }
  if (out.size() > 40) out = out.substr(out.size() - 40);
  if (out.starts_with('-')) out.erase(0, 1);
  if (out.ends_with('-')) out.pop_back();
  return out.empty() ? "volume" : out;
}

}  // namespace

void name_volumes(draft& d, const spot& service) {
  const auto volumes = d.out.body.find("volumes");
  if (volumes == d.out.body.end() || !volumes->is_array()) return;
  for (std::size_t i = 0; i < volumes->size(); ++i) {
    auto& one = (*volumes)[i];
    if (!one.is_object() || one.contains("name") || one.value("ephemeral", json()) == true) continue;
    const auto path = one.value("mountPath", json());
    if (!path.is_string()) continue;
    const auto& text = path.get_ref<const std::string&>();
    const auto said = d.out.name + ':' + text;  // no name in a file has a colon
    auto label = label_for(d.out.name, text);
    for (int n = 2; d.r.volumes.emplace(label, said).first->second != said; ++n)
      label = label_for(d.out.name, text + '-' + std::to_string(n));
    const auto at = place_of(d.out, "/volumes/" + std::to_string(i));
    d.r.noted.add(at, service.key + ".volumes[" + std::to_string(i) + ']',
                  "has no name, and is called " + label + " here: name it to call it otherwise");
    one["name"] = std::move(label);
  }
}

// "/run", "/run:size=64m,exec".
void take_tmpfs(draft& d, const spot& tmpfs) {
  for (const auto& one : take_items_or_one(d.r, tmpfs)) {
    const auto text = take_text(d.r, one);
    if (!text) continue;
    const auto colon = text->find(':');
    json out{{"path", text->substr(0, colon)}};
    const auto options = colon == std::string::npos ? std::vector<std::string>{} : split(text->substr(colon + 1), ',');
    for (const auto& option : options) {
      if (option == "exec" || option == "noexec") {
        out["exec"] = option == "exec";
      } else if (option.starts_with("size=")) {
        if (const auto size = parse_megabytes(std::string_view(option).substr(5)))
          out["sizeMb"] = *size;
        else
          d.r.refuse(one, "must have a size such as size=64m");
      } else {
        d.r.note(one, "has the option " + option + ", which has no effect");
      }
    }
    d.append(one, "/tmpfs", std::move(out));
  }
  d.end_list(tmpfs, "/tmpfs");
}

}  // namespace troupe::http::compose
