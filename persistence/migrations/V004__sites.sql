-- Public domains. A row is there while its name is claimed; releasing it deletes the row. environment_id and owner_id are NULL for the
-- platform's own name.
CREATE TABLE sites (
  id             text PRIMARY KEY,
  environment_id text UNIQUE REFERENCES environments,
  owner_id       text REFERENCES users,
  domain         text NOT NULL UNIQUE CHECK (domain ~ '^[a-z0-9.-]{3,253}$'),
  pinned         boolean NOT NULL,
  service        text NOT NULL,
  port           integer NOT NULL CHECK (port BETWEEN 0 AND 65535),
  status         text NOT NULL CHECK (status IN ('PENDING_DNS', 'ISSUING', 'ACTIVE', 'RENEWING', 'LIMITED', 'FAILED')),
  detail         text NOT NULL,
  not_before     timestamptz,
  not_after      timestamptz,
  failures       timestamptz[] NOT NULL,
  next_try       timestamptz,
  warned_days    integer NOT NULL,
  revision       bigint NOT NULL CHECK (revision >= 1),
  created_at     timestamptz NOT NULL,
  updated_at     timestamptz NOT NULL,
  CHECK ((environment_id IS NULL) = (owner_id IS NULL)),
  CHECK ((not_before IS NULL) = (not_after IS NULL))
);
