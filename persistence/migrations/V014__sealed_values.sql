-- Keys by which values are sealed, each itself sealed by a master key, which is no row but a file. The holder is whose values they
-- are: an environment's or a user's id.
CREATE TABLE data_keys (
  id         text PRIMARY KEY,
  holder     text NOT NULL UNIQUE,
  master_id  text NOT NULL,
  wrapped    text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
-- Releases whose variables are not sealed yet: the server seals them, some at a time.
CREATE INDEX deployments_unsealed ON deployments (id) WHERE spec -> 'envVars' <> '{}'::jsonb;
