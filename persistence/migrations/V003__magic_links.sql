-- Empty: the key opens all environments of its owner.
ALTER TABLE api_keys ADD COLUMN environment_ids text[] NOT NULL DEFAULT '{}';

-- What the link's key will be. Links are for users: no operator's key comes out of one.
ALTER TABLE magic_links
  ADD COLUMN environment_ids text[] NOT NULL DEFAULT '{}',
  ADD COLUMN key_lifetime interval CHECK (key_lifetime > interval '0'),
  ADD CONSTRAINT magic_links_scopes CHECK (
    scopes <> '{}' AND scopes <@ ARRAY['ENVIRONMENTS_READ', 'ENVIRONMENTS_WRITE', 'DEPLOYMENTS_READ', 'DEPLOYMENTS_WRITE', 'LOGS_READ']);
