#include "actors/model/site_machine.hpp"

#include <algorithm>
#include <array>

namespace troupe::model {

namespace {

using namespace std::chrono_literals;

struct context {
  site_decision out;
  timestamp now;
  const site_timings& timings;
  double jitter;

  site& row() { return out.next; }

  void tell(site_status status, std::string detail, std::optional<timestamp> next_try) {
    auto& r = row();
    if (r.status == status && r.detail == detail && r.next_try == next_try) return;
    r.status = status;
    r.detail = std::move(detail);
    r.next_try = next_try;
    out.save = true;
  }
  void act(site_effect effect) { out.effects.push_back(effect); }
};

// What a status says of itself while its effect is under way.
site_status under_way(const site& s) {
  return s.certificate ? site_status::renewing : site_status::pending_dns;
}

void look(context& c) {
  c.tell(under_way(c.row()), c.row().detail, {});
  c.act(check_domain{});
}

void order(context& c) {
  auto& r = c.row();
  c.tell(r.certificate ? site_status::renewing : site_status::issuing,
         r.certificate ? "A new certificate is being ordered." : "The certificate is being ordered.", {});
  c.act(order_certificate{r.certificate ? r.certificate->not_after + 1s : c.now + 24h});
}

std::vector<timestamp> recent_failures(const context& c) {
  auto recent = c.out.next.failures;
  std::erase_if(recent, [&](timestamp at) { return at + 1h <= c.now; });
  return recent;
}

timestamp after_failures(const context& c, std::size_t count) {
  auto delay = c.timings.first_retry;
  for (std::size_t i = 1; i < count && delay < c.timings.last_retry; ++i) delay *= 2;
  return c.now + std::min(delay, c.timings.last_retry);
}

// The authority's patience comes first: with too many failures behind it a name waits, whatever else is true of it.
void look_or_wait(context& c) {
  const auto recent = recent_failures(c);
  if (recent.size() < c.timings.failures_per_hour) return look(c);
  c.tell(site_status::limited, "Too many orders failed within the hour.", recent.front() + 1h);
}

bool is_fresh(const site& s, timestamp now) {
  return s.certificate && renewal_of(*s.certificate, 0) > now;
}

void await_service(context& c) {
  c.tell(c.row().status == site_status::renewing ? site_status::renewing : site_status::issuing,
         "The certificate is here; it is being put into service.", {});
}

void on(context& c, const site_resumed&) {
  const auto& r = c.row();
  if (r.next_try && *r.next_try > c.now) return;
  if (is_fresh(r, c.now)) return r.status == site_status::active ? void() : await_service(c);
  // An order may be under way at the edge since before a crash: asking again finds it.
  if (r.status == site_status::issuing && !r.certificate) return order(c);
  look_or_wait(c);
}

void on(context& c, const site_due&) {
  on(c, site_resumed{});
}

void on(context& c, const domain_answers&) {
  if (c.row().status == site_status::pending_dns || c.row().status == site_status::renewing) order(c);
}

void on(context& c, const domain_silent& e) {
  auto& r = c.row();
  if (r.status != site_status::pending_dns && r.status != site_status::renewing) return;
  // A claim that has waited for long is looked at rarely; one made just now nearly at once.
  const auto age = std::chrono::duration_cast<duration>(c.now - r.created_at);
  auto pause = std::clamp(age / 10, c.timings.first_look, c.timings.last_look);
  if (r.certificate) pause = c.timings.last_look;
  c.tell(r.status, e.why, c.now + pause);
}

void on(context& c, const certificate_issued& e) {
  auto& r = c.row();
  r.certificate = e.what;
  r.failures.clear();
  r.warned_days = 0;
  c.out.save = true;
  await_service(c);
}

void on(context& c, const order_failed& e) {
  auto& r = c.row();
  switch (e.kind) {
    case order_trouble::unreachable: return c.tell(r.status, e.why, c.now + c.timings.while_unreachable);
    case order_trouble::limited: {
      const auto until = c.now + std::max(e.retry_after.value_or(c.timings.limited), c.timings.while_unreachable);
      return c.tell(site_status::limited, e.why, until);
    }
    case order_trouble::challenge:
    case order_trouble::refused: break;
  }
  r.failures = recent_failures(c);
  r.failures.push_back(c.now);
  c.out.save = true;
  const auto count = r.failures.size();
  const auto next = after_failures(c, count);
  if (count < c.timings.failures_per_hour) return c.tell(site_status::failed, e.why, next);
  c.tell(site_status::limited, e.why, std::max(r.failures.front() + 1h, next));
}

void on(context& c, const site_served&) {
  const auto& r = c.row();
  if (r.status != site_status::active && is_fresh(r, c.now))
    c.tell(site_status::active, "", renewal_of(*r.certificate, c.jitter));
}

void on(context& c, const site_refused& e) {
  c.tell(site_status::failed, "The web server does not take this site: " + e.why, c.now + c.timings.last_look);
}

void on(context& c, const certificate_lost&) {
  auto& r = c.row();
  if (!r.certificate) return;
  r.certificate.reset();
  r.warned_days = 0;
  c.out.save = true;
  look_or_wait(c);
}

void on(context& c, const edge_unavailable& e) {
  const auto& r = c.row();
  if (r.status == site_status::active) return;
  c.tell(r.status, e.why, c.now + c.timings.while_unreachable);
}

void warn(context& c) {
  auto& r = c.row();
  if (r.status == site_status::active || r.status == site_status::pending_dns) return;
  if (const auto days = warning_due(r, c.now)) {
    r.warned_days = *days;
    c.out.save = true;
    c.act(warn_owner{*days});
  }
}

}  // namespace

timestamp renewal_of(const certificate& c, double jitter) {
  const auto life = c.not_after - c.not_before;
  return c.not_before + life * 2 / 3 + std::chrono::duration_cast<std::chrono::microseconds>(life / 12 * jitter);
}

std::optional<std::uint32_t> warning_due(const site& s, timestamp now) {
  if (!s.certificate) return std::nullopt;
  constexpr std::array<std::uint32_t, 3> steps{1, 7, 21};
  // One of a short life has little left whenever it is renewed: that alone is no reason to worry.
  const auto quarter = (s.certificate->not_after - s.certificate->not_before) / 4;
  for (const auto days : steps) {
    if (s.certificate->not_after - now > std::min<std::chrono::microseconds>(std::chrono::days(days), quarter))
      continue;
    const bool told = s.warned_days != 0 && s.warned_days <= days;
    return told ? std::nullopt : std::optional(days);
  }
  return std::nullopt;
}

site_decision step(const site& now_row, const site_event& event, timestamp now, const site_timings& timings,
                   double jitter) {
  context c{{now_row, false, {}}, now, timings, jitter};
  std::visit([&](const auto& e) { on(c, e); }, event);
  warn(c);
  if (c.out.save) {
    c.row().revision += 1;
    c.row().updated_at = now;
  }
  return std::move(c.out);
}

}  // namespace troupe::model
