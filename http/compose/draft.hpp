// A service's body as it grows out of its words in the file: one function a group of them.
#pragma once

#include <string>

#include "http/compose/reading.hpp"

namespace troupe::http::compose {

struct draft {
  reading& r;
  service out;
  bool job = false;  // it runs to its end, once

  // Sets what `pointer` leads to. Where another word has said so already, it must have said the same.
  void put(const spot& from, const std::string& pointer, nlohmann::json value);
  // Appends to the list at `pointer`, and marks the places of the item and its members.
  void append(const spot& from, const std::string& pointer, nlohmann::json item);
  // After its items: marks the place of the list, which an empty one has, too.
  void end_list(const spot& from, const std::string& pointer);
};

// "/envVars" and a name as "/envVars/NAME", escaped as RFC 6901 wants.
std::string below(const std::string& pointer, const std::string& name);

// One value of this kind, put where `pointer` leads to.
taker text_to(draft& d, std::string pointer);
taker truth_to(draft& d, std::string pointer);
taker whole_to(draft& d, std::string pointer);
taker number_to(draft& d, std::string pointer);
taker seconds_to(draft& d, std::string pointer);
taker megabytes_to(draft& d, std::string pointer);

void take_ports(draft& d, const spot& ports);
void take_expose(draft& d, const spot& expose);  // after take_ports: what is published is exposed already
void take_volumes(draft& d, const spot& volumes);
// After take_own_fields: a volume without a name gets one that is the same each time.
void name_volumes(draft& d, const spot& service);
void take_tmpfs(draft& d, const spot& tmpfs);
void take_health_check(draft& d, const spot& check);
void take_deploy(draft& d, const spot& deploy);
void take_replicas(draft& d, const spot& replicas);
void take_restart(draft& d, const spot& restart);  // after take_deploy, whose restart_policy counts
// The members of x-troupe over what the other words have made: objects member by member, volumes by their names (or by
// their paths where they have none), all else as a whole; null takes away.
void take_own_fields(draft& d, const spot& fields);
// Whether x-troupe says so.
bool says_job(reading& r, const node& service);

// All of a service; `awaited_at`: the place where another waits for its end, which makes it a job.
service take_service(reading& r, const std::string& label, const spot& from, const place* awaited_at);

}  // namespace troupe::http::compose
