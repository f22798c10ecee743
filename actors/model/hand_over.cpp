#include "actors/model/hand_over.hpp"

#include <algorithm>
#include <utility>

#include "actors/model/status.hpp"
#include "actors/model/volume_use.hpp"

namespace troupe::model {

namespace {

bool keeps(const release_spec& spec, const volume_mount& asked) {
  return std::any_of(spec.volumes.begin(), spec.volumes.end(),
                     [&](const auto& mine) { return exclude_each_other(mine, asked); });
}

bool keeps(const release_spec& spec, const port_mapping& asked) {
  return std::any_of(spec.ports.begin(), spec.ports.end(),
                     [&](const auto& mine) { return mine.host == asked.host && mine.protocol == asked.protocol; });
}

}  // namespace

std::vector<hand_over> find_hand_overs(const std::map<std::string, const deployment*>& now,
                                       const std::map<std::string, const release_spec*>& then) {
  std::map<std::string, std::vector<std::string>> writers;  // by volume
  std::map<std::pair<std::uint16_t, port_protocol>, std::vector<std::string>> publishers;
  for (const auto& [service, row] : now) {
    if (is_final(row->status)) continue;
    for (const auto& m : row->spec.volumes)
      if (writes_alone(m)) writers[m.name].push_back(service);
    for (const auto& p : row->spec.ports)
      if (p.host) publishers[{*p.host, p.protocol}].push_back(service);
  }
  std::vector<hand_over> out;
  for (const auto& [to, spec] : then) {
    const auto take = [&, &to = to](const std::vector<std::string>& holders, const auto& asked, std::string pointer,
                                    const std::string& what) {
      for (const auto& from : holders) {
        const auto later = then.find(from);
        if (from != to && (later == then.end() || !keeps(*later->second, asked)))
          out.push_back({from, to, pointer, what});
      }
    };
    for (std::size_t i = 0; i < spec->volumes.size(); ++i) {
      const auto& m = spec->volumes[i];
      if (const auto holders = writers.find(m.name); writes_alone(m) && holders != writers.end())
        take(holders->second, m, "/volumes/" + std::to_string(i), "the volume \"" + m.name + '"');
    }
    for (std::size_t i = 0; i < spec->ports.size(); ++i) {
      const auto& p = spec->ports[i];
      if (!p.host) continue;
      if (const auto holders = publishers.find({*p.host, p.protocol}); holders != publishers.end())
        take(holders->second, p, "/ports/" + std::to_string(i) + "/host", "the host port " + std::to_string(*p.host));
    }
  }
  return out;
}

}  // namespace troupe::model
