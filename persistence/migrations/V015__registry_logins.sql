-- What users have given to pull from registries with, sealed by their data key.
CREATE TABLE registry_logins (
  owner_id   text NOT NULL REFERENCES users (id),
  registry   text NOT NULL,
  sealed     text NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (owner_id, registry)
);
