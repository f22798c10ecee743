// Random releases: what is read back of them changes nothing once it is applied, and a change of one field is a change
// of that field.
#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "actors/codec/release_json.hpp"
#include "actors/model/application_plan.hpp"
#include "http/api/release_patch.hpp"
#include "http/api/release_rules.hpp"
#include "http/api/render_application.hpp"
#include "tests/compose/random_bodies.hpp"
#include "tests/http_api/compose_files.hpp"

using namespace troupe;
using namespace troupe::http::api;
using namespace troupe::http::api::test;
using nlohmann::json;

namespace {

class random_releases {
public:
  explicit random_releases(unsigned seed) : bodies_(seed) {}

  unsigned below(unsigned n) { return bodies_.below(n); }

  // A body of POST /deployments that is taken, with its defaults.
  json next(const std::string& service, bool job) {
    auto body = bodies_.next();
    body["environmentId"] = "env_aaaaaaaaaaaaaaaa";
    body["name"] = service;
    if (job) make_job(body);
    make_fit(body, service);
    for (auto wrong = check_release_body(*api_alone(), body); !wrong.empty();
         wrong = check_release_body(*api_alone(), body))
      for (const auto& v : wrong) body.erase(v.pointer.substr(1, v.pointer.find('/', 1) - 1));
    api_alone()->schemas.fill_defaults("create_deployment", body);
    return body;
  }

private:
  void make_job(json& body) {
    body["kind"] = "job";
    body["backoffLimit"] = below(5);
    for (const auto* field : {"healthCheck", "restartPolicy", "update", "replicas"}) body.erase(field);
    for (auto& port : body.value("ports", json::array())) port.erase("host");
  }

  // What the schema alone lets be anything, as something that can be.
  void make_fit(json& body, const std::string& service) {
    static constexpr const char* images[] = {
        "nginx", "ghcr.io/acme/app", "registry.example.org:5000/a/b:1.2",
        "acme/web@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"};
    body["image"] = images[below(4)];
    if (body.contains("tag")) body["tag"] = "t" + std::to_string(below(9));
    if (body["image"].get_ref<const std::string&>().find_first_of("@2") != std::string::npos) body.erase("tag");
    each(body, "volumes", [&](json& one, const std::string& n) {
      one["mountPath"] = "/srv/v" + n;
      if (!one.value("ephemeral", false)) {
        one["name"] = service + "-v" + n;
        one.erase("ephemeral");
      } else {
        for (const auto* field : {"name", "readOnly", "shared"}) one.erase(field);
      }
    });
    // As they are shown: what is in memory comes last.
    if (body.contains("volumes"))
      std::stable_partition(body["volumes"].begin(), body["volumes"].end(),
                            [](const json& one) { return one.contains("name"); });
    each(body, "tmpfs", [](json& one, const std::string& n) { one["path"] = "/scratch/t" + n; });
    each(body, "ports", [&](json& one, const std::string& n) {
      one["container"] = 1000 + std::stoi(n);
      if (one.contains("host")) one["host"] = 20000 + host_++;
    });
    each(body, "extraHosts", [](json& one, const std::string& n) { one["address"] = "10.0.0.1" + n; });
    each(body, "dns", [](json& one, const std::string& n) { one = "10.0.1.1" + n; });
    if (body.contains("security"))
      each(body["security"], "writablePaths", [](json& one, const std::string& n) { one = "/var/w" + n; });
    if (body.contains("ulimits"))
      for (auto& limit : body["ulimits"]) limit["hard"] = limit["soft"] = 1000 + below(1000);
    if (!body.contains("healthCheck")) return;
    auto& check = body["healthCheck"];
    if (check.contains("http")) check.erase("command");
    if (!check.contains("http") && !check.contains("command")) check["command"] = json::array({"/bin/check"});
  }

  template <class F>
  static void each(json& body, const char* list, F change) {
    if (!body.contains(list)) return;
    std::size_t n = 0;
    for (auto& one : body[list]) change(one, std::to_string(n++));
  }

  troupe::test::random_bodies bodies_;
  unsigned host_ = 0;
};

model::deployment running(const model::release_spec& spec) {
  model::deployment row;
  row.spec = spec;
  row.status = spec.job ? model::deployment_status::succeeded : model::deployment_status::running;
  return row;
}

std::string told(const std::vector<model::violation>& all) {
  std::string out;
  for (const auto& v : all) out += v.pointer + ' ' + v.detail + '\n';
  return out;
}

model::dependencies random_dependencies(random_releases& random, const model::standing_releases& standing) {
  model::dependencies out;
  for (auto one = standing.begin(); one != standing.end(); ++one)
    for (auto other = standing.begin(); other != one; ++other) {
      if (random.below(3) != 0) continue;
      const auto until = random.below(other->second.spec.job ? 3 : 2);
      out[one->first].push_back({other->first, static_cast<model::awaited_state>(until), random.below(4) != 0});
    }
  return out;
}

}  // namespace

TEST(RandomReleases, WhatIsReadBackChangesNothingOnceItIsApplied) {
  random_releases random(20);
  for (int i = 0; i < 150; ++i) {
    model::standing_releases standing;
    const auto count = 1 + random.below(5);
    for (unsigned n = 0; n < count; ++n) {
      const auto name = "s" + std::to_string(n);
      standing.emplace(name, running(release_of(random.next(name, random.below(4) == 0))));
    }
    const auto stored = random_dependencies(random, standing);
    const auto text = compose_text_of(model::standing_application(standing, stored));
    const auto taken = take_file(text);
    ASSERT_EQ(told(taken.wrong), "") << text;
    for (const auto& one : taken.noted)
      EXPECT_TRUE(one.value("detail", "").starts_with("is not published")) << one << text;
    const auto plan = model::plan_application(taken.wanted.services, standing, true);
    ASSERT_TRUE(plan) << told(plan.error().violations) << text;
    ASSERT_EQ(plan.value().changes.size(), standing.size());
    for (const auto& change : plan.value().changes)
      ASSERT_FALSE(change.action) << change.service << '\n'
                                  << codec::to_json(change.standing->spec) << '\n'
                                  << codec::to_json(change.spec) << '\n'
                                  << text;
    auto said = model::dependencies_of(taken.wanted.services);
    std::erase_if(said, [](const auto& one) { return one.second.empty(); });
    EXPECT_EQ(said, stored) << text;
    EXPECT_EQ(compose_text_of(model::standing_application(standing, said)), text);
  }
}

namespace {

// "/resources/memoryMb", and "/args" of what has no members of its own: all that can be changed.
std::set<std::string> changeable() {
  std::set<std::string> out;
  for (const auto& [name, one] : api_alone()->schemas.schema("update_service").at("properties").items()) {
    if (name == "kind") continue;  // it cannot be changed
    out.insert('/' + name);
    if (one.contains("properties"))
      for (const auto& [member, two] : one["properties"].items())
        if (!two.value("readOnly", false)) out.insert('/' + name + '/' + member);
  }
  return out;
}

// Whether all that `part` says is so in `whole`, which may say more.
bool holds(const json& whole, const json& part) {
  if (part.is_object()) {
    if (!whole.is_object()) return false;
    for (const auto& [name, value] : part.items())
      if (!whole.contains(name) || !holds(whole[name], value)) return false;
    return true;
  }
  if (!part.is_array()) return whole == part;
  if (!whole.is_array() || whole.size() != part.size()) return false;
  for (std::size_t i = 0; i < part.size(); ++i)
    if (!holds(whole[i], part[i])) return false;
  return true;
}

// What is not at the pointer is as it was; an image and its tag are one.
void leaves_the_rest(const std::string& pointer, json before, json after) {
  const json::json_pointer at(pointer);
  const bool image = pointer == "/image" || pointer == "/tag";
  // Of a check one of the two kinds is there.
  const bool kind = pointer == "/healthCheck/command" || pointer == "/healthCheck/http";
  for (auto* one : {&before, &after}) {
    if (!one->contains(at.parent_pointer()) || !(*one)[at.parent_pointer()].is_object()) continue;
    auto& holder = (*one)[at.parent_pointer()];
    holder.erase(at.back());
    if (image) one->erase("image"), one->erase("tag");
    if (kind) holder.erase("command"), holder.erase("http");
  }
  EXPECT_EQ(before, after) << pointer;
}

}  // namespace

TEST(RandomReleases, AChangeOfOneFieldChangesThatFieldAlone) {
  random_releases random(21);
  std::set<std::string> changed, unset;
  const auto all = changeable();
  // An image there has to be, and of a check's two kinds one.
  const std::set<std::string> needed{"/image", "/healthCheck/command", "/healthCheck/http"};
  for (int i = 0; i < 150 && (changed.size() < all.size() || unset.size() + needed.size() < all.size()); ++i) {
    const bool job = i % 4 == 0;
    const auto spec = release_of(random.next("web", job));
    const auto before = codec::to_json(spec), other = random.next("web", job);
    for (const auto& pointer : all) {
      const json::json_pointer at(pointer);
      const bool nested = !at.parent_pointer().empty();
      // Members with defaults of their own only beside what has them.
      if (nested && !before.contains(at.parent_pointer())) continue;
      const auto try_to = [&](const json& value, std::set<std::string>& done) {
        json patch = json::object();
        patch[at] = value;
        const auto made = patched(*api_alone(), patch, spec);
        if (!made) {
          for (const auto& v : made.error().violations)
            EXPECT_TRUE(v.pointer.starts_with('/' + patch.begin().key())) << pointer << ' ' << told({v});
          return;
        }
        const auto after = codec::to_json(made.value());
        leaves_the_rest(pointer, before, after);
        if (!value.is_null() && pointer != "/image" && pointer != "/tag") {
          EXPECT_TRUE(holds(after.at(at), value)) << patch << after;
        }
        if (after != before) done.insert(pointer);
      };
      if (other.contains(at)) try_to(other[at], changed);
      if (pointer != "/image") try_to(nullptr, unset);
    }
  }
  for (const auto& pointer : all) {
    EXPECT_TRUE(changed.contains(pointer)) << pointer << " was never changed";
    EXPECT_EQ(unset.contains(pointer), !needed.contains(pointer)) << pointer << " taken out";
  }
}
