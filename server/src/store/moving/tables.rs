//! What there is to move: every table with its columns, by their types in PostgreSQL. A test compares it with both
//! schemas.

/// A table that is moved.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name in both databases.
    pub name: &'static str,
    /// Which of the two SQLite files it is in.
    pub file: SqliteFile,
    /// `text` columns.
    pub texts: &'static [&'static str],
    /// `bytea` columns.
    pub byteas: &'static [&'static str],
    /// `bigint` columns.
    pub bigints: &'static [&'static str],
    /// `uuid` columns, 16 bytes in SQLite.
    pub uuids: &'static [&'static str],
    /// `boolean` columns, 0 or 1 in SQLite.
    pub booleans: &'static [&'static str],
    /// `double precision` columns.
    pub doubles: &'static [&'static str],
    /// Columns that do not go as they are: what is read in SQLite in their place.
    pub read_as: &'static [(&'static str, &'static str)],
}

/// Which of the two SQLite files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SqliteFile {
    /// `foliocast.db`.
    Main,
    /// `chunks.db`.
    Chunks,
}

/// What a column holds in PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// `text`.
    Text,
    /// `bytea`.
    Bytea,
    /// `bigint`.
    Bigint,
    /// `uuid`.
    Uuid,
    /// `boolean`.
    Boolean,
    /// `double precision`.
    Double,
}

/// Tables that are not moved, and stay empty: what a process says of itself while it is there, and of what others dropped.
pub const OF_PROCESSES: [&str; 4] = ["reports", "members", "drops", "drop_acknowledgements"];

/// The table that PostgreSQL's triggers fill while `artifact_uses` is.
pub const SUMS: &str = "artifact_sums";

/// Tables that are moved, those that others refer to first.
pub const TABLES: [Table; 19] = [
    Table { name: "installation", texts: &["name"], byteas: &["value"], ..Table::EMPTY },
    Table {
        name: "access_keys",
        texts: &["name", "tenant", "role", "created_by"],
        byteas: &["lookup", "hash"],
        bigints: &["created_at", "expires_at", "revoked_at", "last_used_at"],
        ..Table::EMPTY
    },
    Table {
        name: "sessions",
        texts: &["key_name"],
        byteas: &["lookup", "hash"],
        bigints: &["created_at", "expires_at"],
        ..Table::EMPTY
    },
    Table {
        name: "key_usage",
        texts: &["key_name"],
        bigints: &["day", "requests", "refused", "deal_draws"],
        ..Table::EMPTY
    },
    Table {
        name: "audit_log",
        uuids: &["audit_id"],
        texts: &["tenant", "key_name", "action", "subject", "reason", "request_id"],
        bigints: &["at"],
        ..Table::EMPTY
    },
    Table {
        name: "funds",
        texts: &["tenant", "fund_id", "input", "size_currency"],
        doubles: &["size_amount"],
        bigints: &["created_at", "updated_at"],
        ..Table::EMPTY
    },
    Table { name: "runs", byteas: &["run_key", "matrix_key"], texts: &["fund_id", "input", "listing"], ..Table::EMPTY },
    Table {
        name: "run_access",
        texts: &["tenant", "source"],
        byteas: &["run_key"],
        booleans: &["made"],
        bigints: &["asked_at"],
        ..Table::EMPTY
    },
    Table { name: "run_asks", byteas: &["run_key"], texts: &["tenant"], bigints: &["day", "asks"], ..Table::EMPTY },
    Table {
        name: "computations",
        uuids: &["computation_id", "first_job_id"],
        texts: &["kind", "input", "state", "step", "error", "result", "log", "first_request_id", "traceparent"],
        byteas: &["key", "matrix_key"],
        bigints: &["priority", "attempts", "token", "lease_until", "not_before", "created_at", "ended_at"],
        doubles: &["percent"],
        // Of what a process that is gone was making, what the next start in the directory would have made.
        read_as: &[
            ("state", "CASE state WHEN 'active' THEN 'waiting' ELSE state END"),
            ("step", "CASE state WHEN 'active' THEN 'waiting' ELSE step END"),
            ("percent", "CASE state WHEN 'active' THEN 0.0 ELSE percent END"),
            ("lease_until", "NULL"),
            ("not_before", "CASE WHEN state IN ('waiting', 'active') THEN 0 ELSE not_before END"),
        ],
        ..Table::EMPTY
    },
    Table {
        name: "jobs",
        uuids: &["job_id", "computation_id"],
        texts: &["tenant", "source"],
        bigints: &["created_at", "detached_at"],
        ..Table::EMPTY
    },
    Table {
        name: "artifacts",
        texts: &["kind"],
        byteas: &["key", "content_digest", "body", "block_digests", "record_digest"],
        bigints: &["format", "num_chunks", "chunk_bytes", "cost_us", "epoch", "made_at"],
        ..Table::EMPTY
    },
    Table { name: "artifact_epochs", texts: &["kind"], byteas: &["key"], bigints: &["epoch"], ..Table::EMPTY },
    Table {
        name: "artifact_uses",
        texts: &["kind"],
        byteas: &["key"],
        bigints: &["format", "record_bytes", "rows_bytes", "most_chunks", "cost_us", "used_at", "held_until"],
        ..Table::EMPTY
    },
    Table {
        name: "evictions",
        texts: &["kind"],
        byteas: &["key"],
        bigints: &["format", "most_chunks", "evicted_at"],
        ..Table::EMPTY
    },
    Table {
        name: "artifact_chunks",
        file: SqliteFile::Chunks,
        texts: &["kind"],
        byteas: &["key", "digest", "encoded"],
        bigints: &["format", "chunk"],
        ..Table::EMPTY
    },
    Table {
        name: "activity",
        uuids: &["counter_id"],
        texts: &["kind", "tier", "outcome"],
        bigints: &["period_ms", "starts_at", "requests", "answered", "latency_us"],
        byteas: &["latencies"],
        ..Table::EMPTY
    },
    Table {
        name: "fund_activity",
        uuids: &["counter_id"],
        texts: &["tenant", "fund_id", "kind"],
        bigints: &["starts_at", "requests", "hits"],
        ..Table::EMPTY
    },
    Table {
        name: "slow_requests",
        uuids: &["counter_id"],
        texts: &["kind", "tier", "outcome"],
        byteas: &["key", "matrix_key"],
        bigints: &["starts_at", "place", "latency_us", "at"],
        ..Table::EMPTY
    },
];

impl Table {
    const EMPTY: Self = Self {
        name: "",
        file: SqliteFile::Main,
        texts: &[],
        byteas: &[],
        bigints: &[],
        uuids: &[],
        booleans: &[],
        doubles: &[],
        read_as: &[],
    };

    /// Its columns, in the order in which they are moved.
    pub fn columns(&self) -> impl Iterator<Item = (&'static str, ColumnType)> {
        let groups = [
            (self.texts, ColumnType::Text),
            (self.byteas, ColumnType::Bytea),
            (self.bigints, ColumnType::Bigint),
            (self.uuids, ColumnType::Uuid),
            (self.booleans, ColumnType::Boolean),
            (self.doubles, ColumnType::Double),
        ];
        groups.into_iter().flat_map(|(names, column_type)| names.iter().map(move |name| (*name, column_type)))
    }

    /// What is read in SQLite for a column.
    fn expression(&self, column: &'static str) -> &'static str {
        self.read_as.iter().find(|(name, _)| *name == column).map_or(column, |(_, expression)| expression)
    }

    /// Reads all rows in SQLite.
    pub(super) fn select(&self) -> String {
        let expressions: Vec<_> = self.columns().map(|(name, _)| self.expression(name)).collect();
        format!("SELECT {} FROM {}", expressions.join(", "), self.name)
    }

    /// Takes rows into PostgreSQL.
    pub(super) fn copy(&self) -> String {
        let names: Vec<_> = self.columns().map(|(name, _)| name).collect();
        format!("COPY {} ({}) FROM STDIN (FORMAT binary)", self.name, names.join(", "))
    }

    /// Counts rows, and bytes of texts and byte strings, in SQLite.
    pub(super) fn size_in_sqlite(&self) -> String {
        self.size(|name| self.expression(name))
    }

    /// Counts the same in PostgreSQL.
    pub(super) fn size_in_postgres(&self) -> String {
        self.size(|name| name)
    }

    /// Both databases read this.
    fn size(&self, read: impl Fn(&'static str) -> &'static str) -> String {
        let names = self.texts.iter().chain(self.byteas);
        let lengths: Vec<_> = names.map(|name| format!("coalesce(octet_length({}), 0)", read(name))).collect();
        format!(
            "SELECT count(*), CAST(coalesce(sum({}), 0) AS bigint) FROM {}",
            if lengths.is_empty() { "0".to_owned() } else { lengths.join(" + ") },
            self.name
        )
    }
}
