-- What each table is for: docs/SCHEMA.md.

CREATE TABLE artifacts (
    kind            TEXT    NOT NULL,
    key             BLOB    NOT NULL CHECK (length(key) = 32),
    format          INTEGER NOT NULL,
    content_digest  BLOB    NOT NULL CHECK (length(content_digest) = 32),
    body            BLOB    NOT NULL,
    block_digests   BLOB    NOT NULL CHECK (length(block_digests) % 32 = 0),
    num_chunks      INTEGER NOT NULL CHECK (num_chunks >= 0),
    chunk_bytes     INTEGER NOT NULL CHECK (chunk_bytes >= 0),
    cost_us         INTEGER NOT NULL CHECK (cost_us >= 0),
    epoch           INTEGER NOT NULL,
    made_at         INTEGER NOT NULL,
    record_digest   BLOB    NOT NULL CHECK (length(record_digest) = 32),
    PRIMARY KEY (kind, key, format)
) STRICT;

CREATE TABLE artifact_epochs (
    kind    TEXT    NOT NULL,
    key     BLOB    NOT NULL CHECK (length(key) = 32),
    epoch   INTEGER NOT NULL CHECK (epoch > 0),
    PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE computations (
    computation_id  BLOB    NOT NULL PRIMARY KEY CHECK (length(computation_id) = 16),
    kind            TEXT    NOT NULL,
    key             BLOB    NOT NULL CHECK (length(key) = 32),
    matrix_key      BLOB    NOT NULL CHECK (length(matrix_key) = 32),
    input           TEXT    NOT NULL,
    state           TEXT    NOT NULL CHECK (state IN ('waiting', 'active', 'complete', 'failed', 'cancelled')),
    priority        INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 2),
    attempts        INTEGER NOT NULL DEFAULT 0,
    token           INTEGER NOT NULL DEFAULT 0,
    lease_until     INTEGER,
    not_before      INTEGER NOT NULL DEFAULT 0,
    percent         REAL    NOT NULL DEFAULT 0,
    step            TEXT    NOT NULL,
    error           TEXT,
    created_at      INTEGER NOT NULL,
    ended_at        INTEGER
) STRICT;

-- One live computation per key.
CREATE UNIQUE INDEX computations_live ON computations (kind, key) WHERE state IN ('waiting', 'active');
CREATE INDEX computations_active ON computations (matrix_key) WHERE state = 'active';
CREATE INDEX computations_claim ON computations (state, not_before) WHERE state IN ('waiting', 'active');
CREATE INDEX computations_ended ON computations (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE jobs (
    job_id          BLOB    NOT NULL PRIMARY KEY CHECK (length(job_id) = 16),
    computation_id  BLOB    NOT NULL REFERENCES computations (computation_id),
    tenant          TEXT    NOT NULL,
    source          TEXT    NOT NULL CHECK (source IN ('request', 'stored', 'default')),
    created_at      INTEGER NOT NULL,
    detached_at     INTEGER
) STRICT;

CREATE INDEX jobs_computation ON jobs (computation_id);

CREATE TABLE runs (
    run_key         BLOB    NOT NULL PRIMARY KEY CHECK (length(run_key) = 32),
    matrix_key      BLOB    NOT NULL CHECK (length(matrix_key) = 32),
    fund_id         TEXT    NOT NULL,
    input           TEXT    NOT NULL,
    listing         TEXT    NOT NULL
) STRICT;

CREATE INDEX runs_matrix ON runs (matrix_key);

CREATE TABLE run_access (
    tenant          TEXT    NOT NULL,
    run_key         BLOB    NOT NULL REFERENCES runs (run_key),
    made            INTEGER NOT NULL CHECK (made IN (0, 1)),
    source          TEXT    NOT NULL CHECK (source IN ('request', 'stored', 'default')),
    asked_at        INTEGER NOT NULL,
    PRIMARY KEY (tenant, run_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX run_access_newest ON run_access (tenant, asked_at, run_key);

CREATE TABLE funds (
    tenant          TEXT    NOT NULL,
    fund_id         TEXT    NOT NULL,
    input           TEXT    NOT NULL,
    size_amount     REAL,
    size_currency   TEXT,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    PRIMARY KEY (tenant, fund_id)
) STRICT, WITHOUT ROWID;
