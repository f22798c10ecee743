-- What is told again and again is one row, that of its newest revision.
ALTER TABLE transitions ADD COLUMN count integer NOT NULL DEFAULT 1 CHECK (count > 0);
ALTER TABLE transitions ADD COLUMN first_at timestamptz;  -- null where it was told once
