//! Rows of SQLite in the binary form in which PostgreSQL takes them.
//!
//! <https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-BINARY-FORMAT>

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::MoveError;
use super::tables::{ColumnType, Table};
use crate::store::StoreError;

/// Begins a copy: the signature, no flags, no extension.
pub(super) const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// Ends a copy.
pub(super) const TRAILER: [u8; 2] = (-1_i16).to_be_bytes();

/// Adds a row to what is copied.
///
/// # Errors
/// What PostgreSQL cannot have: a text with a NUL, an id that is none.
pub(super) fn put_row(table: &Table, row: &SqliteRow, copied: &mut Vec<u8>) -> Result<(), MoveError> {
    let read = |error: sqlx::Error| MoveError::Source(StoreError::from(error));
    let num_columns = i16::try_from(row.len()).unwrap_or(i16::MAX);
    copied.extend(num_columns.to_be_bytes());
    for (index, (column, column_type)) in table.columns().enumerate() {
        let unfit = |what| MoveError::Unfit { table: table.name, column, what };
        match column_type {
            ColumnType::Text => {
                let text: Option<&str> = row.try_get(index).map_err(read)?;
                if text.is_some_and(|text| text.contains('\0')) {
                    return Err(unfit("a text with a NUL character"));
                }
                put(copied, text.map(str::as_bytes));
            }
            ColumnType::Bytea => put(copied, row.try_get(index).map_err(read)?),
            ColumnType::Bigint => {
                let number: Option<i64> = row.try_get(index).map_err(read)?;
                put(copied, number.map(i64::to_be_bytes).as_ref().map(<[u8; 8]>::as_slice));
            }
            ColumnType::Uuid => {
                let id: Option<&[u8]> = row.try_get(index).map_err(read)?;
                if id.is_some_and(|id| id.len() != 16) {
                    return Err(unfit("an id that has not 16 bytes"));
                }
                put(copied, id);
            }
            ColumnType::Boolean => {
                let flag: Option<i64> = row.try_get(index).map_err(read)?;
                put(copied, flag.map(|flag| [u8::from(flag != 0)]).as_ref().map(<[u8; 1]>::as_slice));
            }
            ColumnType::Double => {
                let number: Option<f64> = row.try_get(index).map_err(read)?;
                put(copied, number.map(f64::to_be_bytes).as_ref().map(<[u8; 8]>::as_slice));
            }
        }
    }
    Ok(())
}

/// Adds a value behind its length; -1 is the length of none.
fn put(copied: &mut Vec<u8>, value: Option<&[u8]>) {
    // SQLite has no value beyond 2³¹ − 1 bytes.
    let length = value.map_or(-1, |value| i32::try_from(value.len()).unwrap_or(i32::MAX));
    copied.extend(length.to_be_bytes());
    copied.extend(value.unwrap_or_default());
}
