-- What a user's list of all deployments is read by, the newest first.
CREATE INDEX deployments_newest_of_owner ON deployments (owner_id, created_at DESC, id DESC);
-- Whether a service has a living release, without its past.
CREATE INDEX deployments_living_of_service ON deployments (environment_id, service)
  WHERE status NOT IN ('FAILED', 'CANCELLED', 'SUPERSEDED', 'REMOVED');
