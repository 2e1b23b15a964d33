-- What each table is for: docs/SCHEMA.md. Texts that are compared or ordered go by bytes, whatever the database's language.

-- The one clock of all processes, Unix milliseconds.
CREATE FUNCTION now_ms() RETURNS bigint LANGUAGE sql VOLATILE PARALLEL SAFE
    RETURN (extract(epoch FROM clock_timestamp()) * 1000)::bigint;

CREATE TABLE installation (
    name            text    NOT NULL PRIMARY KEY,
    value           bytea   NOT NULL
);

CREATE TABLE artifacts (
    kind            text    COLLATE "C" NOT NULL,
    key             bytea   NOT NULL CHECK (octet_length(key) = 32),
    format          bigint  NOT NULL,
    content_digest  bytea   NOT NULL CHECK (octet_length(content_digest) = 32),
    body            bytea   NOT NULL,
    block_digests   bytea   NOT NULL CHECK (octet_length(block_digests) % 32 = 0),
    num_chunks      bigint  NOT NULL CHECK (num_chunks >= 0),
    chunk_bytes     bigint  NOT NULL CHECK (chunk_bytes >= 0),
    cost_us         bigint  NOT NULL CHECK (cost_us >= 0),
    epoch           bigint  NOT NULL,
    made_at         bigint  NOT NULL,
    record_digest   bytea   NOT NULL CHECK (octet_length(record_digest) = 32),
    PRIMARY KEY (kind, key, format)
);

CREATE TABLE artifact_epochs (
    kind            text    COLLATE "C" NOT NULL,
    key             bytea   NOT NULL CHECK (octet_length(key) = 32),
    epoch           bigint  NOT NULL CHECK (epoch > 0),
    PRIMARY KEY (kind, key)
);

CREATE TABLE artifact_chunks (
    kind            text    COLLATE "C" NOT NULL,
    key             bytea   NOT NULL CHECK (octet_length(key) = 32),
    format          bigint  NOT NULL,
    chunk           bigint  NOT NULL CHECK (chunk >= 0),
    digest          bytea   NOT NULL CHECK (octet_length(digest) = 32),
    encoded         bytea   NOT NULL,
    PRIMARY KEY (kind, key, format, chunk)
);
-- They are compressed already: kept out of line as they are, so that a part is read without the rest.
ALTER TABLE artifact_chunks ALTER COLUMN encoded SET STORAGE EXTERNAL;
-- A fifth of it dead, as by default, would be many gigabytes.
ALTER TABLE artifact_chunks SET (autovacuum_vacuum_scale_factor = 0.02, toast.autovacuum_vacuum_scale_factor = 0.02);

CREATE TABLE computations (
    computation_id  uuid    NOT NULL PRIMARY KEY,
    kind            text    COLLATE "C" NOT NULL,
    key             bytea   NOT NULL CHECK (octet_length(key) = 32),
    matrix_key      bytea   NOT NULL CHECK (octet_length(matrix_key) = 32),
    input           text    NOT NULL,
    state           text    COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'active', 'complete', 'failed', 'cancelled')),
    priority        bigint  NOT NULL CHECK (priority BETWEEN 0 AND 2),
    attempts        bigint  NOT NULL DEFAULT 0,
    token           bigint  NOT NULL DEFAULT 0,
    lease_until     bigint,
    not_before      bigint  NOT NULL DEFAULT 0,
    percent         double precision NOT NULL DEFAULT 0,
    step            text    NOT NULL,
    error           text,
    created_at      bigint  NOT NULL,
    ended_at        bigint,
    CHECK ((state = 'active') = (lease_until IS NOT NULL)),
    CHECK ((state IN ('waiting', 'active')) = (ended_at IS NULL))
)
-- Progress is written where the row is: no index has it.
WITH (fillfactor = 70);

-- One live computation per key.
CREATE UNIQUE INDEX computations_live ON computations (kind, key) WHERE state IN ('waiting', 'active');
CREATE INDEX computations_active ON computations (matrix_key) WHERE state = 'active';
CREATE INDEX computations_claim ON computations (state, not_before) WHERE state IN ('waiting', 'active');
CREATE INDEX computations_ended ON computations (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX computations_matrix ON computations (matrix_key, created_at, computation_id);

CREATE TABLE jobs (
    job_id          uuid    NOT NULL PRIMARY KEY,
    computation_id  uuid    NOT NULL REFERENCES computations (computation_id),
    tenant          text    COLLATE "C" NOT NULL,
    source          text    COLLATE "C" NOT NULL CHECK (source IN ('request', 'stored', 'default')),
    created_at      bigint  NOT NULL,
    detached_at     bigint
);

CREATE INDEX jobs_computation ON jobs (computation_id);

CREATE TABLE runs (
    run_key         bytea   NOT NULL PRIMARY KEY CHECK (octet_length(run_key) = 32),
    matrix_key      bytea   NOT NULL CHECK (octet_length(matrix_key) = 32),
    fund_id         text    COLLATE "C" NOT NULL,
    input           text    NOT NULL,
    listing         text    NOT NULL
);

CREATE INDEX runs_matrix ON runs (matrix_key);
CREATE INDEX runs_fund ON runs (fund_id);

CREATE TABLE run_access (
    tenant          text    COLLATE "C" NOT NULL,
    run_key         bytea   NOT NULL REFERENCES runs (run_key),
    made            boolean NOT NULL,
    source          text    COLLATE "C" NOT NULL CHECK (source IN ('request', 'stored', 'default')),
    asked_at        bigint  NOT NULL,
    PRIMARY KEY (tenant, run_key)
);

CREATE INDEX run_access_newest ON run_access (tenant, asked_at, run_key);

CREATE TABLE funds (
    tenant          text    COLLATE "C" NOT NULL,
    fund_id         text    COLLATE "C" NOT NULL,
    input           text    NOT NULL,
    size_amount     double precision,
    size_currency   text,
    created_at      bigint  NOT NULL,
    updated_at      bigint  NOT NULL,
    PRIMARY KEY (tenant, fund_id)
);

CREATE TABLE access_keys (
    name            text    COLLATE "C" NOT NULL PRIMARY KEY,
    tenant          text    COLLATE "C" NOT NULL,
    role            text    COLLATE "C" NOT NULL CHECK (role IN ('reader', 'analyst', 'operator')),
    lookup          bytea   NOT NULL UNIQUE CHECK (octet_length(lookup) = 8),
    hash            bytea   NOT NULL CHECK (octet_length(hash) = 32),
    created_by      text    NOT NULL,
    created_at      bigint  NOT NULL,
    expires_at      bigint,
    revoked_at      bigint,
    last_used_at    bigint
);

CREATE TABLE sessions (
    lookup          bytea   NOT NULL PRIMARY KEY CHECK (octet_length(lookup) = 8),
    hash            bytea   NOT NULL CHECK (octet_length(hash) = 32),
    key_name        text    COLLATE "C" NOT NULL REFERENCES access_keys (name),
    created_at      bigint  NOT NULL,
    expires_at      bigint  NOT NULL
);

CREATE INDEX sessions_key ON sessions (key_name, created_at);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE audit_log (
    audit_id        uuid    NOT NULL,
    at              bigint  NOT NULL,
    tenant          text    COLLATE "C" NOT NULL,
    key_name        text    COLLATE "C" NOT NULL,
    action          text    COLLATE "C" NOT NULL,
    subject         text    NOT NULL,
    reason          text,
    request_id      text    NOT NULL,
    PRIMARY KEY (at, audit_id)
);

CREATE TABLE key_usage (
    key_name        text    COLLATE "C" NOT NULL,
    day             bigint  NOT NULL,
    requests        bigint  NOT NULL CHECK (requests >= 0),
    refused         bigint  NOT NULL CHECK (refused >= 0),
    deal_draws      bigint  NOT NULL CHECK (deal_draws >= 0),
    PRIMARY KEY (key_name, day)
);

-- For people with psql: one row per matrix and fund.
CREATE VIEW scenario_matrices AS
WITH asked AS (
    SELECT matrix_key, fund_id, count(*) AS runs FROM runs GROUP BY matrix_key, fund_id
    UNION ALL
    -- What was never made has no row in runs.
    SELECT computations.matrix_key, computations.input::json ->> 'fundId', 0
    FROM computations
    WHERE NOT EXISTS (SELECT 1 FROM runs WHERE runs.matrix_key = computations.matrix_key
                                           AND runs.fund_id = computations.input::json ->> 'fundId')
    GROUP BY 1, 2
)
SELECT encode(asked.matrix_key, 'hex') AS matrix_key,
       asked.fund_id,
       CASE WHEN made.key IS NOT NULL THEN 'complete'
            WHEN latest.state IN ('waiting', 'active', 'failed', 'cancelled') THEN latest.state
            ELSE 'invalidated'
       END AS status,
       asked.runs,
       made.num_chunks > 0 AS rows_kept,
       made.chunk_bytes,
       made.cost_us / 1000.0 AS cost_ms,
       to_timestamp(made.made_at / 1000.0) AS made_at,
       coalesce(epochs.epoch, 0) AS epoch,
       latest.error
FROM asked
LEFT JOIN LATERAL (
    SELECT key, num_chunks, chunk_bytes, cost_us, made_at FROM artifacts
    WHERE kind = 'matrix' AND key = asked.matrix_key
    -- One that was found damaged is as good as none.
      AND record_digest <> '\x0000000000000000000000000000000000000000000000000000000000000000'
    ORDER BY format DESC LIMIT 1
) AS made ON true
LEFT JOIN LATERAL (
    SELECT state, error FROM computations
    WHERE computations.matrix_key = asked.matrix_key AND computations.input::json ->> 'fundId' = asked.fund_id
    ORDER BY created_at DESC, computation_id DESC LIMIT 1
) AS latest ON true
LEFT JOIN artifact_epochs AS epochs ON epochs.kind = 'matrix' AND epochs.key = asked.matrix_key;
