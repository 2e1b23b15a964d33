-- What the table is for: docs/SCHEMA.md.

CREATE TABLE run_asks (
    day             bigint  NOT NULL,
    run_key         bytea   NOT NULL CHECK (octet_length(run_key) = 32),
    tenant          text    COLLATE "C" NOT NULL,
    asks            bigint  NOT NULL CHECK (asks >= 0),
    PRIMARY KEY (day, run_key, tenant)
);
