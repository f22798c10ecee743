-- Rules that the rows must keep stand here as constraints; persistence/statements.cpp holds all queries.

CREATE TABLE users (
  id         text PRIMARY KEY,
  name       text NOT NULL UNIQUE CHECK (name <> ''),
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE api_keys (
  key_id       text PRIMARY KEY,
  owner_id     text NOT NULL REFERENCES users,
  name         text NOT NULL,
  scopes       text[] NOT NULL CHECK (scopes <@ ARRAY['ENVIRONMENTS_READ', 'ENVIRONMENTS_WRITE', 'DEPLOYMENTS_READ',
                                                      'DEPLOYMENTS_WRITE', 'LOGS_READ', 'ADMIN']),
  secret_hash  text NOT NULL,
  created_at   timestamptz NOT NULL,
  last_used_at timestamptz,
  expires_at   timestamptz,
  revoked_at   timestamptz
);
CREATE INDEX api_keys_of_owner ON api_keys (owner_id, created_at) WHERE revoked_at IS NULL;

CREATE TABLE magic_links (
  token_hash text PRIMARY KEY,
  user_id    text NOT NULL REFERENCES users,
  name       text NOT NULL,
  scopes     text[] NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at    timestamptz
);
CREATE INDEX magic_links_by_expiry ON magic_links (expires_at);

CREATE TABLE environments (
  id         text PRIMARY KEY,
  owner_id   text NOT NULL REFERENCES users,
  name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 40),
  network_id text NOT NULL,
  status     text NOT NULL CHECK (status IN ('CREATING', 'ACTIVE', 'DELETING', 'DELETED')),
  revision   bigint NOT NULL CHECK (revision >= 1),
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX environments_living_name ON environments (owner_id, name) WHERE status <> 'DELETED';
CREATE INDEX environments_of_owner ON environments (owner_id, created_at, id) WHERE status <> 'DELETED';
CREATE INDEX environments_living ON environments (id) WHERE status <> 'DELETED';

CREATE TABLE deployments (
  id              text PRIMARY KEY,
  job_id          text NOT NULL UNIQUE,
  environment_id  text NOT NULL REFERENCES environments,
  owner_id        text NOT NULL REFERENCES users,
  number          bigint NOT NULL,
  service         text NOT NULL CHECK (service <> ''),
  spec            jsonb NOT NULL,
  generation      bigint NOT NULL,
  status          text NOT NULL CHECK (status IN ('PENDING', 'PULLING_IMAGE', 'CREATING_VOLUMES', 'STARTING_CONTAINERS',
                                                  'RUNNING', 'FAILED', 'CANCELLED', 'SUPERSEDED', 'STOPPED', 'REMOVING',
                                                  'REMOVED')),
  wanted          text NOT NULL CHECK (wanted IN ('run', 'stop', 'cancel', 'remove')),
  image           jsonb,
  error           jsonb,
  former          text REFERENCES deployments,
  rolled_back_to  text REFERENCES deployments,
  rollback_of     text REFERENCES deployments,
  degraded        boolean NOT NULL,
  degraded_reason text NOT NULL,
  revision        bigint NOT NULL CHECK (revision >= 1),
  created_at      timestamptz NOT NULL,
  updated_at      timestamptz NOT NULL,
  running_since   timestamptz,
  CHECK (status <> 'FAILED' OR error IS NOT NULL),
  UNIQUE (environment_id, number)
);
CREATE INDEX deployments_living ON deployments (environment_id, id)
  WHERE status NOT IN ('FAILED', 'CANCELLED', 'SUPERSEDED', 'REMOVED');
CREATE INDEX deployments_of_service ON deployments (environment_id, service, number DESC);
CREATE INDEX deployments_newest ON deployments (created_at DESC, id DESC);

-- The tasks that Docker showed last, in its order.
CREATE TABLE containers (
  deployment_id text NOT NULL REFERENCES deployments,
  position      integer NOT NULL CHECK (position >= 0),
  observation   jsonb NOT NULL,
  PRIMARY KEY (deployment_id, position)
);

CREATE TABLE transitions (
  deployment_id text NOT NULL REFERENCES deployments,
  revision      bigint NOT NULL,
  status        text NOT NULL,
  at            timestamptz NOT NULL,
  detail        text NOT NULL,
  PRIMARY KEY (deployment_id, revision)
);

-- status 0: claimed, not yet answered.
CREATE TABLE idempotency_keys (
  owner_id    text NOT NULL REFERENCES users,
  key         text NOT NULL,
  fingerprint text NOT NULL,
  planned     text NOT NULL,
  status      integer NOT NULL DEFAULT 0,
  body        text NOT NULL DEFAULT '',
  created_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (owner_id, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- A host port belongs to one service at a time; several releases of this service may hold it.
CREATE TABLE host_port_leases (
  port           integer NOT NULL CHECK (port BETWEEN 1 AND 65535),
  protocol       text NOT NULL CHECK (protocol IN ('tcp', 'udp')),
  environment_id text NOT NULL REFERENCES environments,
  service        text NOT NULL,
  PRIMARY KEY (port, protocol),
  UNIQUE (port, protocol, environment_id, service)
);
CREATE TABLE host_port_holders (
  deployment_id  text NOT NULL REFERENCES deployments,
  port           integer NOT NULL,
  protocol       text NOT NULL,
  environment_id text NOT NULL,
  service        text NOT NULL,
  PRIMARY KEY (deployment_id, port, protocol),
  FOREIGN KEY (port, protocol, environment_id, service)
    REFERENCES host_port_leases (port, protocol, environment_id, service)
);
CREATE INDEX host_port_holders_of_port ON host_port_holders (port, protocol);

-- One row: grows with each engine that takes the database over. A write under another epoch than this one is refused.
CREATE TABLE engine_lease (
  only_row   boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  epoch      bigint NOT NULL,
  claimed_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO engine_lease (epoch) VALUES (0);
