#include <algorithm>
#include <array>

#include "http/compose/draft.hpp"
#include "http/compose/quantities.hpp"

namespace troupe::http::compose {

namespace {

using nlohmann::json;

constexpr std::int64_t most_ports = 32;

struct range {
  std::int64_t from = 0, to = 0;

  std::int64_t size() const { return to - from + 1; }
};

// "80" or "8000-8005".
std::optional<range> range_of(std::string_view text) {
  const auto dash = text.find('-');
  const auto from = parse_whole(text.substr(0, dash));
  const auto to = dash == std::string_view::npos ? from : parse_whole(text.substr(dash + 1));
  if (!from || !to || *from < 1 || *to < *from || *to > 65535) return std::nullopt;
  return range{*from, *to};
}

// All addresses of the machine are those at which a port is published anyway.
constexpr std::array<std::string_view, 2> all_addresses{"0.0.0.0", "::"};

struct short_port {
  range container;
  std::optional<range> host;
  std::string protocol;  // "" where it is not said
};

// "80", "8080:80", "8080-8085:80-85/udp".
std::optional<short_port> take_short(reading& r, const spot& one) {
  const auto text = take_text(r, one);
  if (!text) return std::nullopt;
  const auto fail = [&](const char* why) {
    r.refuse(one, why);
    return std::nullopt;
  };
  short_port port;
  std::string_view rest(*text);
  if (const auto slash = rest.rfind('/'); slash != std::string_view::npos) {
    port.protocol = rest.substr(slash + 1);
    if (port.protocol != "tcp" && port.protocol != "udp") return fail("must have tcp or udp after its /");
    rest = rest.substr(0, slash);
  }
  for (const std::string_view all : {"0.0.0.0:", "[::]:"})
    if (rest.starts_with(all)) rest.remove_prefix(all.size());
  const auto colon = rest.find(':');
  const bool address = rest.starts_with('[') || std::count(rest.begin(), rest.end(), ':') > 1 ||
                       (colon != std::string_view::npos && rest.substr(0, colon).find('.') != std::string_view::npos);
  if (address)
    return fail(
        "names an address of the machine: leave it out (\"8080:80\"), or write the port under expose where only the "
        "other "
        "services shall reach it");
  const auto container = range_of(colon == std::string_view::npos ? rest : rest.substr(colon + 1));
  if (!container)
    return fail("must be a port from 1 to 65535, such as \"8080:80\", or a range, such as \"8080-8085:80-85\"");
  port.container = *container;
  if (colon != std::string_view::npos && colon != 0) {
    port.host = range_of(rest.substr(0, colon));
    if (!port.host)
      return fail("must have a port of the machine from 1 to 65535 before its colon, such as \"8080:80\"");
    if (port.host->size() > 1 && port.container.size() == 1)
      return fail("has a range of the machine's ports for one of the container's: none is chosen, so name one");
    if (port.host->size() != port.container.size()) return fail("must have ranges of one length on both sides");
  }
  if (container->size() > most_ports) return fail("is a range of more than 32 ports: a service has at most 32");
  return port;
}

void append_range(draft& d, const spot& one, const short_port& port) {
  for (std::int64_t i = 0; i < port.container.size(); ++i) {
    json out{{"container", port.container.from + i}};
    if (port.host) out["host"] = port.host->from + i;
    if (!port.protocol.empty()) out["protocol"] = port.protocol;
    d.append(one, "/ports", std::move(out));
  }
}

void note_unpublished(reading& r, const spot& one) {
  r.note(one, "is not published: no port of the machine is chosen at random; name one (\"8080:80\") where it shall be");
}

void take_long(draft& d, const spot& one) {
  auto& r = d.r;
  json out = json::object();
  std::map<std::string, place> places;
  const auto keep = [&](const char* name, const spot& from, json value) {
    out[name] = std::move(value);
    places[name] = from.at();
  };
  take_words(r, one,
             {{"target",
               [&](const spot& s) {
                 if (const auto n = take_whole(r, s)) keep("container", s, *n);
               }},
              {"published",
               [&](const spot& s) {
                 const auto text = take_text(r, s);
                 if (!text || text->empty()) return;
                 if (const auto n = parse_whole(*text))
                   keep("host", s, *n);
                 else
                   r.refuse(s, "must be one port: none is chosen from a range");
               }},
              {"protocol",
               [&](const spot& s) {
                 if (const auto text = take_text(r, s)) keep("protocol", s, *text);
               }},
              {"mode",
               [&](const spot& s) {
                 if (const auto text = take_text(r, s)) keep("mode", s, *text);
               }},
              {"host_ip",
               [&](const spot& s) {
                 const auto text = take_text(r, s);
                 if (text && std::find(all_addresses.begin(), all_addresses.end(), *text) == all_addresses.end())
                   refused_as(r,
                              "names an address of the machine: leave it out, or write the port under expose where "
                              "only the other services shall reach it")(s);
               }},
              {"name", noted_as(r, "has no effect: ports have no names here")},
              {"app_protocol", noted_as(r, "has no effect: ports have no further protocol here")}});
  if (!one.value->find("target")) r.refuse(one, "has no target: name the container's port as target");
  if (!out.contains("container")) return;
  if (!out.contains("host") && !one.value->find("published")) note_unpublished(r, one);
  const auto at = "/ports/" + std::to_string(d.out.body.contains("ports") ? d.out.body["ports"].size() : 0);
  d.append(one, "/ports", std::move(out));
  for (const auto& [name, where] : places) d.out.places[at + '/' + name] = where;
}

bool is_there(const json& body, const json& port) {
  const auto ports = body.find("ports");
  return ports != body.end() && std::any_of(ports->begin(), ports->end(), [&](const json& one) {
           return one["container"] == port["container"] &&
                  one.value("protocol", "tcp") == port.value("protocol", "tcp");
         });
}

}  // namespace

void take_ports(draft& d, const spot& ports) {
  if (d.job) {
    if (ports.value->kind != node_kind::list || !ports.value->items.empty())
      d.r.refuse(ports,
                 "is refused: a service that runs to its end has no ports; leave it out, or write [] over what it is "
                 "merged with");
    return;
  }
  for (const auto& one : take_items(d.r, ports)) {
    if (one.value->kind == node_kind::map) {
      take_long(d, one);
    } else if (const auto port = take_short(d.r, one)) {
      if (!port->host) note_unpublished(d.r, one);
      append_range(d, one, *port);
    }
  }
  d.end_list(ports, "/ports");
}

void take_expose(draft& d, const spot& expose) {
  if (d.job) return d.r.note(expose, "has no effect: a service that runs to its end has no ports");
  for (const auto& one : take_items(d.r, expose)) {
    auto port = take_short(d.r, one);
    if (!port) continue;
    if (port->host) {
      d.r.refuse(one, "publishes a port: write it under ports");
      continue;
    }
    for (auto n = port->container.from; n <= port->container.to; ++n) {
      json out{{"container", n}};
      if (!port->protocol.empty()) out["protocol"] = port->protocol;
      if (!is_there(d.out.body, out)) d.append(one, "/ports", std::move(out));
    }
  }
}

}  // namespace troupe::http::compose
