#include "http/compose/read.hpp"

#include <algorithm>

#include "http/compose/dependencies.hpp"
#include "http/compose/draft.hpp"
#include "http/compose/extension.hpp"
#include "http/compose/known_words.hpp"
#include "http/compose/parse.hpp"
#include "http/compose/quantities.hpp"

namespace troupe::http::compose {

namespace {

constexpr const char* reached_by_it = "; write that where others reach it by its name";

void take_top_volume(reading& r, const spot& one) {
  take_words(
      r, one,
      {{"driver",
        [&](const spot& s) {
          const auto text = take_text(r, s);
          if (text && *text != "local") r.refuse(s, "must be local, or left out: volumes are the platform's own");
        }},
       {"driver_opts", refused_as(r, "is refused: volumes are the platform's own, without options; leave it out")},
       {"external",
        [&](const spot& s) {
          if (take_truth(r, s).value_or(false))
            r.refuse(s, "is refused: a volume belongs to its environment and is made with it; leave it out");
        }},
       {"name", noted_as(r, "has no effect: a volume is called by its key here")},
       {"labels", noted_as(r, "has no effect: volumes have no labels here")}});
}

// What makes no other network of it is not worth a word.
bool is_usual(const std::string& word, const node& value) {
  if (word.starts_with("x-") || word == "name" || word == "labels" || word == "attachable" || word == "enable_ipv4")
    return true;
  if (word == "driver") return value.text == "bridge" || value.text == "overlay";
  return value.kind == node_kind::null || (value.kind == node_kind::scalar && parse_truth(value.text) == false);
}

void take_top_networks(reading& r, const spot& networks) {
  const auto all = take_members(r, networks);
  if (all.size() > 1) r.noted.add(networks.key_at, networks.key, std::string(one_network));
  for (const auto& [name, one] : all)
    for (const auto& [word, setting] : take_members(r, one))
      if (!is_usual(word, *setting.value)) r.noted.add(setting.key_at, setting.key, std::string(one_network));
}

struct running_service {
  std::string label;
  spot from;
  waiting_service wishes;
};

class file_reader {
public:
  file_reader(reading& r, const std::set<std::string>& profiles) : r_(r), profiles_(profiles) {}

  application run(const node_ptr& root) {
    words known{{"name", [&](const spot& s) { out_.name = take_text(r_, s).value_or(""); }},
                {"services", [&](const spot& s) { take_services(s); }},
                {"volumes",
                 [&](const spot& s) {
                   for (const auto& [name, one] : take_members(r_, s)) take_top_volume(r_, one);
                 }},
                {"networks", [&](const spot& s) { take_top_networks(r_, s); }}};
    for (const auto& one : words_of_the_top()) known.emplace_back(one.key, take_known(r_, one));
    take_words(r_, {root, {}, ""}, known);
    const auto* services = root->find("services");
    if (!services || (services->value->kind != node_kind::list && services->value->entries.empty() && r_.wrong.empty()))
      r_.wrong.add(services ? services->at : place{}, "services", "has no service: name at least one, with its image");
    return std::move(out_);
  }

private:
  void take_services(const spot& services) {
    if (take_members(r_, services).size() > r_.limits.services)
      return r_.refuse(services, "has more than " + std::to_string(r_.limits.services) + " services: split the file");
    const auto whole = extended(r_, services);
    for (const auto& one : services.value->entries)
      if (const auto found = whole.find(one.key); found != whole.end())
        take_running(member_of(services, {one.key, one.at, found->second}), one.key);
    if (running_.empty() && !services.value->entries.empty() && r_.wrong.empty())
      r_.refuse(services, "has no service that runs: name one of their profiles");
    settle_wishes();
    for (const auto& one : running_) {
      const auto awaited = awaited_.find(one.wishes.name);
      out_.services.push_back(
          take_service(r_, one.label, one.from, awaited == awaited_.end() ? nullptr : &awaited->second));
      for (const auto& wish : one.wishes.after) {
        auto what = wish.what;
        what.service = labels_.at(what.service);
        out_.services.back().after.push_back(std::move(what));
      }
    }
  }

  bool runs(const spot& one) {
    const auto* profiles = one.value->find("profiles");
    if (!profiles || profiles->value->kind == node_kind::null) return true;
    const auto items = take_items(r_, member_of(one, *profiles));
    bool any = items.empty();
    for (const auto& item : items)
      if (const auto text = take_text(r_, item); text && profiles_.contains(*text)) any = true;
    return any;
  }

  void take_running(const spot& one, const std::string& name) {
    all_.insert(name);
    if (one.value->kind != node_kind::map)
      return r_.refuse(one, one.null() ? "is empty: it needs an image" : "must be a map, with an image in it");
    if (!runs(one)) return;
    const auto own = take_label(r_, {no_value(), one.key_at, one.key}, name, taken_, reached_by_it);
    const auto label = own.value_or(name);  // told, and the rest of it is looked at all the same
    labels_.emplace(name, label);
    running_service service{label, one, {name, {}}};
    if (const auto* wishes = one.value->find("depends_on"); wishes && wishes->value->kind != node_kind::null)
      service.wishes.after = take_wishes(r_, member_of(one, *wishes));
    running_.push_back(std::move(service));
  }

  // Findings about a name are told at the key, not at the value.
  static node_ptr no_value() { return std::make_shared<node>(); }

  bool stands(const std::string& name, const wish& one) {
    const auto& other = one.what.service;
    if (other == name) {
      r_.refuse(one.from, "waits for itself: take it out");
      return false;
    }
    if (labels_.contains(other)) return true;
    if (!one.what.required)
      r_.note(one.from, "has no effect: " + other + " does not run");
    else if (all_.contains(other))
      r_.refuse(one.from,
                "waits for " + other + ", which does not run: name one of its profiles, or write required: false");
    else
      r_.refuse(one.from, "waits for " + other + ", which is no service of this file");
    return false;
  }

  void settle_wishes() {
    std::vector<waiting_service> waiting;
    for (auto& one : running_) {
      std::erase_if(one.wishes.after, [&](const wish& wish) { return !stands(one.wishes.name, wish); });
      for (const auto& wish : one.wishes.after)
        if (wish.what.until == condition::completed) awaited_.emplace(wish.what.service, wish.from.at());
      waiting.push_back(one.wishes);
    }
    refuse_circles(r_, waiting);
  }

  reading& r_;
  const std::set<std::string>& profiles_;
  application out_;
  std::vector<running_service> running_;
  std::set<std::string> all_;                  // names in the file
  std::map<std::string, std::string> taken_;   // label -> name in the file
  std::map<std::string, std::string> labels_;  // the other way, of those that run
  std::map<std::string, place> awaited_;       // names of those whose end another waits for
};

}  // namespace

read_file read_leniently(std::string_view text, const std::map<std::string, std::string>& variables,
                         const std::set<std::string>& profiles, const reading_limits& limits) {
  reading r{variables, limits};
  read_file out;
  if (const auto root = parse(text, limits, r.wrong)) try {
      out.what = file_reader(r, profiles).run(root);
    } catch (const too_much&) {
      // was told where it was noticed
    }
  out.wrong = r.wrong.sorted(limits.findings);
  out.what.ignored = r.noted.sorted(limits.findings);
  return out;
}

std::variant<application, std::vector<finding>> read(std::string_view text,
                                                     const std::map<std::string, std::string>& variables,
                                                     const std::set<std::string>& profiles,
                                                     const reading_limits& limits) {
  auto out = read_leniently(text, variables, profiles, limits);
  if (!out.wrong.empty()) return std::move(out.wrong);
  return std::move(out.what);
}

}  // namespace troupe::http::compose
