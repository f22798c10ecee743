-- What a list of services looks for beside those that live, by name.
CREATE INDEX deployments_came_to_nothing ON deployments (environment_id, service COLLATE "C")
  WHERE status IN ('FAILED', 'CANCELLED');
