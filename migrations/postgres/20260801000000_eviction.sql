-- What each table is for: docs/SCHEMA.md.

CREATE TABLE artifact_uses (
    kind            text    COLLATE "C" NOT NULL,
    key             bytea   NOT NULL CHECK (octet_length(key) = 32),
    format          bigint  NOT NULL,
    record_bytes    bigint  NOT NULL CHECK (record_bytes >= 0),
    rows_bytes      bigint  NOT NULL CHECK (rows_bytes >= 0),
    most_chunks     bigint  NOT NULL CHECK (most_chunks >= 0),
    cost_us         bigint  NOT NULL CHECK (cost_us >= 0),
    used_at         bigint  NOT NULL,
    held_until      bigint  NOT NULL,
    PRIMARY KEY (kind, key, format)
);

CREATE INDEX artifact_uses_oldest ON artifact_uses (used_at);

-- What came and went, to be added up: a row that all wrote to would make them wait for each other.
CREATE TABLE artifact_sums (
    kind            text    COLLATE "C" NOT NULL,
    entries         bigint  NOT NULL,
    bytes           bigint  NOT NULL
);

CREATE TABLE evictions (
    kind            text    COLLATE "C" NOT NULL,
    key             bytea   NOT NULL CHECK (octet_length(key) = 32),
    format          bigint  NOT NULL,
    most_chunks     bigint  NOT NULL CHECK (most_chunks >= 0),
    evicted_at      bigint  NOT NULL,
    PRIMARY KEY (kind, key, format)
);

CREATE FUNCTION sum_artifacts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO artifact_sums (kind, entries, bytes)
        SELECT kind, count(*), sum(record_bytes + rows_bytes) FROM added GROUP BY kind;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO artifact_sums (kind, entries, bytes)
        SELECT kind, -count(*), -sum(record_bytes + rows_bytes) FROM gone GROUP BY kind;
    ELSE
        INSERT INTO artifact_sums (kind, entries, bytes)
        SELECT kind, 0, sum(bytes) FROM (
            SELECT kind, record_bytes + rows_bytes AS bytes FROM added
            UNION ALL SELECT kind, -(record_bytes + rows_bytes) FROM gone
        ) AS changes GROUP BY kind HAVING sum(bytes) <> 0;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER artifact_uses_inserted AFTER INSERT ON artifact_uses
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION sum_artifacts();
CREATE TRIGGER artifact_uses_updated AFTER UPDATE ON artifact_uses
    REFERENCING OLD TABLE AS gone NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION sum_artifacts();
CREATE TRIGGER artifact_uses_deleted AFTER DELETE ON artifact_uses
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION sum_artifacts();

-- Whatever writes artifacts, this is right.
CREATE FUNCTION note_artifact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO artifact_uses
            (kind, key, format, record_bytes, rows_bytes, most_chunks, cost_us, used_at, held_until)
        VALUES (NEW.kind, NEW.key, NEW.format, octet_length(NEW.body) + octet_length(NEW.block_digests),
                CASE WHEN NEW.num_chunks > 0 THEN NEW.chunk_bytes ELSE 0 END,
                greatest(NEW.num_chunks, (SELECT most_chunks FROM evictions
                                          WHERE kind = NEW.kind AND key = NEW.key AND format = NEW.format)),
                NEW.cost_us, NEW.made_at, NEW.made_at);
        DELETE FROM evictions WHERE kind = NEW.kind AND key = NEW.key AND format = NEW.format;
    ELSIF TG_OP = 'UPDATE' THEN
        UPDATE artifact_uses SET
            record_bytes = octet_length(NEW.body) + octet_length(NEW.block_digests),
            rows_bytes = CASE WHEN NEW.num_chunks > 0 THEN NEW.chunk_bytes ELSE 0 END,
            most_chunks = greatest(most_chunks, NEW.num_chunks), cost_us = NEW.cost_us
        WHERE kind = NEW.kind AND key = NEW.key AND format = NEW.format;
    ELSE
        DELETE FROM artifact_uses WHERE kind = OLD.kind AND key = OLD.key AND format = OLD.format;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER artifacts_noted AFTER INSERT OR UPDATE OR DELETE ON artifacts
    FOR EACH ROW EXECUTE FUNCTION note_artifact();

-- What is dropped is not made again by its link.
CREATE FUNCTION forget_eviction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM evictions WHERE kind = NEW.kind AND key = NEW.key;
    RETURN NULL;
END $$;

CREATE TRIGGER artifact_epochs_raised AFTER INSERT OR UPDATE ON artifact_epochs
    FOR EACH ROW EXECUTE FUNCTION forget_eviction();

-- What was there before counts as used when it was last asked for.
INSERT INTO artifact_uses
    (kind, key, format, record_bytes, rows_bytes, most_chunks, cost_us, used_at, held_until)
SELECT kind, key, format, octet_length(body) + octet_length(block_digests),
       CASE WHEN num_chunks > 0 THEN chunk_bytes ELSE 0 END, num_chunks, cost_us, greatest(made_at, asked.asked_at), made_at
FROM artifacts
LEFT JOIN (SELECT run_key, max(asked_at) AS asked_at FROM run_access GROUP BY run_key) AS asked
    ON kind = 'run' AND asked.run_key = artifacts.key;

-- For people with psql: one row per matrix and fund.
CREATE OR REPLACE VIEW scenario_matrices AS
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
            WHEN EXISTS (SELECT 1 FROM evictions WHERE kind = 'matrix' AND key = asked.matrix_key) THEN 'evicted'
            ELSE 'invalidated'
       END AS status,
       asked.runs,
       made.num_chunks > 0 AS rows_kept,
       CASE WHEN made.num_chunks = 0 THEN 0 ELSE made.chunk_bytes END AS chunk_bytes,
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
