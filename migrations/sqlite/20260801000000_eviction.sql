-- What each table is for: docs/SCHEMA.md.

CREATE TABLE artifact_uses (
    kind            TEXT    NOT NULL,
    key             BLOB    NOT NULL CHECK (length(key) = 32),
    format          INTEGER NOT NULL,
    record_bytes    INTEGER NOT NULL CHECK (record_bytes >= 0),
    rows_bytes      INTEGER NOT NULL CHECK (rows_bytes >= 0),
    most_chunks     INTEGER NOT NULL CHECK (most_chunks >= 0),
    cost_us         INTEGER NOT NULL CHECK (cost_us >= 0),
    used_at         INTEGER NOT NULL,
    held_until      INTEGER NOT NULL,
    PRIMARY KEY (kind, key, format)
) STRICT, WITHOUT ROWID;

CREATE INDEX artifact_uses_oldest ON artifact_uses (used_at);

CREATE TABLE artifact_sums (
    kind            TEXT    NOT NULL PRIMARY KEY,
    entries         INTEGER NOT NULL,
    bytes           INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE evictions (
    kind            TEXT    NOT NULL,
    key             BLOB    NOT NULL CHECK (length(key) = 32),
    format          INTEGER NOT NULL,
    most_chunks     INTEGER NOT NULL CHECK (most_chunks >= 0),
    evicted_at      INTEGER NOT NULL,
    PRIMARY KEY (kind, key, format)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER artifact_uses_inserted AFTER INSERT ON artifact_uses BEGIN
    INSERT INTO artifact_sums (kind, entries, bytes) VALUES (NEW.kind, 1, NEW.record_bytes + NEW.rows_bytes)
    ON CONFLICT (kind) DO UPDATE SET entries = entries + 1, bytes = bytes + excluded.bytes;
END;

CREATE TRIGGER artifact_uses_updated AFTER UPDATE OF record_bytes, rows_bytes ON artifact_uses BEGIN
    UPDATE artifact_sums
    SET bytes = bytes + NEW.record_bytes + NEW.rows_bytes - OLD.record_bytes - OLD.rows_bytes WHERE kind = NEW.kind;
END;

CREATE TRIGGER artifact_uses_deleted AFTER DELETE ON artifact_uses BEGIN
    UPDATE artifact_sums SET entries = entries - 1, bytes = bytes - OLD.record_bytes - OLD.rows_bytes
    WHERE kind = OLD.kind;
END;

-- Whatever writes artifacts, this is right.
CREATE TRIGGER artifacts_inserted AFTER INSERT ON artifacts BEGIN
    INSERT INTO artifact_uses
        (kind, key, format, record_bytes, rows_bytes, most_chunks, cost_us, used_at, held_until)
    VALUES (NEW.kind, NEW.key, NEW.format, length(NEW.body) + length(NEW.block_digests),
            CASE WHEN NEW.num_chunks > 0 THEN NEW.chunk_bytes ELSE 0 END,
            max(NEW.num_chunks, coalesce((SELECT most_chunks FROM evictions
                                          WHERE kind = NEW.kind AND key = NEW.key AND format = NEW.format), 0)),
            NEW.cost_us, NEW.made_at, NEW.made_at);
    DELETE FROM evictions WHERE kind = NEW.kind AND key = NEW.key AND format = NEW.format;
END;

CREATE TRIGGER artifacts_updated AFTER UPDATE ON artifacts BEGIN
    UPDATE artifact_uses SET
        record_bytes = length(NEW.body) + length(NEW.block_digests),
        rows_bytes = CASE WHEN NEW.num_chunks > 0 THEN NEW.chunk_bytes ELSE 0 END,
        most_chunks = max(most_chunks, NEW.num_chunks), cost_us = NEW.cost_us
    WHERE kind = NEW.kind AND key = NEW.key AND format = NEW.format;
END;

CREATE TRIGGER artifacts_deleted AFTER DELETE ON artifacts BEGIN
    DELETE FROM artifact_uses WHERE kind = OLD.kind AND key = OLD.key AND format = OLD.format;
END;

-- What is dropped is not made again by its link.
CREATE TRIGGER artifact_epochs_inserted AFTER INSERT ON artifact_epochs BEGIN
    DELETE FROM evictions WHERE kind = NEW.kind AND key = NEW.key;
END;

CREATE TRIGGER artifact_epochs_updated AFTER UPDATE ON artifact_epochs BEGIN
    DELETE FROM evictions WHERE kind = NEW.kind AND key = NEW.key;
END;

-- What was there before counts as used when it was last asked for.
INSERT INTO artifact_uses
    (kind, key, format, record_bytes, rows_bytes, most_chunks, cost_us, used_at, held_until)
SELECT kind, key, format, length(body) + length(block_digests),
       CASE WHEN num_chunks > 0 THEN chunk_bytes ELSE 0 END, num_chunks, cost_us,
       max(made_at, coalesce(asked.asked_at, made_at)), made_at
FROM artifacts
LEFT JOIN (SELECT run_key, max(asked_at) AS asked_at FROM run_access GROUP BY run_key) AS asked
    ON kind = 'run' AND asked.run_key = artifacts.key;
