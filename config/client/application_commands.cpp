#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <map>
#include <sstream>

#include <nlohmann/json.hpp>

#include "config/client/application_progress.hpp"
#include "config/client/failure.hpp"
#include "config/client/steps.hpp"
#include "config/client/variables_file.hpp"
#include "config/log_line.hpp"

namespace troupe::client {

using nlohmann::json;

namespace {

constexpr std::size_t largest_file = 1024 * 1024;
constexpr const char* usual_names[] = {"compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"};

struct file {
  std::string path, text;
};

std::optional<std::string> content_of(const std::string& path) {
  std::error_code fault;
  if (std::filesystem::is_directory(path, fault)) throw failure(wrong_usage, log::printable(path) + " is a directory");
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::string text((std::istreambuf_iterator<char>(in)), {});
  if (!in.eof() && in.fail()) return std::nullopt;
  if (text.size() > largest_file) throw failure(wrong_usage, path + " is larger than 1 MiB");
  return text;
}

file find_file(const request& asked) {
  if (const auto named = asked.value("file")) {
    if (auto text = content_of(*named)) return {*named, std::move(*text)};
    throw failure(wrong_usage, "cannot read " + log::printable(*named));
  }
  for (const auto* name : usual_names)
    if (auto text = content_of(name)) return {name, std::move(*text)};
  throw failure(wrong_usage, "there is no compose.yaml here; name one with -f");
}

bool occurs(const std::string& text, const std::string& name) {
  const auto is_part = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
    const auto end = at + name.size();
    if ((at == 0 || !is_part(text[at - 1])) && (end == text.size() || !is_part(text[end]))) return true;
  }
  return false;
}

// Without the lines that are comments as a whole.
std::string without_comments(const std::string& text) {
  std::istringstream lines(text);
  std::string out;
  for (std::string line; std::getline(lines, line);)
    if (const auto first = line.find_first_not_of(" \t"); first == std::string::npos || line[first] != '#')
      (out += line) += '\n';
  return out;
}

// The names behind each $ of the text; $$ is a plain one.
std::vector<std::string> references_in(const std::string& text) {
  std::vector<std::string> out;
  for (auto at = text.find('$'); at != std::string::npos; at = text.find('$', at + 1)) {
    auto from = at + 1;
    if (from < text.size() && text[from] == '$') {
      ++at;
      continue;
    }
    if (from < text.size() && text[from] == '{') ++from;
    auto end = from;
    while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_')) ++end;
    if (end > from) out.push_back(text.substr(from, end - from));
  }
  return out;
}

// What the file asks for, and nothing else of what is here: from the file .env beside it, from this process's
// environment where the text names it behind a $, and from --var, the last one counting.
json variables_of(const surroundings& around, const request& asked, const file& from) {
  auto out = json::object();
  const auto slash = from.path.rfind('/');
  const auto beside =
      asked.value("env-file").value_or(from.path.substr(0, slash == std::string::npos ? 0 : slash + 1) + ".env");
  const auto text = content_of(beside);
  if (!text && asked.has("env-file")) throw failure(wrong_usage, "cannot read " + log::printable(beside));
  if (text)
    for (const auto& [name, value] : read_variables(*text, beside))
      if (occurs(from.text, name)) out[name] = value;
  for (const auto& name : references_in(without_comments(from.text)))
    if (const auto value = around.variable(name)) out[name] = *value;
  if (const auto given = asked.options.find("var"); given != asked.options.end())
    for (const auto& one : given->second) {
      const auto equals = one.find('=');
      if (equals == 0 || equals == std::string::npos)
        throw failure(wrong_usage, "--var needs NAME=VALUE");  // its text may be a secret
      out[one.substr(0, equals)] = one.substr(equals + 1);
    }
  return out;
}

json body_of(const surroundings& around, const request& asked) {
  const auto from = find_file(asked);
  json out{{"compose", from.text}, {"variables", variables_of(around, asked, from)}};
  if (const auto named = asked.options.find("profile"); named != asked.options.end()) out["profiles"] = named->second;
  if (asked.has("prune")) out["prune"] = true;
  if (asked.has("keep")) out["onFailure"] = "keep";
  return out;
}

// ---- a plan, as a person reads it

std::string short_form(const json& value) {
  if (value.is_null()) return "nothing";
  return log::printable(value.is_string() ? value.get<std::string>() : value.dump());
}

class plan_printer {
public:
  plan_printer(std::ostream& out, bool coloured) : out_(out), coloured_(coloured) {}

  void print(const json& plan) {
    for (const auto& change : plan.at("changes")) print_change(change);
    for (const auto& one : plan.at("conflicts"))
      line(one.at("certain") == true ? "31" : "33", "! " + about(one) + text_of(one.at("detail")));
    for (const auto& one : plan.at("ignored"))
      line("33", "! line " + one.at("line").dump() + ", " + text_of(one.at("key")) + ": " + text_of(one.at("detail")));
  }

private:
  void print_change(const json& change) {
    const auto action = text_of(change.at("action"));
    const auto name = text_of(change.at("service"));
    const auto& image = change.at("image");
    if (action == "create") line("32", "+ " + name + "  " + text_of(image.at("reference")));
    if (action == "remove") line("31", "- " + name + "  its containers go, its volumes stay");
    if (action == "unchanged") line("2", "  " + name + "  unchanged");
    if (action == "update") line("33", "~ " + name + "  " + text_of(image.at("reference")));
    if (action == "create" || action == "update") print_image(image);
    for (const auto& field : change.at("fields"))
      line("", "    " + text_of(field.at("field")) + ": " + short_form(field.at("from")) + " -> " +
                   short_form(field.at("to")));
    if (const auto& down = change.at("downtime"); down.is_object() && down.at("expected") == true)
      line("", "    it is down for a moment: " + text_of(down.at("why")));
    for (const auto& warning : change.at("warnings")) line("33", "    ! " + text_of(warning));
    if (const auto first = joined(change.at("after")); !first.empty()) line("2", "    after " + first);
  }

  void print_image(const json& image) {
    if (const auto why = text_of(image.at("unknown")); !why.empty())
      return line("33", "    its image is not known: " + why);
    if (const auto digest = text_of(image.at("digest")); !digest.empty())
      line("2", "    " + digest + (image.at("here") == true ? ", which is here" : ""));
    if (const auto& fault = image.at("error"); fault.is_object())
      line("31", "    ! " + text_of(fault.at("code")) + ": " + text_of(fault.at("message")) + ' ' +
                     text_of(fault.at("hint")));
  }

  static std::string about(const json& conflict) {
    const auto service = text_of(conflict.at("service"));
    return service.empty() ? service : service + ": ";
  }

  void line(const char* colour, const std::string& text) {
    if (coloured_ && *colour != '\0')
      out_ << "\x1b[" << colour << 'm' << text << "\x1b[0m\n";
    else
      out_ << text << '\n';
  }

  std::ostream& out_;
  bool coloured_;
};

bool changes_something(const json& plan) {
  return std::any_of(plan.at("changes").begin(), plan.at("changes").end(),
                     [](const auto& change) { return change.at("action") != "unchanged"; });
}

void ask_for_consent(surroundings& around, const request& asked) {
  if (asked.has("yes")) return;
  if (!around.in_is_terminal || !around.out_is_terminal)
    throw failure(wrong_usage, "nobody is here to be asked: say so with --yes");
  around.out << "Do this? [y/N] " << std::flush;
  std::string said;
  std::getline(around.in, said);
  if (said != "y" && said != "Y" && said != "yes") throw failure(failed, "nothing was changed");
}

// ---- applying it

json operation_at(const server& at, const std::string& path) {
  try {
    return json_of(patient_text(at, path + "?wait=1s", true)).at("operation");
  } catch (const failure& why) {
    if (why.code != interrupted && why.code != unreachable) throw;
    throw failure(why.code, std::string(why.what()) + "\nIt goes on: `troupe ps` shows how far it is.");
  }
}

int follow(surroundings& around, const request& asked, const server& at, const std::string& accepted) {
  auto operation = json_of(accepted).at("operation");
  if (asked.has("no-wait")) {
    if (asked.has("json")) return print(around, accepted);
    return print(around, "Accepted as " + text_of(operation.at("id")) + '.');
  }
  auto& out = asked.has("json") ? around.errors : around.out;
  application_progress shown(out, around.out_is_terminal && !asked.has("json"));
  const auto path = "/operations/" + text_of(operation.at("id"));
  shown.tell(operation);
  while (operation.at("status") == "APPLYING" || operation.at("status") == "ROLLING_BACK") {
    operation = operation_at(at, path);
    shown.tell(operation);
  }
  if (asked.has("json")) print(around, json{{"operation", operation}}.dump(2));
  if (operation.at("status") == "SUCCEEDED") return asked.has("json") ? static_cast<int>(done) : print(around, "Done.");
  throw failure(failed, "it ended as " + text_of(operation.at("status")) +
                            (operation.at("detail").is_string() ? ": " + text_of(operation["detail"]) : ""));
}

int apply(surroundings& around, const request& asked, json body) {
  const auto at = connect(around);
  const auto path = "/environments/" + environment_id(around, at, asked) + "/application";
  const auto planned = at.text("POST", path + "/plan", body);
  const auto plan = json_of(planned).at("plan");
  if (asked.has("plan") && asked.has("json")) return print(around, planned);
  auto& out = asked.has("json") ? around.errors : around.out;
  plan_printer(out, around.out_is_terminal && !asked.has("json")).print(plan);
  if (asked.has("plan")) return done;
  if (changes_something(plan)) {
    ask_for_consent(around, asked);
    body["plan"] = plan.at("id");
  } else if (!asked.has("json")) {
    return print(around, "Everything is as it is wanted.");
  }
  return follow(around, asked, at, at.text("PUT", path, body));
}

// Nothing of it is left but what is told of its last release.
bool has_ended(const json& service) {
  const auto status = text_of(service.at("status"));
  return service.at("current").is_null() && (status == "SUCCEEDED" || status == "FAILED" || status == "CANCELLED");
}

}  // namespace

int bring_up(surroundings& around, const request& asked) {
  return apply(around, asked, body_of(around, asked));
}

int bring_down(surroundings& around, const request& asked) {
  const auto at = connect(around);
  const auto path = "/environments/" + environment_id(around, at, asked);
  std::string going;
  for (const auto& one : all_of(at, path + "/services", "services"))
    if (!has_ended(one)) going += "- " + text_of(one.at("name")) + '\n';
  if (going.empty() && !asked.has("json")) return print(around, "Nothing is there that would go.");
  (asked.has("json") ? around.errors : around.out) << going;
  if (!going.empty()) ask_for_consent(around, asked);
  return follow(around, asked, at, at.text("DELETE", path + "/application"));
}

int export_application(surroundings& around, const request& asked) {
  const auto at = connect(around);
  around.out << at.text("GET", "/environments/" + environment_id(around, at, asked) + "/application");
  return done;
}

}  // namespace troupe::client
