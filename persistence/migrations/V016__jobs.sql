-- SUCCEEDED: the end of a deployment of kind job whose program ended with exit code 0. Wherever a status is listed it is one of those
-- that are over; of a service whose newest release ended so, something is left to show.
ALTER TABLE deployments DROP CONSTRAINT deployments_status_check, ADD CONSTRAINT deployments_status_check
  CHECK (status IN ('PENDING', 'PULLING_IMAGE', 'CREATING_VOLUMES', 'STARTING_CONTAINERS', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED',
                    'SUPERSEDED', 'STOPPED', 'REMOVING', 'REMOVED'));
ALTER TABLE telegram_notices DROP CONSTRAINT telegram_notices_kind_check, ADD CONSTRAINT telegram_notices_kind_check
  CHECK (kind IN ('RUNNING', 'SUCCEEDED', 'FAILED', 'DEGRADED'));

DROP INDEX deployments_living, deployments_living_of_service, deployments_over, deployments_came_to_nothing;
CREATE INDEX deployments_living ON deployments (environment_id, id)
  WHERE status NOT IN ('SUCCEEDED', 'FAILED', 'CANCELLED', 'SUPERSEDED', 'REMOVED');
CREATE INDEX deployments_living_of_service ON deployments (environment_id, service)
  WHERE status NOT IN ('SUCCEEDED', 'FAILED', 'CANCELLED', 'SUPERSEDED', 'REMOVED');
CREATE INDEX deployments_over ON deployments (created_at, id)
  WHERE status IN ('SUCCEEDED', 'FAILED', 'CANCELLED', 'SUPERSEDED', 'REMOVED');
CREATE INDEX deployments_ended ON deployments (environment_id, service COLLATE "C")
  WHERE status IN ('SUCCEEDED', 'FAILED', 'CANCELLED');
