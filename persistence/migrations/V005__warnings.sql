-- What a release may do that its user does not expect: sentences, told when it was accepted.
ALTER TABLE deployments ADD COLUMN warnings jsonb NOT NULL DEFAULT '[]';
