-- What the column is for: docs/SCHEMA.md.

ALTER TABLE computations ADD COLUMN log TEXT NOT NULL DEFAULT '';

-- Lists of one state, newest first.
CREATE INDEX computations_listed ON computations (state, computation_id);
