-- What each table is for: docs/SCHEMA.md.

CREATE TABLE reports (
    process_id          BLOB    NOT NULL PRIMARY KEY CHECK (length(process_id) = 16),
    name                TEXT    NOT NULL,
    reported_at         INTEGER NOT NULL,
    question            INTEGER,
    memory_entries      INTEGER NOT NULL CHECK (memory_entries >= 0),
    memory_bytes        INTEGER NOT NULL CHECK (memory_bytes >= 0),
    memory_limit_bytes  INTEGER NOT NULL CHECK (memory_limit_bytes >= 0),
    worker_slots        INTEGER NOT NULL CHECK (worker_slots >= 0)
) STRICT;

CREATE TABLE activity (
    period_ms           INTEGER NOT NULL CHECK (period_ms > 0),
    starts_at           INTEGER NOT NULL,
    counter_id          BLOB    NOT NULL CHECK (length(counter_id) = 16),
    kind                TEXT    NOT NULL,
    tier                TEXT    NOT NULL,
    outcome             TEXT    NOT NULL,
    requests            INTEGER NOT NULL CHECK (requests >= 0),
    answered            INTEGER NOT NULL CHECK (answered >= 0),
    latency_us          INTEGER NOT NULL CHECK (latency_us >= 0),
    latencies           BLOB    NOT NULL,
    PRIMARY KEY (period_ms, starts_at, counter_id, kind, tier, outcome)
) STRICT;

CREATE TABLE fund_activity (
    starts_at           INTEGER NOT NULL,
    counter_id          BLOB    NOT NULL CHECK (length(counter_id) = 16),
    tenant              TEXT    NOT NULL,
    fund_id             TEXT    NOT NULL,
    kind                TEXT    NOT NULL,
    requests            INTEGER NOT NULL CHECK (requests >= 0),
    hits                INTEGER NOT NULL CHECK (hits >= 0),
    PRIMARY KEY (starts_at, counter_id, tenant, fund_id, kind)
) STRICT;

CREATE TABLE slow_requests (
    starts_at           INTEGER NOT NULL,
    counter_id          BLOB    NOT NULL CHECK (length(counter_id) = 16),
    place               INTEGER NOT NULL CHECK (place >= 0),
    kind                TEXT    NOT NULL,
    tier                TEXT    NOT NULL,
    outcome             TEXT    NOT NULL,
    key                 BLOB    NOT NULL CHECK (length(key) = 32),
    matrix_key          BLOB    CHECK (length(matrix_key) = 32),
    latency_us          INTEGER NOT NULL CHECK (latency_us >= 0),
    at                  INTEGER NOT NULL,
    PRIMARY KEY (starts_at, counter_id, place)
) STRICT;

-- Of the log, what is about the cache is little.
CREATE INDEX audit_log_cache ON audit_log (at, audit_id) WHERE action IN ('cache.invalidate', 'cache.warm');

-- Who looks how many failed of late reads no others.
CREATE INDEX computations_failed ON computations (ended_at) WHERE state = 'failed';
