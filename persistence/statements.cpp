#include "persistence/statements.hpp"

// Moments come out as whole microseconds since 1970, exact and free of any session setting.
#define MICROS(column) "(extract(epoch FROM " column ") * 1000000)::bigint"

#define ENVIRONMENT_COLUMNS \
  "e.id, e.owner_id, e.name, e.network_id, e.status, e.revision, " MICROS("e.created_at") ", " MICROS("e.updated_at")

#define DEPLOYMENT_COLUMNS                                                                                      \
  "d.id, d.job_id, d.environment_id, d.owner_id, d.number, d.spec, d.generation, d.status, d.wanted, d.image, " \
  "d.error, "                                                                                                   \
  "d.former, d.rolled_back_to, d.rollback_of, d.degraded, d.degraded_reason, d.revision, " MICROS(              \
      "d.created_at") ", " MICROS("d.updated_at") ", " MICROS("d.running_since") ", d.warnings, d.progress"

#define CONTAINERS \
  "(SELECT jsonb_agg(c.observation ORDER BY c.position) FROM containers c WHERE c.deployment_id = d.id)"

#define OVER "('SUCCEEDED', 'FAILED', 'CANCELLED', 'SUPERSEDED', 'REMOVED')"
#define IS_LIVING "status NOT IN " OVER
#define NOT_FINAL "d." IS_LIVING
#define CAME_TO_ITS_END "status IN ('SUCCEEDED', 'FAILED', 'CANCELLED')"
#define IS_JOB_SPEC "spec ->> 'kind' IS NOT DISTINCT FROM 'job'"
#define IS_JOB "d." IS_JOB_SPEC

#define KEY_COLUMNS                                                                                       \
  "key_id, owner_id, name, array_to_string(scopes, ','), secret_hash, " MICROS("created_at") ", " MICROS( \
      "last_used_at") ", " MICROS("expires_at") ", " MICROS("revoked_at") ", array_to_string(environment_ids, ',')"

namespace troupe::persistence {

namespace {

std::vector<const statement*>& every() {
  static std::vector<const statement*> list;
  return list;
}

}  // namespace

statement::statement(const char* its_name, const char* text) : name(its_name), sql(text) {
  every().push_back(this);
}

namespace statements {

// An acknowledged save must survive a crash of the server, whatever the role's or database's default is.
const statement configure_session{"configure_session", R"(
  SELECT set_config('statement_timeout', $1::text, false),
         set_config('lock_timeout', '0', false),
         set_config('synchronous_commit',
                    CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false))"};
const statement try_lock{"try_lock", "SELECT pg_try_advisory_lock($1::bigint)"};
const statement wait_for_lock{"wait_for_lock", "SELECT pg_advisory_lock($1::bigint)"};
const statement end_backend{"end_backend", R"(
  SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1::integer AND backend_start::text = $2::text)"};
const statement this_backend{"this_backend",
                             "SELECT pid, backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid()"};
const statement take_next_epoch{"take_next_epoch",
                                "UPDATE engine_lease SET epoch = epoch + 1, claimed_at = now() RETURNING epoch"};
const statement read_epoch{"read_epoch", "SELECT epoch FROM engine_lease FOR SHARE"};

const statement snapshot{"snapshot", R"(
  WITH lease AS MATERIALIZED (SELECT epoch FROM engine_lease FOR SHARE)
  SELECT 'epoch', epoch::text, NULL, NULL, NULL FROM lease
  UNION ALL
  SELECT 'environment', id, revision::text, NULL, NULL FROM environments WHERE id = ANY ($1::text[])
  UNION ALL
  SELECT 'deployment', id, revision::text, NULL, NULL FROM deployments WHERE id = ANY ($2::text[])
  UNION ALL
  SELECT 'name', e.owner_id, e.name, e.id, NULL
    FROM unnest($3::text[], $4::text[]) AS wanted (owner_id, name) JOIN environments e USING (owner_id, name) WHERE e.status <> 'DELETED'
  UNION ALL
  SELECT 'lease', l.port::text, l.protocol, l.environment_id, NULL
    FROM unnest($5::integer[], $6::text[]) AS wanted (port, protocol) JOIN host_port_leases l USING (port, protocol)
  UNION ALL
  SELECT 'key', holder, id, master_id, wrapped FROM data_keys WHERE holder = ANY ($7::text[]))"};

const statement write_environments{"write_environments", R"(
  INSERT INTO environments AS e (id, owner_id, name, network_id, status, revision, created_at, updated_at)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::timestamptz[], $8::timestamptz[])
  ON CONFLICT (id) DO UPDATE SET owner_id = excluded.owner_id, name = excluded.name, network_id = excluded.network_id,
    status = excluded.status, revision = excluded.revision, created_at = excluded.created_at, updated_at = excluded.updated_at
  WHERE e.revision < excluded.revision)"};

const statement write_deployments{"write_deployments", R"(
  INSERT INTO deployments AS d (id, job_id, environment_id, owner_id, number, service, spec, generation, status, wanted, image, error,
    former, rolled_back_to, rollback_of, degraded, degraded_reason, revision, created_at, updated_at, running_since, warnings, progress)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::jsonb[], $8::bigint[], $9::text[],
    $10::text[], $11::jsonb[], $12::jsonb[], $13::text[], $14::text[], $15::text[], $16::boolean[], $17::text[], $18::bigint[],
    $19::timestamptz[], $20::timestamptz[], $21::timestamptz[], $22::jsonb[],
    $23::jsonb[])
  ON CONFLICT (id) DO UPDATE SET job_id = excluded.job_id, environment_id = excluded.environment_id, owner_id = excluded.owner_id,
    number = excluded.number, service = excluded.service, spec = excluded.spec, generation = excluded.generation,
    status = excluded.status, wanted = excluded.wanted, image = excluded.image, error = excluded.error, former = excluded.former,
    rolled_back_to = excluded.rolled_back_to, rollback_of = excluded.rollback_of, degraded = excluded.degraded,
    degraded_reason = excluded.degraded_reason, revision = excluded.revision, created_at = excluded.created_at,
    updated_at = excluded.updated_at, running_since = excluded.running_since, warnings = excluded.warnings,
    progress = excluded.progress
  WHERE d.revision < excluded.revision)"};

const statement write_transitions{"write_transitions", R"(
  WITH told AS (
    SELECT n.*, count(*) OVER (PARTITION BY n.deployment_id) AS together
    FROM unnest($1::text[], $2::bigint[], $3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::text[])
      AS n (deployment_id, revision, status, at, detail, asked, ended)
  ), again AS (
    UPDATE transitions t SET revision = n.revision, at = n.at, count = t.count + 1, first_at = coalesce(t.first_at, t.at)
    FROM told n
    WHERE n.together = 1 AND n.detail <> '' AND t.deployment_id = n.deployment_id AND t.status = n.status AND t.detail = n.detail
      AND num_nonnulls(n.asked, n.ended, t.asked, t.ended) = 0
      AND t.revision = (SELECT max(l.revision) FROM transitions l WHERE l.deployment_id = n.deployment_id)
    RETURNING t.deployment_id
  )
  INSERT INTO transitions (deployment_id, revision, status, at, detail, asked, ended)
  SELECT deployment_id, revision, status, at, detail, asked, ended FROM told
  WHERE NOT EXISTS (SELECT FROM again WHERE again.deployment_id = told.deployment_id))"};

const statement write_operations{"write_operations", R"(
  INSERT INTO operations AS o (id, environment_id, owner_id, status, document, revision, created_at, updated_at)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::jsonb[], $6::bigint[], $7::timestamptz[], $8::timestamptz[])
  ON CONFLICT (id) DO UPDATE SET status = excluded.status, document = excluded.document, revision = excluded.revision,
    updated_at = excluded.updated_at
  WHERE o.revision < excluded.revision)"};
const statement cut_dependencies{"cut_dependencies", R"(
  DELETE FROM dependencies p USING unnest($1::text[], $2::text[]) AS c (environment_id, service)
  WHERE p.environment_id = c.environment_id AND p.service = c.service)"};
const statement write_dependencies{"write_dependencies", R"(
  INSERT INTO dependencies (environment_id, service, awaited, condition, required)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[]))"};
const statement drop_dependencies{"drop_dependencies", R"(
  DELETE FROM dependencies p USING deployments r
  WHERE r.id = ANY ($1::text[]) AND p.environment_id = r.environment_id AND p.service = r.service
    AND NOT EXISTS (SELECT FROM deployments l WHERE l.environment_id = r.environment_id AND l.service = r.service
                      AND (l.)" IS_LIVING R"( OR l.status = 'SUCCEEDED')))"};

const statement cut_containers{"cut_containers", R"(
  DELETE FROM containers c USING unnest($1::text[], $2::integer[]) AS kept (deployment_id, count)
  WHERE c.deployment_id = kept.deployment_id AND c.position >= kept.count)"};
const statement write_containers{"write_containers", R"(
  INSERT INTO containers (deployment_id, position, observation)
  SELECT * FROM unnest($1::text[], $2::integer[], $3::jsonb[])
  ON CONFLICT (deployment_id, position) DO UPDATE SET observation = excluded.observation)"};

const statement write_leases{"write_leases", R"(
  INSERT INTO host_port_leases (port, protocol, environment_id)
  SELECT DISTINCT * FROM unnest($1::integer[], $2::text[], $3::text[])
  ON CONFLICT (port, protocol, environment_id) DO NOTHING)"};
const statement write_holders{"write_holders", R"(
  INSERT INTO host_port_holders (port, protocol, environment_id, deployment_id)
  SELECT DISTINCT * FROM unnest($1::integer[], $2::text[], $3::text[], $4::text[]))"};
const statement release_deployments{
    "release_deployments",
    "DELETE FROM host_port_holders WHERE deployment_id = ANY ($1::text[]) RETURNING port, protocol"};
const statement drop_unheld_leases{"drop_unheld_leases", R"(
  DELETE FROM host_port_leases l USING unnest($1::integer[], $2::text[]) AS freed (port, protocol)
  WHERE l.port = freed.port AND l.protocol = freed.protocol
    AND NOT EXISTS (SELECT FROM host_port_holders h WHERE h.port = l.port AND h.protocol = l.protocol))"};

#define OPERATION_COLUMNS                                                                                      \
  "o.id, o.environment_id, o.owner_id, o.status, o.document, o.revision, " MICROS("o.created_at") ", " MICROS( \
      "o.updated_at")
const statement operation_by_id{"operation_by_id", "SELECT " OPERATION_COLUMNS R"( FROM operations o
  WHERE o.id = $1::text AND ($2::text = '' OR o.owner_id = $2::text))"};
const statement operations_of_environment{"operations_of_environment", "SELECT " OPERATION_COLUMNS R"( FROM operations o
  WHERE o.environment_id = $1::text AND o.owner_id = $2::text
    AND ($3::text IS NULL OR (o.created_at, o.id) < (SELECT l.created_at, l.id FROM operations l WHERE l.id = $3::text))
  ORDER BY o.created_at DESC, o.id DESC LIMIT $4::bigint)"};
const statement operations_under_way{"operations_under_way", "SELECT " OPERATION_COLUMNS R"( FROM operations o
  JOIN environments e ON e.id = o.environment_id AND e.status <> 'DELETED'
  WHERE o.status IN ('APPLYING', 'ROLLING_BACK') AND ($1::text = '' OR o.environment_id = $1::text))"};

const statement dependencies_of{
    "dependencies_of",
    "SELECT service, awaited, condition, required FROM dependencies WHERE environment_id = $1::text "
    "ORDER BY service COLLATE \"C\", awaited COLLATE \"C\""};

const statement environments_by_id{"environments_by_id",
                                   "SELECT " ENVIRONMENT_COLUMNS " FROM environments e WHERE e.id = ANY ($1::text[])"};
const statement deployments_by_id{"deployments_by_id",
                                  "SELECT " DEPLOYMENT_COLUMNS " FROM deployments d WHERE d.id = ANY ($1::text[])"};

const statement living_environments{"living_environments", "SELECT " ENVIRONMENT_COLUMNS R"( FROM environments e
  WHERE e.status <> 'DELETED' AND e.id > $1::text ORDER BY e.id LIMIT $2::integer)"};
const statement living_deployments{
    "living_deployments",
    "SELECT " DEPLOYMENT_COLUMNS R"( FROM deployments d
  JOIN environments e ON e.id = d.environment_id AND e.status <> 'DELETED'
  WHERE )" NOT_FINAL
    R"( AND (d.environment_id, d.id) > ($1::text, $2::text) ORDER BY d.environment_id, d.id LIMIT $3::integer)"};
const statement living_environment{"living_environment",
                                   "SELECT " ENVIRONMENT_COLUMNS
                                   " FROM environments e WHERE e.id = $1::text AND ($3::boolean OR "
                                   "e.status <> 'DELETED') AND ($2::text = '' OR e.owner_id = $2::text)"};
const statement living_deployments_of{"living_deployments_of",
                                      "SELECT " DEPLOYMENT_COLUMNS
                                      " FROM deployments d WHERE d.environment_id = $1::text AND " NOT_FINAL
                                      " ORDER BY d.number"};
const statement deployment_by_id{
    "deployment_by_id", "SELECT " DEPLOYMENT_COLUMNS ", " CONTAINERS
                        " FROM deployments d WHERE d.id = $1::text AND ($2::text = '' OR d.owner_id = $2::text)"};
const statement deployment_by_job{
    "deployment_by_job", "SELECT " DEPLOYMENT_COLUMNS ", " CONTAINERS
                         " FROM deployments d WHERE d.job_id = $1::text AND ($2::text = '' OR d.owner_id = $2::text)"};
const statement deployments_of_environment{"deployments_of_environment",
                                           "SELECT " DEPLOYMENT_COLUMNS ", " CONTAINERS R"(
  FROM environments e
  LEFT JOIN LATERAL (SELECT * FROM deployments WHERE environment_id = e.id AND ($3::bigint IS NULL OR number < $3::bigint)
                       AND ($5::text IS NULL OR status = $5::text)
                     ORDER BY number DESC LIMIT $4::integer) d ON true
  WHERE e.id = $1::text AND e.owner_id = $2::text AND e.status <> 'DELETED' ORDER BY d.number DESC)"};
const statement deployments_of_service{"deployments_of_service", "SELECT " DEPLOYMENT_COLUMNS ", " CONTAINERS R"(
  FROM environments e
  LEFT JOIN LATERAL (SELECT * FROM deployments WHERE environment_id = e.id AND service = $6::text
                       AND ($3::bigint IS NULL OR number < $3::bigint) AND ($5::text IS NULL OR status = $5::text)
                     ORDER BY number DESC LIMIT $4::integer) d ON true
  WHERE e.id = $1::text AND e.owner_id = $2::text AND e.status <> 'DELETED' ORDER BY d.number DESC)"};
const statement deployments_of_owner{"deployments_of_owner", "SELECT " DEPLOYMENT_COLUMNS ", " CONTAINERS R"(
  FROM deployments d JOIN environments e ON e.id = d.environment_id AND e.status <> 'DELETED'
  WHERE d.owner_id = $1::text
    AND ($2::text IS NULL OR (d.created_at, d.id) < (SELECT created_at, id FROM deployments WHERE id = $2::text AND owner_id = $1::text))
    AND ($4::text IS NULL OR d.status = $4::text) AND ($5::text = '' OR d.service = $5::text)
    AND (cardinality($6::text[]) = 0 OR d.environment_id = ANY ($6::text[]))
  ORDER BY d.created_at DESC, d.id DESC LIMIT $3::integer)"};
// Name by name through the index of what came to nothing, so that it costs what there is of that, not of all.
const statement ended_services{"ended_services", R"(
  WITH RECURSIVE names (service) AS (
    (SELECT service COLLATE "C" FROM deployments
     WHERE environment_id = $1::text AND )" CAME_TO_ITS_END R"( AND service COLLATE "C" > $2::text
     ORDER BY service COLLATE "C" LIMIT 1)
    UNION ALL
    SELECT (SELECT service COLLATE "C" FROM deployments
            WHERE environment_id = $1::text AND )" CAME_TO_ITS_END R"( AND service COLLATE "C" > n.service
            ORDER BY service COLLATE "C" LIMIT 1)
    FROM names n WHERE n.service IS NOT NULL)
  SELECT )" DEPLOYMENT_COLUMNS ", " CONTAINERS R"( FROM names n
  CROSS JOIN LATERAL (SELECT * FROM deployments WHERE environment_id = $1::text AND service = n.service COLLATE "default"
                      ORDER BY number DESC LIMIT 1) newest
  CROSS JOIN LATERAL (SELECT * FROM deployments d
                      WHERE d.environment_id = $1::text AND d.service = newest.service
                        AND (d.number = newest.number OR $4::boolean AND d.status = 'SUCCEEDED'
                                                         AND newest.status <> 'SUCCEEDED' AND newest.)" IS_JOB_SPEC R"()
                      ORDER BY d.status = 'SUCCEEDED' DESC, d.number DESC LIMIT 1) d
  WHERE newest.)" CAME_TO_ITS_END R"(
    AND NOT EXISTS (SELECT FROM deployments l WHERE l.environment_id = $1::text AND l.service = d.service
                      AND l.)" IS_LIVING R"()
    AND EXISTS (SELECT FROM environments e WHERE e.id = $1::text AND e.status <> 'DELETED')
  ORDER BY d.service COLLATE "C" LIMIT $3::integer)"};
const statement recent_deployments{"recent_deployments",
                                   "SELECT " DEPLOYMENT_COLUMNS ", " CONTAINERS
                                   " FROM deployments d WHERE $2::text IS NULL OR d.status = $2::text"
                                   " ORDER BY d.created_at DESC, d.id DESC LIMIT $1::integer"};
const statement environments_of_owner{"environments_of_owner", "SELECT " ENVIRONMENT_COLUMNS R"( FROM environments e
  WHERE e.owner_id = $1::text AND e.status <> 'DELETED'
    AND ($2::text IS NULL OR (e.created_at, e.id) > (SELECT created_at, id FROM environments WHERE id = $2::text AND owner_id = $1::text))
    AND (cardinality($4::text[]) = 0 OR e.id = ANY ($4::text[]))
  ORDER BY e.created_at, e.id LIMIT $3::integer)"};
const statement predecessor{"predecessor", "SELECT " DEPLOYMENT_COLUMNS ", " CONTAINERS R"( FROM deployments d
  WHERE d.environment_id = $1::text AND d.service = $2::text AND d.number < $3::bigint AND d.running_since IS NOT NULL AND d.status <> 'REMOVED'
    AND NOT )" IS_JOB R"(
  ORDER BY d.number DESC LIMIT 1)"};
#define TRANSITION_COLUMNS                                                                 \
  "t.deployment_id, t.revision, t.status, " MICROS("t.at") ", t.detail, t.count, " MICROS( \
      "coalesce(t.first_at, t.at)") ", t.asked, t.ended"
const statement transitions_of{
    "transitions_of",
    "SELECT " TRANSITION_COLUMNS
    " FROM transitions t WHERE t.deployment_id = $1::text AND t.revision > $2::bigint ORDER BY t.revision"};
const statement newest_transitions_of{"newest_transitions_of", "SELECT " TRANSITION_COLUMNS R"( FROM (
  SELECT * FROM transitions WHERE deployment_id = ANY ($1::text[]) AND at >= $2::timestamptz
  ORDER BY at DESC, deployment_id, revision DESC LIMIT $3::integer) t ORDER BY t.at, t.deployment_id, t.revision)"};
const statement ping{"ping", "SELECT 1"};

const statement insert_user{"insert_user",
                            "INSERT INTO users (id, name) VALUES ($1::text, $2::text) ON CONFLICT (name) DO NOTHING"};
const statement user_by_name{"user_by_name", "SELECT id FROM users WHERE name = $1::text"};

// A key's life is measured by the database's clock: it lasts as long as the caller's two moments are apart, from now
// on.
const statement registry_logins{"registry_logins",
                                "SELECT owner_id, registry, sealed, " MICROS("updated_at") " FROM registry_logins"};
const statement other_registry_logins{"other_registry_logins", R"(
  SELECT count(*) FROM registry_logins WHERE owner_id = $1::text AND registry <> $2::text)"};
const statement put_registry_login{"put_registry_login", R"(
  INSERT INTO registry_logins (owner_id, registry, sealed) VALUES ($1::text, $2::text, $3::text)
  ON CONFLICT (owner_id, registry) DO UPDATE SET sealed = excluded.sealed, updated_at = now()
  RETURNING )" MICROS("updated_at")};
const statement delete_registry_login{"delete_registry_login",
                                      "DELETE FROM registry_logins WHERE owner_id = $1::text AND registry = $2::text"};
const statement insert_key{"insert_key", R"(
  INSERT INTO api_keys (key_id, owner_id, name, scopes, secret_hash, created_at, expires_at, environment_ids)
  VALUES ($1::text, $2::text, $3::text, $4::text[], $5::text, now(), now() + ($7::timestamptz - $6::timestamptz), $8::text[])
  ON CONFLICT (key_id) DO NOTHING)"};
const statement key_by_id{"key_by_id", "SELECT " KEY_COLUMNS " FROM api_keys WHERE key_id = $1::text"};
const statement keys_of{"keys_of", "SELECT " KEY_COLUMNS R"( FROM api_keys
  WHERE ($1::text = '' OR owner_id = $1::text) AND revoked_at IS NULL ORDER BY created_at, key_id)"};
const statement revoke_key{"revoke_key", R"(
  UPDATE api_keys SET revoked_at = COALESCE(revoked_at, now()) WHERE key_id = $1::text AND ($2::text = '' OR owner_id = $2::text))"};
const statement touch_keys{"touch_keys", R"(
  UPDATE api_keys k SET last_used_at = GREATEST(k.last_used_at, used.at)
  FROM (SELECT key_id, max(at) AS at FROM unnest($1::text[], $2::timestamptz[]) AS u (key_id, at) GROUP BY key_id) used
  WHERE k.key_id = used.key_id)"};

// Links past their time are of no use to anybody; a new one takes them along.
const statement insert_link{"insert_link", R"(
  WITH swept AS (DELETE FROM magic_links WHERE expires_at < now() - interval '1 day')
  INSERT INTO magic_links (token_hash, user_id, name, scopes, key_lifetime, environment_ids, expires_at)
  VALUES ($1::text, $2::text, $3::text, $4::text[], $5::bigint * interval '1 second', $6::text[],
          now() + $7::bigint * interval '1 millisecond')
  ON CONFLICT (token_hash) DO NOTHING)"};
#define SPENDABLE "token_hash = $1::text AND used_at IS NULL AND expires_at > now()"
const statement link_by_hash{"link_by_hash", "SELECT 1 FROM magic_links WHERE token_hash = $1::text"};
// By the beginning of its hash.
const statement void_link{"void_link", R"(
  DELETE FROM magic_links WHERE starts_with(token_hash, $1::text) AND user_id = $2::text AND used_at IS NULL AND expires_at > now())"};
const statement spendable_link{"spendable_link", "SELECT 1 FROM magic_links WHERE " SPENDABLE};
const statement use_link{"use_link", "UPDATE magic_links SET used_at = now() WHERE " SPENDABLE " RETURNING token_hash"};
const statement insert_key_of_link{"insert_key_of_link", R"(
  INSERT INTO api_keys (key_id, owner_id, name, scopes, secret_hash, created_at, expires_at, environment_ids)
  SELECT $2::text, user_id, name, scopes, $3::text, now(), now() + key_lifetime, environment_ids
  FROM magic_links WHERE token_hash = $1::text
  RETURNING )" KEY_COLUMNS};

// A key is free again after a day, swept or not.
const statement claim_key{"claim_key", R"(
  INSERT INTO idempotency_keys AS k (owner_id, key, fingerprint, planned) VALUES ($1::text, $2::text, $3::text, $4::text)
  ON CONFLICT (owner_id, key) DO UPDATE
    SET fingerprint = excluded.fingerprint, planned = excluded.planned, status = 0, body = '', created_at = now()
    WHERE k.created_at < now() - interval '24 hours'
      -- An environment that could not be made was taken back: its id is spent, and the next try needs another.
      OR k.status = 0 AND k.fingerprint = excluded.fingerprint
         AND EXISTS (SELECT FROM environments e WHERE e.id = k.planned AND e.status = 'DELETED'))"};
const statement claimed_key{"claimed_key", R"(
  SELECT fingerprint, planned, status, body FROM idempotency_keys WHERE owner_id = $1::text AND key = $2::text)"};
const statement store_answer{"store_answer", R"(
  UPDATE idempotency_keys SET status = $3::integer, body = $4::text WHERE owner_id = $1::text AND key = $2::text AND status = 0)"};
const statement release_claim{
    "release_claim", "DELETE FROM idempotency_keys WHERE owner_id = $1::text AND key = $2::text AND status = 0"};
const statement sweep_answers{"sweep_answers",
                              "DELETE FROM idempotency_keys WHERE created_at < now() - interval '24 hours'"};

const statement ensure_telegram_account{"ensure_telegram_account", R"(
  INSERT INTO telegram_accounts (telegram_id, user_id) SELECT $1::bigint, u.id FROM users u WHERE u.name = $2::text
  ON CONFLICT (telegram_id) DO UPDATE SET blocked = false WHERE telegram_accounts.blocked)"};
const statement telegram_account_of{"telegram_account_of",
                                    "SELECT user_id, notify FROM telegram_accounts WHERE telegram_id = $1::bigint"};
// Who is in: by a key that is good, or by an invitation that was not revoked, though it may have expired since.
const statement is_let_in{"is_let_in", R"(
  SELECT EXISTS (SELECT FROM telegram_invite_uses u JOIN telegram_invites i ON i.id = u.invite_id
                 WHERE u.telegram_id = $1::bigint AND i.revoked_at IS NULL)
      OR EXISTS (SELECT FROM telegram_accounts a JOIN api_keys k ON k.owner_id = a.user_id
                 WHERE a.telegram_id = $1::bigint AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())))"};
// Of several who come with the last use at once, one gets it: the row is locked.
const statement good_invite{"good_invite", R"(
  SELECT i.id FROM telegram_invites i WHERE i.token_hash = $1::text AND i.revoked_at IS NULL AND i.expires_at > now() FOR UPDATE)"};
const statement use_invite{"use_invite", R"(
  INSERT INTO telegram_invite_uses (invite_id, telegram_id)
  SELECT i.id, $2::bigint FROM telegram_invites i
  WHERE i.id = $1::text AND i.uses > (SELECT count(*) FROM telegram_invite_uses u WHERE u.invite_id = i.id)
  ON CONFLICT (invite_id, telegram_id) DO NOTHING)"};
const statement insert_invite{"insert_invite", R"(
  INSERT INTO telegram_invites (id, token_hash, uses, expires_at)
  VALUES ($1::text, $2::text, $3::integer, now() + $4::bigint * interval '1 millisecond')
  ON CONFLICT (id) DO NOTHING)"};
const statement invites{"invites", R"(
  SELECT i.id, i.uses, )" MICROS("i.created_at") ", " MICROS("i.expires_at") R"(,
         i.revoked_at IS NULL AND i.expires_at > now() AND i.uses > count(u.telegram_id),
         COALESCE(string_agg(u.telegram_id::text, ',' ORDER BY u.used_at, u.telegram_id), '')
  FROM telegram_invites i LEFT JOIN telegram_invite_uses u ON u.invite_id = i.id
  GROUP BY i.id HAVING count(u.telegram_id) > 0 OR (i.revoked_at IS NULL AND i.expires_at > now())
  ORDER BY i.created_at DESC, i.id)"};
const statement revoke_invite{"revoke_invite", R"(
  UPDATE telegram_invites SET revoked_at = COALESCE(revoked_at, now()) WHERE id = $1::text)"};
const statement set_telegram_notify{"set_telegram_notify", R"(
  UPDATE telegram_accounts SET notify = $2::boolean, notify_since = CASE WHEN notify THEN notify_since ELSE now() END WHERE user_id = $1::text)"};
const statement block_telegram_chat{"block_telegram_chat",
                                    "UPDATE telegram_accounts SET blocked = true WHERE telegram_id = $1::bigint"};
const statement telegram_chat_of{"telegram_chat_of", R"(
  SELECT telegram_id FROM telegram_accounts WHERE user_id = $1::text AND (notify OR $2::boolean) AND NOT blocked)"};
const statement keep_telegram_updates{"keep_telegram_updates", R"(
  INSERT INTO telegram_updates (update_id, chat_id, body) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[])
  ON CONFLICT (update_id) DO NOTHING)"};
const statement unhandled_telegram_updates{"unhandled_telegram_updates", R"(
  SELECT update_id, chat_id, body FROM telegram_updates WHERE update_id = ANY ($1::bigint[]) AND handled_at IS NULL ORDER BY update_id)"};
const statement waiting_telegram_updates{"waiting_telegram_updates", R"(
  SELECT update_id, chat_id, body FROM telegram_updates WHERE handled_at IS NULL ORDER BY update_id LIMIT $1::integer)"};
const statement finish_telegram_updates{"finish_telegram_updates", R"(
  UPDATE telegram_updates SET handled_at = now(), body = '' WHERE update_id = ANY ($1::bigint[]) AND handled_at IS NULL)"};
const statement sweep_telegram_updates{"sweep_telegram_updates", R"(
  DELETE FROM telegram_updates WHERE handled_at < now() - interval '48 hours')"};
// Who got well may fall ill, and be told of it, again.
const statement heal_notices{"heal_notices", R"(
  DELETE FROM telegram_notices n USING deployments d
  WHERE d.id = n.deployment_id AND n.kind = 'DEGRADED' AND NOT d.degraded AND n.told_at IS NOT NULL
    AND n.made_at < now() - interval '10 minutes')"};
const statement new_notices{"new_notices", R"(
  INSERT INTO telegram_notices (deployment_id, kind, telegram_id)
  SELECT d.id, k.kind, a.telegram_id
  FROM telegram_accounts a JOIN deployments d ON d.owner_id = a.user_id
  JOIN (VALUES ('RUNNING'), ('SUCCEEDED'), ('FAILED'), ('DEGRADED')) AS k (kind) ON CASE k.kind
    WHEN 'DEGRADED' THEN d.status = 'RUNNING' AND d.degraded AND d.updated_at > GREATEST(a.notify_since, now() - interval '1 hour')
    WHEN 'RUNNING' THEN d.status = 'RUNNING' AND d.running_since > GREATEST(a.notify_since, now() - interval '1 hour')
      AND NOT )" IS_JOB R"(
    WHEN 'SUCCEEDED' THEN d.status = 'SUCCEEDED' AND d.updated_at > GREATEST(a.notify_since, now() - interval '1 hour')
    ELSE d.status = 'FAILED' AND d.updated_at > GREATEST(a.notify_since, now() - interval '1 hour') END
  WHERE a.notify AND NOT a.blocked AND ($1::text[] IS NULL OR d.id = ANY ($1::text[]))
  ON CONFLICT (deployment_id, kind) DO NOTHING)"};
const statement untold_notices{"untold_notices", R"(
  SELECT n.telegram_id, n.deployment_id, n.kind FROM telegram_notices n JOIN telegram_accounts a USING (telegram_id)
  WHERE n.told_at IS NULL AND a.notify AND NOT a.blocked ORDER BY n.made_at, n.deployment_id, n.kind LIMIT 200)"};
const statement tell_notices{"tell_notices", R"(
  UPDATE telegram_notices n SET told_at = COALESCE(n.told_at, now())
  FROM unnest($1::text[], $2::text[]) AS told (deployment_id, kind) WHERE n.deployment_id = told.deployment_id AND n.kind = told.kind)"};

const statement all_sites{"all_sites", R"(
  SELECT id, COALESCE(environment_id, ''), COALESCE(owner_id, ''), domain, pinned, service, port, chosen_port, settings, status, detail, )" MICROS("not_before") ", " MICROS("not_after") R"(,
         (SELECT string_agg(()" MICROS("f") R"()::text, ',' ORDER BY f) FROM unnest(failures) AS f), )" MICROS("next_try") R"(, warned_days, revision, )"
         MICROS("created_at") ", " MICROS("updated_at") " FROM sites ORDER BY created_at, id"};
const statement write_site{"write_site", R"(
  INSERT INTO sites AS s (id, environment_id, owner_id, domain, pinned, service, port, chosen_port, settings, status, detail, not_before,
                          not_after, failures, next_try, warned_days, revision, created_at, updated_at)
  SELECT $1::text, NULLIF($2::text, ''), NULLIF($3::text, ''), $4::text, $5::boolean, $6::text, $7::integer, $8::integer, $9::jsonb,
         $10::text, $11::text, $12::timestamptz, $13::timestamptz, $14::timestamptz[], $15::timestamptz, $16::integer, $17::bigint,
         $18::timestamptz, $19::timestamptz
  -- What was released meanwhile does not come back with a later change of it.
  WHERE $17::bigint = 1 OR EXISTS (SELECT FROM sites WHERE id = $1::text)
  ON CONFLICT (id) DO UPDATE SET pinned = excluded.pinned, service = excluded.service, port = excluded.port,
    chosen_port = excluded.chosen_port, settings = excluded.settings, status = excluded.status, detail = excluded.detail,
    not_before = excluded.not_before, not_after = excluded.not_after, failures = excluded.failures, next_try = excluded.next_try,
    warned_days = excluded.warned_days, revision = excluded.revision, updated_at = excluded.updated_at
  WHERE s.revision < excluded.revision)"};
const statement delete_sites{"delete_sites", "DELETE FROM sites WHERE id = ANY ($1::text[])"};

// Of a service with a living release the newest stay. What a living row refers to stays: its actor writes that row.
const statement releases_that_are_over{"releases_that_are_over", R"(
  SELECT d.id, d.created_at::text,
         d.updated_at < now() - make_interval(secs => $1::double precision)
         AND NOT EXISTS (SELECT FROM deployments r
                         WHERE (r.former = d.id OR r.rolled_back_to = d.id OR r.rollback_of = d.id) AND r.)" IS_LIVING
                                                                 R"()
         AND NOT EXISTS (SELECT FROM host_port_holders h WHERE h.deployment_id = d.id)
         AND ((SELECT count(*) FROM (SELECT FROM deployments n WHERE n.environment_id = d.environment_id AND n.service = d.service
                                       AND n.number > d.number LIMIT $2::bigint) AS newer) >= $2::bigint
              OR NOT EXISTS (SELECT FROM deployments l WHERE l.environment_id = d.environment_id AND l.service = d.service
                               AND l.)" IS_LIVING R"())
  FROM deployments d
  WHERE d.status IN )" OVER R"(
    AND d.created_at < now() - make_interval(secs => $1::double precision) AND (d.created_at, d.id) > ($3::timestamptz, $4::text)
  ORDER BY d.created_at, d.id LIMIT $5::bigint)"};
const statement forget_containers{"forget_containers", "DELETE FROM containers WHERE deployment_id = ANY ($1::text[])"};
const statement forget_transitions{"forget_transitions",
                                   "DELETE FROM transitions WHERE deployment_id = ANY ($1::text[])"};
const statement forget_notices{"forget_notices", "DELETE FROM telegram_notices WHERE deployment_id = ANY ($1::text[])"};
// Of releases that are over themselves, as no living one refers to these.
const statement forget_references{"forget_references", R"(
  UPDATE deployments SET former = CASE WHEN former = ANY ($1::text[]) THEN NULL ELSE former END,
    rolled_back_to = CASE WHEN rolled_back_to = ANY ($1::text[]) THEN NULL ELSE rolled_back_to END,
    rollback_of = CASE WHEN rollback_of = ANY ($1::text[]) THEN NULL ELSE rollback_of END
  WHERE former = ANY ($1::text[]) OR rolled_back_to = ANY ($1::text[]) OR rollback_of = ANY ($1::text[]))"};
const statement forget_deployments{"forget_deployments", "DELETE FROM deployments WHERE id = ANY ($1::text[])"};
const statement forget_operations{"forget_operations", R"(
  DELETE FROM operations WHERE id IN (
    SELECT o.id FROM operations o
    WHERE o.status NOT IN ('APPLYING', 'ROLLING_BACK') AND o.updated_at < now() - make_interval(secs => $1::double precision)
    ORDER BY o.updated_at LIMIT $2::bigint))"};
const statement forget_dependencies{"forget_dependencies", R"(
  DELETE FROM dependencies p WHERE NOT EXISTS (SELECT FROM deployments d
                                               WHERE d.environment_id = p.environment_id AND d.service = p.service))"};
const statement forget_environments{"forget_environments", R"(
  DELETE FROM environments WHERE id IN (
    SELECT e.id FROM environments e
    WHERE e.status = 'DELETED' AND e.created_at < now() - make_interval(secs => $1::double precision)
      AND e.updated_at < now() - make_interval(secs => $1::double precision)
      AND NOT EXISTS (SELECT FROM deployments d WHERE d.environment_id = e.id)
      AND NOT EXISTS (SELECT FROM operations o WHERE o.environment_id = e.id)
      AND NOT EXISTS (SELECT FROM sites s WHERE s.environment_id = e.id)
      AND NOT EXISTS (SELECT FROM host_port_leases l WHERE l.environment_id = e.id)
    ORDER BY e.created_at, e.id LIMIT $2::bigint))"};
const statement forget_data_keys{"forget_data_keys", R"(
  DELETE FROM data_keys k WHERE k.holder LIKE 'env\_%' AND NOT EXISTS (SELECT FROM environments e WHERE e.id = k.holder))"};

#define DATA_KEY_COLUMNS "id, holder, master_id, wrapped"
// Against whoever else makes or rewraps keys, until the transaction ends; readers are not held up.
const statement lock_data_keys{"lock_data_keys", "LOCK TABLE data_keys IN SHARE ROW EXCLUSIVE MODE"};
const statement insert_data_key{"insert_data_key", R"(
  INSERT INTO data_keys (id, holder, master_id, wrapped) VALUES ($1::text, $2::text, $3::text, $4::text))"};
const statement rewrap_data_key{"rewrap_data_key", R"(
  UPDATE data_keys SET master_id = $2::text, wrapped = $3::text WHERE id = $1::text)"};
const statement data_key_by_id{"data_key_by_id", "SELECT " DATA_KEY_COLUMNS " FROM data_keys WHERE id = $1::text"};
const statement data_key_of{"data_key_of", "SELECT " DATA_KEY_COLUMNS " FROM data_keys WHERE holder = $1::text"};
const statement all_data_keys{"all_data_keys", "SELECT " DATA_KEY_COLUMNS " FROM data_keys ORDER BY id"};
const statement data_key_of_another_master{"data_key_of_another_master",
                                           "SELECT id FROM data_keys WHERE master_id <> ALL ($1::text[]) LIMIT 1"};
const statement unsealed_variables{"unsealed_variables", R"(
  SELECT id, environment_id, spec FROM deployments WHERE spec -> 'envVars' <> '{}'::jsonb AND id > $1::text
  ORDER BY id LIMIT $2::integer)"};
const statement write_specs{"write_specs", R"(
  UPDATE deployments d SET spec = n.spec FROM unnest($1::text[], $2::jsonb[]) AS n (id, spec) WHERE d.id = n.id)"};

const std::vector<const statement*>& all() {
  return every();
}

}  // namespace statements

}  // namespace troupe::persistence
