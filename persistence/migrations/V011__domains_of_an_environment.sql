-- An environment answers for several domains, each with a port that was chosen for it, with paths and settings.
ALTER TABLE sites DROP CONSTRAINT sites_environment_id_key;
CREATE INDEX sites_environment ON sites (environment_id);
ALTER TABLE sites ADD COLUMN chosen_port integer NOT NULL DEFAULT 0 CHECK (chosen_port BETWEEN 0 AND 65535);
ALTER TABLE sites ADD COLUMN settings jsonb NOT NULL DEFAULT '{}';
