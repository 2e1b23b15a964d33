-- What each table is for: docs/SCHEMA.md.

CREATE TABLE reports (
    process_id          uuid    NOT NULL PRIMARY KEY,
    name                text    NOT NULL,
    reported_at         bigint  NOT NULL,
    question            bigint,
    memory_entries      bigint  NOT NULL CHECK (memory_entries >= 0),
    memory_bytes        bigint  NOT NULL CHECK (memory_bytes >= 0),
    memory_limit_bytes  bigint  NOT NULL CHECK (memory_limit_bytes >= 0),
    worker_slots        bigint  NOT NULL CHECK (worker_slots >= 0)
);

CREATE SEQUENCE report_questions;

CREATE TABLE activity (
    period_ms           bigint  NOT NULL CHECK (period_ms > 0),
    starts_at           bigint  NOT NULL,
    counter_id          uuid    NOT NULL,
    kind                text    COLLATE "C" NOT NULL,
    tier                text    COLLATE "C" NOT NULL,
    outcome             text    COLLATE "C" NOT NULL,
    requests            bigint  NOT NULL CHECK (requests >= 0),
    answered            bigint  NOT NULL CHECK (answered >= 0),
    latency_us          bigint  NOT NULL CHECK (latency_us >= 0),
    latencies           bytea   NOT NULL,
    PRIMARY KEY (period_ms, starts_at, counter_id, kind, tier, outcome)
)
-- The present periods are written every ten seconds.
WITH (fillfactor = 70);

CREATE TABLE fund_activity (
    starts_at           bigint  NOT NULL,
    counter_id          uuid    NOT NULL,
    tenant              text    COLLATE "C" NOT NULL,
    fund_id             text    COLLATE "C" NOT NULL,
    kind                text    COLLATE "C" NOT NULL,
    requests            bigint  NOT NULL CHECK (requests >= 0),
    hits                bigint  NOT NULL CHECK (hits >= 0),
    PRIMARY KEY (starts_at, counter_id, tenant, fund_id, kind)
)
WITH (fillfactor = 70);

CREATE TABLE slow_requests (
    starts_at           bigint  NOT NULL,
    counter_id          uuid    NOT NULL,
    place               bigint  NOT NULL CHECK (place >= 0),
    kind                text    COLLATE "C" NOT NULL,
    tier                text    COLLATE "C" NOT NULL,
    outcome             text    COLLATE "C" NOT NULL,
    key                 bytea   NOT NULL CHECK (octet_length(key) = 32),
    matrix_key          bytea   CHECK (octet_length(matrix_key) = 32),
    latency_us          bigint  NOT NULL CHECK (latency_us >= 0),
    at                  bigint  NOT NULL,
    PRIMARY KEY (starts_at, counter_id, place)
)
WITH (fillfactor = 70);

-- Of the log, what is about the cache is little.
CREATE INDEX audit_log_cache ON audit_log (at, audit_id) WHERE action IN ('cache.invalidate', 'cache.warm');

-- Who looks how many failed of late reads no others.
CREATE INDEX computations_failed ON computations (ended_at) WHERE state = 'failed';
