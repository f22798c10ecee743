-- KEYS_WRITE: to revoke other keys than one's own. Who could do all could do this.
ALTER TABLE api_keys DROP CONSTRAINT api_keys_scopes_check;
ALTER TABLE magic_links DROP CONSTRAINT magic_links_scopes;
UPDATE api_keys SET scopes = array_append(scopes, 'KEYS_WRITE')
  WHERE scopes @> ARRAY['ENVIRONMENTS_READ', 'ENVIRONMENTS_WRITE', 'DEPLOYMENTS_READ', 'DEPLOYMENTS_WRITE', 'LOGS_READ'];
UPDATE magic_links SET scopes = array_append(scopes, 'KEYS_WRITE')
  WHERE scopes @> ARRAY['ENVIRONMENTS_READ', 'ENVIRONMENTS_WRITE', 'DEPLOYMENTS_READ', 'DEPLOYMENTS_WRITE', 'LOGS_READ'];
ALTER TABLE api_keys ADD CONSTRAINT api_keys_scopes CHECK (
  scopes <@ ARRAY['ENVIRONMENTS_READ', 'ENVIRONMENTS_WRITE', 'DEPLOYMENTS_READ', 'DEPLOYMENTS_WRITE', 'LOGS_READ', 'KEYS_WRITE', 'ADMIN']);
ALTER TABLE magic_links ADD CONSTRAINT magic_links_scopes CHECK (
  scopes <> '{}' AND scopes <@ ARRAY['ENVIRONMENTS_READ', 'ENVIRONMENTS_WRITE', 'DEPLOYMENTS_READ', 'DEPLOYMENTS_WRITE', 'LOGS_READ', 'KEYS_WRITE']);

-- A key that is limited to environments was to see no others, which ADMIN would.
UPDATE api_keys SET scopes = array_remove(scopes, 'ADMIN') WHERE environment_ids <> '{}';
ALTER TABLE api_keys ADD CONSTRAINT api_keys_limit CHECK (environment_ids = '{}' OR NOT 'ADMIN' = ANY (scopes));
