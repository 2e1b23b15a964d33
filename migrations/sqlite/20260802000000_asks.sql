-- What the table is for: docs/SCHEMA.md.

CREATE TABLE run_asks (
    day             INTEGER NOT NULL,
    run_key         BLOB    NOT NULL CHECK (length(run_key) = 32),
    tenant          TEXT    NOT NULL,
    asks            INTEGER NOT NULL CHECK (asks >= 0),
    PRIMARY KEY (day, run_key, tenant)
) STRICT;
