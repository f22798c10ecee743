// The edge's container: which networks it is on, and what is done in it. It has no way to the Engine itself.
#include "config/logging.hpp"
#include "docker/engine.hpp"
#include "docker/event_reader.hpp"
#include "docker/exec_output.hpp"
#include "docker/labels.hpp"
#include "docker/tar_entry.hpp"

namespace troupe::docker {

namespace {

using model::consequence;
using model::effect_error;
using model::failure_code;
using model::make_failure;

constexpr std::size_t largest_output = 4U << 20U;

effect_error not_there() {
  return {consequence::retry, make_failure(failure_code::internal, "The edge's container is not there.")};
}

}  // namespace

effect<actors::edge_container> engine::inspect_edge() {
  const auto found = api_.get("/containers/" + percent_encode(options_.edge_container) + "/json");
  if (found.absent()) return actors::edge_container{};
  if (!found.ok()) return engine_fault(found);
  if (text_of(at(found.body, "Config", "Labels", names::edge_label)) != options_.instance)
    return effect_error{
        consequence::rejected,
        make_failure(failure_code::internal, "A container of the edge's name exists that is not this Troupe's edge.")};
  actors::edge_container out;
  out.id = text_of(at(found.body, "Id"));
  out.running = flag_of(at(found.body, "State", "Running"));
  out.started_at = text_of(at(found.body, "State", "StartedAt"));
  if (const auto& networks = at(found.body, "NetworkSettings", "Networks"); networks.is_object())
    for (const auto& [name, ignored] : networks.items())
      if (auto environment = environment_of_network(name)) out.networks.insert(*environment);
  return out;
}

effect<model::done> engine::attach_edge(const actors::attach_edge& wanted) {
  const auto network = find_network(wanted.environment);
  if (!network) return network.error();
  if (network.value().is_null())
    return effect_error{consequence::retry,
                        make_failure(failure_code::network_failed, "The environment's network is not there.")};
  const auto done = api_.post("/networks/" + percent_encode(text_of(at(network.value(), "Id"))) + "/connect",
                              {{"Container", options_.edge_container}});
  if (done.absent()) return not_there();
  const bool already = done.status >= 400 && done.message.find("already attached") != std::string::npos;
  const bool exists = done.status >= 400 && done.message.find("already exists in network") != std::string::npos;
  if (!done.ok() && !already && !exists) return engine_fault(done);
  return model::done{};
}

effect<model::done> engine::detach_edge(const actors::detach_edge& wanted) {
  const auto done = api_.post("/networks/" + percent_encode(names::network(wanted.environment)) + "/disconnect",
                              {{"Container", options_.edge_container}, {"Force", true}});
  const bool already =
      done.absent() || (done.status >= 400 && done.message.find("is not connected") != std::string::npos);
  if (!done.ok() && !already) return engine_fault(done);
  return model::done{};
}

effect<model::done> engine::upload_to_edge(const actors::upload_to_edge& wanted) {
  std::vector<tar_file> files;
  for (const auto& [name, content] : wanted.files) files.push_back({.name = name, .content = content});
  const auto archive = files_archive(files, wanted.owner);
  if (!archive)
    return effect_error{consequence::rejected, make_failure(failure_code::internal, "A file's name is too long.")};
  const auto done = api_.send({.method = "PUT",
                               .path = "/containers/" + percent_encode(options_.edge_container) +
                                       "/archive?path=" + percent_encode(wanted.directory),
                               .body = *archive,
                               .content_type = "application/x-tar",
                               .deadline = api_.deadline()});
  if (done.absent()) return not_there();
  if (!done.ok()) return engine_fault(done);
  return model::done{};
}

effect<actors::edge_output> engine::run_in_edge(const actors::run_in_edge& wanted) {
  const auto made = api_.post("/containers/" + percent_encode(options_.edge_container) + "/exec",
                              {{"AttachStdout", true}, {"AttachStderr", true}, {"Cmd", wanted.command}});
  if (made.absent() || made.status == 409) return not_there();  // 409: it is not running
  if (!made.ok()) return engine_fault(made);
  const auto program = "/exec/" + percent_encode(text_of(at(made.body, "Id")));
  const auto ran = api_.raw({.method = "POST",
                             .path = program + "/start",
                             .body = R"({"Detach":false,"Tty":false})",
                             .deadline = wanted.patience,
                             .max_body = largest_output});
  if (!ran.ok()) return engine_fault({.fault = ran.fault, .status = ran.status, .body = nullptr, .message = {}});
  const auto ended = api_.get(program + "/json");
  if (!ended.ok()) return engine_fault(ended);
  if (flag_of(at(ended.body, "Running"))) return not_there();  // the stream broke off
  return actors::edge_output{static_cast<int>(number_of(at(ended.body, "ExitCode"))), standard_output(ran.body)};
}

}  // namespace troupe::docker
