// What stands in the way of a plan.
#include "actors/model/application_conflicts.hpp"

#include <gtest/gtest.h>

#include "tests/model/life.hpp"

namespace troupe::model {
namespace {

using testing::a_deployment;

release_spec spec(std::string name, const std::function<void(release_spec&)>& change = {}) {
  auto out = a_deployment().spec;
  out.service = std::move(name);
  out.ports.clear();
  out.volumes.clear();
  if (change) change(out);
  return out;
}

std::function<void(release_spec&)> at_port(std::uint16_t host, port_protocol protocol = port_protocol::tcp) {
  return [=](release_spec& s) { s.ports.push_back({80, host, protocol}); };
}
std::function<void(release_spec&)> on_volume(std::string name) {
  return [=](release_spec& s) { s.volumes = {{name, "/data"}}; };
}

deployment standing(const release_spec& of) {
  auto row = a_deployment("bbbbbbbbbbbbbbbb");
  row.id = {"dep_" + of.service};
  row.spec = of;
  row.status = deployment_status::running;
  return row;
}

application_plan planned(const std::vector<release_spec>& wanted, const standing_releases& there = {},
                         bool prune = false) {
  std::vector<wanted_service> all;
  for (const auto& one : wanted) all.push_back({one, {}, {}});
  return plan_application(all, there, prune).value();
}

std::string told(const std::vector<plan_conflict>& all) {
  std::string out;
  for (const auto& one : all)
    out += (out.empty() ? "" : "\n") + one.service + one.pointer + (one.is_certain ? ": " : "? ") + one.detail;
  return out;
}

std::string told_of_claims(const application_plan& plan, const std::vector<deployment>& living = {}) {
  service_claims held;
  for (const auto& row : living) held.hold(row);
  return told(claim_conflicts(plan, held));
}

TEST(PlanConflicts, AHostPortIsOneEnvironmentsOnTheWholeEngine) {
  const auto plan = planned({spec("web", at_port(8080))});
  const auto told_of_ports = [&](const std::optional<std::string>& by) {
    return told(port_conflicts(plan, [&](const port_mapping& port) {
      return port.host == 8080 && port.protocol == port_protocol::tcp ? by : std::nullopt;
    }));
  };
  EXPECT_EQ(told_of_ports({}), "");
  EXPECT_EQ(told_of_ports(R"(the service "web" of the environment "other")"),
            R"(web/ports/0/host: The host port 8080/tcp is taken by the service "web" of the environment "other".)");
  EXPECT_EQ(told_of_ports(""), "web/ports/0/host: The host port 8080/tcp is taken.");
}

TEST(PlanConflicts, OfOnePortTwoServicesOfAFileGetOne) {
  EXPECT_EQ(told_of_claims(planned({spec("a", at_port(53)), spec("b", at_port(53, port_protocol::udp))})), "");
  EXPECT_EQ(told_of_claims(planned({spec("a", at_port(53)), spec("b", at_port(53))})),
            R"(b/ports/0/host: The host port 53/tcp is taken by the service "a".)");
}

TEST(PlanConflicts, WhatComesBeforeHasWhatItIsChangedTo) {
  const auto old = spec("old", at_port(8080));
  const auto row = standing(old);
  const standing_releases there{{"old", row}};
  const auto web = spec("web", at_port(8080));
  EXPECT_EQ(told_of_claims(planned({web}, there), {row}),
            R"(web/ports/0/host: The host port 8080/tcp is taken by the service "old".)");
  EXPECT_NE(told_of_claims(planned({web, old}, there), {row}), "") << "it stays as it is";
  EXPECT_EQ(told_of_claims(planned({web, spec("old")}, there), {row}), "") << "it gives the port up";
  EXPECT_EQ(told_of_claims(planned({web}, there, true), {row}), "") << "it goes";
  auto on_its_way = standing(spec("old"));
  on_its_way.id = {"dep_newer"};
  EXPECT_NE(told_of_claims(planned({web, spec("old")}, {{"old", on_its_way}}), {row, on_its_way}), "")
      << "the former release has it until the one that stands runs";
}

TEST(PlanConflicts, AVolumeHasOneWriter) {
  const auto old = standing(spec("old", on_volume("data")));
  const standing_releases there{{"old", old}};
  const auto web = spec("web", on_volume("data"));
  const auto found = told_of_claims(planned({web}, there), {old});
  EXPECT_TRUE(found.starts_with(R"(web/volumes/0: the service "old" writes to this volume)")) << found;
  EXPECT_EQ(told_of_claims(planned({web}, there, true), {old}), "") << "it goes";
  EXPECT_NE(told_of_claims(planned({web, spec("two", on_volume("data"))})), "");
  auto reads = web;
  reads.volumes[0].read_only = true;
  EXPECT_EQ(told_of_claims(planned({reads}, there), {old}), "");
  auto shares = web;
  shares.volumes[0].shared = true;
  EXPECT_NE(told_of_claims(planned({shares, spec("old")}, there), {old}), "") << "only one of them shares the files";
}

TEST(PlanConflicts, TheRefusalNamesWhatIsCertain) {
  const auto why = in_its_way({{conflict_kind::port, "web", "/ports/0/host", "Taken."},
                               {conflict_kind::capacity, "web", "/resources/memoryMb", "Perhaps.", false},
                               {conflict_kind::queue, {}, {}, "Full."}});
  EXPECT_EQ(why.kind, consequence::conflict);
  EXPECT_EQ(why.violations, (std::vector<violation>{{"/web/ports/0/host", "Taken."}, {"", "Full."}}));
}

TEST(PlanConflicts, WhatNoNodeHasIsTold) {
  const auto large = [](double cpus, std::uint32_t memory, std::uint32_t replicas = 1) {
    return spec("web", [=](release_spec& s) {
      s.limits.cpus = cpus;
      s.limits.memory_mb = memory;
      s.replicas = replicas;
    });
  };
  const std::vector<node_size> nodes{{2, 4096}, {4, 2048}};
  EXPECT_EQ(told(capacity_conflicts(planned({large(4, 4096)}), nodes)), "");
  EXPECT_EQ(told(capacity_conflicts(planned({large(4.5, 512)}), nodes)),
            "web/resources/cpus: No node has as many CPUs as asked for: 4.5, and the largest has 4.");
  EXPECT_EQ(
      told(capacity_conflicts(planned({large(1, 4097)}), nodes)),
      "web/resources/memoryMb? It may use more memory than any node has: 4097 MiB, and the largest has 4096 MiB.");
  EXPECT_EQ(told(capacity_conflicts(planned({large(1, 4096, 2)}), nodes)),
            "? All of it together may use 8192 MiB of memory, and the nodes have 6144 MiB.");
  EXPECT_EQ(told(capacity_conflicts(planned({large(100, 1U << 20U)}), {})), "") << "the nodes are not known";
}

}  // namespace
}  // namespace troupe::model
