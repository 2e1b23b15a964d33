-- What the columns are for: docs/SCHEMA.md.

ALTER TABLE computations ADD COLUMN first_request_id TEXT;
ALTER TABLE computations ADD COLUMN first_job_id BLOB CHECK (first_job_id IS NULL OR length(first_job_id) = 16);
ALTER TABLE computations ADD COLUMN traceparent TEXT;
