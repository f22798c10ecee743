// A database as the first version left it, with rows of every state, brought to this one's schema and read by it.
#include "persistence/migrations.hpp"
#include "tests/persistence/database_fixture.hpp"

namespace troupe::persistence::testing {
namespace {

using model::deployment_status;
using model::environment_status;

// As V001's program wrote them: they never change again.
constexpr const char* rows_of_v001 = R"sql(
  INSERT INTO users (id, name) VALUES ('usr_aaaaaaaaaaaaaaaa', 'operator');
  INSERT INTO api_keys (key_id, owner_id, name, scopes, secret_hash, created_at, last_used_at, expires_at, revoked_at) VALUES
    ('aaaaaaaaaaaaaaaa', 'usr_aaaaaaaaaaaaaaaa', 'living', '{ENVIRONMENTS_READ,ADMIN}', '$2b$10$x', now(), now(), NULL, NULL),
    ('bbbbbbbbbbbbbbbb', 'usr_aaaaaaaaaaaaaaaa', 'expired', '{LOGS_READ}', '$2b$10$x', now(), NULL, now(), NULL),
    ('dddddddddddddddd', 'usr_aaaaaaaaaaaaaaaa', 'full', '{ENVIRONMENTS_READ,ENVIRONMENTS_WRITE,DEPLOYMENTS_READ,DEPLOYMENTS_WRITE,LOGS_READ}', '$2b$10$x', now(), NULL, NULL, NULL),
    ('cccccccccccccccc', 'usr_aaaaaaaaaaaaaaaa', 'revoked', '{LOGS_READ}', '$2b$10$x', now(), NULL, NULL, now());
  INSERT INTO magic_links (token_hash, user_id, name, scopes, expires_at, used_at) VALUES
    ('x', 'usr_aaaaaaaaaaaaaaaa', 'unused', '{LOGS_READ}', now(), NULL), ('y', 'usr_aaaaaaaaaaaaaaaa', 'used', '{LOGS_READ}', now(), now());
  INSERT INTO environments (id, owner_id, name, network_id, status, revision, created_at, updated_at)
    VALUES
    ('env_aaaaaaaaaaaaaaac', 'usr_aaaaaaaaaaaaaaaa', 'coming', '', 'CREATING', 1, now(), now()),
    ('env_aaaaaaaaaaaaaaaa', 'usr_aaaaaaaaaaaaaaaa', 'shop', 'n', 'ACTIVE', 2, now(), now()),
    ('env_aaaaaaaaaaaaaaad', 'usr_aaaaaaaaaaaaaaaa', 'going', 'n', 'DELETING', 2, now(), now()),
    ('env_aaaaaaaaaaaaaaaz', 'usr_aaaaaaaaaaaaaaaa', 'gone', '', 'DELETED', 3, now(), now());
  INSERT INTO deployments (id, job_id, environment_id, owner_id, number, service, spec, generation, status, wanted, image, error, degraded,
                           degraded_reason, revision, created_at, updated_at, running_since)
    SELECT 'dep_aaaaaaaaaaaaaaa' || chr(96 + n::integer), 'job_aaaaaaaaaaaaaaa' || chr(96 + n::integer), 'env_aaaaaaaaaaaaaaaa', 'usr_aaaaaaaaaaaaaaaa', n, 'web',
      '{"tag": "1", "args": [], "name": "web", "image": "docker.io/library/web", "ports": [{"host": 8081, "mode": "host", "protocol": "tcp", "container": 8080}],
        "command": [], "envVars": {"A": "b"}, "volumes": [{"name": "data", "readOnly": false, "mountPath": "/data"}], "replicas": 1,
        "security": {"user": "", "capabilities": [], "writablePaths": [], "readOnlyRootFilesystem": true},
        "resources": {"cpus": 1.0, "pids": 256, "memoryMb": 512}, "restartPolicy": {"condition": "any", "maxAttempts": 0, "delaySeconds": 1}}',
      0, status, CASE status WHEN 'STOPPED' THEN 'stop' WHEN 'CANCELLED' THEN 'cancel' WHEN 'REMOVING' THEN 'remove' WHEN 'REMOVED' THEN 'remove' ELSE 'run' END,
      CASE WHEN n > 2 THEN '{"gid": 65534, "uid": 65534, "note": "", "digest": "sha256:34", "pinned": "sha256:34", "scratch": [{"path": "/tmp", "owned": false}], "hasHealthCheck": false}'::jsonb END,
      CASE status WHEN 'FAILED' THEN '{"code": "EXITED", "message": "It exited.", "hint": "", "retryable": false, "phase": "STARTING_CONTAINERS", "detail": ""}'::jsonb END,
      status = 'RUNNING', '', 1, now(), now(), CASE WHEN status IN ('RUNNING', 'SUPERSEDED', 'STOPPED') THEN now() END
    FROM unnest('{PENDING,PULLING_IMAGE,CREATING_VOLUMES,STARTING_CONTAINERS,RUNNING,FAILED,CANCELLED,SUPERSEDED,STOPPED,REMOVING,REMOVED}'::text[])
      WITH ORDINALITY AS all_states (status, n);
  UPDATE deployments SET former = 'dep_aaaaaaaaaaaaaaah', rolled_back_to = 'dep_aaaaaaaaaaaaaaah' WHERE status = 'FAILED';
  INSERT INTO containers (deployment_id, position, observation) SELECT id, 0,
      ('{"id": "t", "name": "web.1", "node": "vm", "fatal": false, "phase": "running", "wanted": true, "container": "c", "published": [8081],
         "startedAt": "2026-11-26T05:26:56.170931Z", "deployment": "' || id || '", "generation": 0, "unplaceable": false}')::jsonb FROM deployments WHERE status = 'RUNNING';
  INSERT INTO transitions (deployment_id, revision, status, at, detail) SELECT id, 1, status, now(), 'told' FROM deployments;
  INSERT INTO idempotency_keys (owner_id, key, fingerprint, planned) VALUES ('usr_aaaaaaaaaaaaaaaa', 'k', 'f', 'p');
  INSERT INTO host_port_leases (port, protocol, environment_id, service) VALUES (8081, 'tcp', 'env_aaaaaaaaaaaaaaaa', 'web');
  INSERT INTO host_port_holders SELECT id, 8081, 'tcp', environment_id, service FROM deployments WHERE status = 'RUNNING';
  UPDATE engine_lease SET epoch = 7;
)sql";

struct Upgrade : DatabaseTest {
  void SetUp() override {
    if (!server_url()) GTEST_SKIP() << "TROUPE_TEST_DATABASE_URL is not set";
    place = std::make_unique<scratch_database>();
    ASSERT_TRUE(migrations::apply(place->url(), known_migrations().first(1)));
    place->value(rows_of_v001);
    const auto migrated = migrations::apply(place->url());
    ASSERT_TRUE(migrated) << migrated.error().detail;
    ASSERT_EQ(migrated.value().size(), known_migrations().size() - 1);
    start();
  }
};

TEST_F(Upgrade, WhatLivedInTheFirstVersionGoesOnInThisOne) {
  const auto living = ask(actors::load_living{}).value();
  std::set<environment_status> environments;
  for (const auto& e : living.environments) environments.insert(e.status);
  EXPECT_EQ(environments,
            (std::set{environment_status::creating, environment_status::active, environment_status::deleting}));
  std::set<deployment_status> deployments;
  for (const auto& d : living.deployments) deployments.insert(d.status);
  EXPECT_EQ(deployments,
            (std::set{deployment_status::pending, deployment_status::pulling_image, deployment_status::creating_volumes,
                      deployment_status::starting_containers, deployment_status::running, deployment_status::stopped,
                      deployment_status::removing}));
}

TEST_F(Upgrade, EveryDeploymentOfTheFirstVersionReadsAsItWas) {
  const auto all = ask(actors::list_recent_deployments{50}).value();
  ASSERT_EQ(all.size(), model::deployment_status_texts.texts.size() - 1) << "it knew no jobs, which SUCCEEDED";
  for (const auto& d : all) {
    EXPECT_EQ(d.row.spec.service, "web");
    EXPECT_EQ(d.row.spec.env, (decltype(d.row.spec.env){{"A", "b"}}));
    EXPECT_EQ(d.row.spec.ports.at(0).host, 8081);
    EXPECT_EQ(d.row.spec.volumes.at(0).mount_path, "/data");
    EXPECT_EQ(d.row.error.has_value(), d.row.status == deployment_status::failed);
    EXPECT_EQ(ask(actors::list_transitions{d.row.id}).value().size(), 1U);
    const auto next_one = next(d.row, deployment_status::removed);
    EXPECT_TRUE(ask(one(next_one))) << "it can be written too";
  }
}

TEST_F(Upgrade, KeysOfTheFirstVersionOpenAllEnvironmentsOfTheirOwner) {
  const auto keys = ask(actors::list_keys{}).value();
  ASSERT_FALSE(keys.empty());
  for (const auto& key : keys) EXPECT_TRUE(key.environments.empty()) << key.name;
  EXPECT_EQ(ask(actors::find_key{"aaaaaaaaaaaaaaaa"}).value().name, "living");
  EXPECT_EQ(place->value("SELECT epoch FROM engine_lease"), "8") << "one more than the first version's";
}

TEST_F(Upgrade, WhoeverCouldDoAllMayRevokeKeys) {
  EXPECT_EQ(ask(actors::find_key{"dddddddddddddddd"}).value().scopes, model::scope_set::user());
  EXPECT_FALSE(ask(actors::find_key{"aaaaaaaaaaaaaaaa"}).value().scopes.has(model::scope::keys_write));
}

TEST(UpgradeOfKeys, AnAdminsKeyWithALimitKeepsTheLimit) {
  if (!server_url()) GTEST_SKIP() << "TROUPE_TEST_DATABASE_URL is not set";
  scratch_database place;
  ASSERT_TRUE(migrations::apply(place.url(), known_migrations().first(5)));
  place.value("INSERT INTO users (id, name) VALUES ('u', 'u')");
  place.value(
      "INSERT INTO api_keys (key_id, owner_id, name, scopes, secret_hash, created_at, environment_ids) "
      "VALUES ('k', 'u', 'n', '{LOGS_READ,ADMIN}', 'h', now(), '{env_a}')");
  ASSERT_TRUE(migrations::apply(place.url()));
  EXPECT_EQ(place.value("SELECT scopes FROM api_keys"), "{LOGS_READ}");
  EXPECT_THROW(place.value("UPDATE api_keys SET scopes = '{ADMIN}'"), std::exception);
}

}  // namespace
}  // namespace troupe::persistence::testing
