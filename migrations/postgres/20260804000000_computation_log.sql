-- What the column is for: docs/SCHEMA.md.

ALTER TABLE computations ADD COLUMN log TEXT NOT NULL DEFAULT '';

-- Lists of one state, newest first.
CREATE INDEX computations_listed ON computations (state, computation_id);

-- A log with one line more: when, Unix milliseconds, and what; of a long one its end.
CREATE FUNCTION with_line(log TEXT, at BIGINT, text TEXT) RETURNS TEXT
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN right(log || at || ' ' || text || E'\n', 8000);
