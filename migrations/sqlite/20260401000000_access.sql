-- What each table is for: docs/SCHEMA.md.

CREATE TABLE access_keys (
    name            TEXT    NOT NULL PRIMARY KEY,
    tenant          TEXT    NOT NULL,
    role            TEXT    NOT NULL CHECK (role IN ('reader', 'analyst', 'operator')),
    lookup          BLOB    NOT NULL UNIQUE CHECK (length(lookup) = 8),
    hash            BLOB    NOT NULL CHECK (length(hash) = 32),
    created_by      TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER,
    revoked_at      INTEGER,
    last_used_at    INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    lookup          BLOB    NOT NULL PRIMARY KEY CHECK (length(lookup) = 8),
    hash            BLOB    NOT NULL CHECK (length(hash) = 32),
    key_name        TEXT    NOT NULL REFERENCES access_keys (name),
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_key ON sessions (key_name, created_at);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE audit_log (
    audit_id        BLOB    NOT NULL PRIMARY KEY CHECK (length(audit_id) = 16),
    at              INTEGER NOT NULL,
    tenant          TEXT    NOT NULL,
    key_name        TEXT    NOT NULL,
    action          TEXT    NOT NULL,
    subject         TEXT    NOT NULL,
    reason          TEXT,
    request_id      TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX audit_log_newest ON audit_log (at, audit_id);

CREATE TABLE key_usage (
    key_name        TEXT    NOT NULL,
    day             INTEGER NOT NULL,
    requests        INTEGER NOT NULL CHECK (requests >= 0),
    refused         INTEGER NOT NULL CHECK (refused >= 0),
    deal_draws      INTEGER NOT NULL CHECK (deal_draws >= 0),
    PRIMARY KEY (key_name, day)
) STRICT, WITHOUT ROWID;
