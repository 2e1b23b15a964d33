-- What the columns are for: docs/SCHEMA.md.

ALTER TABLE computations
    ADD COLUMN first_request_id text,
    ADD COLUMN first_job_id     uuid,
    ADD COLUMN traceparent      text;
