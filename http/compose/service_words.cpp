#include <algorithm>

#include "http/compose/draft.hpp"
#include "http/compose/known_words.hpp"
#include "http/compose/shell_words.hpp"

namespace troupe::http::compose {

namespace {

using nlohmann::json;

void take_list(draft& d, const spot& list, const std::string& pointer) {
  for (const auto& item : take_items_or_one(d.r, list))
    if (auto text = take_text(d.r, item)) d.append(item, pointer, std::move(*text));
  d.end_list(list, pointer);
}

void take_line(draft& d, const spot& line, const std::string& pointer) {
  if (line.value->kind != node_kind::scalar) return take_list(d, line, pointer);
  const auto text = take_text(d.r, line);
  if (!text) return;
  const auto split = split_words(*text);
  if (!split)
    return d.r.refuse(line, "has a quote that is not closed, or a \\ at its end: write it as a list of words");
  d.put(line, pointer, *split);
}

void take_environment(draft& d, const spot& environment) {
  auto& values = d.out.body["envVars"] = json::object();
  d.out.places["/envVars"] = environment.at();
  for (auto& [name, value, from] : take_pairs(d.r, environment)) {
    if (name.empty()) {
      d.r.refuse(from, "has no name before its =");
      continue;
    }
    const auto given = d.r.variables.find(name);
    if (value)
      values[name] = std::move(*value);
    else
      values[name] = given == d.r.variables.end() ? json() : json(given->second);
    d.out.places[below("/envVars", name)] = from.at();
  }
}

void take_map(draft& d, const spot& map, const std::string& pointer) {
  auto& values = d.out.body[pointer.substr(1)] = json::object();
  d.out.places[pointer] = map.at();
  for (auto& [name, value, from] : take_pairs(d.r, map)) {
    values[name] = value.value_or("");
    d.out.places[below(pointer, name)] = from.at();
  }
}

void take_ulimits(draft& d, const spot& ulimits) {
  if (ulimits.value->kind == node_kind::map) d.put(ulimits, "/ulimits", json::object());
  for (const auto& [name, limit] : take_members(d.r, ulimits)) {
    const auto at = below("/ulimits", name);
    if (limit.value->kind == node_kind::map) {
      d.put(limit, at, json::object());
      take_words(d.r, limit, {{"soft", whole_to(d, at + "/soft")}, {"hard", whole_to(d, at + "/hard")}});
    } else if (const auto n = take_whole(d.r, limit)) {
      d.put(limit, at, {{"soft", *n}, {"hard", *n}});
    }
  }
}

void take_host(draft& d, const spot& from, const std::string& host, std::string address) {
  if (address.size() > 2 && address.front() == '[' && address.back() == ']')
    address = address.substr(1, address.size() - 2);
  if (address == "host-gateway" && (host == "host.docker.internal" || host == "gateway.docker.internal"))
    return d.r.note(from, "has no effect: there is no way to the machine itself");
  if (address == "host-gateway")
    return d.r.refuse(from, "is refused: there is no way to the machine itself; write an address (\"name=10.0.0.7\")");
  d.append(from, "/extraHosts", {{"host", host}, {"address", std::move(address)}});
}

void take_hosts(draft& d, const spot& hosts) {
  if (hosts.value->kind == node_kind::map) {
    for (const auto& [host, addresses] : take_members(d.r, hosts))
      for (const auto& one : take_items_or_one(d.r, addresses))
        if (const auto address = take_text(d.r, one)) take_host(d, one, host, *address);
    return;
  }
  for (const auto& [host, address, from] : take_pairs(d.r, hosts, "=:"))
    if (address)
      take_host(d, from, host, *address);
    else
      d.r.refuse(from, "must be a name and an address, such as \"db.example.org=10.0.0.7\"");
  d.end_list(hosts, "/extraHosts");
}

void take_capabilities(draft& d, const spot& list) {
  for (const auto& item : take_items(d.r, list)) {
    auto text = take_text(d.r, item);
    if (!text) continue;
    std::transform(text->begin(), text->end(), text->begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    d.append(item, "/security/capabilities", text->starts_with("CAP_") ? text->substr(4) : *text);
  }
  d.end_list(list, "/security/capabilities");
}

void take_security_options(draft& d, const spot& options) {
  for (const auto& item : take_items(d.r, options)) {
    const auto text = take_text(d.r, item);
    if (!text) continue;
    if (*text == "no-new-privileges" || *text == "no-new-privileges:true" || *text == "no-new-privileges=true")
      d.r.note(item, "has no effect: no container gets new privileges where the Engine can see to it");
    else if (text->starts_with("label"))
      d.r.note(item, "has no effect: labels of SELinux are the platform's");
    else
      d.r.refuse(item,
                 "is refused: containers are confined by the platform; see x-troupe: {security: {preset: …}} for "
                 "images that need more");
  }
}

void take_stop_signal(draft& d, const spot& signal) {
  auto text = take_text(d.r, signal);
  if (!text) return;
  const bool short_name = !text->empty() &&
                          text->find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+") == std::string::npos &&
                          !(text->front() >= '0' && text->front() <= '9') && !text->starts_with("SIG");
  d.put(signal, "/stopSignal", (short_name ? "SIG" : "") + *text);
}

void take_logging(draft& d, const spot& logging) {
  const auto take_options = [&d](const spot& options) {
    for (const auto& [name, option] : take_members(d.r, options)) {
      if (option.null()) continue;
      if (name == "max-size") {
        if (const auto mb = take_megabytes(d.r, option)) d.put(option, "/logs/maxSizeMb", *mb);
      } else if (name == "max-file") {
        if (const auto n = take_whole(d.r, option)) d.put(option, "/logs/maxFiles", *n);
      } else {
        d.r.note(option, "has no effect: only max-size and max-file are kept");
      }
    }
  };
  const auto take_driver = [&d](const spot& driver) {
    const auto text = take_text(d.r, driver);
    if (text && *text != "json-file" && *text != "local")
      d.r.note(driver, "has no effect: what containers write is kept here, and read by GET /deployments/:id/logs");
  };
  take_words(d.r, logging, {{"driver", take_driver}, {"options", take_options}});
}

void take_pull_policy(draft& d, const spot& policy) {
  const auto text = take_text(d.r, policy);
  if (!text) return;
  if (*text == "always")
    d.put(policy, "/imagePullPolicy", "always");
  else if (*text == "missing" || *text == "if_not_present")
    d.put(policy, "/imagePullPolicy", "ifMissing");
  else if (*text == "build")
    d.r.note(policy, "has no effect: images are not built here");
  else if (*text == "daily" || *text == "weekly" || text->starts_with("every_"))
    d.r.note(policy, "has no effect: at each release the registry is asked whether the tag has moved");
  else
    d.r.refuse(policy, "must be always or missing; left out, the registry is asked whether the tag has moved");
}

void take_network_mode(draft& d, const spot& mode) {
  const auto text = take_text(d.r, mode);
  if (!text) return;
  if (text->empty()) return;
  if (*text == "bridge" || *text == "default") return d.r.note(mode, std::string(one_network));
  d.r.refuse(
      mode,
      *text == "none"
          ? "is refused: every service is in its environment's network; leave it out"
          : "is refused: a service has no network but its environment's; leave it out, and publish ports with ports");
}

void take_networks(reading& r, const spot& networks) {
  const auto& value = *networks.value;
  if (value.items.size() + value.entries.size() > 1) r.note(networks, std::string(one_network));
  if (value.kind == node_kind::list) return;
  for (const auto& [name, network] : take_members(r, networks))
    for (const auto& [word, given] : take_members(r, network))
      r.noted.add(given.key_at, given.key, std::string(word == "aliases" ? no_second_name : one_network));
}

// "db", "db:mysql".
void take_links(reading& r, const spot& links) {
  bool second = false;
  for (const auto& item : take_items(r, links)) {
    const auto text = take_text(r, item);
    const auto colon = text ? text->find(':') : std::string::npos;
    if (colon == std::string::npos || text->substr(0, colon) == text->substr(colon + 1)) continue;
    second = true;
    r.note(item, std::string(no_second_name));
  }
  if (!second) r.noted.add(links.key_at, links.key, std::string(one_network));
}

// Files that need not be there are none.
void take_env_file(reading& r, const spot& files, const known_word& word) {
  const auto is_optional = [&r](const spot& one) {
    const auto* required = one.value->kind == node_kind::map ? one.value->find("required") : nullptr;
    return required && required->value->kind == node_kind::scalar && take_truth(r, member_of(one, *required)) == false;
  };
  std::vector<spot> all{files};
  if (files.value->kind == node_kind::list) all = take_items(r, files);
  if (!std::all_of(all.begin(), all.end(), is_optional)) return refused_as(r, word.detail)(files);
  for (const auto& one : all) r.note(one, "has no effect: no file beside this one is read");
}

// What docker compose would build, it would also take from its registry under this name.
bool names_image(const spot& service) {
  const auto* image = service.value->find("image");
  return image && image->value->kind != node_kind::null;
}

taker take_known(reading& r, const known_word& word, const spot& service) {
  if (word.key == "build" && names_image(service))
    return noted_as(r, "has no effect: images are not built here, and the one under image is taken");
  if (word.key == "env_file") return [&r, word](const spot& s) { take_env_file(r, s, word); };
  return compose::take_known(r, word);
}

words words_for(draft& d, const spot& from) {
  auto& r = d.r;
  words known{
      {"image", text_to(d, "/image")},
      {"command", [&d](const spot& s) { take_line(d, s, "/args"); }},
      {"entrypoint", [&d](const spot& s) { take_line(d, s, "/command"); }},
      {"environment", [&d](const spot& s) { take_environment(d, s); }},
      {"ports", [](const spot&) {}},
      {"expose", [](const spot&) {}},
      {"restart", [](const spot&) {}},
      {"x-troupe", [](const spot&) {}},
      {"depends_on", [](const spot&) {}},
      {"profiles", [](const spot&) {}},
      {"extends", [](const spot&) {}},
      {"volumes", [&d](const spot& s) { take_volumes(d, s); }},
      {"tmpfs", [&d](const spot& s) { take_tmpfs(d, s); }},
      {"healthcheck", [&d](const spot& s) { take_health_check(d, s); }},
      {"deploy", [&d](const spot& s) { take_deploy(d, s); }},
      {"scale", [&d](const spot& s) { take_replicas(d, s); }},
      {"cpus", number_to(d, "/resources/cpus")},
      {"mem_limit", megabytes_to(d, "/resources/memoryMb")},
      {"pids_limit", whole_to(d, "/resources/pids")},
      {"stop_grace_period", seconds_to(d, "/stopGracePeriodSeconds")},
      {"stop_signal", [&d](const spot& s) { take_stop_signal(d, s); }},
      {"init", truth_to(d, "/init")},
      {"shm_size", megabytes_to(d, "/shmSizeMb")},
      {"ulimits", [&d](const spot& s) { take_ulimits(d, s); }},
      {"sysctls", [&d](const spot& s) { take_map(d, s, "/sysctls"); }},
      {"user", text_to(d, "/security/user")},
      {"read_only", truth_to(d, "/security/readOnlyRootFilesystem")},
      {"cap_add", [&d](const spot& s) { take_capabilities(d, s); }},
      {"security_opt", [&d](const spot& s) { take_security_options(d, s); }},
      {"hostname", text_to(d, "/hostname")},
      {"working_dir", text_to(d, "/workingDir")},
      {"tty", truth_to(d, "/tty")},
      {"extra_hosts", [&d](const spot& s) { take_hosts(d, s); }},
      {"dns", [&d](const spot& s) { take_list(d, s, "/dns"); }},
      {"labels", [&d](const spot& s) { take_map(d, s, "/labels"); }},
      {"logging", [&d](const spot& s) { take_logging(d, s); }},
      {"pull_policy", [&d](const spot& s) { take_pull_policy(d, s); }},
      {"links", [&d](const spot& s) { take_links(d.r, s); }},
      {"networks", [&d](const spot& s) { take_networks(d.r, s); }},
      {"network_mode", [&d](const spot& s) { take_network_mode(d, s); }},
  };
  for (const auto& one : words_of_services()) known.emplace_back(one.key, take_known(r, one, from));
  return known;
}

// Times alone make no check.
void drop_check_without_test(draft& d, const spot& service) {
  const auto check = d.out.body.find("healthCheck");
  if (check == d.out.body.end() || !check->is_object() || check->contains("command") || check->contains("http")) return;
  if (const auto* said = service.value->find("healthcheck"); said && !check->empty())
    d.r.note(member_of(service, *said),
             "has no effect without a test: where the image has a check, it counts as it is");
  d.out.body.erase(check);
  std::erase_if(d.out.places, [](const auto& known) { return known.first.starts_with("/healthCheck"); });
}

}  // namespace

service take_service(reading& r, const std::string& label, const spot& from, const place* awaited_at) {
  draft d{r, {}};
  d.job = awaited_at != nullptr || says_job(r, *from.value);
  d.out.name = label;
  d.out.body = {{"name", label}};
  d.out.places = {{"", from.key_at}, {"/name", from.key_at}};
  if (awaited_at) {
    d.out.body["kind"] = "job";
    d.out.places["/kind"] = *awaited_at;
  }
  take_words(r, from, words_for(d, from));
  // What counts less, or over all that is there already.
  using later = std::pair<const char*, void (*)(draft&, const spot&)>;
  for (const auto& [word, take] :
       {later{"ports", take_ports}, {"expose", take_expose}, {"restart", take_restart}, {"x-troupe", take_own_fields}})
    if (const auto* one = from.value->find(word); one && one->value->kind != node_kind::null)
      take(d, member_of(from, *one));
  drop_check_without_test(d, from);
  name_volumes(d, from);
  // What is wrong with an image, or with its being built, has been told.
  const auto* build = from.value->find("build");
  if (!d.out.body.contains("image") && !names_image(from) && !(build && build->value->kind != node_kind::null))
    r.wrong.add(from.key_at, from.key, "has no image: name one, such as image: nginx:1.27");
  return std::move(d.out);
}

}  // namespace troupe::http::compose
