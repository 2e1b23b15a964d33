-- What the column is for: docs/SCHEMA.md.

ALTER TABLE computations ADD COLUMN result text;
