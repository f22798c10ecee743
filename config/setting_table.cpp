#include "config/setting_table.hpp"

#include <type_traits>
#include <utility>

#include "config/codec.hpp"

namespace troupe::config {
namespace {

constexpr std::array<std::pair<log::level, std::string_view>, 5> levels{{{log::level::trace, "trace"},
                                                                         {log::level::debug, "debug"},
                                                                         {log::level::info, "info"},
                                                                         {log::level::warn, "warn"},
                                                                         {log::level::error, "error"}}};
constexpr std::array<std::pair<log::format, std::string_view>, 2> formats{
    {{log::format::text, "text"}, {log::format::json, "json"}}};
constexpr std::array<std::pair<telegram_mode, std::string_view>, 2> telegram_modes{
    {{telegram_mode::webhook, "webhook"}, {telegram_mode::polling, "polling"}}};

constexpr std::array<std::pair<telegram_access, std::string_view>, 3> telegram_accesses{
    {{telegram_access::open, "open"}, {telegram_access::allowlist, "allowlist"}, {telegram_access::invite, "invite"}}};
constexpr std::array<std::pair<security_preset, std::string_view>, 2> presets{
    {{security_preset::restricted, "restricted"}, {security_preset::baseline, "baseline"}}};
constexpr std::array<std::pair<profile_fallback, std::string_view>, 3> fallbacks{
    {{profile_fallback::off, "off"},
     {profile_fallback::drops_root, "drops-root"},
     {profile_fallback::baseline, "baseline"}}};

template <class T>
setting row(std::string name, T settings::*field, std::string default_value, codec<T> form, std::string comment) {
  return {std::move(name),
          std::move(default_value),
          form.expects,
          std::move(comment),
          std::is_same_v<T, secret>,
          [field, read = form.read](std::string_view text, settings& into) {
            auto value = read(text);
            if (value) into.*field = std::move(*value);
            return value.has_value();
          },
          [field, show = form.show](const settings& from) { return show(from.*field); }};
}

std::vector<setting> make_table() {
  using s = settings;
  using count = std::uint32_t;
  return {
      row("BIND_ADDRESS", &s::bind_address, "127.0.0.1", text(ip_address), "Where the door (nginx) listens"),
      row("PORT", &s::port, "3000", port(), "The door's port"),
      row("INTERNAL_PORT", &s::internal_port, "3010", port(),
          "The API server's own port behind the door, loopback only"),
      row("ADMIN_ADDRESS", &s::admin_address, "127.0.0.1:3001", address_and_port(), "Listener of /admin and /metrics"),
      row("TRUSTED_PROXIES", &s::trusted_proxies, "", text(ip_networks),
          "Reverse proxies in front of the door, whose X-Forwarded-For names the client that limits are counted for"),
      row("HTTP_THREADS", &s::http_threads, "2", whole<count>(1, 64), "Threads that read and write HTTP"),
      row("PUBLISHED_HOST", &s::published_host, "", text(published_host),
          "Where others reach the ports that containers publish, a name or an address; without it PUBLIC_BASE_URL's "
          "host"),
      row("PUBLIC_BASE_URL", &s::public_base_url, "http://localhost:3000", base_url(),
          "Where users reach the door: in links and the OpenAPI document; the default follows BIND_ADDRESS and PORT"),
      row("CORS_ALLOWED_ORIGINS", &s::cors_allowed_origins, "", origins(),
          "Web pages that may call the REST API from a browser; without them none may"),
      row("MCP_ALLOWED_ORIGINS", &s::mcp_allowed_origins, "", origins(),
          "Web pages that may call /mcp from a browser; those of PUBLIC_BASE_URL and of this machine are not refused, "
          "but read answers only where they are named"),
      row("API_KEY_PREFIX", &s::api_key_prefix, "rw_prod_", text(api_key_prefix), "What every API key begins with"),
      row("DEPLOYMENTS_PER_MINUTE", &s::deployments_per_minute, "5", whole<count>(1, 1'000'000),
          "Deployments a user may start in a minute"),
      row("PLANS_PER_MINUTE", &s::plans_per_minute, "30", whole<count>(1, 1'000'000),
          "Plans a user may have made in a minute; their registries are asked for ten times as many images at most"),
      row("MAGIC_LINK_TTL", &s::magic_link_ttl, "15m", duration("1s", "1d"), "How long a magic link can be spent"),

      row("DATABASE_URL", &s::database_url, "postgresql:///troupe", postgres(),
          "PostgreSQL; the default is the database troupe on this machine's own socket"),
      row("DATABASE_TIMEOUT", &s::database_timeout, "5s", duration("100ms", "5m"), "Deadline of a database call"),

      row("DOCKER_HOST", &s::docker_host, "unix:///var/run/docker.sock", text(docker_host),
          "The Docker Engine, a Swarm manager; simulated: is an engine inside the process, for trying out"),
      row("INSTANCE", &s::instance, "troupe", text(instance_name),
          "Label value of all Docker objects of this Troupe; what bears another is never touched"),
      row("ENGINE_TIMEOUT", &s::engine_timeout, "10s", duration("100ms", "10m"),
          "Deadline of an Engine call other than a pull"),
      row("PULL_TIMEOUT", &s::pull_timeout, "10m", duration("1s", "1d"), "Deadline of an image pull"),
      row("START_TIMEOUT", &s::start_timeout, "2m", duration("1s", "1d"),
          "Deadline for all containers of a release to run and be healthy"),
      row("STABILITY_WINDOW", &s::stability_window, "5s", duration("0s", "1h"),
          "How long a release must stay so before it counts as RUNNING"),
      row("CRASH_PATIENCE", &s::crash_patience, "30s", duration("0s", "1h"),
          "How long a starting release whose program ends by itself is tried again before it is FAILED; three times at "
          "least"),
      row("HOST_PORTS", &s::host_ports, "1024-65535", port_ranges(), "Host ports that deployments may ask for"),
      row("PRIVATE_REGISTRIES", &s::private_registries, "", registries(),
          "Registries that are allowed although private, loopback or link-local"),
      row("REMOVALS_PER_MINUTE", &s::removals_per_minute, "120", whole<count>(1, 1'000'000),
          "Services, and environments' volumes, that are removed in a minute at most; the others wait"),
      row("MAX_REPLICAS", &s::max_replicas, "100", whole<count>(1, 10'000), "Most replicas of one service"),
      row("DEFAULT_CPUS", &s::default_cpus, "1", decimal(0.01, 1024), "CPU limit of a container that names none"),
      row("DEFAULT_MEMORY_MB", &s::default_memory_mb, "512", whole<count>(6, 16'777'216),
          "Memory limit (MiB) of a container that names none"),
      row("DEFAULT_PIDS", &s::default_pids, "256", whole<count>(1, 4'194'304),
          "Process limit of a container that names none"),
      row("MAX_SECURITY_PRESET", &s::max_security_preset, "baseline", choice(presets),
          "What containers may be granted at most: baseline, root and capabilities where they are asked for, one by "
          "one or "
          "by a preset; restricted, neither"),
      row("PROFILE_FALLBACK", &s::profile_fallback, "drops-root", choice(fallbacks),
          "The most that a release which names no security.preset gets by itself where its image shows that it needs "
          "more; within MAX_SECURITY_PRESET"),
      row("KEPT_LOGS_MB", &s::kept_logs_mb, "20", whole<count>(1, 1'048'576),
          "Log lines kept of a service (MiB, compressed), whether its containers still are or not"),
      row("KEPT_LOGS_TIME", &s::kept_logs_time, "7d", duration("1m", "3650d"), "How long they are kept"),
      row("KEPT_HISTORY_TIME", &s::kept_history_time, "90d", duration("1d", "3650d"),
          "How long releases that are over, and deleted environments, are known"),
      row("KEPT_RELEASES", &s::kept_releases, "10", whole<count>(10, 1000),
          "The newest releases of a service, which are known however old they are"),
      row("KEPT_LOGS_TOTAL_MB", &s::kept_logs_total_mb, "4096", whole<count>(1, 1'073'741'824),
          "Log lines kept of all services; above it the environment with most of them gives its oldest"),

      row("TELEGRAM_BOT_TOKEN", &s::telegram_bot_token, "", hidden(bot_token),
          "The bot's token; without it there is no bot"),
      row("TELEGRAM_API_URL", &s::telegram_api_url, "https://api.telegram.org", base_url(), "The Bot API"),
      row("TELEGRAM_MODE", &s::telegram_mode, "webhook", choice(telegram_modes),
          "How updates come: Telegram calls us, or we ask"),
      row("TELEGRAM_WEBHOOK_SECRET", &s::telegram_webhook_secret, "", hidden(webhook_secret),
          "Proves that a webhook call is Telegram's; required in webhook mode"),
      row("TELEGRAM_ACCESS", &s::telegram_access, "open", choice(telegram_accesses),
          "Whom the bot gives keys: everybody who finds it, TELEGRAM_ALLOWED_USERS, or whom `troupe invite create` "
          "lets in; who has a key that is good stays"),
      row("TELEGRAM_ALLOWED_USERS", &s::telegram_allowed_users, "", telegram_users(),
          "Whom TELEGRAM_ACCESS=allowlist lets in: ids, since names change hands; @userinfobot tells people theirs"),

      row("ACME_DIRECTORY_URL", &s::acme_directory_url, "https://acme-v02.api.letsencrypt.org/directory",
          text(https_url), "The certificate authority for public domains"),
      row("ACME_EMAIL", &s::acme_email, "", text(email), "Contact of the ACME account"),
      row("ACME_CA_BUNDLE", &s::acme_ca_bundle, "", text(readable_file), "PEM file to trust for a private ACME server"),
      row("EDGE_CONTAINER", &s::edge_container, "troupe-edge", text(container_name),
          "The edge's container, which serves public domains"),
      row("EDGE_ADDRESSES", &s::edge_addresses, "", addresses(),
          "The only addresses that public domains may resolve to; without them any public one at which the edge "
          "answers"),
      row("DOMAINS_PER_ENVIRONMENT", &s::domains_per_environment, "10", whole<count>(1, 1000),
          "Public domains that an environment may have"),
      row("EDGE_UPSTREAM", &s::edge_upstream, "", text(edge_upstream),
          "Where the edge's container reaches this server, to serve it under PUBLIC_BASE_URL's name"),

      row("STATE_DIR", &s::state_dir, ".troupe", text(directory),
          "Files that Troupe writes for itself, such as the door's configuration"),
      row("SECRETS_KEY_FILE", &s::secrets_key_file, "", text(file_path),
          "The master key, which opens secrets and variables in the database; the default is secrets.key below "
          "STATE_DIR, made at the first start"),
      row("SHUTDOWN_GRACE", &s::shutdown_grace, "30s", duration("1s", "1h"), "Time from SIGTERM to the end"),
      row("LOG_LEVEL", &s::log_level, "info", choice(levels), "Lowest level that is logged"),
      row("LOG_FORMAT", &s::log_format, "text", choice(formats), "Log lines for people or for machines"),
  };
}

}  // namespace

const std::vector<setting>& setting_table() {
  static const std::vector<setting> table = make_table();
  return table;
}

}  // namespace troupe::config
