// What a release's containers have written.
#include <algorithm>

#include "docker/engine.hpp"
#include "docker/labels.hpp"
#include "docker/log_frames.hpp"
#include "docker/log_request.hpp"

namespace troupe::docker {

namespace {

// The newest lines, at most so many and of so many bytes.
void keep_newest(std::vector<actors::log_line>& lines, std::size_t most) {
  std::stable_sort(lines.begin(), lines.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  std::size_t bytes = 0, kept = 0;
  while (kept < std::min(most, lines.size())) {
    const auto& line = lines[lines.size() - 1 - kept];
    bytes += sizeof line + line.container.size() + line.message.size();
    if (bytes > most_log_bytes) break;
    ++kept;
  }
  lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(kept));
}

}  // namespace

effect<log_sources> engine::sources_of(const actors::read_logs& wanted) {
  auto labels = label_filters(options_.instance, wanted.environment, wanted.service);
  log_sources sources;
  const auto service = api_.get("/services/" + percent_encode(names::service(wanted.environment, wanted.service)));
  if (!service.ok() && !service.absent()) return engine_fault(service);
  sources.service_exists = service.ok();
  labels.push_back(label_filter(names::deployment_label, wanted.deployment.text));
  const auto containers = api_.get("/containers/json?all=1&" + filter_query({{"label", labels}}));
  if (!containers.ok()) return engine_fault(containers);
  for (const auto& c : list_of(containers.body)) {
    if (text_of(at(c, "State")) == "created") continue;  // following it would end at once; its start will be told
    const auto task = text_of(at(c, "Labels", "com.docker.swarm.task.name"));  // <service>.<slot>.<id>
    const auto from = task.find('.');
    const auto to = from == std::string::npos ? from : task.find('.', from + 1);
    sources.containers.push_back(
        {text_of(at(c, "Id")),
         wanted.service + (from == std::string::npos ? std::string() : task.substr(from, to - from))});
  }
  return sources;
}

effect<std::vector<actors::log_line>> engine::read_logs(const actors::read_logs& wanted) {
  const auto sources = sources_of(wanted);
  if (!sources) return sources.error();
  std::vector<actors::log_line> lines;
  for (const auto& source : sources.value().containers) {
    log_frames frames(source.name, escapes_of(wanted), [&](actors::log_line line) {
      lines.push_back(std::move(line));
      return true;
    });
    const auto got = api_.raw({.path = log_request(source.container, wanted, false),
                               .deadline = api_.deadline(),
                               .on_bytes = [&](std::string_view bytes) { return frames.feed(bytes); }});
    if (got.fault != transport_fault::none && got.fault != transport_fault::cancelled)
      return engine_fault({.fault = got.fault, .status = 0, .body = nullptr, .message = {}});
    frames.finish();
    keep_newest(lines, wanted.tail);  // of each container came as many; more than asked for helps nobody
  }
  return lines;
}

}  // namespace troupe::docker
