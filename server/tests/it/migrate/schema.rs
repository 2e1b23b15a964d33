//! What is known of the schemas, compared with both.

use std::collections::BTreeMap;

use foliocast::store::moving::{ColumnType, OF_PROCESSES, SUMS, TABLES};

use crate::fleet::Fleet;
use crate::installation::Installation;
use crate::sqlite::connect;
use crate::test_database::TestDatabase;

/// A table or column that a migration adds must be moved, or be known as one that is not.
#[tokio::test(flavor = "multi_thread")]
async fn every_table_and_column_of_both_schemas_is_known() {
    let at = Installation::new().await;
    at.services.shutdown().await;
    let mut in_sqlite = BTreeMap::new();
    for file in ["foliocast.db", "chunks.db"] {
        let pool = connect(&at.dir.path().join(file)).await;
        let columns: Vec<(String, String, String)> = sqlx::query_as(
            "SELECT tables.name, columns.name, columns.type FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
             WHERE tables.type = 'table' AND tables.name NOT LIKE '\\_%' ESCAPE '\\' AND tables.name NOT LIKE 'sqlite%'",
        )
        .fetch_all(&pool)
        .await
        .unwrap();
        in_sqlite.extend(columns.into_iter().map(|(table, column, kind)| ((table, column), kind)));
        pool.close().await;
    }
    let database = TestDatabase::new().await;
    let _front = Fleet::on(&database.url, "").front();
    let columns: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns
         JOIN information_schema.tables USING (table_schema, table_name)
         WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name <> '_sqlx_migrations'",
    )
    .fetch_all(&database.connect().await)
    .await
    .unwrap();
    let mut in_postgres: BTreeMap<_, _> =
        columns.into_iter().map(|(table, column, kind)| ((table, column), kind)).collect();
    for schema in [&mut in_sqlite, &mut in_postgres] {
        schema.retain(|(table, _), _| table != SUMS && !OF_PROCESSES.contains(&table.as_str()));
    }
    let known = |name: fn(ColumnType) -> &'static str| -> BTreeMap<(String, String), String> {
        let columns = TABLES.iter().flat_map(|table| table.columns().map(|column| (table.name, column)));
        columns.map(|(table, (column, kind))| ((table.to_owned(), column.to_owned()), name(kind).to_owned())).collect()
    };
    let of_sqlite = known(|kind| match kind {
        ColumnType::Text => "TEXT",
        ColumnType::Bytea | ColumnType::Uuid => "BLOB",
        ColumnType::Bigint | ColumnType::Boolean => "INTEGER",
        ColumnType::Double => "REAL",
    });
    let of_postgres = known(|kind| match kind {
        ColumnType::Text => "text",
        ColumnType::Bytea => "bytea",
        ColumnType::Bigint => "bigint",
        ColumnType::Uuid => "uuid",
        ColumnType::Boolean => "boolean",
        ColumnType::Double => "double precision",
    });
    assert_eq!(of_sqlite, in_sqlite, "SQLite");
    assert_eq!(of_postgres, in_postgres, "PostgreSQL");
}
