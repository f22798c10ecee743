#include "http/compose/write.hpp"

#include <algorithm>
#include <set>

#include "http/compose/emit.hpp"

namespace troupe::http::compose {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

ordered_json ordered(const json& value) {
  if (value.is_object()) {
    auto out = ordered_json::object();
    for (const auto& [name, member] : value.items()) out[name] = ordered(member);
    return out;
  }
  if (!value.is_array()) return value;
  auto out = ordered_json::array();
  for (const auto& item : value) out.push_back(ordered(item));
  return out;
}

bool has_version(const std::string& image) {
  const auto slash = image.rfind('/');
  return image.find_first_of(":@", slash == std::string::npos ? 0 : slash) != std::string::npos;
}

std::string with_unit(const json& number, const char* unit) {
  return number.dump() + unit;
}

class service_writer {
public:
  service_writer(const service& one, bool awaited)
      : rest_(one.body), job_(awaited || rest_.value("kind", json()) == "job") {
    rest_.erase("name");
    if (awaited) rest_.erase("kind");
    if (auto& security = rest_["security"]; security.is_object()) {
      security.erase("effective");
      if (security.empty() && !one.body["security"].empty()) security = nullptr;
    }
    if (rest_["security"].is_null()) rest_.erase("security");
  }

  ordered_json run(const std::vector<dependency>& after) {
    image();
    move("/imagePullPolicy", "/pull_policy", [](const json& v) -> json {
      return v == "always" ? json("always") : v == "ifMissing" ? json("missing") : json();
    });
    move("/command", "/entrypoint");
    move("/args", "/command");
    move("/workingDir", "/working_dir");
    move("/security/user", "/user");
    move("/envVars", "/environment");
    dependencies(after);
    if (!job_) ports();
    volumes();
    tmpfs();
    if (!job_) health_check();
    restart();
    resources();
    limits();
    network();
    logs();
    move("/labels", "/labels");
    if (!rest_.empty()) out_["x-troupe"] = ordered(rest_);
    return std::move(out_);
  }

private:
  static json same(const json& value) { return value; }

  // Takes a field out of the body and gives it to Compose's word; null of `as`: Compose has none for this value.
  template <class F>
  void move(const char* field, const char* word, F as) {
    const json::json_pointer from(field);
    if (!rest_.contains(from)) return;
    const json value = as(rest_[from]);
    if (value.is_null()) return;
    out_[ordered_json::json_pointer(word)] = ordered(value);
    take(from);
  }
  void move(const char* field, const char* word) { move(field, word, same); }

  void take(const json::json_pointer& field) {
    auto holder = field.parent_pointer();
    rest_[holder].erase(field.back());
    if (!holder.empty() && rest_[holder].empty()) rest_.erase(holder.back());
  }

  void image() {
    std::string image = rest_.value("image", "");
    if (rest_.contains("tag") && !has_version(image)) {
      image += ':' + rest_.value("tag", "");
      rest_.erase("tag");
    }
    if (rest_.contains("image")) out_["image"] = image;
    rest_.erase("image");
  }

  void dependencies(const std::vector<dependency>& after) {
    static constexpr const char* words[] = {"service_started", "service_healthy", "service_completed_successfully"};
    for (const auto& one : after) {
      auto& wish = out_["depends_on"][one.service];
      wish["condition"] = words[static_cast<int>(one.until)];
      if (!one.required) wish["required"] = false;
    }
  }

  static ordered_json long_port(const json& port) {
    ordered_json out;
    out["target"] = port.at("container");
    if (port.contains("host")) out["published"] = port["host"].dump();
    for (const char* word : {"protocol", "mode"})
      if (port.contains(word)) out[word] = port[word];
    return out;
  }

  // A list that reads "only expose" below what is published, where the body has it in this order, too.
  static bool exposes(const json& port) { return !port.contains("host") && !port.contains("mode"); }
  static bool in_order(const json& ports) {
    std::set<std::pair<json, json>> there;
    bool exposed = false;
    for (const auto& port : ports) {
      const bool fresh = there.emplace(port["container"], port.value("protocol", "tcp")).second;
      if (exposed && !exposes(port)) return false;
      exposed = exposed || exposes(port);
      if (exposed && !fresh) return false;
    }
    return true;
  }

  void ports() {
    if (!rest_.contains("ports")) return;
    auto& ports = rest_["ports"];
    const bool apart = in_order(ports);
    if (ports.empty()) out_["ports"] = ordered_json::array();
    for (auto& port : ports) {
      port.erase("bound");
      if (apart && exposes(port))
        out_["expose"].push_back(port["container"].dump() +
                                 (port.contains("protocol") ? '/' + port.value("protocol", "") : ""));
      else
        out_["ports"].push_back(long_port(port));
    }
    rest_.erase("ports");
  }

  // x-troupe finds a volume by its name, or by its path where it has none.
  static bool told_apart(const json& volumes) {
    std::set<std::pair<json, json>> there;
    return std::all_of(volumes.begin(), volumes.end(), [&](const json& one) {
      const auto name = one.value("name", json());
      return there.emplace(name, name.is_null() ? one["mountPath"] : json()).second;
    });
  }

  void volumes() {
    if (!rest_.contains("volumes") || !told_apart(rest_["volumes"])) return;
    auto own = json::array();
    if (rest_["volumes"].empty()) out_["volumes"] = ordered_json::array();
    for (auto& volume : rest_["volumes"]) {
      ordered_json mount;
      mount["type"] = "volume";
      if (volume.contains("name")) mount["source"] = volume["name"];
      mount["target"] = volume["mountPath"];
      if (volume.contains("readOnly")) mount["read_only"] = volume["readOnly"];
      out_["volumes"].push_back(std::move(mount));
      const bool named = volume.contains("name");
      volume.erase("readOnly");
      if (named) volume.erase("mountPath");
      if (volume.size() > 1) own.push_back(volume);
    }
    rest_.erase("volumes");
    if (!own.empty()) rest_["volumes"] = std::move(own);
  }

  void tmpfs() {
    move("/tmpfs", "/tmpfs", [](const json& all) -> json {
      auto out = json::array();
      for (const auto& one : all) {
        auto text = one.value("path", "");
        if (text.find(':') != std::string::npos) return nullptr;
        char separator = ':';
        const auto option = [&](const std::string& word) {
          text += separator + word;
          separator = ',';
        };
        if (one.contains("sizeMb")) option("size=" + with_unit(one["sizeMb"], "m"));
        if (one.contains("exec")) option(one.value("exec", false) ? "exec" : "noexec");
        out.push_back(text);
      }
      return out;
    });
  }

  void health_check() {
    move("/healthCheck/command", "/healthcheck/test", [](const json& command) -> json {
      if (!command.is_array() || command.empty()) return nullptr;
      auto out = json::array({"CMD"});
      const bool shell = command.size() == 3 && command[0] == "/bin/sh" && command[1] == "-c";
      if (shell) return json::array({"CMD-SHELL", command[2]});
      out.insert(out.end(), command.begin(), command.end());
      return out;
    });
    move("/healthCheck/intervalSeconds", "/healthcheck/interval", seconds);
    move("/healthCheck/timeoutSeconds", "/healthcheck/timeout", seconds);
    move("/healthCheck/retries", "/healthcheck/retries");
    move("/healthCheck/startPeriodSeconds", "/healthcheck/start_period", seconds);
  }

  static json seconds(const json& n) { return with_unit(n, "s"); }
  static json megabytes(const json& n) { return with_unit(n, "m"); }

  void restart() {
    if (job_) {
      move("/backoffLimit", "/restart",
           [](const json& n) -> json { return n == 0 ? json("no") : json("on-failure:" + n.dump()); });
      return;
    }
    move("/replicas", "/deploy/replicas");
    move("/restartPolicy/condition", "/deploy/restart_policy/condition");
    move("/restartPolicy/maxAttempts", "/deploy/restart_policy/max_attempts");
    move("/restartPolicy/delaySeconds", "/deploy/restart_policy/delay", seconds);
  }

  void resources() {
    move("/resources/cpus", "/deploy/resources/limits/cpus", [](const json& n) -> json { return n.dump(); });
    move("/resources/memoryMb", "/deploy/resources/limits/memory", megabytes);
    move("/resources/pids", "/deploy/resources/limits/pids");
    if (job_) return;
    move("/update/order", "/deploy/update_config/order");
    move("/update/parallelism", "/deploy/update_config/parallelism");
    move("/update/delaySeconds", "/deploy/update_config/delay", seconds);
  }

  void limits() {
    move("/stopGracePeriodSeconds", "/stop_grace_period", seconds);
    move("/stopSignal", "/stop_signal");
    move("/init", "/init");
    move("/tty", "/tty");
    move("/shmSizeMb", "/shm_size", megabytes);
    move("/ulimits", "/ulimits");
    move("/sysctls", "/sysctls");
    move("/security/readOnlyRootFilesystem", "/read_only");
    move("/security/capabilities", "/cap_add");
  }

  void network() {
    move("/hostname", "/hostname");
    move("/extraHosts", "/extra_hosts", [](const json& all) -> json {
      auto out = json::array();
      for (const auto& one : all) {
        const auto address = one.value("address", "");
        if (address.starts_with('[') || address == "host-gateway") return nullptr;
        out.push_back(one.value("host", "") + '=' + address);
      }
      return out;
    });
    move("/dns", "/dns");
  }

  void logs() {
    move("/logs/maxSizeMb", "/logging/options/max-size", megabytes);
    move("/logs/maxFiles", "/logging/options/max-file", [](const json& n) -> json { return n.dump(); });
    if (out_.contains("logging")) out_["logging"]["driver"] = "json-file";
  }

  json rest_;  // what no word has been found for
  bool job_;
  ordered_json out_ = ordered_json::object();
};

}  // namespace

std::string write(const application& from) {
  std::set<std::string> awaited, volumes;
  for (const auto& one : from.services)
    for (const auto& other : one.after)
      if (other.until == condition::completed) awaited.insert(other.service);
  ordered_json out;
  if (!from.name.empty()) out["name"] = from.name;
  for (const auto& one : from.services) {
    auto written = service_writer(one, awaited.contains(one.name)).run(one.after);
    if (written.contains("volumes"))
      for (const auto& volume : written["volumes"])
        if (volume.contains("source")) volumes.insert(volume.value("source", ""));
    out["services"][one.name] = std::move(written);
  }
  for (const auto& name : volumes) out["volumes"][name] = ordered_json::object();
  return emit(out);
}

}  // namespace troupe::http::compose
