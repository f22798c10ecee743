-- Which services a service awaits, as the Compose file said by which it was applied last: what
-- GET /environments/:id/application writes under depends_on.
CREATE TABLE dependencies (
  environment_id text NOT NULL REFERENCES environments (id),
  service        text NOT NULL,
  awaited        text NOT NULL,
  condition      text NOT NULL CHECK (condition IN ('STARTED', 'HEALTHY', 'COMPLETED')),
  required       boolean NOT NULL,
  PRIMARY KEY (environment_id, service, awaited)
);
