-- Operations of single releases are told by the timeline: what a line begins, and whether all that was asked for is done with it.
ALTER TABLE transitions ADD COLUMN asked text;  -- the command that the line begins to carry out; null: none
ALTER TABLE transitions ADD COLUMN ended text;  -- DONE, or LATE: what was asked for is over with it; null: it is not, or was before
