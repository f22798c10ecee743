-- Applications that are, or were, applied. What their releases are is told in deployments; nothing in here is secret.
CREATE TABLE operations (
  id             text PRIMARY KEY,
  environment_id text NOT NULL REFERENCES environments (id),
  owner_id       text NOT NULL REFERENCES users (id),
  status         text NOT NULL,
  document       jsonb NOT NULL,
  revision       bigint NOT NULL,
  created_at     timestamptz NOT NULL,
  updated_at     timestamptz NOT NULL
);
CREATE INDEX operations_of_environment ON operations (environment_id, created_at DESC, id DESC);
CREATE INDEX operations_under_way ON operations (environment_id) WHERE status IN ('APPLYING', 'ROLLING_BACK');
CREATE INDEX operations_over ON operations (updated_at) WHERE status NOT IN ('APPLYING', 'ROLLING_BACK');
