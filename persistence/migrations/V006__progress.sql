-- What a deployment must not forget over a restart beside its columns: see actors/codec/progress_json.hpp.
ALTER TABLE deployments ADD COLUMN progress jsonb NOT NULL DEFAULT '{}';
